"""For every follow-up that is over, the timeline says why it was sent, waited, went along or was called off."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from followups.dashboards.timeline import Entry, timeline
from followups.engine.cadences import make_default_cadence
from followups.engine.deciding import decide_batch
from followups.models import FollowUp, Message, Suppression, Touch
from partners.models import Activity, Member, Partner, Vendor
from playbooks import walking
from playbooks.models import Progress
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_partner, make_vendor, make_version
from tests.followups import world

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    vendor = make_vendor("house", time_zone="Europe/Berlin")
    make_default_cadence(vendor=vendor, now=NOW)
    return vendor


@pytest.fixture
def partner(vendor: Vendor, me: Member) -> Partner:
    return make_partner(vendor, company="Fjord IT", manager=me, contact={"name": "Anna Berg"})


@pytest.fixture
def progress(partner: Partner) -> Progress:
    return make_enrollment(partner).progress.get(position=0)


def leave(state: str = "accepted", **fields: object) -> None:
    Message.objects.filter(state="ready").update(state=state, finished_at=NOW + DAY, subject="Your step", **fields)


def entries(partner: Partner, language: str = "en") -> list[Entry]:
    with translation.override(language):
        found = timeline(partner=partner, after="", language=language).entries
        return [entry for entry in found if entry.side == "mail"]


def one(partner: Partner, language: str = "en") -> tuple[str, list[str]]:
    [entry] = entries(partner, language)
    return str(entry.what), list(entry.why)


def test_sent_in_its_time(partner: Partner, progress: Progress) -> None:
    decide_batch(now=NOW + DAY)
    leave()
    assert one(partner) == (
        "Mail sent: Your step",
        ["Reminder of “Do the first thing”, 24 hours after the step opened."],
    )
    assert one(partner, "de") == (
        "Mail gesendet: Your step",
        ["Erinnerung an „Do the first thing“, 24 Stunden nach dem Öffnen des Schritts."],
    )


def test_sent_after_it_had_to_wait(partner: Partner, progress: Progress) -> None:
    night = NOW + timedelta(hours=34)
    FollowUp.objects.filter(kind="remind-24h").update(due_at=night)
    decide_batch(now=night)
    decide_batch(now=NOW + timedelta(hours=47))
    leave()
    assert one(partner)[1] == [
        "Reminder of “Do the first thing”, 24 hours after the step opened. Moved into the person’s working hours."
    ]


def test_two_in_one_mail(partner: Partner, progress: Progress) -> None:
    make_enrollment(partner, version=make_version(partner.vendor, slug="b", steps=["other"], default=False))
    decide_batch(now=NOW + DAY)
    leave()
    assert one(partner)[1] == [
        "Reminder of “Do the first thing”, 24 hours after the step opened.",
        "Reminder of “Do the other thing”, 24 hours after the step opened. Sent together with another reminder.",
    ]


def test_done_calls_off_what_is_left_in_one_line(partner: Partner, progress: Progress) -> None:
    walking.complete(progress=progress, by=None, now=NOW + timedelta(hours=1))
    assert one(partner) == (
        "Called off: 2 reminders of “Do the first thing”",
        ["The step was done before it fell due"],
    )
    assert one(partner, "de") == (
        "Abgesagt: 2 Erinnerungen an „Do the first thing“",
        ["Der Schritt war erledigt, bevor es so weit war"],
    )


def test_held_back_from_who_unsubscribed(partner: Partner, progress: Progress) -> None:
    address = partner.contacts.get().email
    Suppression.objects.create(vendor=partner.vendor, address=address, reason="unsubscribed", created_at=NOW)
    decide_batch(now=NOW + DAY)
    what, why = one(partner)
    assert what == "Held back: Reminder of “Do the first thing”, 24 hours after the step opened"
    assert why == ["The address wants no mail or cannot get any"]


def test_what_went_to_the_manager_is_on_it_too(partner: Partner, me: Member) -> None:
    Touch.objects.filter(kind="remind-24h").update(to="manager", basis="working", after_hours=16)
    make_enrollment(partner)
    FollowUp.objects.filter(kind="remind-48h").delete()
    decide_batch(now=NOW + 2 * DAY)
    leave()
    [entry] = entries(partner)
    assert entry.what == "Sent: Reminder of “Do the first thing”, 16 working hours after the step opened"
    assert entry.who == str(me)


@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_a_mail_that_did_not_arrive_keeps_its_receipts(partner: Partner, progress: Progress, state: str) -> None:
    decide_batch(now=NOW + DAY)
    leave(state)
    assert "Reminder of “Do the first thing”" in one(partner)[1][0]


def test_another_partners_follow_ups_are_not_on_it(partner: Partner, progress: Progress) -> None:
    other = make_partner(partner.vendor)
    theirs = make_enrollment(other, version=progress.enrollment.version).progress.get(position=0)
    walking.complete(progress=theirs, by=None, now=NOW)
    assert entries(partner) == []


def test_pages_show_each_once_however_they_end_together(partner: Partner, progress: Progress) -> None:
    FollowUp.objects.all().delete()
    Activity.objects.all().delete()
    for number in range(45):
        at = NOW + timedelta(minutes=number // 4)
        world.acts(partner, now=at)
        FollowUp.objects.create(
            vendor=partner.vendor,
            partner=partner,
            enrollment=progress.enrollment,
            progress=progress,
            kind="remind-24h",
            episode=number,
            contact=partner.contacts.get(),
            anchor_at=NOW,
            offset=DAY,
            time_zone="Europe/Berlin",
            policy_version=1,
            due_at=at,
            state="cancelled",
            reason="step_settled",
            finished_at=at,
        )
    seen, after, called_off = [], "", 0
    while True:
        page = timeline(partner=partner, after=after, language="en")
        seen += [(entry.at, entry.source, entry.pk) for entry in page.entries]
        for entry in page.entries:
            if entry.what.startswith("Called off: "):
                first = entry.what.split()[2]
                called_off += int(first) if first.isdigit() else 1
        if not page.older:
            break
        after = page.older
    assert seen == sorted(set(seen), reverse=True)
    assert called_off == 45


def test_the_queries_do_not_grow_with_the_receipts(me: Member, partner: Partner, progress: Progress) -> None:
    client = Client()
    client.force_login(me.user, "django.contrib.auth.backends.ModelBackend")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/v/house/partners/{partner.pk}/").status_code == 200
        return len(captured)

    decide_batch(now=NOW + DAY)
    leave()
    few = queries()
    for number in range(8):
        version = make_version(partner.vendor, slug=f"p{number}", default=False)
        step = make_enrollment(partner, version=version, now=NOW + DAY).progress.get(position=0)
        if number % 2:
            walking.complete(progress=step, by=None, now=NOW + DAY)
    assert queries() == few
