"""What is long over leaves the hot tables and is still there: seen on timelines, and its keys stay used."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from followups.checks import the_archive_leaves_what_is_still_asked_for
from followups.dashboards.timeline import timeline
from followups.engine import archiving
from followups.engine.archiving import NOBODY, archive_batch, archive_some, bring_all_back, bring_back
from followups.engine.deciding import decide_batch
from followups.engine.polling import Engine
from followups.engine.transports import NoTransport, SmtpTransport
from followups.engine.welcoming import welcome_accepted
from followups.engine.writing import add_follow_ups
from followups.models import ArchivedAttempt, ArchivedFollowUp, ArchivedMessage, Attempt, FollowUp, Message, Tick
from partners.models import Partner, Vendor
from playbooks import walking
from playbooks.models import Progress
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_partner, make_version
from tests.followups.engine.conftest import pump_all
from tests.followups.engine.mails import DUE, account_mail

pytestmark = pytest.mark.django_db
LONG_AFTER = DUE + timedelta(days=100)
HOT: tuple[Any, ...] = (Message, Attempt, FollowUp)
ARCHIVE: tuple[Any, ...] = (ArchivedMessage, ArchivedAttempt, ArchivedFollowUp)


@pytest.fixture
def reminded(progress: Progress, transport: SmtpTransport) -> Progress:
    """The first reminder was sent, then the step was done, which called off the second; the next step is open."""
    welcome_accepted(partner_ids=[progress.enrollment.partner_id], now=NOW)
    pump_all(now=NOW, transport=transport)
    pump_all(now=DUE, transport=transport)
    walking.complete(progress=progress, by=None, now=DUE)
    return progress


def archive_all(*, size: int = 500) -> None:
    vendor: int | None = NOBODY
    while vendor is not None:
        vendor = archive_some(vendor=vendor, now=LONG_AFTER, size=size)


def rows(of: tuple[Any, ...]) -> list[list[dict[str, Any]]]:
    return [list(model.objects.order_by("pk").values()) for model in of]


def counts(of: tuple[Any, ...]) -> list[int]:
    return [model.objects.count() for model in of]


def seen(partner: Partner) -> list[tuple[Any, ...]]:
    found = timeline(partner=partner, after="", language="en").entries
    return [(entry.at, entry.what, entry.who, entry.note, tuple(entry.why)) for entry in found]


@pytest.mark.parametrize("size", [1, 500])
def test_what_is_over_goes_and_comes_back_as_it_was(reminded: Progress, size: int) -> None:
    before, hot = rows(HOT), counts(HOT)
    archive_all(size=size)
    assert not FollowUp.objects.filter(progress=reminded).exists()
    assert counts(ARCHIVE) == [2, 2, 3]
    assert [here + there for here, there in zip(counts(HOT), counts(ARCHIVE), strict=True)] == hot
    assert bring_all_back(size=size) == 5
    assert rows(HOT) == before
    assert counts(ARCHIVE) == [0, 0, 0]


def test_a_partners_rows_come_back_alone(reminded: Progress, vendor: Vendor) -> None:
    before = rows(HOT)
    archive_all()
    assert bring_back(partner=make_partner(vendor)) == 0
    assert bring_back(partner=reminded.enrollment.partner) == 5
    assert rows(HOT) == before


def test_what_is_recent_or_still_in_play_stays(reminded: Progress, progress: Progress) -> None:
    before = counts(HOT)
    assert archive_batch(vendor=reminded.enrollment.vendor_id, before=DUE) == 2  # the welcome, sent a day before
    assert bring_all_back() == 2
    Progress.objects.filter(pk=reminded.pk).update(state="open", turn="partner", turn_since=DUE, settled_at=None)
    archive_all()
    assert counts(HOT) == before


def test_mails_of_no_vendor_go_too() -> None:
    account_mail("a@example.com", state="accepted", finished_at=NOW)
    waiting = account_mail("b@example.com")
    archive_all()
    assert list(Message.objects.all()) == [waiting]
    assert ArchivedMessage.objects.get().to_address == "a@example.com"


def test_the_timeline_says_the_same_before_and_after(reminded: Progress) -> None:
    partner = reminded.enrollment.partner
    before = seen(partner)
    assert any("Mail sent: " in what and why for _at, what, _who, _note, why in before)
    assert any("Called off" in what for _at, what, *_ in before)
    archive_all()
    assert seen(partner) == before


def test_a_step_that_is_opened_again_begins_another_episode(reminded: Progress) -> None:
    used = {(row.kind, row.episode) for row in FollowUp.objects.filter(progress=reminded)}
    archive_all()
    Progress.objects.filter(pk=reminded.pk).update(state="open", turn="partner", turn_since=DUE, settled_at=None)
    archiving.take_back_used([])
    assert archiving.last_episodes([reminded.pk]) == {reminded.pk: max(episode for _kind, episode in used)}


def test_nobody_is_welcomed_twice(reminded: Progress) -> None:
    archive_all()
    assert ArchivedFollowUp.objects.filter(kind="welcome").count() == 1
    welcome_accepted(partner_ids=[reminded.enrollment.partner_id], now=LONG_AFTER)
    assert not FollowUp.objects.filter(kind="welcome").exists()


def test_a_key_that_was_archived_is_never_planned_again(reminded: Progress) -> None:
    archive_all()
    left_out = ("id", "message_id", "state", "reason", "finished_at")
    planned = [
        {name: value for name, value in row.items() if name not in left_out}
        for row in ArchivedFollowUp.objects.values()
    ]
    add_follow_ups([FollowUp(**again) for again in planned])
    assert not FollowUp.objects.filter(progress=reminded).exists()
    add_follow_ups([FollowUp(**{**planned[0], "episode": 7})])
    assert FollowUp.objects.get(progress=reminded).episode == 7


def test_a_day_whose_mail_was_archived_gets_no_second_one(reminded: Progress) -> None:
    """A clock that goes back, or a database that was restored in part."""
    archive_all()
    key = ArchivedMessage.objects.get(kind="reminder").key
    partner = reminded.enrollment.partner
    FollowUp.objects.scheduled().filter(partner=partner).update(due_at=DUE)
    decide_batch(now=DUE + timedelta(hours=1))
    assert not Message.objects.filter(key=key).exists()
    held = FollowUp.objects.scheduled().filter(partner=partner).earliest("due_at")
    assert held.due_at > DUE + timedelta(hours=12)


def test_a_move_that_fails_half_way_has_not_begun(reminded: Progress) -> None:
    before = rows(HOT)

    def fail(execute: Any, sql: str, *given: Any) -> Any:
        if sql.startswith("DELETE FROM followups_message"):
            raise RuntimeError("in the midst of it")
        return execute(sql, *given)

    with pytest.raises(RuntimeError), connection.execute_wrapper(fail):
        archive_all()
    assert rows(HOT) == before
    assert counts(ARCHIVE) == [0, 0, 0]


def test_a_worker_archives_once_an_hour_vendor_by_vendor(
    clock: Clock, reminded: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(LONG_AFTER)
    monkeypatch.setattr(archiving, "EVERY", timedelta(hours=1))
    one, other = Engine(NoTransport), Engine(NoTransport)
    rounds = 0
    while one.archive_once():
        rounds += 1
    assert rounds >= 2  # those of no vendor, this one's, and once more to see that it is through
    assert counts(ARCHIVE) == [2, 2, 3]
    assert not other.archive_once()
    assert Tick.objects.filter(job=archiving.JOB).count() == 1


def test_never_where_everything_is_to_stay(clock: Clock, reminded: Progress, settings: Settings) -> None:
    settings.ARCHIVE_AFTER_DAYS = 0
    clock.set(LONG_AFTER)
    assert not Engine(NoTransport).archive_once()
    assert counts(ARCHIVE) == [0, 0, 0]


def test_what_is_kept_in_use_for_too_short_is_an_error(settings: Settings) -> None:
    for days, errors in ((0, []), (30, []), (29, ["followups.E004"])):
        settings.ARCHIVE_AFTER_DAYS = days
        assert [error.id for error in the_archive_leaves_what_is_still_asked_for()] == errors


def test_the_command(clock: Clock, reminded: Progress, capsys: pytest.CaptureFixture[str]) -> None:
    clock.set(LONG_AFTER)
    call_command("archive")
    assert "5 rows went into the archive" in capsys.readouterr().out
    call_command("archive", bring_back=str(reminded.enrollment.partner_id))
    assert "5 rows of Hafen IT are in use again" in capsys.readouterr().out
    call_command("archive")
    call_command("archive", bring_back="all")
    assert "5 rows are in use again" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no partner nobody"):
        call_command("archive", bring_back="nobody")


def test_a_walk_of_more_than_one_vendor_stays_with_its_vendor(vendor: Vendor, reminded: Progress) -> None:
    make_enrollment(
        make_partner(vendor, email="zoe@example.com"), version=make_version(vendor, slug="b", default=False)
    )
    archive_all()
    assert set(ArchivedFollowUp.objects.values_list("partner", flat=True)) == {reminded.enrollment.partner_id}
