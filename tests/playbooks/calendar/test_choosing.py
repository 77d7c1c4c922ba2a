"""A time for a step: chosen, moved, taken back, and what becomes of it; each with the mail to the calendar."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from icalendar import Calendar

from followups.engine.cadences import make_default_cadence
from followups.engine.deciding import decide_batch
from followups.models import FollowUp
from partners.joining import leave
from partners.models import Activity, Contact
from playbooks import walking
from playbooks.calendar import choosing
from playbooks.calendar.choosing import TimeIsOver, set_aside, take_back
from playbooks.models import Progress, Slot
from playbooks.walking import NotYourMove
from tests.factories import NOW, make_contact, make_enrollment, make_partner, make_vendor

pytestmark = pytest.mark.django_db
THURSDAY = datetime(2026, 3, 5, 13, 0, tzinfo=UTC)  # 14:00 in Berlin
FRIDAY = THURSDAY + timedelta(days=1)


@pytest.fixture
def step() -> Progress:
    vendor = make_vendor(name="Nordlicht", time_zone="Europe/Berlin", reply_to="desk@nordlicht.example")
    make_default_cadence(vendor=vendor, now=NOW)
    partner = make_partner(vendor, email="hanna@hafen.example", contact={"name": "Hanna"})
    return make_enrollment(partner).progress.get(position=0)


@pytest.fixture
def contact(step: Progress) -> Contact:
    return step.enrollment.partner.contacts.get()


def choose(step: Progress, contact: Contact, at: datetime, *, now: datetime = NOW) -> bool:
    return set_aside(progress=step, contact=contact, starts_at=at, by=None, now=now, actor_name="Hanna")


def entry(mail: EmailMessage) -> tuple[str, int, str, datetime]:
    """Method, sequence, uid and beginning of the entry that a mail brings."""
    assert isinstance(mail, EmailMultiAlternatives)
    [(content, mimetype)] = mail.alternatives
    assert mimetype == "text/calendar"
    calendar = Calendar.from_ical(str(content))
    [event] = calendar.walk("VEVENT")
    assert not event.errors
    return (
        str(calendar["METHOD"]),
        int(str(event["SEQUENCE"])),
        str(event["UID"]),
        event.decoded("DTSTART").astimezone(UTC),
    )


def now_of(step: Progress) -> Progress:
    return Progress.objects.get(pk=step.pk)


def test_a_chosen_time_comes_as_an_invitation(step: Progress, contact: Contact, mailoutbox: list[EmailMessage]) -> None:
    assert choose(step, contact, THURSDAY)
    slot = Slot.objects.get()
    assert (slot.starts_at, slot.ends_at - slot.starts_at) == (THURSDAY, timedelta(minutes=10))
    assert now_of(step).slot_at == now_of(step).snoozed_until == THURSDAY
    [mail] = mailoutbox
    assert mail.subject == "In your calendar: Do the first thing, Thursday, 5 March, 14:00"
    assert (mail.to, mail.reply_to) == (["hanna@hafen.example"], ["desk@nordlicht.example"])
    assert mail.from_email.startswith("Nordlicht <")
    assert entry(mail) == ("REQUEST", 0, f"{slot.uid}@firstline.example", THURSDAY)
    assert "/l/" in str(mail.body)


def test_twice_the_same_time_is_once(step: Progress, contact: Contact, mailoutbox: list[EmailMessage]) -> None:
    choose(step, contact, THURSDAY)
    assert not choose(step, contact, THURSDAY)
    assert (len(mailoutbox), Slot.objects.count()) == (1, 1)
    assert Activity.objects.filter(kind="slot").count() == 1


def test_moved_and_taken_back_it_is_one_entry_with_a_rising_sequence(
    step: Progress, contact: Contact, mailoutbox: list[EmailMessage]
) -> None:
    choose(step, contact, THURSDAY)
    choose(step, contact, FRIDAY)
    assert take_back(progress=step, by=None, now=NOW)
    assert not take_back(progress=step, by=None, now=NOW)
    said = [entry(mail) for mail in mailoutbox]
    assert [(method, sequence, at) for method, sequence, _uid, at in said] == [
        ("REQUEST", 0, THURSDAY),
        ("REQUEST", 1, FRIDAY),
        ("CANCEL", 2, FRIDAY),
    ]
    assert len({uid for _method, _sequence, uid, _at in said}) == 1
    assert (now_of(step).slot_at, now_of(step).snoozed_until) == (None, None)
    choose(step, contact, THURSDAY)
    assert entry(mailoutbox[-1])[1:3] == (0, f"{Slot.objects.live().get().uid}@firstline.example")


@pytest.mark.parametrize("how", ["done", "skipped"])
def test_done_before_its_time_the_entry_is_cancelled(
    how: str, step: Progress, contact: Contact, mailoutbox: list[EmailMessage]
) -> None:
    choose(step, contact, THURSDAY)
    if how == "done":
        walking.complete(progress=step, by=None, now=NOW)
    else:
        walking.skip(progress=step, reason="Does not fit", by=None, now=NOW)
    assert entry(mailoutbox[-1])[:2] == ("CANCEL", 1)
    assert "the step is done or left out" in str(mailoutbox[-1].body)
    assert "/l/" not in str(mailoutbox[-1].body)
    assert Slot.objects.get().ending == "settled"
    assert now_of(step).slot_at is None


def test_done_in_its_time_the_entry_stays(step: Progress, contact: Contact, mailoutbox: list[EmailMessage]) -> None:
    choose(step, contact, THURSDAY)
    walking.complete(progress=step, by=None, now=THURSDAY + timedelta(minutes=8))
    assert [entry(mail)[0] for mail in mailoutbox] == ["REQUEST"]
    assert list(Slot.objects.in_a_calendar().values_list("ending", flat=True)) == ["kept"]


def test_a_colleague_who_chooses_takes_it_over(
    step: Progress, contact: Contact, mailoutbox: list[EmailMessage]
) -> None:
    other = make_contact(step.enrollment.partner, email="olaf@hafen.example", language="de")
    choose(step, contact, THURSDAY)
    choose(step, other, FRIDAY)
    told = [(mail.to[0], *entry(mail)[:2]) for mail in mailoutbox]
    assert told[1:] == [("hanna@hafen.example", "CANCEL", 1), ("olaf@hafen.example", "REQUEST", 0)]
    assert Slot.objects.live().get().contact == other
    assert len({entry(mail)[2] for mail in mailoutbox}) == 2


def test_nobody_sets_aside_what_is_over_or_not_theirs(step: Progress, contact: Contact) -> None:
    with pytest.raises(TimeIsOver):
        choose(step, contact, NOW)
    walking.complete(progress=step, by=None, now=NOW)
    with pytest.raises(NotYourMove):
        choose(step, contact, THURSDAY)
    assert not Slot.objects.exists()


def test_without_the_mail_there_is_no_time(step: Progress, contact: Contact, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_slot: Slot) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(choosing, "mail_invitation", fail)
    with pytest.raises(ZeroDivisionError):
        choose(step, contact, THURSDAY)
    assert not Slot.objects.exists()
    assert now_of(step).slot_at is None
    assert not FollowUp.objects.filter(held="slot").exists()


def planned() -> list[tuple[datetime, str]]:
    return list(
        FollowUp.objects.scheduled().filter(kind__startswith="remind").order_by("due_at").values_list("due_at", "held")
    )


def test_reminders_before_it_wait_for_it_and_those_after_it_do_not(step: Progress, contact: Contact) -> None:
    before = planned()
    choose(step, contact, NOW + timedelta(hours=3))
    assert planned() == before
    choose(step, contact, FRIDAY)
    # Friday 14:00, and a day later is Saturday: Monday at nine.
    assert planned() == [(FRIDAY, "slot"), (datetime(2026, 3, 9, 8, tzinfo=UTC), "slot")]
    choose(step, contact, THURSDAY)
    assert planned()[0] == (THURSDAY, "slot")


def test_taken_back_they_come_as_planned_at_the_earliest_tomorrow(step: Progress, contact: Contact) -> None:
    before = [due for due, _held in planned()]
    choose(step, contact, FRIDAY)
    take_back(progress=step, by=None, now=NOW + timedelta(hours=1))
    assert planned() == [(due, "") for due in before]
    choose(step, contact, FRIDAY, now=NOW + timedelta(hours=2))
    late = THURSDAY + timedelta(hours=1)
    take_back(progress=step, by=None, now=late)
    assert planned()[0] == (datetime(2026, 3, 6, 8, tzinfo=UTC), "")  # nine o'clock on Friday


def test_helped_on_they_wait_for_it_again(step: Progress, contact: Contact) -> None:
    choose(step, contact, FRIDAY)
    walking.get_stuck(progress=now_of(step), reason="No login", by=None, now=NOW)
    assert now_of(step).snoozed_until is None
    walking.help_on(progress=now_of(step), answer="Here", by=None, now=NOW + timedelta(hours=1))
    assert now_of(step).snoozed_until == FRIDAY


def test_the_mail_is_in_their_language(step: Progress, contact: Contact, mailoutbox: list[EmailMessage]) -> None:
    contact.language = "de"
    contact.save()
    choose(step, contact, THURSDAY)
    assert re.search(r"Donnerstag, 5\. März, 14:00", str(mailoutbox[0].subject))
    assert "Guten Tag Hanna" in str(mailoutbox[0].body)


def test_nobody_waits_for_a_time_set_aside_by_who_left(
    step: Progress, contact: Contact, mailoutbox: list[EmailMessage]
) -> None:
    partner = step.enrollment.partner
    other = make_contact(partner, email="olaf@hafen.example")
    due = set(FollowUp.objects.scheduled().values_list("due_at", flat=True))
    choose(step, other, FRIDAY)
    assert min(FollowUp.objects.scheduled().values_list("due_at", flat=True)) >= FRIDAY
    leave(contact=other, by=partner.manager.user, now=NOW)
    assert entry(mailoutbox[-1])[:2] == ("CANCEL", 1)
    assert "you no longer work on this step" in str(mailoutbox[-1].body)
    assert Slot.objects.get().ending == "withdrawn"
    assert (now_of(step).slot_at, now_of(step).snoozed_until) == (None, None)
    told = Activity.objects.filter(kind="slot").order_by("-pk")[0]
    assert (told.side, told.actor, told.data["starts_at"]) == ("vendor", partner.manager.user, "")
    decide_batch(now=NOW)  # each gets its new time
    assert set(FollowUp.objects.scheduled().values_list("due_at", flat=True)) == due


def test_who_stays_keeps_their_time_when_a_colleague_leaves(
    step: Progress, contact: Contact, mailoutbox: list[EmailMessage]
) -> None:
    partner = step.enrollment.partner
    other = make_contact(partner, email="olaf@hafen.example")
    choose(step, contact, FRIDAY)
    leave(contact=other, by=partner.manager.user, now=NOW)
    assert [entry(mail)[0] for mail in mailoutbox] == ["REQUEST"]
    assert now_of(step).slot_at == FRIDAY
