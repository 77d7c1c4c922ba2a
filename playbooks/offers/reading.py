"""An offer in a playbook file: read with every fault, and written so that reading gives the same."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from playbooks.offers.items import CURRENCIES, GREATEST_AMOUNT, LONGEST_LEAD, TEXTS, Offer, Terms, Texts
from playbooks.outline import tidy_paragraph
from playbooks.parsing import Node, Scalar
from playbooks.resources.reading import ResourceReader

_FIELDS = ("terms", "amount", "currency", "days", *TEXTS)


class OfferReader(ResourceReader):
    def offer(self, node: Node | None, step: str) -> Offer | None:
        """Of a step, where it has one."""
        if node is None:
            return None
        place = f"{step}, done_for_you"
        fields = self._fields(node, place, _FIELDS)
        terms = self._terms(fields.get("terms"), node.line, place)
        if terms != Terms.PRICE:
            for name in sorted(fields.keys() & {"amount", "currency"}):
                message = _("“%(name)s” belongs to an offer at a price. Take it out, or write “terms: price”.")
                self.fault(fields[name].line, place, message, name=name)
        texts: Texts = {}
        for name in TEXTS:
            self._words(texts, name, fields.get(name), place, tidy_paragraph)
        return Offer(
            terms=terms,
            days=self.whole(fields.get("days"), f"{place}, days", most=LONGEST_LEAD),
            amount=self._amount(fields.get("amount"), f"{place}, amount"),
            currency=self._currency(fields.get("currency"), f"{place}, currency"),
            texts={code: texts[code] for code in self.languages if code in texts},
        )

    def _terms(self, node: Node | None, line: int, place: str) -> str:
        terms = node.value if isinstance(node, Scalar) else ""
        if terms in Terms.values:
            return terms
        message = _("“%(terms)s” are no terms. Choose from: %(known)s.")
        known = ", ".join(Terms.values)
        self.fault(node.line if node else line, f"{place}, terms", message, terms=terms, known=known)
        return str(Terms.INCLUDED)

    def _amount(self, node: Node | None, place: str) -> Decimal | None:
        amount = self._number(node, place)
        if amount is None or node is None:
            return None
        if not 0 < amount <= GREATEST_AMOUNT or amount != round(amount, 2):
            message = _("This is no price. Write an amount above 0, such as 120 or 99.50.")
            self.fault(node.line, place, message)
            return None
        return amount

    def _currency(self, node: Node | None, place: str) -> str:
        if node is None:
            return ""
        code = node.value if isinstance(node, Scalar) else ""
        if code not in CURRENCIES:
            message = _("“%(code)s” is no currency that is known here. Choose from: %(known)s.")
            self.fault(node.line, place, message, code=code, known=", ".join(CURRENCIES))
            return ""
        return code


def written(offer: Offer | None, words: Callable[[Texts, tuple[str, ...]], dict[str, Any]]) -> dict[str, Any]:
    """The field of a file; ``words`` turns texts into theirs."""
    if offer is None:
        return {}
    said: dict[str, Any] = {"terms": str(offer.terms)}
    said |= {"amount": offer.amount} if offer.amount is not None else {}
    said |= {"currency": offer.currency} if offer.currency else {}
    said |= {"days": offer.days} if offer.days else {}
    return {"done_for_you": {**said, **words(offer.texts, TEXTS)}}
