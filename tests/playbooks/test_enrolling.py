from datetime import timedelta

import pytest

from partners.accepting import accept
from partners.models import Activity, AuditEntry, Partner
from playbooks.enrolling import CannotEnroll, enroll
from playbooks.models import Enrollment, Progress
from playbooks.models.step import Turn
from playbooks.signals import enrollment_started, step_opened
from tests.factories import NOW, make_enrollment, make_partner, make_user, make_vendor, make_version

pytestmark = pytest.mark.django_db


def test_enrolling_opens_the_first_step_and_locks_the_others() -> None:
    enrollment = make_enrollment()
    steps = list(enrollment.progress.order_by("position"))
    assert [step.state for step in steps] == ["open", "locked", "locked"]
    assert (steps[0].turn, steps[0].turn_since, steps[0].opened_at) == (Turn.PARTNER, NOW, NOW)


def test_a_first_step_of_the_vendor_opens_with_the_vendors_turn() -> None:
    partner = make_partner()
    version = make_version(partner.vendor, steps=[{"key": "welcome", "who": "vendor"}, "second"])
    enrollment = make_enrollment(partner, version=version)
    assert enrollment.progress.in_play().get().turn == Turn.VENDOR


def test_enrolling_twice_goes_on_with_the_first() -> None:
    enrollment = make_enrollment()
    again = enroll(partner=enrollment.partner, version=enrollment.version, by=None, now=NOW + timedelta(hours=1))
    assert again == enrollment
    assert Progress.objects.count() == 3
    assert Activity.objects.filter(kind="started").count() == 1


def test_a_draft_and_another_vendors_version_and_an_empty_one_are_refused() -> None:
    partner = make_partner()
    refused = [
        make_version(partner.vendor, published=False, slug="draft"),
        make_version(make_vendor(), slug="other"),
        make_version(partner.vendor, steps=[], slug="empty", default=False),
    ]
    for version in refused:
        with pytest.raises(CannotEnroll):
            enroll(partner=partner, version=version, by=None, now=NOW)
    assert not Enrollment.objects.exists()


def test_enrolling_tells_the_floor_above_and_the_logs() -> None:
    heard: list[object] = []

    def listen(signal: object, **_: object) -> None:
        heard.append(signal)

    user = make_user()
    partner = make_partner()
    version = make_version(partner.vendor)
    enrollment_started.connect(listen)
    step_opened.connect(listen)
    try:
        enroll(partner=partner, version=version, by=user, now=NOW)
    finally:
        enrollment_started.disconnect(listen)
        step_opened.disconnect(listen)
    assert heard == [enrollment_started, step_opened]
    assert Activity.objects.get(kind="started").actor == user
    assert AuditEntry.objects.get(action="enrollment.started").by == user


@pytest.mark.parametrize(("named", "started"), [("", "start"), ("other", "other"), ("missing", None)])
def test_accepting_a_partner_starts_the_default_or_the_named_playbook(named: str, started: str | None) -> None:
    partner = make_partner(state=Partner.State.SIGNED)
    make_version(partner.vendor)
    make_version(partner.vendor, slug="other", default=False)
    accept(partner=partner, by=make_user(), now=NOW, playbook=named)
    slugs = list(Enrollment.objects.values_list("playbook__slug", flat=True))
    assert slugs == ([started] if started else [])


def test_accepting_without_a_published_playbook_is_no_error() -> None:
    partner = make_partner(state=Partner.State.SIGNED)
    make_version(partner.vendor, published=False)
    accept(partner=partner, by=make_user(), now=NOW)
    assert not Enrollment.objects.exists()


def test_when_the_playbook_cannot_start_the_partner_is_not_accepted_either() -> None:
    partner = make_partner(state=Partner.State.SIGNED)
    make_version(partner.vendor, steps=[])
    with pytest.raises(CannotEnroll):
        accept(partner=partner, by=make_user(), now=NOW)
    partner.refresh_from_db()
    assert partner.state == Partner.State.SIGNED
