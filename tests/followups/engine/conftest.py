"""A vendor in Berlin whose partner has just begun, and a mail server that keeps what it gets."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from followups.engine.cadences import make_default_cadence
from followups.engine.lines import Lines
from followups.engine.pumping import pump
from followups.engine.transports import SmtpTransport, Talk, Transport
from partners.models import Partner, Vendor
from playbooks.models import Enrollment, Progress
from tests.factories import NOW, make_enrollment, make_partner, make_vendor
from tests.smtp_sink import SmtpSink


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as server:
        yield server


@pytest.fixture
def transport(sink: SmtpSink) -> Iterator[SmtpTransport]:
    line = SmtpTransport(sink.url)
    yield line
    line.close()


class InterruptedTransport(SmtpTransport):
    """Something happens between RCPT and DATA."""

    def __init__(self, url: str, meanwhile: Callable[[], object]) -> None:
        super().__init__(url)
        self.meanwhile = meanwhile

    def beginning(self, *, sender: str, recipient: str) -> Talk[None]:
        yield from super().beginning(sender=sender, recipient=recipient)
        self.meanwhile()


Interrupt = Callable[[Callable[[], object]], InterruptedTransport]


@pytest.fixture
def interrupted(sink: SmtpSink) -> Iterator[Interrupt]:
    lines: list[InterruptedTransport] = []

    def make(meanwhile: Callable[[], object]) -> InterruptedTransport:
        lines.append(InterruptedTransport(sink.url, meanwhile))
        return lines[-1]

    yield make
    for line in lines:
        line.close()


@pytest.fixture
def vendor(db: None) -> Vendor:
    vendor = make_vendor("nordlicht", name="Nordlicht Backup", time_zone="Europe/Berlin", country="DE")
    make_default_cadence(vendor=vendor, now=NOW)
    return vendor


@pytest.fixture
def partner(vendor: Vendor) -> Partner:
    return make_partner(vendor, company="Hafen IT", email="hanna@hafen.example", contact={"name": "Hanna Hafen"})


@pytest.fixture
def enrollment(partner: Partner) -> Enrollment:
    return make_enrollment(partner)


@pytest.fixture
def progress(enrollment: Enrollment) -> Progress:
    """The first step, open since Tuesday, 10:00 in Berlin."""
    return enrollment.progress.get(position=0)


def pump_all(*, now: datetime, transport: Transport | Lines) -> None:
    """Rounds until there is nothing to do."""
    for _ in range(100):
        if not pump(now=now, transport=transport):
            return
    raise AssertionError("the engine does not come to rest")
