"""Offers as plain values: a step may have one."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from django.db.models import TextChoices
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from playbooks.models import Step
from playbooks.texts import text_in

Texts = dict[str, dict[str, Any]]

# ISO 4217, in the order in which a form lists them.
CURRENCIES: Final = (
    *("EUR", "USD", "GBP", "CHF", "AUD", "BRL", "CAD", "CNY", "CZK", "DKK", "HUF", "ILS", "INR", "JPY"),
    *("MXN", "NOK", "NZD", "PLN", "RON", "SEK", "SGD", "TRY", "UAH", "ZAR"),
)
_EURO: Final = frozenset("AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK".split())  # noqa: SIM905
GREATEST_AMOUNT: Final = Decimal("9999999.99")
LONGEST_LEAD: Final = 250  # working days: a year
TEXTS: Final = ("does", "needs")


class Terms(TextChoices):
    INCLUDED = "included", _("Included")
    PRICE = "price", _("At a price")
    QUOTE = "quote", _("On quote")


@dataclass(frozen=True)
class Offer:
    """``texts`` has, by language, what the vendor ``does``, and what it ``needs`` from the partner.

    ``days`` are working days from the moment at which it is agreed; 0: not said yet.
    """

    terms: str
    days: int = 0
    amount: Decimal | None = None
    currency: str = ""
    texts: Texts = field(default_factory=dict)

    def text(self, name: str, language: str) -> str:
        return str(text_in(self.texts, name, language) or "")

    @property
    def is_included(self) -> bool:
        return self.terms == Terms.INCLUDED

    @property
    def is_on_quote(self) -> bool:
        return self.terms == Terms.QUOTE

    @property
    def price(self) -> str:
        """In the format of the language that is active; empty without a price."""
        return in_words(self.amount, self.currency)

    def as_json(self) -> dict[str, Any]:
        amount = {"amount": format(self.amount, "f")} if self.amount is not None else {}
        currency = {"currency": self.currency} if self.currency else {}
        return {"terms": str(self.terms), "days": self.days, **amount, **currency, "texts": self.texts}

    def in_languages(self, kept: Collection[str]) -> "Offer":
        return replace(self, texts={code: words for code, words in self.texts.items() if code in kept})

    @property
    def is_whole(self) -> bool:
        """Whether a partner could take it as it stands."""
        has_price = self.terms != Terms.PRICE or (self.amount is not None and bool(self.currency))
        return has_price and self.days > 0 and any(words.get("does") for words in self.texts.values())


def offer_from(stored: Mapping[str, Any]) -> Offer | None:
    """As ``Offer.as_json`` wrote it; None for nothing."""
    if not stored:
        return None
    amount = Decimal(stored["amount"]) if "amount" in stored else None
    return Offer(stored["terms"], stored["days"], amount, stored.get("currency", ""), stored["texts"])


def offer_of(step: Step) -> Offer | None:
    return offer_from(step.offer)


def fingerprint(offer: Offer | None) -> str:
    """What it says, in a few letters: what was seen when it was pressed, or opened, is told apart by it."""
    said = json.dumps(offer.as_json() if offer else {}, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:20]


def in_words(amount: Decimal | None, currency: str) -> str:
    """“1,200.00 EUR”; empty without an amount."""
    if amount is None:
        return ""
    return f"{number_format(amount, decimal_pos=2, use_l10n=True, force_grouping=True)} {currency}".strip()


def currency_of(country: str) -> str:
    """What is paid with in ``country``; empty where we do not know. A currency's code begins with its country's."""
    if country in _EURO:
        return "EUR"
    return next((code for code in CURRENCIES if country and code.startswith(country)), "")
