"""What the partner is mailed about what is done for them, what rests meanwhile, and what the vendor hears of it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from followups.cadences.drafting import remove_touch, save_touch, start_draft
from followups.cadences.publishing import publish
from followups.dashboards.timeline import timeline
from followups.engine.answering import answers_among
from followups.engine.cadences import ANSWER, STILL_OPEN, make_default_cadence
from followups.engine.composing import Mail, compose
from followups.engine.deciding import decide_batch
from followups.engine.merging import Words
from followups.engine.planning import plan
from followups.engine.waiting import waiting_among
from followups.models import Cadence, FollowUp, Message, Notification, Standing, Touch
from partners.joining import leave
from partners.models import Contact, Partner
from playbooks import handing_over
from playbooks.models import Enrollment, Progress, Step
from tests.factories import NOW, make_contact, make_user, make_vendor
from tests.followups.cadences.conftest import said
from tests.playbooks.offers.world import HOUR, MOVES, WAYS, ask, bring, offered, step_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrollment() -> Enrollment:
    vendor = make_vendor(name="Acme", country="DE", time_zone="Europe/Berlin")
    make_default_cadence(vendor=vendor, now=NOW)
    return offered("quote", vendor=vendor, user=make_user(name="Kim"))


@pytest.fixture
def step(enrollment: Enrollment) -> Progress:
    return step_of(enrollment)


def scheduled() -> list[str]:
    return sorted(FollowUp.objects.filter(state="scheduled").values_list("kind", flat=True))


def written(step: Progress, language: str = "en") -> Mail:
    """The mail that answers, as it would leave."""
    followup = FollowUp.objects.filter(progress=step, kind=ANSWER, state="scheduled").latest("pk")
    message = Message(vendor=followup.vendor, kind=Message.Kind.ANSWER, language=language, to_address="kim@example.com")
    followup.vendor = step.enrollment.vendor
    return compose(message, [followup], now=NOW, answer=answers_among([followup])[followup.pk])


def test_reminders_rest_while_it_is_the_vendors_turn_and_one_asks_for_the_answer(step: Progress) -> None:
    assert scheduled() == ["remind-24h", STILL_OPEN]
    bring(step, "ask")
    assert scheduled() == []
    bring(step, "quote")
    assert scheduled() == [ANSWER, STILL_OPEN]  # who has just had a mail about it is reminded once
    bring(step, "accept", "schedule")
    assert scheduled() == []
    bring(step, "deliver")
    assert scheduled() == [ANSWER, STILL_OPEN]
    bring(step, "send_back")
    assert scheduled() == []


def test_who_asked_is_reminded_to_answer_else_who_does_the_step(step: Progress) -> None:
    partner = step.enrollment.partner
    Step.objects.filter(pk=step.step_id).update(role="sales")
    anna = make_contact(partner, role="sales", email="anna@hafen.example")
    kim = make_contact(partner, email="kim@hafen.example")
    ask(step, contact=kim)
    bring(step, "quote")
    reminder = FollowUp.objects.scheduled().get(kind=STILL_OPEN)
    assert reminder.contact == kim
    FollowUp.objects.scheduled().filter(kind=ANSWER).delete()
    leave(contact=kim, by=partner.manager.user, now=NOW + 3 * HOUR)
    decide_batch(now=NOW + 3 * HOUR)
    reminder.refresh_from_db()
    assert (reminder.state, reminder.contact) == ("scheduled", anna)
    Contact.objects.filter(pk=kim.pk).update(left_at=None)
    decide_batch(now=reminder.due_at)
    assert Message.objects.get().to_address == kim.email


def joins(step: Progress, hours: int) -> None:
    cadence = start_draft(cadence=Cadence.objects.get(), by=None, now=NOW)
    save_touch(cadence=cadence, kind="", said=said(after_hours=hours), by=None, now=NOW)
    publish(cadence=cadence, by=None, now=NOW + 3 * HOUR)


@pytest.mark.parametrize("hours", [36, 72])
def test_a_touch_that_joins_reminds_who_only_has_to_answer_no_second_time(step: Progress, hours: int) -> None:
    bring(step, "ask", "quote")
    joins(step, hours)
    assert scheduled() == [ANSWER, STILL_OPEN]


def test_where_the_one_reminder_went_with_its_touch_another_joins(step: Progress) -> None:
    bring(step, "ask", "quote")
    cadence = start_draft(cadence=Cadence.objects.get(), by=None, now=NOW)
    remove_touch(cadence=cadence, kind=STILL_OPEN, by=None, now=NOW)
    joins(step, 72)
    decide_batch(now=NOW + 3 * HOUR)
    [joined] = set(scheduled()) - {ANSWER}
    assert FollowUp.objects.get(kind=joined).offset == 72 * HOUR


def test_calls_and_notes_about_an_open_answer_stay_as_the_cadence_has_them(step: Progress) -> None:
    cadence = Cadence.objects.get()
    Touch.objects.create(cadence=cadence, kind="call", after_hours=96, to=Touch.To.MANAGER, channel=Touch.Channel.CALL)
    bring(step, "ask", "quote")
    assert scheduled() == sorted([ANSWER, STILL_OPEN, "call"])


def reminded(step: Progress, language: str = "en", *, others: Sequence[FollowUp] = ()) -> Mail:
    """The reminder that is planned, as it would leave."""
    own = FollowUp.objects.filter(kind=STILL_OPEN, state="scheduled", progress=step)
    followups = [own.select_related("progress__step").get(), *others]
    message = Message(
        vendor=followups[0].vendor, kind=Message.Kind.REMINDER, language=language, to_address="kim@example.com"
    )
    return compose(message, followups, now=NOW, waiting=waiting_among(followups), words=OWN)


OWN = Words({})


@pytest.mark.parametrize(
    ("state", "language", "subject", "body"),
    [
        (
            "quoted",
            "en",
            "Your quote is waiting, accept or decline: Do the first thing",
            "accept or decline. Acme would do it for you for 120.00 EUR, ready by 10 March 2026.",
        ),
        (
            "delivered",
            "en",
            "Delivered on 3 March 2026, look and confirm: Do the first thing",
            "Acme did this for you and delivered it on 3 March 2026. Look and confirm",
        ),
        ("quoted", "de", "Ihr Angebot wartet, annehmen oder ablehnen", "120,00 EUR, fertig bis 10. März 2026"),
        ("delivered", "de", "Geliefert am 3. März 2026, ansehen und bestätigen", "am 3. März 2026 geliefert"),
    ],
)
def test_the_reminder_says_what_there_is_to_answer(
    step: Progress, state: str, language: str, subject: str, body: str
) -> None:
    bring(step, *WAYS[state])
    mail = reminded(step, language)
    assert subject in mail.subject
    for part in (mail.text, mail.html):
        assert body in part.replace("\u2068", "").replace("\u2069", "")
        assert "want=stuck" not in part  # there is nothing to be stuck in, and nothing to be put off
        assert "want=later" not in part
        assert "10 minutes" not in part
    assert "/l/" in mail.text


def test_beside_another_step_each_says_its_own(step: Progress) -> None:
    bring(step, *WAYS["quoted"])
    other = step_of(offered(user=make_user(), vendor=make_vendor(name="Other")))
    make_default_cadence(vendor=other.enrollment.vendor, now=NOW)
    plan(steps=[other], now=NOW)
    beside = FollowUp.objects.filter(progress=other, kind=STILL_OPEN).select_related("progress__step").get()
    mail = reminded(step, others=[beside])
    assert mail.text.count("Your quote of 120.00 EUR is waiting: accept or decline.") == 1
    assert mail.html.count("Your quote of 120.00 EUR is waiting: accept or decline.") == 1


def test_the_vendors_own_words_about_a_step_are_not_said_of_an_answer(
    step: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"en": {"subject": "Do {step} now", "body": "It takes {minutes}."}}
    monkeypatch.setitem(globals(), "OWN", Words.everywhere(step.enrollment.vendor_id, STILL_OPEN, own))
    assert reminded(step).subject == "Do Do the first thing now"
    bring(step, *WAYS["quoted"])
    assert "Your quote is waiting" in reminded(step).subject


def test_taken_back_reminders_count_anew_without_a_mail(step: Progress) -> None:
    reminders = scheduled()
    bring(step, "ask", "take_back")
    assert scheduled() == reminders


@pytest.mark.parametrize(
    ("state", "subject", "body"),
    [
        ("quoted", "What it costs if it is done for you", "120.00 EUR, ready by 10 March 2026"),
        ("delivered", "Done for you, have a look", "It is online."),
        ("declined", "Yours again", "Too far away."),
    ],
)
def test_the_mail_says_what_the_vendor_said(step: Progress, state: str, subject: str, body: str) -> None:
    bring(step, *WAYS[state])
    mail = written(step)
    assert subject in mail.subject
    assert body in mail.text
    assert body.split(",", maxsplit=1)[0] in mail.html
    assert "/l/" in mail.text


def test_a_later_day_than_agreed_is_mailed_until_it_is_there(step: Progress) -> None:
    bring(step, *WAYS["scheduled"])
    assert scheduled() == []
    for hours, day in ((6, date(2026, 4, 1)), (7, date(2026, 4, 2))):
        handing_over.schedule(progress=step, ready_on=day, by=None, now=NOW + hours * HOUR)
        assert scheduled() == [ANSWER]
    mail = written(step)
    assert "Later than agreed" in mail.subject
    assert "10 March 2026 was agreed. Now it will be ready by 2 April 2026." in mail.text
    bring(step, "deliver")
    assert scheduled().count(ANSWER) == 1  # that it is there, and no more of the day


def test_in_german_too(step: Progress) -> None:
    bring(step, *WAYS["quoted"])
    assert "120,00 EUR, fertig bis 10. März 2026" in written(step, "de").text


def notes() -> list[tuple[str, bool]]:
    found = Notification.objects.filter(key__startswith="handover:").order_by("pk")
    return [(note.texts["en"]["subject"], note.settled_at is None) for note in found]


def test_whoever_leads_the_partner_hears_of_what_they_have_to_do(step: Progress) -> None:
    manager = step.enrollment.partner.manager
    bring(step, "ask")
    [(subject, is_live)] = notes()
    assert ("asks what it costs if you do “Do the first thing” for them" in subject, is_live) == (True, True)
    assert Notification.objects.get().member == manager
    assert Notification.objects.get().leads_to == f"/v/{step.enrollment.vendor.slug}/steps/{step.pk}/"
    bring(step, "quote")
    assert [live for _subject, live in notes()] == [False]
    bring(step, "accept")
    assert "takes your quote" in notes()[-1][0]
    bring(step, "deliver", "send_back")
    assert ("misses something" in notes()[-1][0], notes()[-1][1]) == (True, True)


def test_who_may_have_begun_hears_that_it_was_taken_back(step: Progress) -> None:
    bring(step, *WAYS["accepted"], "take_back")
    assert "does “Do the first thing” without you after all" in notes()[-1][0]


def test_nobody_hears_of_what_was_taken_back_before_it_was_agreed(step: Progress) -> None:
    bring(step, *WAYS["requested"], "take_back")
    assert [live for _subject, live in notes()] == [False]


def test_standing_and_the_timeline_tell_of_it(step: Progress) -> None:
    bring(step, *WAYS["accepted"])
    standing = Standing.objects.get(partner=step.enrollment.partner)
    assert (standing.turn, standing.step_state, standing.quiet_kind) == ("vendor", "handed_over", "waiting_on_us")
    partner: Any = Partner.objects.get(pk=standing.pk)
    told = [entry.what for entry in timeline(partner=partner, after="", language="en").entries]
    assert "Quoted 120.00 EUR for “Do the first thing”" in told
    assert "Ordered “Do the first thing” to be done for 120.00 EUR" in told
    assert MOVES["deliver"](step)
    assert Standing.objects.get(pk=partner.pk).turn == "partner"
