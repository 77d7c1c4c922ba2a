"""Reports of mail servers stop an address at once and tell its manager; forged, late and soft ones do nothing."""

import io
import mailbox
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from followups.bounce_reports import NoReport, NotOurs, read_report, take
from followups.bouncing import lift_bounce
from followups.models import Suppression
from followups.unsubscribing import unsubscribe_url
from partners.models import Partner
from tests.clock import Clock
from tests.factories import NOW, make_member, make_partner, make_user, make_vendor

pytestmark = pytest.mark.django_db
HANNA = "hanna@hafen.example"


@pytest.fixture
def partner(clock: Clock) -> Partner:
    vendor = make_vendor("nordlicht", name="Nordlicht")
    manager = make_member(vendor, user=make_user("mara@nordlicht.example", name="Mara"))
    return make_partner(vendor, company="Hafen IT", email=HANNA, manager=manager, contact={"name": "Hanna"})


def headers(partner: Partner, *, url: str = "") -> str:
    url = url or unsubscribe_url(vendor=partner.vendor, address=HANNA)
    return f"From: Nordlicht <hello@firstline.example>\nTo: {HANNA}\nSubject: Your step\nList-Unsubscribe: <{url}>\n"


def report(original: str, *, status: str = "5.1.1", action: str = "failed", kind: str = "delivery-status") -> bytes:
    """As Postfix writes them; a complaint as large mail services do."""
    middle = (
        f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {HANNA}\nAction: {action}\nStatus: {status}\n"
        if kind == "delivery-status"
        else "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n"
    )
    return (
        f"From: MAILER-DAEMON@mx.example\nDate: {format_datetime(NOW)}\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\nSorry.\n\n--b\n{middle}\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{original}\n--b--\n"
    ).encode()


def in_force() -> list[tuple[str, str, bool]]:
    rows = Suppression.objects.filter(lifted_at=None).order_by("pk")
    return [(row.address, row.reason, row.vendor_id is None) for row in rows]


def test_a_dead_address_is_stopped_everywhere_and_its_manager_told(partner: Partner) -> None:
    assert take(report(headers(partner)), now=NOW)
    assert in_force() == [(HANNA, "bounced", True)]
    [told] = mail.outbox
    assert told.to == ["mara@nordlicht.example"]
    assert told.subject == "Mails to Hafen IT come back"
    assert f"/v/nordlicht/partners/{partner.pk}/" in str(told.body)
    assert not take(report(headers(partner)), now=NOW)
    assert len(mail.outbox) == 1


def test_a_complaint_stops_the_vendor_it_is_about(partner: Partner) -> None:
    make_partner(make_vendor(), email=HANNA)
    assert take(report(headers(partner), kind="feedback-report"), now=NOW)
    assert in_force() == [(HANNA, "complained", False)]
    [told] = mail.outbox
    assert told.subject == "Hafen IT called a mail spam"


def test_the_mail_may_come_back_whole(partner: Partner) -> None:
    content = report(f"{headers(partner)}\nHello Hanna").replace(b"text/rfc822-headers", b"message/rfc822")
    assert take(content, now=NOW)


@pytest.mark.parametrize(("status", "action"), [("4.2.2", "delayed"), ("5.2.2", "failed"), ("5.7.1", "failed")])
def test_what_may_pass_or_is_our_fault_stops_nothing(partner: Partner, status: str, action: str) -> None:
    with pytest.raises(NoReport):
        take(report(headers(partner), status=status, action=action), now=NOW)
    assert in_force() == []


@pytest.mark.parametrize("url", ["https://evil.example/l/u/made:up/", "https://evil.example/other/"])
def test_a_report_that_anybody_could_have_written_stops_nothing(partner: Partner, url: str) -> None:
    with pytest.raises(NotOurs):
        take(report(headers(partner, url=url)), now=NOW)
    assert in_force() == []


@pytest.mark.parametrize("content", [b"", b"Subject: I am away\n\nOn Monday.", b"Content-Type: multipart/report\n\n"])
def test_other_mails_are_no_reports(content: bytes) -> None:
    with pytest.raises(NoReport):
        read_report(content)


def test_an_old_report_does_not_undo_a_lifted_stop(partner: Partner) -> None:
    take(report(headers(partner)), now=NOW)
    lift_bounce(address=HANNA, now=NOW + timedelta(hours=1))
    assert not take(report(headers(partner)), now=NOW + timedelta(hours=2))
    assert in_force() == []


def test_a_mailbox_is_read_as_often_as_one_likes(partner: Partner, tmp_path: Path) -> None:
    path = tmp_path / "bounces"
    box = mailbox.mbox(path)
    for content in (
        report(headers(partner)),
        b"Subject: Thanks\n\nHello",
        report(headers(partner, url="https://x.example/")),
    ):
        box.add(mailbox.mboxMessage(content))
    box.close()
    for stopped, known in ((1, 0), (0, 1)):
        out = io.StringIO()
        call_command("read_bounces", str(path), stdout=out)
        assert out.getvalue().startswith(f"{stopped} addresses stopped, {known} known before, 1 without")
    with pytest.raises(CommandError, match="There is no"):
        call_command("read_bounces", str(tmp_path / "nothing"))
