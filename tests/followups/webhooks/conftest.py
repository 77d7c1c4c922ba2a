"""A vendor whose first touch goes by webhook to a receiver on this machine."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from followups.engine.cadences import make_default_cadence
from followups.models import Touch, Webhook
from followups.webhooks.configuring import set_address
from partners.models import Member, Partner, Vendor
from playbooks.models import Enrollment, Progress
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_vendor
from tests.followups.webhooks.receiver import Receiver
from tests.smtp_sink import SmtpSink


@pytest.fixture
def loopback(settings: Settings) -> None:
    settings.WEBHOOK_ALLOW_LOOPBACK = True


@pytest.fixture
def receiver(loopback: None) -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def vendor(clock: Clock, db: None) -> Vendor:
    vendor = make_vendor("nordlicht", name="Nordlicht Backup", time_zone="Europe/Berlin", country="DE")
    make_default_cadence(vendor=vendor, now=NOW)
    Touch.objects.filter(kind="remind-24h").update(channel=Touch.Channel.WEBHOOK)
    return vendor


@pytest.fixture
def owner(vendor: Vendor) -> Member:
    return make_member(vendor, role=Member.Role.OWNER)


@pytest.fixture
def hook(vendor: Vendor, owner: Member, receiver: Receiver) -> Webhook:
    return set_address(vendor=vendor, address=receiver.url, by=owner.user, now=NOW)


@pytest.fixture
def partner(vendor: Vendor, owner: Member) -> Partner:
    return make_partner(vendor, company="Hafen IT", email="hanna@hafen.example", contact={"name": "Hanna Hafen"})


@pytest.fixture
def enrollment(partner: Partner) -> Enrollment:
    return make_enrollment(partner)


@pytest.fixture
def progress(enrollment: Enrollment) -> Progress:
    """The first step, open since Tuesday, 10:00 in Berlin."""
    return enrollment.progress.get(position=0)


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as server:
        yield server
