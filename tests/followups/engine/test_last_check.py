"""What happened between the claim and DATA is seen just before the text goes out."""

from datetime import UTC, datetime, timedelta

import pytest

from followups.engine.deciding import decide_batch
from followups.engine.sending import send_batch
from followups.engine.transports import NoTransport, SmtpTransport
from followups.models import FollowUp, Message
from followups.preferring import choose
from followups.unsubscribing import Mailbox, unsubscribe
from partners.editing import edit_partner
from partners.models import Partner, Vendor
from playbooks import walking
from playbooks.models import Enrollment, Progress
from tests.factories import make_enrollment, make_version
from tests.followups.engine.conftest import Interrupt, pump_all
from tests.followups.engine.mails import DUE, outcome
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db


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


def test_enrollment_that_ended_between(interrupted: Interrupt, enrollment: Enrollment, sink: SmtpSink) -> None:
    def stop() -> None:
        Enrollment.objects.update(state="stopped", ended_at=DUE)

    pump_all(now=DUE, transport=interrupted(stop))
    assert sink.received == []
    assert FollowUp.objects.get(kind="remind-24h").reason == "enrollment_ended"


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


def test_who_moved_while_their_mail_waited_for_the_server_is_not_woken(
    partner: Partner, progress: Progress, sink: SmtpSink, transport: SmtpTransport
) -> None:
    pump_all(now=DUE, transport=NoTransport())
    who = partner.manager.user
    edit_partner(partner=partner, changes={"time_zone": "America/Los_Angeles"}, by=who, now=DUE)
    pump_all(now=DUE, transport=transport)
    assert sink.received == []
    nine_there = datetime(2026, 3, 4, 17, tzinfo=UTC)
    pump_all(now=nine_there, transport=transport)
    assert sink.recipients == ["hanna@hafen.example"]
    row = FollowUp.objects.get(progress=progress, kind="remind-24h")
    assert (row.state, row.time_zone) == ("decided", "America/Los_Angeles")


def test_none_of_this_kind_wanted_between_claim_and_data(
    interrupted: Interrupt, vendor: Vendor, progress: Progress, sink: SmtpSink
) -> None:
    def refuse() -> None:
        choose(mailbox=Mailbox(vendor, "hanna@hafen.example"), amounts={"partner": "none"}, now=DUE)

    pump_all(now=DUE, transport=interrupted(refuse))
    assert sink.received == []
    row = FollowUp.objects.get(progress=progress, kind="remind-24h")
    assert (row.state, row.reason) == ("suppressed", "not_wanted")
