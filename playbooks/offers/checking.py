"""What is missing in an offer, in plain words."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from partners.places import language_name
from playbooks.evidence.checking import Gap
from playbooks.evidence.fields import Asked, asks
from playbooks.models import Step
from playbooks.models.step import Turn
from playbooks.offers.items import Offer, Terms, offer_of


def of_offer(step: Step, languages: Sequence[str]) -> Iterator[Gap]:
    offer = offer_of(step)
    if offer is None:
        return
    if step.who != Turn.PARTNER:
        message = _("you offer to do it for the partner, but it is not the partner’s step. Take the offer out.")
        yield Gap(message, blocks=True)
    if step.asks_for_goal:
        message = _("it asks for the partner’s own goal, which nobody can write for them. Take the offer out.")
        yield Gap(message, blocks=True)
    if asks(step) and Asked.of(step).questions:
        message = _("where you do it for them, nobody takes the quiz. Give what they must know a step of its own?")
        yield Gap(message, blocks=False)
    yield from _of_terms(offer)
    for language in languages:
        if not offer.texts.get(language, {}).get("does"):
            message = _("the offer does not say in %(language)s what you do for them.")
            yield Gap(message % {"language": language_name(language)}, blocks=True)
    needing = [language for language in languages if offer.texts.get(language, {}).get("needs")]
    if needing and len(needing) < len(languages):
        message = _("the offer says in one language what you need from them, and not in another.")
        yield Gap(message, blocks=False)


def _of_terms(offer: Offer) -> Iterator[Gap]:
    if offer.terms == Terms.PRICE and offer.amount is None:
        yield Gap(_("the offer has a price, but not how much. Write the amount."), blocks=True)
    if offer.terms == Terms.PRICE and not offer.currency:
        yield Gap(_("the offer has a price without a currency. Choose one."), blocks=True)
    if not offer.days:
        message = _("the offer does not say how many working days it takes. Partners want to know when.")
        yield Gap(message, blocks=True)
