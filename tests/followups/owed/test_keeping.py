"""What is owed follows the steps: one task a step, due when it is due, ended as it ended."""

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from followups.dashboards.tasks import tasks_of
from followups.models import Notification, Task
from followups.owed.keeping import keep, kind_of
from followups.owed.overdue import tell_overdue
from followups.silence.watching import watch
from partners.models import Partner
from playbooks import handing_over, walking
from playbooks.models import Enrollment, Progress
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_vendor, make_version
from tests.playbooks.offers.world import HOUR, MOVES, ask, bring, offered, step_of

pytestmark = pytest.mark.django_db
WEDNESDAY_EVENING = datetime(2026, 3, 4, 16, 0, tzinfo=UTC)  # five o'clock in Berlin, a working day after NOW


def owed() -> list[tuple[str, datetime | None]]:
    return [(task.kind, task.due_at) for task in Task.objects.still_open()]


def ended() -> list[tuple[str, str]]:
    return list(Task.objects.exclude(ended_at=None).order_by("pk").values_list("kind", "ending"))


def get_stuck(step: Progress, reason: str = "No key", at: datetime = NOW) -> None:
    walking.get_stuck(progress=step, reason=reason, by=None, now=at, contact=step.enrollment.partner.contacts.get())


def berlin() -> Enrollment:
    vendor = make_vendor(name="Acme", country="DE", time_zone="Europe/Berlin")
    steps: list[Any] = [{"key": "first", "wants_approval": True}, {"key": "ours", "who": "vendor"}, "last"]
    return make_enrollment(make_partner(vendor, company="Hafen"), version=make_version(vendor, steps=steps))


def test_who_is_stuck_is_answered_by_the_end_of_the_next_working_day() -> None:
    step = step_of(berlin())
    get_stuck(step)
    task = Task.objects.get()
    assert (task.kind, task.due_at, task.made_at) == ("stuck", WEDNESDAY_EVENING, NOW)
    assert (task.contact, task.progress) == (step.enrollment.partner.contacts.get(), step)
    get_stuck(step, "And no time", at=NOW + HOUR)  # more of the same story
    assert Task.objects.get().made_at == NOW
    assert walking.help_on(progress=step, answer="Here.", by=None, now=NOW + 2 * HOUR)
    task.refresh_from_db()
    assert (task.ending, task.ended_at) == ("done", NOW + 2 * HOUR)
    get_stuck(step, at=NOW + 3 * HOUR)
    assert Task.objects.count() == 2


def test_who_gets_past_it_alone_was_not_answered() -> None:
    step = step_of(berlin())
    get_stuck(step)
    walking.complete(progress=step, by=None, now=NOW + HOUR, side="partner")
    assert ended() == [("stuck", "settled")]
    assert owed() == [("approve", WEDNESDAY_EVENING)]


def test_approvals_and_steps_of_our_own() -> None:
    step = step_of(berlin())
    walking.complete(progress=step, by=None, now=NOW)
    assert owed() == [("approve", WEDNESDAY_EVENING)]
    walking.withdraw(progress=step, by=None, now=NOW + HOUR, side="partner")
    assert ended() == [("approve", "settled")]
    walking.complete(progress=step, by=None, now=NOW + HOUR)
    walking.send_back(progress=step, missing="The logo", by=None, now=NOW + HOUR)
    walking.complete(progress=step, by=None, now=NOW + HOUR)
    walking.complete(progress=step, by=None, now=NOW + HOUR, side="vendor")
    assert ended()[1:] == [("approve", "done"), ("approve", "done")]
    assert owed() == [("step", WEDNESDAY_EVENING)]
    ours = step.enrollment.progress.get(position=1)
    walking.skip(progress=ours, reason="Not needed", by=None, now=NOW + HOUR)
    assert (owed(), ended()[-1]) == ([], ("step", "settled"))


def test_what_is_done_for_them_is_due_as_it_was_agreed() -> None:
    step = step_of(offered("quote"))
    ask(step, now=NOW)
    assert owed() == [("handover", WEDNESDAY_EVENING)]
    bring_on = [MOVES["quote"](step)]
    assert (owed(), ended()) == ([], [("handover", "done")])
    bring_on += [MOVES["accept"](step), MOVES["schedule"](step)]
    assert owed() == [("handover", datetime(2026, 3, 10, 16, 0, tzinfo=UTC))]
    handing_over.schedule(progress=step, ready_on=date(2026, 3, 12), by=None, now=NOW + 6 * HOUR)
    assert owed() == [("handover", datetime(2026, 3, 12, 16, 0, tzinfo=UTC))]
    bring_on += [MOVES["deliver"](step), MOVES["confirm"](step)]
    assert all(bring_on)
    assert (owed(), ended()) == ([], [("handover", "done"), ("handover", "done")])


