"""The protocol over a real SMTP conversation: what each fault means for the mail, and for the others."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from django.db.models import F
from pytest_django import Settings

from followups.engine import outcomes, sending
from followups.engine.claiming import Claim, claim, mark_sending
from followups.engine.deciding import decide_batch
from followups.engine.mime import message_id
from followups.engine.reaping import reap
from followups.engine.sending import send_batch
from followups.engine.transports import NoTransport, SmtpTransport
from followups.models import Attempt, FollowUp, Message, Suppression
from followups.unsubscribing import Mailbox, unsubscribe
from partners.models import Partner, Vendor
from playbooks import walking
from playbooks.models import Enrollment, Progress
from tests.factories import NOW, make_enrollment, make_version
from tests.followups.engine.conftest import Interrupt, pump_all
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
DUE = NOW + timedelta(hours=24)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def account_mail(to: str, **fields: object) -> Message:
    given = {"kind": "account", "subject": "Your code", "text": "123", "not_before": NOW, "created_at": NOW, **fields}
    return Message.objects.create(key=f"mail:{to}", to_address=to, **given)


def outcome(message: Message) -> tuple[str, list[str]]:
    message.refresh_from_db()
    return message.state, list(message.attempts.order_by("pk").values_list("outcome", flat=True))


def test_a_reminder_arrives_once(progress: Progress, transport: SmtpTransport, sink: SmtpSink) -> None:
    pump_all(now=DUE, transport=transport)
    pump_all(now=DUE, transport=transport)
    message = Message.objects.get()
    assert sink.recipients == ["hanna@hafen.example"]
    assert sink.mails[0]["Message-ID"] == message_id(message.key)
    assert outcome(message) == ("accepted", ["accepted"])
    assert "Do the first thing" in message.subject
    assert message.html
    assert message.text


def test_one_kept_line_for_all(transport: SmtpTransport, sink: SmtpSink) -> None:
    for number in range(5):
        account_mail(f"a{number}@example.com")
    assert send_batch(now=NOW, transport=transport) == 5
    account_mail("last@example.com")
    assert send_batch(now=NOW, transport=transport) == 1
    assert (len(sink.received), sink.connections) == (6, 1)


def test_a_line_that_was_hung_up_on_is_made_anew(transport: SmtpTransport, sink: SmtpSink) -> None:
    transport.connect()
    assert transport.line is not None
    assert transport.line.sock is not None
    transport.line.docmd("QUIT")
    account_mail("a@example.com")
    assert send_batch(now=NOW, transport=transport) == 1
    assert (sink.recipients, sink.connections) == (["a@example.com"], 2)


@pytest.mark.parametrize(
    ("name", "state", "attempt"),
    [
        ("nobody", "failed", "rejected"),
        ("relay", "failed", "rejected"),
        ("policy", "ready", "deferred"),
        ("sender", "ready", "deferred"),
        ("spam", "failed", "rejected"),
        ("busy", "ready", "deferred"),
        ("full", "ready", "deferred"),
        ("drop-rcpt", "ready", "broken"),
        ("drop-data", "ready", "broken"),
        ("drop-text", "unknown", "unknown"),
        ("garbled-rcpt", "ready", "broken"),
        ("odd-data", "ready", "broken"),
        ("garbled", "unknown", "unknown"),
        ("nul", "accepted", "accepted"),
    ],
)
def test_each_fault_and_never_the_others(
    name: str, state: str, attempt: str, transport: SmtpTransport, sink: SmtpSink
) -> None:
    before = account_mail("before@example.com")
    faulty = account_mail(f"{name}@example.com")
    after = account_mail("after@example.com")
    send_batch(now=NOW, transport=transport)
    assert outcome(faulty) == (state, [attempt])
    assert outcome(before) == outcome(after) == ("accepted", ["accepted"])
    assert {"before@example.com", "after@example.com"} <= set(sink.recipients)
    if state == "ready":
        assert faulty.not_before > NOW
        assert faulty.tries == 1


def test_only_an_address_that_does_not_exist_is_suppressed(transport: SmtpTransport) -> None:
    for name in ("nobody", "policy", "sender", "relay", "spam"):
        account_mail(f"{name}@example.com")
    send_batch(now=NOW, transport=transport)
    assert [(row.address, row.vendor, row.reason) for row in Suppression.objects.all()] == [
        ("nobody@example.com", None, "bounced")
    ]


def test_what_was_put_off_is_tried_again_in_its_time(transport: SmtpTransport) -> None:
    message = account_mail("busy@example.com")
    send_batch(now=NOW, transport=transport)
    assert send_batch(now=NOW, transport=transport) == 0
    assert send_batch(now=NOW + timedelta(minutes=1), transport=transport) == 1
    assert outcome(message) == ("ready", ["deferred", "deferred"])


def test_an_unknown_is_never_sent_again_by_itself(transport: SmtpTransport, sink: SmtpSink) -> None:
    account_mail("drop-text@example.com")
    for hours in range(0, 200, 10):
        pump_all(now=NOW + timedelta(hours=hours), transport=transport)
    assert max(sink.times_seen().values()) == 1


def test_done_between_claim_and_data_is_not_sent(interrupted: Interrupt, progress: Progress, sink: SmtpSink) -> None:
    def finish() -> None:
        walking.complete(progress=progress, by=None, now=DUE)

    pump_all(now=DUE, transport=interrupted(finish))
    assert sink.received == []
    assert outcome(Message.objects.get()) == ("cancelled", ["cancelled"])
    row = FollowUp.objects.get(progress=progress, kind="remind-24h")
    assert (row.state, row.reason) == ("cancelled", "step_settled")


def test_of_a_digest_only_what_is_still_open_is_sent(
    interrupted: Interrupt, partner: Partner, progress: Progress, sink: SmtpSink
) -> None:
    other = make_enrollment(
        partner, version=make_version(partner.vendor, slug="other", steps=["second"], default=False)
    )

    def finish() -> None:
        walking.complete(progress=progress, by=None, now=DUE)

    pump_all(now=DUE, transport=interrupted(finish))
    text = sink.mails[0].get_body(("plain",))
    assert text is not None
    assert "Do the second thing" in text.get_content()
    assert "Do the first thing" not in text.get_content()
    assert FollowUp.objects.get(enrollment=other, kind="remind-24h").state == "decided"


def test_put_off_between_claim_and_data_comes_back(
    interrupted: Interrupt, progress: Progress, sink: SmtpSink, transport: SmtpTransport
) -> None:
    until = DUE + timedelta(days=1)

    def later() -> None:
        Progress.objects.filter(pk=progress.pk).update(snoozed_until=until)

    pump_all(now=DUE, transport=interrupted(later))
    row = FollowUp.objects.get(progress=progress, kind="remind-24h")
    assert (row.state, row.reason, row.due_at, row.message) == ("scheduled", "snoozed", until, None)
    pump_all(now=until, transport=transport)
    assert len(sink.received) == 1


def test_unsubscribed_between_claim_and_data(
    interrupted: Interrupt, vendor: Vendor, progress: Progress, sink: SmtpSink
) -> None:
    def stop() -> None:
        unsubscribe(mailbox=Mailbox(vendor, "hanna@hafen.example"), now=DUE)

    pump_all(now=DUE, transport=interrupted(stop))
    assert sink.received == []
    assert FollowUp.objects.get(kind="remind-24h").state == "suppressed"


def test_a_lost_fence_sends_nothing(interrupted: Interrupt, sink: SmtpSink) -> None:
    message = account_mail("a@example.com")

    def taken_over() -> None:
        Message.objects.update(fence=F("fence") + 1)

    send_batch(now=NOW, transport=interrupted(taken_over))
    assert sink.received == []
    assert outcome(message) == ("claimed", [])


def test_an_expired_lease_sends_nothing_and_goes_back(
    interrupted: Interrupt, sink: SmtpSink, transport: SmtpTransport
) -> None:
    message = account_mail("a@example.com")

    def held_up() -> None:
        Message.objects.update(lease_until=LONG_AGO)

    send_batch(now=NOW, transport=interrupted(held_up))
    assert sink.received == []
    assert reap(now=NOW) == 1
    assert outcome(message) == ("ready", [])
    send_batch(now=NOW, transport=transport)
    assert sink.recipients == ["a@example.com"]


def test_a_sender_that_died_in_data_leaves_an_unknown(transport: SmtpTransport, sink: SmtpSink) -> None:
    message = account_mail("a@example.com")
    [claimed] = claim(now=NOW)
    assert mark_sending(claimed)
    assert reap(now=NOW) == 0
    Message.objects.update(lease_until=LONG_AGO)
    assert reap(now=NOW) == 1
    assert outcome(message) == ("unknown", ["unknown"])
    assert send_batch(now=NOW + timedelta(days=30), transport=transport) == 0
    assert sink.received == []


def test_the_fence_only_rises_and_an_old_claim_is_worth_nothing() -> None:
    account_mail("a@example.com")
    [first] = claim(now=NOW)
    assert claim(now=NOW) == []
    Message.objects.update(lease_until=LONG_AGO)
    reap(now=NOW)
    [second] = claim(now=NOW)
    assert second == Claim(first.pk, first.fence + 1)
    assert not mark_sending(first)
    assert mark_sending(second)


def test_account_mail_goes_before_reminders(progress: Progress, sink: SmtpSink, transport: SmtpTransport) -> None:
    account_mail("code@example.com", not_before=DUE)
    pump_all(now=DUE, transport=transport)
    assert sink.recipients == ["code@example.com", "hanna@hafen.example"]


def test_a_reminder_that_waited_does_not_leave_at_night(
    progress: Progress, sink: SmtpSink, transport: SmtpTransport
) -> None:
    pump_all(now=DUE, transport=NoTransport())
    night = datetime(2026, 3, 4, 22, tzinfo=UTC)
    pump_all(now=night, transport=transport)
    assert sink.received == []
    assert Message.objects.get().not_before == datetime(2026, 3, 5, 8, tzinfo=UTC)


def test_no_server_leaves_all_as_it_was() -> None:
    message = account_mail("a@example.com")
    assert send_batch(now=NOW, transport=SmtpTransport("smtp://127.0.0.1:1")) == 0
    assert outcome(message) == ("ready", [])
    assert send_batch(now=NOW, transport=NoTransport()) == 0


def test_stopping_gives_back_the_rest(transport: SmtpTransport, sink: SmtpSink) -> None:
    for number in range(4):
        account_mail(f"a{number}@example.com")
    assert send_batch(now=NOW, transport=transport, should_stop=lambda: len(sink.received) >= 2) == 2
    assert Message.objects.filter(state="ready", lease_until=None).count() == 2


def test_an_address_nobody_can_speak_fails_alone(transport: SmtpTransport, sink: SmtpSink) -> None:
    odd = account_mail("ö@example.com")
    good = account_mail("good@example.com")
    send_batch(now=NOW, transport=transport)
    assert outcome(odd)[0] == "failed"
    assert outcome(good)[0] == "accepted"


def test_a_mail_that_cannot_be_written_waits_and_the_rest_goes(
    transport: SmtpTransport, sink: SmtpSink, caplog: pytest.LogCaptureFixture
) -> None:
    bad = account_mail("bad@example.com", headers={"X-Odd": "two\nlines"})
    account_mail("good@example.com")
    send_batch(now=NOW, transport=transport)
    assert outcome(bad) == ("ready", ["broken"])
    assert sink.recipients == ["good@example.com"]
    assert "could not be sent" in caplog.text


def test_every_number_of_attempts_ends(transport: SmtpTransport) -> None:
    message = account_mail("busy@example.com", tries=15)
    send_batch(now=NOW, transport=transport)
    assert outcome(message) == ("failed", ["deferred"])
    assert Attempt.objects.get().code == 451


def test_enrollment_that_ended_between(interrupted: Interrupt, enrollment: Enrollment, sink: SmtpSink) -> None:
    def stop() -> None:
        Enrollment.objects.update(state="stopped", ended_at=DUE)

    pump_all(now=DUE, transport=interrupted(stop))
    assert sink.received == []
    assert FollowUp.objects.get(kind="remind-24h").reason == "enrollment_ended"


def test_what_a_server_says_is_kept_as_far_as_a_database_takes_it(transport: SmtpTransport, sink: SmtpSink) -> None:
    message = account_mail("nul@example.com")
    for hours in range(0, 30, 10):
        pump_all(now=NOW + timedelta(hours=hours), transport=transport)
    assert outcome(message) == ("accepted", ["accepted"])
    assert sink.recipients == ["nul@example.com"]
    said = Attempt.objects.get().response
    assert said.startswith("250 2.0.0 Kept as")
    assert "\0" not in said
    assert len(said) == 1000


def test_a_fault_in_recording_what_was_accepted_never_sends_it_again(
    transport: SmtpTransport, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = account_mail("a@example.com")

    def stumble(*_: object, **__: object) -> None:
        raise ValueError("cannot be written")

    monkeypatch.setattr(outcomes, "accepted", stumble)
    for hours in range(0, 30, 10):
        send_batch(now=NOW + timedelta(hours=hours), transport=transport)
    assert sink.recipients == ["a@example.com"]
    assert outcome(message) == ("sending", [])
    Message.objects.update(lease_until=LONG_AGO)
    reap(now=NOW)
    assert outcome(message) == ("unknown", ["unknown"])


def test_an_error_of_the_database_ends_the_mail_on_the_line_and_gives_back_the_rest(
    interrupted: Interrupt, sink: SmtpSink, transport: SmtpTransport
) -> None:
    first, second = account_mail("a@example.com"), account_mail("b@example.com")

    def fail() -> None:
        raise OperationalError("gone")

    line = interrupted(fail)
    with pytest.raises(OperationalError):
        send_batch(now=NOW, transport=line)
    assert (outcome(first), outcome(second)) == (("claimed", []), ("ready", []))
    SmtpTransport.begin(line, sender="x@example.com", recipient="nested@example.com")  # refused in the midst of a mail
    line.abandon()
    assert send_batch(now=NOW, transport=transport) == 1
    assert sink.recipients == ["b@example.com"]


def test_a_slow_server_leaves_the_rest_to_the_next_batch(
    transport: SmtpTransport, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        account_mail(f"a{number}@example.com")
    monkeypatch.setattr(sending, "monotonic", lambda: 100.0 * len(sink.received))
    assert send_batch(now=NOW, transport=transport) == 3
    assert Message.objects.filter(state="ready", lease_until=None).count() == 1


def test_a_corrected_address_gets_the_reminder_and_the_old_one_nothing(
    interrupted: Interrupt, partner: Partner, progress: Progress, sink: SmtpSink, transport: SmtpTransport
) -> None:
    def correct() -> None:
        partner.contacts.update(name="Bob", email="bob@hafen.example")

    line = interrupted(correct)
    decide_batch(now=DUE)
    send_batch(now=DUE, transport=line)
    assert sink.received == []
    row = FollowUp.objects.get(progress=progress, kind="remind-24h")
    assert (row.state, row.message, row.due_at) == ("scheduled", None, DUE)
    pump_all(now=DUE, transport=transport)
    assert sink.recipients == ["bob@hafen.example"]


def test_an_address_corrected_before_the_mail_is_taken_up(
    partner: Partner, progress: Progress, sink: SmtpSink, transport: SmtpTransport
) -> None:
    decide_batch(now=DUE)
    partner.contacts.update(name="Bob", email="bob@hafen.example")
    pump_all(now=DUE, transport=transport)
    assert sink.recipients == ["bob@hafen.example"]


def test_who_left_gets_nothing_any_more(
    interrupted: Interrupt, partner: Partner, progress: Progress, sink: SmtpSink
) -> None:
    def leave() -> None:
        partner.contacts.update(left_at=DUE)

    pump_all(now=DUE, transport=interrupted(leave))
    assert sink.received == []
    row = FollowUp.objects.get(progress=progress, kind="remind-24h")
    assert (row.state, row.reason) == ("cancelled", "no_address")


def test_a_partner_that_left_gets_nothing_any_more(
    interrupted: Interrupt, partner: Partner, progress: Progress, sink: SmtpSink
) -> None:
    def leave() -> None:
        Partner.objects.filter(pk=partner.pk).update(state="left")

    pump_all(now=DUE, transport=interrupted(leave))
    assert sink.received == []
    assert FollowUp.objects.get(progress=progress, kind="remind-24h").reason == "enrollment_ended"


@pytest.mark.parametrize("name", ["a", "nobody", "drop-text"])
def test_no_secret_stays_behind_when_an_account_mail_is_done_with(
    name: str, transport: SmtpTransport, settings: Settings
) -> None:
    settings.DEMO = False
    message = account_mail(f"{name}@example.com", html="<p>123</p>")
    send_batch(now=NOW, transport=transport)
    message.refresh_from_db()
    assert message.finished_at is not None
    assert (message.subject, message.text, message.html) == ("", "", "")


def test_what_waits_keeps_its_text_until_it_is_given_up(transport: SmtpTransport, settings: Settings) -> None:
    settings.DEMO = False
    message = account_mail("busy@example.com", tries=14)
    send_batch(now=NOW, transport=transport)
    message.refresh_from_db()
    assert message.text == "123"
    send_batch(now=NOW + timedelta(days=1), transport=transport)
    message.refresh_from_db()
    assert (message.state, message.text) == ("failed", "")


def test_a_sender_that_died_leaves_no_secret(settings: Settings) -> None:
    settings.DEMO = False
    message = account_mail("a@example.com")
    [claimed] = claim(now=NOW)
    mark_sending(claimed)
    Message.objects.update(lease_until=LONG_AGO)
    reap(now=NOW)
    message.refresh_from_db()
    assert (message.state, message.text) == ("unknown", "")


def test_the_demo_and_reminders_keep_their_words(
    progress: Progress, transport: SmtpTransport, settings: Settings
) -> None:
    settings.DEMO = True
    account_mail("a@example.com")
    pump_all(now=DUE, transport=transport)
    settings.DEMO = False
    assert not Message.objects.filter(text="").exists()
