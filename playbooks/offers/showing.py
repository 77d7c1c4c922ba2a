"""A step that is done for a partner, as both sides read it: where it stands, what was agreed, and what happened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from partners.models import Contact
from partners.roles import contacts_for
from playbooks.evidence.telling import file_in_words
from playbooks.handing_over import WITH_VENDOR
from playbooks.models import Handover, HandoverMove, Progress
from playbooks.offers.agreed import may_take_back, moved_from, price_seen
from playbooks.offers.items import Offer, in_words, offer_from

State = Handover.State
SAID: dict[str, str | Promise] = {
    State.REQUESTED: _("Asked for a quote"),
    State.QUOTED: _("Quoted"),
    State.ACCEPTED: _("Agreed"),
    State.SCHEDULED: _("Set for a day"),
    State.DELIVERED: _("Delivered"),
    State.RETURNED: _("Something was missing"),
    State.CONFIRMED: _("Confirmed"),
    State.REFUSED: _("Quote turned down"),
    State.WITHDRAWN: _("Taken back"),
    State.DECLINED: _("Declined"),
    State.SETTLED: _("Settled in another way"),
}
# What stands on these lines is news there: when it will be ready, what it costs.
DATED = (State.QUOTED, State.ACCEPTED, State.SCHEDULED, State.RETURNED)
PRICED = (State.QUOTED, State.ACCEPTED)


@dataclass(frozen=True)
class Line:
    what: str
    who: str
    at: datetime
    price: str
    ready_on: date | None
    note: str


def may_have_one(step: Progress) -> bool:
    """Whether it is handed over, or may have been and came back."""
    return step.state == Progress.State.HANDED_OVER or (step.is_in_play and bool(step.step.offer))


@dataclass(frozen=True)
class ShownHandover:
    handover: Handover
    language: str

    @classmethod
    def of(cls, progress: Progress, language: str) -> "ShownHandover | None":
        """The last one of this step; one query."""
        found = Handover.objects.filter(progress=progress).select_related("contact").order_by("-pk").first()
        if found is None:
            return None
        found.progress = progress
        return cls(found, language)

    @classmethod
    def of_all(cls, steps: Iterable[Progress], language: str) -> "dict[int, ShownHandover]":
        """The last one of each of ``steps``, by the step's key; two queries, none where no step can have one."""
        keys = [step.pk for step in steps if may_have_one(step)]
        if not keys:
            return {}
        found = Handover.objects.filter(progress__in=keys).select_related("contact").prefetch_related("moves")
        return {each.progress_id: cls(each, language) for each in found.order_by("pk")}

    @cached_property
    def offer(self) -> Offer:
        offer = offer_from(self.handover.offer)
        assert offer is not None  # noqa: S101 - it was asked for
        return offer

    @property
    def state(self) -> str:
        return self.handover.state

    @cached_property
    def whom_to_ask(self) -> Contact | None:
        """Who asked for it; once they left, whoever has the step's role there, which is one more query."""
        contact, progress = self.handover.contact, self.handover.progress
        if contact is None or contact.left_at is None:
            return contact
        partner = progress.enrollment.partner_id
        return contacts_for([partner], progress.step.role).get(partner)

    @property
    def is_live(self) -> bool:
        return self.handover.is_live

    @property
    def is_with_vendor(self) -> bool:
        return self.state in WITH_VENDOR

    @property
    def shows_wish(self) -> bool:
        """Whether what the partner let the vendor know matters still; once it is delivered, that speaks."""
        said = bool(self.handover.wish or self.handover.attached)
        return said and (self.is_with_vendor or self.state == State.QUOTED)

    @property
    def may_take_back(self) -> bool:
        return may_take_back(self.handover, self.moves)

    @property
    def moved_from(self) -> date | None:
        """The day that was agreed upon, where it is later by now."""
        return moved_from(self.handover, self.moves)

    @property
    def does(self) -> str:
        return self.offer.text("does", self.language)

    @property
    def needs(self) -> str:
        return self.offer.text("needs", self.language)

    @property
    def attached(self) -> dict[str, str]:
        """The file that the partner sent along: its key as ``file``, and ``words``; empty without one."""
        found = self.handover.attached
        return {"file": found["file"], "words": file_in_words(found)} if found else {}

    @property
    def price(self) -> str:
        return in_words(self.handover.amount, self.handover.currency)

    @property
    def seen(self) -> str:
        return price_seen(self.handover)

    @property
    def ready_on(self) -> date | None:
        return self.handover.ready_on

    def is_overdue(self, now: datetime) -> bool:
        due = self.handover.due_at
        return due is not None and due < now

    @cached_property
    def moves(self) -> list[HandoverMove]:
        return list(self.handover.moves.all())

    @property
    def last(self) -> HandoverMove:
        return self.moves[-1]

    @property
    def lines(self) -> Sequence[Line]:
        """What happened, in order."""
        return [
            Line(
                what=str(SAID[move.state]),
                who=move.by_name,
                at=move.at,
                price=in_words(move.amount, move.currency) if move.state in PRICED else "",
                ready_on=move.ready_on if move.state in DATED else None,
                note=move.note,
            )
            for move in self.moves
        ]