def test_taken_back_it_was_settled_without_us() -> None:
    step = step_of(offered())
    bring(step, "ask", "take_back")
    assert (owed(), ended()) == ([], [("handover", "settled")])


def test_the_list_is_whole_after_any_walk() -> None:
    """Whatever was done: each step that is the vendor's now has its task, and nothing else has one."""
    step = step_of(offered("quote"))
    get_stuck(step)
    for move in ("ask", "quote", "accept", "schedule", "deliver", "send_back", "deliver", "confirm"):
        assert MOVES[move](step)
        steps = {each.pk: kind_of(each) for each in Progress.objects.all()}
        told = dict(Task.objects.still_open().values_list("progress", "kind"))
        assert told == {pk: kind for pk, kind in steps.items() if kind}, move
    keep(steps=list(Progress.objects.select_related("enrollment__partner__vendor", "step")), now=NOW)
    assert owed() == []


def test_neither_a_stopped_walk_nor_a_partner_who_left_is_owed_anything() -> None:
    step = step_of(offered())
    ask(step)
    assert Task.objects.owed().count() == 1
    Enrollment.objects.update(state="stopped", ended_at=NOW)
    assert not Task.objects.owed().exists()
    Enrollment.objects.update(state="running", ended_at=None)
    Partner.objects.update(state="left")
    assert not Task.objects.owed().exists()


def test_today_shows_it_once() -> None:
    step = step_of(berlin())
    get_stuck(step)
    vendor = step.enrollment.vendor
    assert tasks_of(vendor=vendor, member=None, now=NOW + timedelta(days=3)).lines == []


def test_what_falls_overdue_is_told_once_to_the_manager_and_the_deputy() -> None:
    step = step_of(berlin())
    partner = step.enrollment.partner
    deputy = make_member(partner.vendor)
    Partner.objects.filter(pk=partner.pk).update(deputy=deputy)
    get_stuck(step)
    late = WEDNESDAY_EVENING + timedelta(minutes=1)
    assert tell_overdue(now=WEDNESDAY_EVENING - timedelta(minutes=1)) == 0
    watch(now=late)
    assert tell_overdue(now=late) == 0
    notes = Notification.objects.filter(key__startswith="overdue:")
    assert {note.member for note in notes} == {partner.manager, deputy}
    assert {note.leads_to for note in notes} == {f"/v/{partner.vendor.slug}/owed/"}
    assert "Hafen" in notes[0].texts["de"]["subject"]
    walking.help_on(progress=step, answer="Here.", by=None, now=late)
    assert not notes.filter(settled_at=None).exists()


def test_another_day_is_told_anew() -> None:
    step = step_of(offered())
    ask(step)
    late = datetime(2026, 3, 6, 9, 0, tzinfo=UTC)
    assert tell_overdue(now=late) == 1
    handing_over.schedule(progress=step, ready_on=date(2026, 3, 9), by=None, now=late)
    assert not Notification.objects.filter(key__startswith="overdue:", settled_at=None).exists()
    assert tell_overdue(now=late) == 0
    assert tell_overdue(now=datetime(2026, 3, 9, 17, 0, tzinfo=UTC)) == 1
    assert Notification.objects.filter(key__startswith="overdue:", settled_at=None).count() == 1


def test_whoever_waited_before_there_was_a_list_stands_in_it() -> None:
    stuck, theirs = step_of(berlin()), step_of(berlin())
    walking.complete(progress=theirs, by=None, now=NOW)
    get_stuck(stuck, at=NOW - 2 * HOUR)
    before = {task.progress_id: (task.kind, task.contact_id, task.made_at) for task in Task.objects.all()}
    Task.objects.all().delete()
    filling = import_module("followups.migrations.0037_list_what_is_owed")
    for _ in range(2):
        filling.list_what_waits(apps, connection.schema_editor())
        assert {task.progress_id: (task.kind, task.contact_id, task.made_at) for task in Task.objects.all()} == before
    assert dict(owed())["stuck"] == NOW - 2 * HOUR + timedelta(days=1)
    filling.take_off(apps, connection.schema_editor())
    assert not Task.objects.exists()
