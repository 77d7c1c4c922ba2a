"""Notes and calls stay where people find them when their follow-ups go into the archive, and point to them there."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from followups.bell.counting import Bell
from followups.bell.reading import RELATED, address_of, note_of
from followups.dashboards.timeline import timeline
from followups.engine.archiving import archive_batch, bring_all_back, bring_back
from followups.engine.deciding import decide_batch
from followups.models import ArchivedFollowUp, ArchivedMessage, FollowUp, Message, Notification, Task, Touch
from partners.models import Contact, Vendor
from playbooks import walking
from playbooks.models import Progress
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)
DONE = NOW + 3 * DAY
LONG_AFTER = NOW + timedelta(days=100)
ALL: tuple[Any, ...] = (Message, FollowUp, Notification, Task)


@pytest.fixture
def touched(vendor: Vendor, progress: Progress) -> Progress:
    """A note on the first day and a call on the second; then the step was done. The next one is open."""
    for kind, channel in (("remind-24h", Touch.Channel.IN_APP), ("remind-48h", Touch.Channel.CALL)):
        Touch.objects.filter(cadence__vendor=vendor, kind=kind).update(channel=channel)
        FollowUp.objects.filter(kind=kind).update(channel=channel)
    Contact.objects.update(user=make_user())
    for days in (1, 2):
        decide_batch(now=NOW + days * DAY)
    walking.complete(progress=progress, by=None, now=DONE)
    FollowUp.objects.scheduled().delete()  # those of the next step are no matter here
    return progress


def archive(vendor: Vendor, *, size: int = 500) -> int:
    count = 0
    while moved := archive_batch(vendor=vendor.pk, before=LONG_AFTER, size=size):
        count += moved
    return count


def rows() -> list[list[dict[str, Any]]]:
    return [list(model.objects.order_by("pk").values()) for model in ALL]


def at_the_bell() -> list[Any]:
    notes = Notification.objects.select_related(*RELATED)
    return [(note_of(note), address_of(note), str(note)) for note in notes]


@pytest.mark.parametrize("size", [1, 500])
def test_their_follow_ups_go_and_come_back_as_they_were(touched: Progress, vendor: Vendor, size: int) -> None:
    before = rows()
    assert [len(each) for each in before] == [2, 2, 1, 1]
    assert archive(vendor, size=size) == 4
    assert [ArchivedMessage.objects.count(), ArchivedFollowUp.objects.count()] == [2, 2]
    assert not Message.objects.exists()
    assert not FollowUp.objects.exists()
    note, call = Notification.objects.get(), Task.objects.get()
    assert (note.followup, note.archived) == (None, ArchivedFollowUp.objects.get(channel="in-app"))
    assert (call.followup, call.archived) == (None, ArchivedFollowUp.objects.get(channel="call"))
    bring_all_back(size=size)
    assert rows() == before


def test_one_partners_come_back_with_their_notes(touched: Progress, vendor: Vendor) -> None:
    before = rows()
    archive(vendor)
    bring_back(partner=touched.enrollment.partner)
    assert rows() == before


def test_the_bell_says_the_same_before_and_after(touched: Progress, vendor: Vendor) -> None:
    Notification.objects.update(settled_at=None)  # nobody has looked at it
    [reader] = Contact.objects.all()
    assert reader.user is not None
    before = at_the_bell()
    assert before[0][0].title == "Your next step: Do the first thing"
    archive(vendor)
    assert at_the_bell() == before
    assert Bell(reader.user, None).unread == 1


def test_the_timeline_and_the_calls_history_stay(touched: Progress, vendor: Vendor) -> None:
    def seen() -> Any:
        entries = timeline(partner=touched.enrollment.partner, after="", language="en").entries
        tasks = Task.objects.values_list("ended_at", "ending", "texts", "made_at")
        return [(entry.at, entry.what, entry.who, tuple(entry.why)) for entry in entries], list(tasks)

    before = seen()
    archive(vendor)
    assert seen() == before


def test_what_is_said_of_a_step_in_play_stays_in_use(touched: Progress, vendor: Vendor) -> None:
    stuck = {"state": "stuck", "turn": "vendor", "turn_since": DONE, "settled_at": None}
    Progress.objects.filter(pk=touched.pk).update(**stuck)
    assert archive(vendor) == 0


def test_nothing_is_the_note_or_the_call_of_two(touched: Progress, vendor: Vendor) -> None:
    archive(vendor)
    note = Notification.objects.get()
    note.pk = None
    with pytest.raises(IntegrityError):
        note.save()


def test_they_go_with_what_they_came_of(touched: Progress, vendor: Vendor) -> None:
    archive(vendor)
    ArchivedFollowUp.objects.all().delete()
    assert not Notification.objects.exists()
    assert not Task.objects.exists()
