"""Notes at the bell go through the same rows as mails: decided once, there in that transaction, over with the step."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followups.engine import deciding
from followups.engine.cadences import STUCK
from followups.engine.deciding import decide_batch
from followups.engine.transports import SmtpTransport
from followups.models import FollowUp, Message, Notification, Suppression, Touch
from partners.models import Partner, Vendor
from playbooks import walking
from playbooks.models import Progress
from tests.factories import NOW, make_enrollment, make_partner, make_version
from tests.followups.engine.conftest import pump_all
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)
WORDS = {
    "en": {"subject": "{step} waits", "body": "Ten minutes, {name}."},
    "de": {"subject": "{step} wartet", "body": "Zehn Minuten, {name}."},
}


@pytest.fixture
def in_app(vendor: Vendor) -> Touch:
    """The first touch of the standard cadence is a note; the second stays a mail."""
    touch = Touch.objects.get(cadence__vendor=vendor, kind="remind-24h")
    touch.channel = Touch.Channel.IN_APP
    touch.save()
    return touch


def the(kind: str = "remind-24h") -> FollowUp:
    return FollowUp.objects.get(kind=kind)


def test_a_note_is_there_in_the_moment_it_is_decided(in_app: Touch, progress: Progress) -> None:
    assert the().channel == "in-app"
    decide_batch(now=NOW + DAY)
    message, note = Message.objects.get(), Notification.objects.get()
    assert (message.key, message.kind, message.channel) == (f"fu:{the().pk}:in-app", "touch", "in-app")
    assert (message.state, message.finished_at) == ("accepted", NOW + DAY)
    assert (the().state, the().reason, the().message) == ("decided", "sent_alone", message)
    assert (note.followup, note.contact, note.made_at) == (the(), the().contact, NOW + DAY)
    assert decide_batch(now=NOW + DAY) == 0
    assert Notification.objects.count() == 1


def test_nothing_is_mailed(in_app: Touch, progress: Progress, transport: SmtpTransport, sink: SmtpSink) -> None:
    pump_all(now=NOW + DAY, transport=transport)
    assert not sink.mails
    pump_all(now=NOW + 2 * DAY, transport=transport)
    assert len(sink.mails) == 1


def test_a_crash_leaves_neither_note_nor_message(
    in_app: Touch, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(deciding, "rewrite", crash)
    with pytest.raises(KeyboardInterrupt):
        decide_batch(now=NOW + DAY)
    assert not Notification.objects.exists()
    assert not Message.objects.exists()
    assert the().state == "scheduled"


def test_done_before_it_falls_due_it_never_comes(in_app: Touch, progress: Progress) -> None:
    walking.complete(progress=progress, by=None, now=NOW + timedelta(hours=1))
    decide_batch(now=NOW + timedelta(hours=23))
    assert not Notification.objects.filter(progress=progress).exists()
    assert FollowUp.objects.get(progress=progress, kind="remind-24h").reason == "step_settled"


def test_done_afterwards_it_is_over(in_app: Touch, progress: Progress) -> None:
    decide_batch(now=NOW + DAY)
    walking.complete(progress=progress, by=None, now=NOW + 2 * DAY)
    assert Notification.objects.get().settled_at == NOW + 2 * DAY


def test_it_takes_no_mails_place_that_day(in_app: Touch, progress: Progress, partner: Partner) -> None:
    version = make_version(partner.vendor, slug="other", default=False)
    decide_batch(now=NOW + DAY)
    other = make_enrollment(partner, version=version, now=NOW - DAY)
    FollowUp.objects.filter(enrollment=other, kind="remind-48h").update(due_at=NOW + DAY)
    decide_batch(now=NOW + DAY)
    assert FollowUp.objects.get(enrollment=other, kind="remind-48h").state == "decided"


def test_who_unsubscribed_from_mails_finds_it_at_the_bell(in_app: Touch, progress: Progress, vendor: Vendor) -> None:
    Suppression.objects.create(vendor=vendor, address="hanna@hafen.example", reason="unsubscribed", created_at=NOW)
    decide_batch(now=NOW + DAY)
    assert Notification.objects.count() == 1
    decide_batch(now=NOW + 2 * DAY)
    assert the("remind-48h").reason == "address_suppressed"


def test_the_vendors_own_words_are_kept_as_they_were(in_app: Touch, progress: Progress) -> None:
    in_app.texts = WORDS
    in_app.save()
    decide_batch(now=NOW + DAY)
    assert Notification.objects.get().texts == {
        "en": {"subject": "Do the first thing waits", "body": "Ten minutes, Hanna Hafen."},
        "de": {"subject": "Do the first thing wartet", "body": "Zehn Minuten, Hanna Hafen."},
    }


def test_a_batch_takes_the_same_queries_however_large(in_app: Touch, progress: Progress, vendor: Vendor) -> None:
    make_enrollment(make_partner(vendor), version=progress.step.version)
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert decide_batch(now=NOW + DAY) == 2
    for _number in range(8):
        make_enrollment(make_partner(vendor), version=progress.step.version)
    with CaptureQueriesContext(connection) as many:
        assert decide_batch(now=NOW + DAY) == 8
    assert len(many) == len(few)


def test_a_stuck_partners_manager_hears_of_it_at_once(progress: Progress, partner: Partner) -> None:
    at = NOW + timedelta(hours=13)  # late in the evening
    walking.get_stuck(progress=progress, reason="No key", by=None, now=at)
    assert decide_batch(now=at) == 1
    note = Notification.objects.get()
    assert (note.member, note.contact, note.followup) == (partner.manager, None, the(STUCK))


def test_answered_before_the_engine_came_round_there_is_no_note(progress: Progress) -> None:
    walking.get_stuck(progress=progress, reason="No key", by=None, now=NOW)
    walking.help_on(progress=progress, answer="Here it is.", by=None, now=NOW)
    decide_batch(now=NOW)
    assert not Notification.objects.exists()
    assert FollowUp.objects.get(kind=STUCK).reason == "answered"
    assert FollowUp.objects.scheduled().filter(progress=progress).count() == 2  # reminded anew


def test_the_answer_ends_the_note_and_a_second_time_is_another(progress: Progress) -> None:
    walking.get_stuck(progress=progress, reason="No key", by=None, now=NOW)
    decide_batch(now=NOW)
    walking.help_on(progress=progress, answer="Here it is.", by=None, now=NOW)
    assert Notification.objects.get().settled_at == NOW
    walking.get_stuck(progress=progress, reason="Wrong key", by=None, now=NOW + DAY)
    decide_batch(now=NOW + DAY)
    assert Notification.objects.filter(settled_at=None).count() == 1
    assert FollowUp.objects.filter(kind=STUCK, state="decided").count() == 2


def test_saying_more_while_stuck_is_one_note(progress: Progress) -> None:
    for reason in ("No key", "No key, no door"):
        walking.get_stuck(progress=progress, reason=reason, by=None, now=NOW)
        decide_batch(now=NOW)
    assert Notification.objects.unread().count() == 1
