"""A paused vendor's mail waits wherever it is when the pause begins, and none of it is lost."""

import logging
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from followups.engine.cadences import make_default_cadence
from followups.engine.deciding import decide_batch
from followups.engine.pausing import LOOK_AGAIN, pause, resume
from followups.engine.sending import send_batch
from followups.engine.transports import SmtpTransport
from followups.models import FollowUp, Message, Pause
from partners.models import AuditEntry, Vendor
from playbooks import walking
from playbooks.models import Progress
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_user, make_vendor
from tests.followups.engine.conftest import Interrupt, pump_all
from tests.followups.engine.mails import DUE, account_mail, outcome
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
LATER = DUE + timedelta(hours=2)


def stop(vendor: Vendor) -> bool:
    return pause(vendor=vendor, reason="The texts are being checked", by="Olga Operator", now=DUE)


def go_on(vendor: Vendor) -> bool:
    return resume(vendor=vendor, by="Olga Operator", now=LATER)


def test_what_falls_due_waits_and_goes_out_afterwards(
    vendor: Vendor, progress: Progress, transport: SmtpTransport, sink: SmtpSink
) -> None:
    stop(vendor)
    pump_all(now=DUE, transport=transport)
    row = FollowUp.objects.get(kind="remind-24h")
    assert (row.state, row.reason, row.due_at) == ("scheduled", "paused", DUE + LOOK_AGAIN)
    assert not Message.objects.exists()
    assert go_on(vendor)
    pump_all(now=LATER, transport=transport)
    assert len(sink.received) == 1
    row.refresh_from_db()
    assert (row.state, row.due_at) == ("decided", LATER)


def test_what_was_ready_waits_behind_everybody_else(
    vendor: Vendor, progress: Progress, transport: SmtpTransport, sink: SmtpSink
) -> None:
    decide_batch(now=DUE)
    stop(vendor)
    assert send_batch(now=DUE + timedelta(days=30), transport=transport) == 0
    go_on(vendor)
    pump_all(now=LATER, transport=transport)
    assert len(sink.received) == 1


def test_what_became_ready_behind_the_pauses_back_waits_too(
    vendor: Vendor, progress: Progress, transport: SmtpTransport
) -> None:
    stop(vendor)
    Pause.objects.update(ended_at=DUE, ended_by="x")  # the batch was being decided when the pause began
    decide_batch(now=DUE)
    Pause.objects.update(ended_at=None, ended_by="")
    assert Message.objects.get().not_before == DUE
    assert send_batch(now=DUE, transport=transport) == 0


def test_what_was_claimed_goes_back_before_data(
    interrupted: Interrupt, vendor: Vendor, progress: Progress, sink: SmtpSink
) -> None:
    decide_batch(now=DUE)
    send_batch(now=DUE, transport=interrupted(lambda: stop(vendor)))
    assert sink.received == []
    assert outcome(Message.objects.get()) == ("ready", [])


def test_a_step_done_meanwhile_is_not_written_about(
    vendor: Vendor, progress: Progress, transport: SmtpTransport, sink: SmtpSink
) -> None:
    stop(vendor)
    pump_all(now=DUE, transport=transport)
    walking.complete(progress=progress, by=None, now=DUE)
    go_on(vendor)
    pump_all(now=LATER, transport=transport)
    assert [row.reason for row in FollowUp.objects.filter(progress=progress)] == ["step_settled", "step_settled"]


def test_others_and_account_mail_go_on(
    vendor: Vendor, progress: Progress, transport: SmtpTransport, sink: SmtpSink
) -> None:
    other = make_vendor("ostwind")
    make_default_cadence(vendor=other, now=NOW)
    make_enrollment(make_partner(other, email="olaf@ostwind.example"))
    FollowUp.objects.update(due_at=DUE)
    account_mail("hanna@hafen.example", vendor=vendor)
    stop(other)
    pump_all(now=DUE, transport=transport)
    assert sorted(mail["To"] for mail in sink.mails) == ["Hanna Hafen <hanna@hafen.example>", "hanna@hafen.example"]


def test_twice_does_nothing_twice_and_all_is_on_record(vendor: Vendor) -> None:
    assert [stop(vendor), stop(vendor), go_on(vendor), go_on(vendor)] == [True, False, True, False]
    row = Pause.objects.get()
    assert (row.began_by, row.ended_by, row.ended_at) == ("Olga Operator", "Olga Operator", LATER)
    entries = AuditEntry.objects.filter(vendor=vendor).order_by("pk").values_list("action", "data__name")
    assert list(entries) == [("sending.paused", "Olga Operator"), ("sending.resumed", "Olga Operator")]


def test_a_retry_that_was_put_off_by_the_server_goes_out_after_the_pause(vendor: Vendor, progress: Progress) -> None:
    decide_batch(now=DUE)
    Message.objects.update(not_before=DUE + timedelta(minutes=30), tries=3)
    stop(vendor)
    go_on(vendor)
    assert Message.objects.get().not_before == LATER
    assert Message.objects.get().tries == 3


def test_the_desk_says_so(client: Client, vendor: Vendor, clock: Clock) -> None:
    user = make_user()
    make_member(vendor, user=user)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    address = f"/v/{vendor.slug}/followups/"
    assert "Sending has been paused" not in client.get(address).content.decode()
    pause(vendor=vendor, reason="The texts are being checked", by="Olga", now=NOW)
    page = client.get(address).content.decode()
    assert "Sending has been paused since" in page
    assert "The texts are being checked" in page


def test_each_decision_is_one_line_in_the_log(
    vendor: Vendor,
    progress: Progress,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    caplog.set_level(logging.INFO, "followups.engine.telling")
    second = FollowUp.objects.get(kind="remind-48h")
    FollowUp.objects.filter(pk=second.pk).update(due_at=DUE)
    with django_capture_on_commit_callbacks(execute=True):
        decide_batch(now=DUE + timedelta(minutes=1))
    said = [(line.verdict, line.kind, line.late_seconds, line.vendor) for line in caplog.records]  # type: ignore[attr-defined]
    assert sorted(said) == [("hold", "remind-48h", 60.0, vendor.pk), ("send", "remind-24h", 60.0, vendor.pk)]
    [held] = [line for line in caplog.records if line.verdict == "hold"]  # type: ignore[attr-defined]
    assert held.reason == "first_was_late"  # type: ignore[attr-defined]


def test_a_decision_that_was_rolled_back_is_not_told(progress: Progress, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "followups.engine.telling")
    decide_batch(now=DUE)  # inside the test's own transaction, which never commits
    assert caplog.records == []
