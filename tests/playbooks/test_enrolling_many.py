"""A set of partners is accepted and started as each of them would be alone, by as many queries as one of them."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from followups.models import Cadence, FollowUp, Standing, Touch
from partners.accepting import accept, accept_all
from partners.models import Activity, AuditEntry, Contact, Member, Partner, Vendor
from playbooks.enrolling import CannotEnroll, enroll, enroll_all
from playbooks.models import Enrollment, PlaybookVersion, Progress
from tests.factories import NOW, make_member, make_partner, make_user, make_vendor, make_version

pytestmark = pytest.mark.django_db
STEPS = ("first", {"key": "second", "who": "vendor"}, {"key": "third", "who": "sponsor"})
OWN = {"id", "partner", "partner_id", "company", "company_key", "search", "subject", "contact_email", "contact_name"}


@pytest.fixture
def vendor() -> Vendor:
    """One whose cadence writes to everybody: the partner, the sponsor and the manager."""
    vendor = make_vendor()
    cadence, _ = Cadence.objects.get_or_create(vendor=vendor, defaults={"changed_at": NOW})
    for to, hours in ((Touch.To.PARTNER, 24), (Touch.To.SPONSOR, 72), (Touch.To.MANAGER, 96)):
        Touch.objects.get_or_create(cadence=cadence, kind=f"tell-{to}", defaults={"after_hours": hours, "to": to})
    return vendor


@pytest.fixture
def version(vendor: Vendor) -> PlaybookVersion:
    return make_version(vendor, steps=STEPS)


def signed(vendor: Vendor, count: int, *, manager: Member | None = None, sponsor: Partner | None = None) -> list[int]:
    """Partners of all sorts: with and without a sponsor, here and elsewhere, one with nobody to write to."""
    manager = manager or make_member(vendor)
    sponsor = sponsor or make_partner(vendor, company="Sponsor AG")
    zones = ("Europe/Berlin", "America/New_York", "")
    partners = [
        make_partner(
            vendor,
            company=f"Company {number}",
            state="signed",
            manager=manager,
            sponsor=sponsor if number % 2 else None,
            time_zone=zones[number % 3],
        )
        for number in range(count)
    ]
    Contact.objects.filter(partner=partners[-1]).update(left_at=NOW)
    return [partner.pk for partner in partners]


def written(partner_ids: Sequence[int]) -> list[Any]:
    """What was written about each of these partners, without what is each one's own."""
    return [_written(Partner.objects.get(pk=pk)) for pk in partner_ids]


def _written(partner: Partner) -> dict[str, Any]:
    enrollments = Enrollment.objects.filter(partner=partner)
    return {
        "partner": (partner.state, partner.accepted_at, partner.accepted_by_id),
        "enrollments": _rows(enrollments),
        "progress": _rows(Progress.objects.filter(enrollment__in=enrollments).order_by("position"), "enrollment_id"),
        "followups": _rows(
            FollowUp.objects.filter(partner=partner).order_by("kind"), "enrollment_id", "progress_id", "contact_id"
        ),
        "activities": [
            {**row, "data": {**row["data"], "enrollment": None}}
            for row in _rows(Activity.objects.filter(partner=partner).order_by("pk"))
        ],
        "audit": _rows(AuditEntry.objects.filter(subject=partner.company).order_by("pk")),
        "standing": _rows(Standing.objects.filter(partner=partner), "enrollment_id"),
    }


def _rows(found: Any, *own: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in {*OWN, *own}} for row in found.values()]


def test_a_set_gets_what_each_would_have_got_alone(vendor: Vendor, version: PlaybookVersion) -> None:
    manager, sponsor, by = make_member(vendor), make_partner(vendor, company="Sponsor AG"), make_user()
    alone, together = (signed(vendor, 5, manager=manager, sponsor=sponsor) for _ in range(2))
    for number, pk in enumerate(together):  # so that the audit tells them apart
        Partner.objects.filter(pk=pk).update(company=f"Other {number}")
    for pk in alone:
        accept(partner=Partner.objects.get(pk=pk), by=by, now=NOW)
    assert [partner.pk for partner in accept_all(vendor=vendor, partner_ids=together, by=by, now=NOW)] == together
    assert written(together) == written(alone)
    kinds = [row["kind"] for row in written(together)[1]["followups"]]
    assert kinds == ["tell-manager", "tell-partner", "tell-sponsor", "welcome"]
    assert [row["action"] for row in written(together)[1]["audit"]] == ["partner.accepted", "enrollment.started"]


