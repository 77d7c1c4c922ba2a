"""Changing what a draft's step offers. What is published is refused."""

from datetime import datetime

from django.db import transaction

from partners.models import User
from playbooks.editing import locked_draft, record_change
from playbooks.models import Step
from playbooks.offers.items import Offer, fingerprint, offer_of
from playbooks.outline import tidy_offer


class OfferSavedMeanwhile(Exception):
    """Somebody else saved a change of it; ``current`` is what stands there now, None if it was taken out."""

    def __init__(self, current: Offer | None) -> None:
        super().__init__()
        self.current = current


@transaction.atomic
def save_offer(*, step: Step, offer: Offer | None, seen: str, by: User | None, now: datetime) -> Offer | None:
    """The offer as it is stored. None takes it out. ``seen`` is the fingerprint of what the form was opened on.

    Saving the same again changes nothing. Raises ``OfferSavedMeanwhile``.
    """
    version = locked_draft(step.version, step)
    step = version.steps.get(pk=step.pk)
    before, offer = offer_of(step), tidy_offer(offer, version.languages)
    if offer == before:
        return offer
    if seen != fingerprint(before):
        raise OfferSavedMeanwhile(before)
    step.offer = offer.as_json() if offer else {}
    step.save(update_fields=["offer"])
    record_change(version, "step_saved", step, by=by, now=now, step=step.key, fields=["offer"])
    return offer
