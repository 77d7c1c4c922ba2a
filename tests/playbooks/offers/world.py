"""A step that is done for a partner, in any state."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from playbooks import handing_over
from playbooks.models import Enrollment, Handover, Progress
from playbooks.offers.agreed import price_seen
from playbooks.offers.items import fingerprint, offer_of
from tests.factories import NOW, make_enrollment, make_partner, make_vendor, make_version

HOUR = timedelta(hours=1)
SOON = date(2026, 3, 10)  # NOW is Tuesday, 3 March
PRICE = Decimal("120.00")


def make_offer(terms: str = "included", **given: Any) -> dict[str, Any]:
    """As the column of a step holds it: in English, within two working days, for 80 EUR where it has a price."""
    price = {"amount": "80.00", "currency": "EUR"} if terms == "price" else {}
    texts = {"en": {"does": "We write it for you.", "needs": "Ten minutes on the phone."}}
    return {"terms": terms, "days": 2, **price, "texts": texts, **given}


def offered(terms: str = "included", *, vendor: Any = None, steps: Any = ("second",), **partner: Any) -> Enrollment:
    """A partner whose open first step can be done for them."""
    vendor = vendor or make_vendor(name="Acme", country="DE", time_zone="Europe/Berlin")
    version = make_version(vendor, steps=[{"key": "first", "offer": make_offer(terms)}, *steps])
    return make_enrollment(make_partner(vendor, company="Hafen", **partner), version=version)


def step_of(enrollment: Enrollment) -> Progress:
    return enrollment.progress.select_related("step", "enrollment__partner__vendor").get(position=0)


def ask(step: Progress, **given: Any) -> bool:
    seen = fingerprint(offer_of(step.step))
    usual = {"by": None, "now": NOW + HOUR, "actor_name": "Kim", "seen": seen}
    return handing_over.ask(progress=step, **{**usual, **given})


def seen(step: Progress) -> str:
    """What a partner with this step before them would say yes to."""
    last = Handover.objects.filter(progress=step).order_by("-pk").first()
    return price_seen(last) if last else ""


MOVES: dict[str, Callable[..., bool]] = {
    "ask": ask,
    "quote": lambda step: handing_over.quote(
        progress=step, amount=PRICE, currency="EUR", ready_on=SOON, by=None, now=NOW + 2 * HOUR
    ),
    "accept": lambda step: handing_over.accept(
        progress=step, seen=seen(step), by=None, now=NOW + 3 * HOUR, actor_name="Kim"
    ),
    "refuse": lambda step: handing_over.refuse(progress=step, by=None, now=NOW + 3 * HOUR),
    "take_back": lambda step: handing_over.take_back(progress=step, by=None, now=NOW + 4 * HOUR),
    "schedule": lambda step: handing_over.schedule(progress=step, ready_on=SOON, by=None, now=NOW + 5 * HOUR),
    "deliver": lambda step: handing_over.deliver(progress=step, by=None, now=NOW + 6 * HOUR, note="It is online."),
    "send_back": lambda step: handing_over.send_back(
        progress=step, missing="The logo.", by=None, now=NOW + 7 * HOUR, actor_name="Kim"
    ),
    "confirm": lambda step: handing_over.confirm(progress=step, by=None, now=NOW + 8 * HOUR, actor_name="Kim"),
    "decline": lambda step: handing_over.decline(progress=step, reason="Too far away.", by=None, now=NOW + 9 * HOUR),
}

# How each state comes about, from an offer on quote.
WAYS: dict[str, tuple[str, ...]] = {
    "requested": ("ask",),
    "quoted": ("ask", "quote"),
    "accepted": ("ask", "quote", "accept"),
    "scheduled": ("ask", "quote", "accept", "schedule"),
    "delivered": ("ask", "quote", "accept", "schedule", "deliver"),
    "returned": ("ask", "quote", "accept", "schedule", "deliver", "send_back"),
    "confirmed": ("ask", "quote", "accept", "deliver", "confirm"),
    "refused": ("ask", "quote", "refuse"),
    "withdrawn": ("ask", "take_back"),
    "declined": ("ask", "decline"),
}


def bring(step: Progress, *moves: str) -> Handover:
    for move in moves:
        assert MOVES[move](step), move
    return Handover.objects.select_related("vendor", "progress").get(progress=step)
