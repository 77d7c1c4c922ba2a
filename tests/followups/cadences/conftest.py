"""A vendor in Berlin with its standard cadence, and a channel manager at the desk."""

from datetime import timedelta

import pytest
from django.test import Client

from followups.cadences.drafting import Said, start_draft
from followups.engine.cadences import make_default_cadence
from followups.models import Cadence
from partners.models import Member, Partner, Vendor
from playbooks.models import Progress
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_vendor

DAY = timedelta(days=1)


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    vendor = make_vendor("nordlicht", name="Nordlicht Backup", time_zone="Europe/Berlin", country="DE")
    make_default_cadence(vendor=vendor, now=NOW)
    return vendor


@pytest.fixture
def me(vendor: Vendor) -> Member:
    return make_member(vendor)


@pytest.fixture
def desk(me: Member) -> Client:
    client = Client()
    client.force_login(me.user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def partner(vendor: Vendor, me: Member) -> Partner:
    return make_partner(
        vendor, company="Hafen IT", email="hanna@hafen.example", manager=me, contact={"name": "Hanna Hafen"}
    )


@pytest.fixture
def progress(partner: Partner) -> Progress:
    """The first step, open since Tuesday, 10:00 in Berlin."""
    return make_enrollment(partner).progress.get(position=0)


@pytest.fixture
def cadence(vendor: Vendor) -> Cadence:
    """The standard one."""
    return vendor.cadences.get()


@pytest.fixture
def draft(cadence: Cadence, me: Member) -> Cadence:
    return start_draft(cadence=cadence, by=me.user, now=NOW)


def said(**fields: object) -> Said:
    given: dict[str, object] = {"after_hours": 72, "basis": "elapsed", "to": "partner", "role": "", "condition": ""}
    given |= {"channel": "mail", "texts": {}}
    return Said(**(given | fields))  # type: ignore[arg-type]