def test_only_who_signed_is_accepted(vendor: Vendor, version: PlaybookVersion) -> None:
    new, gone, old = (make_partner(vendor, state=state) for state in ("signed", "left", "accepted"))
    theirs = make_partner(make_vendor(), state="signed")
    keys = [each.pk for each in (new, gone, old, theirs)]
    assert accept_all(vendor=vendor, partner_ids=keys, by=make_user(), now=NOW) == [new]
    assert Enrollment.objects.get().partner == new
    theirs.refresh_from_db()
    assert theirs.state == Partner.State.SIGNED
    assert accept_all(vendor=vendor, partner_ids=[new.pk], by=make_user(), now=NOW) == []


def test_who_walks_it_already_goes_on(vendor: Vendor, version: PlaybookVersion) -> None:
    first, second = make_partner(vendor), make_partner(vendor)
    running = enroll(partner=first, version=version, by=None, now=NOW)
    [begun] = enroll_all(partner_ids=[first.pk, second.pk, second.pk], version=version, by=None, now=NOW)
    assert begun.partner == second
    assert list(Enrollment.objects.filter(partner=first)) == [running]


def test_with_one_of_another_vendor_nobody_starts(vendor: Vendor, version: PlaybookVersion) -> None:
    ours, theirs = make_partner(vendor), make_partner(make_vendor())
    with pytest.raises(CannotEnroll):
        enroll_all(partner_ids=[ours.pk, theirs.pk], version=version, by=None, now=NOW)
    assert not Enrollment.objects.exists()


def test_known_addresses_are_linked_for_all(vendor: Vendor, version: PlaybookVersion) -> None:
    ada, bob = make_user("ada@x.example"), make_user("bob@x.example")
    EmailAddress.objects.create(user=ada, email=ada.email, verified=True)
    EmailAddress.objects.create(user=bob, email=bob.email, verified=False)
    partners = [make_partner(vendor, email=email, state="signed") for email in (ada.email, bob.email, "c@x.example")]
    accept_all(vendor=vendor, partner_ids=[partner.pk for partner in partners], by=make_user(), now=NOW)
    assert [contact.user for contact in Contact.objects.filter(partner__in=partners).order_by("partner")] == [
        ada,
        None,
        None,
    ]


def counted(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)


def test_a_hundred_and_fifty_cost_as_many_queries_as_three(vendor: Vendor, version: PlaybookVersion) -> None:
    by = make_user()

    def queries(count: int) -> int:
        keys = signed(vendor, count)
        found = counted(lambda: accept_all(vendor=vendor, partner_ids=keys, by=by, now=NOW))
        _all_began(keys)
        return found

    assert queries(3) == queries(150)


def test_so_do_those_who_waited(vendor: Vendor) -> None:
    def queries(version: PlaybookVersion, count: int) -> int:
        keys = signed(vendor, count)
        return counted(lambda: enroll_all(partner_ids=keys, version=version, by=None, now=NOW))

    version = make_version(vendor, steps=STEPS)
    assert queries(version, 3) == queries(version, 150)


def _all_began(keys: list[int]) -> None:
    assert Enrollment.objects.filter(partner__in=keys).count() == len(keys)
    assert Progress.objects.in_play().filter(enrollment__partner__in=keys).count() == len(keys)
    assert Standing.objects.filter(pk__in=keys, started_at=NOW, steps_total=3).count() == len(keys)
    with_somebody = len(keys) - 1
    assert FollowUp.objects.filter(partner__in=keys, kind="welcome").count() == with_somebody
    assert FollowUp.objects.filter(partner__in=keys, kind="tell-partner").count() == with_somebody


@pytest.mark.parametrize("fails", [Enrollment, FollowUp, AuditEntry])
def test_when_something_cannot_be_written_nobody_is_accepted(
    fails: type[Model], vendor: Vendor, version: PlaybookVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    from followups.engine import writing
    from partners import auditing, inserting
    from playbooks import enrolling

    def insert(model: type[Model], *args: Any, **options: Any) -> list[int]:
        if model is fails:
            raise RuntimeError("the disk is full")
        return inserting.insert(model, *args, **options)

    for module in (auditing, enrolling, writing):
        monkeypatch.setattr(module, "insert", insert)
    keys = signed(vendor, 3)
    with pytest.raises(RuntimeError, match="disk is full"):
        accept_all(vendor=vendor, partner_ids=keys, by=make_user(), now=NOW)
    assert set(Partner.objects.filter(pk__in=keys).values_list("state", flat=True)) == {"signed"}
    assert not Activity.objects.filter(kind__in=["accepted", "started"]).exists()
    for model in (Enrollment, Progress, FollowUp):
        assert not model._default_manager.exists()
