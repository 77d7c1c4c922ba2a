"""Several mails at once, each over a line of its own: what happens to one of them is no matter of the others."""

from collections.abc import Callable, Iterator

import pytest
from django.db import OperationalError, connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from followups.engine import outcomes
from followups.engine.claiming import Claim
from followups.engine.deciding import decide_batch
from followups.engine.lines import Lines, in_turn
from followups.engine.pausing import pause
from followups.engine.sending import in_waves, send_batch
from followups.engine.transports import SmtpTransport, Talk, Unreachable
from followups.models import Attempt, Message
from partners.models import Vendor
from playbooks import walking
from playbooks.models import Progress
from tests.factories import NOW, make_enrollment, make_partner, make_version
from tests.followups.engine.conftest import InterruptedTransport, pump_all
from tests.followups.engine.mails import DUE, account_mail, outcome
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
WIDTH = 4


@pytest.fixture
def lines(sink: SmtpSink) -> Iterator[Lines]:
    made = Lines([SmtpTransport(sink.url) for _ in range(WIDTH)])
    yield made
    made.close()


@pytest.fixture
def reminded(vendor: Vendor) -> list[str]:
    """Partners whose first reminder is due."""
    version = make_version(vendor)
    addresses = [f"kim{number}@example.com" for number in range(WIDTH)]
    for address in addresses:
        make_enrollment(make_partner(vendor, email=address), version=version)
    return addresses


def test_each_mail_leaves_once_and_every_line_is_kept(lines: Lines, sink: SmtpSink) -> None:
    for number in range(11):
        account_mail(f"a{number}@example.com")
    assert send_batch(now=NOW, transport=lines) == 11
    assert (len(sink.received), sink.connections) == (11, WIDTH)
    assert set(sink.times_seen().values()) == {1}
    assert set(Message.objects.values_list("state", flat=True)) == {"accepted"}
    assert set(Attempt.objects.values_list("outcome", "code", "response")) == {("accepted", 250, "250 2.0.0 Kept")}


def test_a_single_mail_takes_a_single_line(lines: Lines, sink: SmtpSink) -> None:
    account_mail("a@example.com")
    assert send_batch(now=NOW, transport=lines) == 1
    assert sink.connections == 1


def test_a_wave_asks_the_database_no_more_than_a_mail_does(
    reminded: list[str], vendor: Vendor, lines: Lines, transport: SmtpTransport, sink: SmtpSink
) -> None:
    decide_batch(now=DUE)
    with CaptureQueriesContext(
        connection,
    ) as of_one:
        assert send_batch(now=DUE, transport=transport, limit=1) == 1
    with CaptureQueriesContext(connection) as of_many:
        assert send_batch(now=DUE, transport=lines) == WIDTH - 1
    assert len(of_many) == len(of_one)
    assert sorted(sink.recipients) == reminded


def test_a_fault_is_of_one_mail_alone(lines: Lines, sink: SmtpSink) -> None:
    names = ["nobody", "busy", "spam", "full", "drop-rcpt", "drop-data", "drop-text", "good", "garbled", "odd-data"]
    faulty = {name: account_mail(f"{name}@example.com") for name in names}
    fine = [account_mail(f"fine{number}@example.com") for number in range(10)]
    assert send_batch(now=NOW, transport=lines) == 20
    assert {name: outcome(message)[0] for name, message in faulty.items()} == {
        **dict.fromkeys(("nobody", "spam"), "failed"),
        **dict.fromkeys(("busy", "full", "drop-rcpt", "drop-data", "odd-data"), "ready"),
        **dict.fromkeys(("drop-text", "garbled"), "unknown"),
        "good": "accepted",
    }
    assert [outcome(message) for message in fine] == [("accepted", ["accepted"])] * 10
    assert set(sink.times_seen().values()) == {1}


def meanwhile(sink: SmtpSink, act: Callable[[], object]) -> Lines:
    """``act`` happens when the second of a wave is begun, before the last check."""
    others = [SmtpTransport(sink.url) for _ in range(WIDTH - 1)]
    return Lines([others[0], InterruptedTransport(sink.url, act), *others[1:]])


