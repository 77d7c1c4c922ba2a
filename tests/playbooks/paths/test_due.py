"""By when a step is wanted: counted, shown, told in reminders, and checked before publishing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from followups.engine.cadences import make_default_cadence
from followups.engine.composing import compose
from followups.models import FollowUp, Message
from partners.hours import hours_in
from partners.models import User, Vendor
from playbooks.checking import check
from playbooks.comparing import differences
from playbooks.copying import copy_stage
from playbooks.enrolling import enroll_all
from playbooks.models import Enrollment, PlaybookVersion, Progress, Step
from playbooks.outline import outline_of
from playbooks.paths.due import Due, due_of
from playbooks.paths.editing import fingerprint
from playbooks.publishing import NotReady, publish, start_draft
from playbooks.reading import CannotRead, read
from playbooks.upgrading import ask_for_upgrade, carry_out
from playbooks.walking import complete, send_back
from playbooks.writing import write
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_partner, make_vendor, make_version
from tests.playbooks.desk import Desk

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PATH = "desk-playbook-path"
FRIDAY = datetime(2026, 3, 6, 14, 0, tzinfo=UTC)  # 15:00 in Berlin, where the day ends at 17:00


def within(amount: int, unit: str = "days", *, working: bool = True, after: str = "") -> dict[str, Any]:
    begins = {"since": "step", "step": after} if after else {"since": "start"}
    return {**begins, "working": working, "amount": amount, "unit": unit}


def until(day: str, *, working: bool = True) -> dict[str, Any]:
    return {"since": "date", "working": working, "day": day}


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    vendor = make_vendor("acme")
    make_default_cadence(vendor=vendor, now=NOW)
    return vendor


def local(at: datetime | None, vendor: Vendor) -> str:
    return at.astimezone(hours_in("Europe/Berlin", vendor=vendor).zone).strftime("%a %d %H:%M") if at else ""


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (within(2, "hours", working=False), "Fri 06 17:00"),
        (within(4, "hours"), "Mon 09 11:00"),  # two hours on Friday, two on Monday
        (within(2, working=False), "Sun 08 23:59"),
        (within(2), "Tue 10 17:00"),  # neither Saturday nor Sunday
        (within(0), "Fri 06 17:00"),
        (until("2026-03-08", working=False), "Sun 08 23:59"),
        (until("2026-03-08"), "Fri 06 17:00"),
        (until("2026-04-06"), "Thu 02 17:00"),  # Easter Monday, and Good Friday before it
    ],
)
def test_each_kind_of_time(vendor: Vendor, stored: dict[str, Any], expected: str) -> None:
    due = due_of(stored)
    assert due is not None
    assert due.as_json() == stored
    found = due.at(started_at=FRIDAY, settled={}, hours=hours_in("Europe/Berlin", vendor=vendor, country="DE"))
    assert local(found, vendor) == expected


def test_what_counts_from_a_step_waits_for_it(vendor: Vendor) -> None:
    due, hours = Due("step", False, 3, "hours", "a"), hours_in("Europe/Berlin", vendor=vendor)
    assert due.at(started_at=NOW, settled={}, hours=hours) is None
    assert due.at(started_at=NOW, settled={"a": FRIDAY}, hours=hours) == FRIDAY + 3 * HOUR


def test_a_vendor_without_an_open_hour_wants_nothing_by_then(vendor: Vendor) -> None:
    hours = hours_in("Europe/Berlin", vendor=vendor)
    never = type(hours)(hours.zone, frozenset(), hours.starts, hours.ends)
    for due in (Due("start", True, 2), Due("date", True, day=date(2026, 3, 3))):
        assert due.at(started_at=NOW, settled={}, hours=never) is None


def dues(enrollment: Enrollment) -> list[datetime | None]:
    return list(enrollment.progress.order_by("position").values_list("due_at", flat=True))


def done(enrollment: Enrollment, key: str, at: datetime, *, side: str = "") -> None:
    complete(progress=enrollment.progress.get(step__key=key), by=None, now=at, side=side)


def test_it_is_written_when_it_is_known(vendor: Vendor) -> None:
    steps: list[Any] = [
        {"key": "a", "due": within(5, "hours", working=False)},
        {"key": "b", "due": within(2, "hours", working=False, after="a")},
        {"key": "c", "wants_approval": True},
        {"key": "d", "needs": ["a"], "due": within(1, "hours", working=False, after="c")},
    ]
    enrollment = make_enrollment(make_partner(vendor), version=make_version(vendor, steps=steps))
    assert dues(enrollment) == [NOW + 5 * HOUR, None, None, None]
    done(enrollment, "a", NOW + HOUR)
    assert dues(enrollment)[1] == NOW + 3 * HOUR
    done(enrollment, "b", NOW + 2 * HOUR)
    done(enrollment, "c", NOW + 2 * HOUR)
    assert enrollment.progress.get(step__key="d").state == "open"  # beside c, which waits for a look
    assert dues(enrollment)[3] is None
    done(enrollment, "c", NOW + 4 * HOUR, side="vendor")
    assert dues(enrollment)[3] == NOW + 5 * HOUR


def test_a_step_sent_back_keeps_its_date(vendor: Vendor) -> None:
    steps = [{"key": "a", "wants_approval": True, "due": within(5, "hours", working=False)}]
    enrollment = make_enrollment(make_partner(vendor), version=make_version(vendor, steps=steps))
    done(enrollment, "a", NOW + HOUR)
    send_back(progress=enrollment.progress.get(), missing="x", by=None, now=NOW + 2 * HOUR)
    assert dues(enrollment) == [NOW + 5 * HOUR]


def test_many_that_start_at_once_each_get_theirs(vendor: Vendor) -> None:
    version = make_version(vendor, steps=[{"key": "a", "due": within(0)}])
    zones = ("Europe/Berlin", "America/New_York")
    partners = [make_partner(vendor, time_zone=zone) for zone in zones]
    enroll_all(partner_ids=[each.pk for each in partners], version=version, by=None, now=NOW)
    found = Progress.objects.order_by("enrollment__partner").values_list("due_at", flat=True)
    assert [at.hour for at in found if at] == [16, 22]


def test_it_is_shown_to_the_partner_and_calmly_when_it_is_late(
    vendor: Vendor, user: User, desk: Desk, clock: Clock
) -> None:
    enrollment = make_enrollment(
        make_partner(vendor, user=user), version=make_version(vendor, steps=[{"key": "a", "due": within(2)}])
    )
    client = Client()
    client.force_login(user)
    pages = ("/my/", f"/my/steps/{enrollment.progress.get().pk}/")
    for page in pages:
        assert "by Thursday, 5 March" in client.get(page).content.decode()
    assert "by Thursday, 5 March" in desk.get("desk-partner", enrollment.partner_id).content.decode()
    clock.move(days=3)
    for page in pages:
        assert "was due on Thursday, 5 March" in client.get(page).content.decode()
    done(enrollment, "a", NOW + timedelta(days=3))
    assert "was due on" not in client.get(pages[1]).content.decode()


def test_reminders_name_the_day(vendor: Vendor) -> None:
    steps = [{"key": "a", "due": within(2, "hours", working=False)}]
    make_enrollment(make_partner(vendor), version=make_version(vendor, steps=steps))
    related = ("vendor", "partner__manager__user", "enrollment", "progress__step", "contact", "member__user")
    followup = FollowUp.objects.select_related(*related).exclude(contact=None).order_by("due_at")[0]
    assert followup.contact is not None
    followup.contact.partner = followup.partner
    message = Message(vendor=vendor, kind=Message.Kind.REMINDER, to_address="kim@example.com", language="en")
    early = compose(message, [followup], now=NOW, is_sample=True)
    assert "It is wanted by Tuesday, 3 March, 12:00." in early.text
    assert "It is wanted by Tuesday, 3 March, 12:00." in early.html
    late = compose(message, [followup], now=NOW + timedelta(days=1), is_sample=True)
    assert "It was due on Tuesday, 3 March, 12:00." in late.text


def test_who_goes_over_to_a_new_version_gets_its_dates(vendor: Vendor) -> None:
    version = make_version(vendor, steps=[{"key": "a", "due": within(2, "hours", working=False)}])
    enrollment = make_enrollment(make_partner(vendor), version=version)
    draft = start_draft(playbook=version.playbook, by=None, now=NOW)
    Step.objects.filter(version=draft).update(due=within(9, "hours", working=False))
    newer = publish(version=draft, by=None, now=NOW)
    carry_out(upgrade=ask_for_upgrade(version=newer, choices={"a": "adopt"}, by=None, now=NOW), now=NOW)
    assert dues(enrollment) == [NOW + 9 * HOUR]


# At the desk


@pytest.fixture
def draft(vendor: Vendor) -> PlaybookVersion:
    return make_version(vendor, published=False, steps=[{"key": key, "when": "Now"} for key in ("a", "b", "c")])


@pytest.mark.parametrize(
    ("sent", "stored", "said"),
    [
        (
            {"due_since": "start", "due_amount": "2", "due_unit": "days", "due_time": "working"},
            within(2),
            "2 working days",
        ),
        (
            {"due_since": "step/a", "due_amount": "48", "due_unit": "hours", "due_time": "clock"},
            within(48, "hours", working=False, after="a"),
            "It is wanted within 48 hours by the clock after “Do the a thing”.",
        ),
        (
            {"due_since": "date", "due_day": "2026-12-24", "due_time": "clock"},
            until("2026-12-24", working=False),
            "by the end of 24 December 2026",
        ),
        (
            {"due_since": "date", "due_day": "2026-12-24", "due_time": "working"},
            until("2026-12-24"),
            "It is wanted by the end of 24 December 2026, or of the last working day before it.",
        ),
    ],
)
def test_it_is_written_at_the_desk(
    desk: Desk, draft: PlaybookVersion, sent: dict[str, Any], stored: dict[str, Any], said: str
) -> None:
    step = draft.steps.get(key="b")
    ids = (draft.playbook_id, step.pk)
    assert desk.post(PATH, *ids, seen=fingerprint(step), **sent).status_code == 302
    step.refresh_from_db()
    assert step.due == stored
    assert said in desk.get("desk-playbook-step", *ids).content.decode()
    desk.post(PATH, *ids, seen=fingerprint(step), due_since="")
    step.refresh_from_db()
    assert step.due == {}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"due_since": "start"}, "Say how long after."),
        ({"due_since": "date"}, "Say which date."),
        ({"due_since": "start", "due_amount": "400", "due_unit": "days"}, "That is more than a year."),
        ({"due_since": "", "due_amount": "3"}, "Counted from what?"),
        ({"due_since": "", "due_day": "2026-12-24"}, "Counted from what?"),
        ({"due_since": "start", "due_amount": "3", "due_day": "2026-12-24"}, "The date does not count like this."),
        ({"due_since": "date", "due_amount": "3", "due_day": "2026-12-24"}, "A date counts from nothing."),
        ({"due_since": "date", "due_day": "2020-01-01"}, "That day is over."),
    ],
)
def test_half_of_it_is_not_saved(desk: Desk, draft: PlaybookVersion, sent: dict[str, Any], said: str) -> None:
    step = draft.steps.get(key="b")
    answer = desk.post(PATH, draft.playbook_id, step.pk, seen=fingerprint(step), **sent)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_what_is_stored_may_stay_in_the_form_out_of_sight_when_something_else_is_chosen(
    desk: Desk, draft: PlaybookVersion
) -> None:
    step = draft.steps.get(key="b")
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (within(3), {"due_since": "", "due_amount": "3"}),
        (within(3), {"due_since": "date", "due_amount": "3", "due_day": "2026-12-24", "due_time": "clock"}),
        (until("2026-12-24"), {"due_since": "start", "due_amount": "2", "due_day": "2026-12-24"}),
        (until("2020-01-01"), {"due_since": "date", "due_day": "2020-01-01", "due_time": "clock"}),
    ]
    for stored, sent in cases:
        Step.objects.filter(pk=step.pk).update(due=stored)
        step.refresh_from_db()
        answer = desk.post(PATH, draft.playbook_id, step.pk, seen=fingerprint(step), **sent)
        assert answer.status_code == 302, sent


def blocking(vendor: Vendor, *steps: dict[str, Any]) -> list[str]:
    whole = [{"key": f"s{number}", "when": "Now", "minutes": 10, **step} for number, step in enumerate(steps)]
    version = make_version(vendor, published=False, steps=whole, slug="dates", default=False)
    return [problem.message.split(": ")[1] for problem in check(version=version, today=NOW.date()) if problem.blocks]


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([{"due": until("2026-03-02")}], "it is wanted by 2 March 2026, which is over. Choose a date to come."),
        ([{"due": within(1, after="gone")}], "by when it is wanted counts from a step that is not there (gone)."),
        (
            [{"due": within(1, after="s1")}, {}],
            "by when it is wanted counts from “Do the s1 thing”, which does not come before it.",
        ),
        (
            [{"due": until("2026-05-02")}, {"needs": ["s0"], "due": until("2026-05-01")}],
            "it is wanted before “Do the s0 thing” is, which it needs. Give it more time.",
        ),
        (
            [{"due": within(3)}, {"needs": ["s0"], "due": within(2)}],
            "it is wanted before “Do the s0 thing” is, which it needs. Give it more time.",
        ),
        (
            [{"minutes": 20}, {"minutes": 41, "needs": ["s0"], "due": within(1, "hours")}],
            "it is wanted 60 minutes of that time after the start, and what it needs takes 61.",
        ),
    ],
)
def test_a_date_that_cannot_be_met_blocks(vendor: Vendor, steps: list[dict[str, Any]], said: str) -> None:
    assert blocking(vendor, *steps) == [said]


@pytest.mark.parametrize(
    "steps",
    [
        [{"due": until("2026-03-03")}],
        [{}, {"due": within(1, after="s0")}],
        [{"due": within(2)}, {"needs": ["s0"], "due": within(2)}],
        [{"due": within(2, working=False)}, {"needs": ["s0"], "due": within(1)}],
        [{"minutes": 20}, {"minutes": 40, "needs": ["s0"], "due": within(1, "hours")}],
        [{"minutes": 480, "due": within(0)}],
    ],
)
def test_a_date_that_can_be_met_is_no_problem(vendor: Vendor, steps: list[dict[str, Any]]) -> None:
    assert blocking(vendor, *steps) == []


def test_a_date_that_is_over_is_not_published(vendor: Vendor, draft: PlaybookVersion) -> None:
    Step.objects.filter(key="b").update(due=until("2026-03-02"))
    with pytest.raises(NotReady):
        publish(version=draft, by=None, now=NOW)


def test_a_copied_stage_counts_from_its_own_steps(draft: PlaybookVersion) -> None:
    Step.objects.filter(key="b").update(due=within(1, after="a"))
    copy = copy_stage(stage=draft.stages.get(), count_before=1, by=None, now=NOW)
    assert copy.steps.get(key="b-2").due["step"] == "a-2"


def test_the_next_draft_the_file_and_the_comparison_have_it(vendor: Vendor) -> None:
    steps: list[Any] = ["a", {"key": "b", "due": within(2, after="a")}, {"key": "c", "due": until("2026-12-24")}]
    version = make_version(vendor, steps=steps)
    draft = start_draft(playbook=version.playbook, by=None, now=NOW)
    assert read(write(outline_of(draft)).encode()) == outline_of(version)
    Step.objects.filter(version=draft, key="b").update(due={})
    (found,) = differences(outline_of(version), outline_of(draft), language="en")
    assert [(field.label, field.pieces[0].words) for field in found.fields] == [
        ("By when", "within 2 working days after “Do the a thing”")
    ]


def test_a_file_is_told_what_is_wrong_with_its_dates() -> None:
    dues = ["{after: start, days: 2}", "{by: soon, time: clock}", "{after: start, by: 2026-12-24, time: clock}"]
    dues += ["{after: start, time: working}", "{after: me, days: 1, time: clock}"]
    steps = "".join(f"      - {{key: s{number}, title: One, due: {due}}}\n" for number, due in enumerate(dues))
    source = f"format: 1\nkey: p\nlanguages: [en]\nname: P\nstages:\n  - key: s\n    title: S\n    steps:\n{steps}"
    with pytest.raises(CannotRead) as refusal:
        read(source.encode())
    assert [fault.message for fault in refusal.value.faults] == [
        "“” is not known here. Choose from: working, clock.",
        "“soon” is no date. Write it as 2026-12-24.",
        "Write exactly one of: “after: start”, “after_step” with a key, “by” with a date.",
        "Write how many: either “days: 2” or “hours: 48”.",
        "“me” is not known here. Choose from: start.",
    ]