def test_what_is_done_meanwhile_is_not_sent_and_the_rest_is(reminded: list[str], sink: SmtpSink) -> None:
    step = Progress.objects.get(followups__contact__email="kim1@example.com", followups__kind="remind-24h")

    def finish() -> None:
        walking.complete(progress=step, by=None, now=DUE)

    lines = meanwhile(sink, finish)
    pump_all(now=DUE, transport=lines)
    lines.close()
    assert sorted(sink.recipients) == [address for address in reminded if address != "kim1@example.com"]
    assert outcome(Message.objects.get(to_address="kim1@example.com")) == ("cancelled", ["cancelled"])


def test_what_somebody_else_took_over_is_theirs(reminded: list[str], sink: SmtpSink) -> None:
    def take_over() -> None:
        Message.objects.filter(to_address="kim2@example.com").update(fence=F("fence") + 1)

    lines = meanwhile(sink, take_over)
    pump_all(now=DUE, transport=lines)
    lines.close()
    assert "kim2@example.com" not in sink.recipients
    assert outcome(Message.objects.get(to_address="kim2@example.com")) == ("claimed", [])
    assert len(sink.received) == WIDTH - 1


def test_a_vendor_that_pauses_meanwhile_keeps_its_mails(reminded: list[str], vendor: Vendor, sink: SmtpSink) -> None:
    code = account_mail("code@example.com")
    decide_batch(now=DUE)

    def stop() -> None:
        pause(vendor=vendor, reason="Wait", by="Ada", now=DUE)

    lines = meanwhile(sink, stop)
    send_batch(now=DUE, transport=lines)
    lines.close()
    assert sink.recipients == ["code@example.com"]
    assert outcome(code) == ("accepted", ["accepted"])
    assert not Message.objects.exclude(state__in=["ready", "accepted"]).exists()


def test_what_cannot_be_recorded_together_is_recorded_one_by_one(
    lines: Lines, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = [account_mail(f"a{number}@example.com") for number in range(WIDTH)]
    record = outcomes.accepted

    def stumble(answers: outcomes.Accepted, **given: object) -> None:
        if any(draft.claim.pk == mails[1].pk for draft, _ in answers):
            raise OperationalError("gone")
        record(answers, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(outcomes, "accepted", stumble)
    with pytest.raises(OperationalError):
        send_batch(now=NOW, transport=lines)
    assert [outcome(mail)[0] for mail in mails] == ["accepted", "sending", "accepted", "accepted"]
    assert len(sink.received) == WIDTH


class StingySink(SmtpSink):
    """Two lines are all that anybody gets."""

    def verify_request(self, request: object, client_address: object) -> bool:
        return self.connections < 2


def test_a_server_that_gives_few_lines_gets_the_mails_over_those() -> None:
    with StingySink() as sink:
        lines = Lines([SmtpTransport(sink.url) for _ in range(WIDTH)])
        for number in range(9):
            account_mail(f"a{number}@example.com")
        assert send_batch(now=NOW, transport=lines) == 9
        assert (len(sink.received), lines.width, sink.connections) == (9, 2, 2)
        lines.close()


def test_waves_are_of_about_the_same_length() -> None:
    claims = [Claim(number, 1) for number in range(25)]
    waves = list(in_waves(claims, width=8))
    assert [len(wave) for wave in waves] == [6, 6, 6, 7]
    assert [claim for wave in waves for claim in wave] == claims
    assert list(in_waves([], width=8)) == []


def test_all_are_spoken_to_before_anybody_is_waited_for() -> None:
    said: list[str] = []

    def talk(name: str, words: int) -> Talk[str]:
        for word in range(words):
            said.append(f"{name}{word}")
            yield
        if name == "c":
            raise Unreachable("hung up")
        return name

    first, second, third = in_turn([talk("a", 2), talk("b", 3), talk("c", 1)])
    assert said == ["a0", "b0", "c0", "a1", "b1", "b2"]
    assert (first, second) == ("a", "b")
    assert isinstance(third, Unreachable)
