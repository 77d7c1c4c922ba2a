"""Everything that happened with a partner, newest first: acts, mails, follow-ups, and the days on which orders came."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from followups.calls.contacting import Outcome
from followups.dashboards.receipts import RELATED, Receipts
from followups.models import ArchivedMessage, Message
from followups.models.followup import FollowUpFields
from followups.owed.saying import length_in_words
from partners.isolating import isolated
from partners.models import Activity, Order, Partner
from partners.paging import instant, key
from partners.places import zone
from partners.templatetags.firstline import in_zone
from playbooks.evidence.telling import from_the_log
from playbooks.models import Confidence, Handover
from playbooks.offers.items import in_words

ROWS = 30
# Among entries of one instant, orders stand above what was done, that above what was sent, and below what ended so.
ORDERED, DID, SENT, ENDED = 3, 2, 1, 0


@dataclass(frozen=True)
class Entry:
    at: datetime
    source: int
    pk: int
    what: str
    who: str
    note: str
    side: str
    day: date | None = None  # where no more is known of the time
    why: Sequence[str] = ()  # receipts
    followup: FollowUpFields | None = None  # one that is over

    @property
    def token(self) -> str:
        return f"{self.at.isoformat()}~{self.source}~{self.pk}"


@dataclass(frozen=True)
class Timeline:
    entries: list[Entry]
    older: str  # token of the last entry when there is more, else ""


SENTENCES = {
    Activity.Kind.SIGNED: gettext_lazy("Signed up"),
    Activity.Kind.ACCEPTED: gettext_lazy("Accepted into the programme"),
    Activity.Kind.STARTED: gettext_lazy("The playbook began"),
    Activity.Kind.OPENED: gettext_lazy("Opened “%(step)s”"),
    Activity.Kind.DONE: gettext_lazy("Did “%(step)s”"),
    Activity.Kind.STUCK: gettext_lazy("Got stuck at “%(step)s”"),
    Activity.Kind.HELPED: gettext_lazy("Helped on with “%(step)s”"),
    Activity.Kind.HANDED_IN: gettext_lazy("Handed in “%(step)s” and asks for approval"),
    Activity.Kind.WITHDRAWN: gettext_lazy("Took “%(step)s” back before it was approved"),
    Activity.Kind.SENT_BACK: gettext_lazy("Sent “%(step)s” back, as something is missing"),
    Activity.Kind.HANDOVER: gettext_lazy("“%(step)s” is done for them"),
    Activity.Kind.SNOOZED: gettext_lazy("Asked to be reminded of “%(step)s” later"),
    Activity.Kind.CONFIDENCE: gettext_lazy("Is confident about the decision"),
    Activity.Kind.SLOT: gettext_lazy("Set a time aside for “%(step)s”: %(when)s"),
    Activity.Kind.SKIPPED: gettext_lazy("Left out “%(step)s”"),
    Activity.Kind.LEFT_OUT: gettext_lazy("Left out, as it does not concern them: %(steps)s"),
    Activity.Kind.GOAL: gettext_lazy("Wrote down the goal"),
    Activity.Kind.CONTACTED: gettext_lazy("Talked to the partner"),
    Activity.Kind.LED: gettext_lazy("%(after)s leads this partner from now on, after %(before)s"),
    Activity.Kind.UNSUBSCRIBED: gettext_lazy("Wants no more reminders"),
    Activity.Kind.UPGRADED: gettext_lazy("Went over to a new version of the playbook"),
    Activity.Kind.FINISHED: gettext_lazy("Finished the playbook"),
}
PRICED = "priced"
HANDOVER_SENTENCES = {
    Handover.State.REQUESTED.value: gettext_lazy("Asked what it costs to have “%(step)s” done"),
    Handover.State.QUOTED.value: gettext_lazy("Quoted %(price)s for “%(step)s”"),
    Handover.State.ACCEPTED.value: gettext_lazy("Asked to have “%(step)s” done"),
    PRICED: gettext_lazy("Ordered “%(step)s” to be done for %(price)s"),
    Handover.State.SCHEDULED.value: gettext_lazy("Set a day for “%(step)s”"),
    Handover.State.DELIVERED.value: gettext_lazy("Delivered “%(step)s”"),
    Handover.State.RETURNED.value: gettext_lazy("Misses something in “%(step)s”"),
    Handover.State.CONFIRMED.value: gettext_lazy("Confirmed that “%(step)s” is there"),
    Handover.State.REFUSED.value: gettext_lazy("Turned the quote for “%(step)s” down"),
    Handover.State.WITHDRAWN.value: gettext_lazy("Took “%(step)s” back"),
    Handover.State.DECLINED.value: gettext_lazy("Declined to do “%(step)s” for them"),
    Handover.State.SETTLED.value: gettext_lazy("“%(step)s” was settled in another way"),
}
SENT_COLUMNS = ("id", "finished_at", "state", "subject", "last_error", "to_address")
MESSAGE_SENTENCES = {
    Message.State.ACCEPTED: gettext_lazy("Mail sent: %(subject)s"),
    Message.State.FAILED: gettext_lazy("Mail could not be delivered: %(subject)s"),
    Message.State.UNKNOWN: gettext_lazy("Mail may or may not have arrived: %(subject)s"),
}


def timeline(*, partner: Partner, after: str, language: str) -> Timeline:
    """A page of what happened, paged by key over all sources; what was archived stands among the rest."""
    start, receipts = _parsed(after), Receipts(partner, language)
    acts = Activity.objects.exclude(kind=Activity.Kind.ORDERED)  # the orders themselves are shown
    did = acts.filter(_older("at", DID, start), partner=partner).order_by("-at", "-id")
    entries = [_did(activity, language, zone(partner.zone_name)) for activity in did[: ROWS + 1]]
    entries += [_sent(message) for message in _messages(partner, start)[: ROWS + 1]]
    entries += _days_with_orders(partner, start)
    for followups in receipts.rows():
        ended = followups.filter(_older("finished_at", ENDED, start)).select_related(*RELATED)
        entries += [_ended(followup) for followup in ended.order_by("-finished_at", "-id")[: ROWS + 1]]
    entries.sort(key=lambda entry: (entry.at, entry.source, entry.pk), reverse=True)
    shown = entries[:ROWS]
    older = shown[-1].token if len(entries) > ROWS else ""
    return Timeline(entries=_with_receipts(shown, receipts), older=older)


def _messages(partner: Partner, start: tuple[datetime, int, int] | None) -> QuerySet[Any, Any]:
    """In use and archived, by one query."""
    theirs = Q(vendor=partner.vendor_id, contact__partner=partner, state__in=list(MESSAGE_SENTENCES), channel="mail")
    wanted = theirs & _older("finished_at", SENT, start)
    hot = Message.objects.filter(wanted).values_list(*SENT_COLUMNS, named=True)
    archived = ArchivedMessage.objects.filter(wanted).values_list(*SENT_COLUMNS, named=True)
    return hot.union(archived, all=True).order_by("-finished_at", "-id")


def _with_receipts(entries: Sequence[Entry], receipts: Receipts) -> list[Entry]:
    carried = receipts.of_mails([entry.pk for entry in entries if entry.source == SENT])
    found: list[Entry] = []
    for source, same in groupby(entries, key=attrgetter("source")):
        if source == ENDED:
            told = receipts.told([entry.followup for entry in same])
            found += [Entry(one.at, ENDED, one.pk, one.what, one.who, "", "mail", why=one.why) for one in told]
        else:
            found += [replace(entry, why=carried.get(entry.pk, ())) if source == SENT else entry for entry in same]
    return found


def _parsed(token: str) -> tuple[datetime, int, int] | None:
    parts = token.split("~")
    if len(parts) != 3:
        return None
    try:
        return instant(parts[0]), key(parts[1]), key(parts[2])
    except ValueError:
        return None


def _older(column: str, source: int, start: tuple[datetime, int, int] | None) -> Q:
    """Entries of one source that come after ``start`` in (time, source, key), newest first."""
    if start is None:
        return Q()
    at, started_in, pk = start
    older = Q(**{f"{column}__lt": at})
    if source == started_in:
        return older | Q(**{column: at, "id__lt": pk})
    return older | Q(**{column: at}) if source < started_in else older


def _days_with_orders(partner: Partner, start: tuple[datetime, int, int] | None) -> Iterable[Entry]:
    """A day's orders, of the partner and of its customers, are one entry; it counts as the beginning of the day."""
    orders = Order.objects.filter(partner=partner)
    if start is not None:
        day = start[0].astimezone(UTC).date()
        is_over = start[0] == _beginning(day)  # nothing of a day stands below its beginning's orders
        orders = orders.filter(**{"ordered_on__lt" if is_over else "ordered_on__lte": day})
    days = orders.order_by("-ordered_on").values("ordered_on")
    counted = days.annotate(own=Count("pk", filter=Q(customer=None)), theirs=Count("customer"))
    for row in counted[: ROWS + 1]:
        words = [_ordered(row["own"])] if row["own"] else []
        words += [_customers_ordered(row["theirs"])] if row["theirs"] else []
        day = row["ordered_on"]
        what = " · ".join(words)
        yield Entry(at=_beginning(day), source=ORDERED, pk=0, what=what, who="", note="", side="partner", day=day)


def _beginning(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=UTC)


def _ordered(count: int) -> str:
    return ngettext("Placed one order", "Placed %(count)s orders", count) % {"count": count}


def _customers_ordered(count: int) -> str:
    words = ngettext("One order of their customers", "%(count)s orders of their customers", count)
    return words % {"count": count}


def _did(activity: Activity, language: str, where: ZoneInfo) -> Entry:
    step = str(activity.data.get("title", {}).get(language) or next(iter(activity.data.get("title", {}).values()), ""))
    sentence = str(SENTENCES.get(Activity.Kind(activity.kind), activity.get_kind_display()))
    if activity.kind == Activity.Kind.CONTACTED and activity.data.get("outcome") == Outcome.NOT_REACHED:
        sentence = _("Tried to reach the partner, without success")
    if activity.kind == Activity.Kind.CONTACTED and activity.data.get("outcome") == Outcome.WROTE:
        sentence = _("Wrote to the partner")
    if activity.kind == Activity.Kind.CONFIDENCE and activity.data.get("answer") == Confidence.Answer.DOUBTS:
        sentence = _("Has doubts about the decision")
    if activity.kind == Activity.Kind.SLOT and not activity.data.get("starts_at"):
        sentence = _("Took back the time for “%(step)s”")
    if activity.kind == Activity.Kind.HELPED and "took" in activity.data:
        sentence = _("Helped on with “%(step)s” after %(took)s")
    if activity.kind == Activity.Kind.HANDOVER:
        sentence = str(HANDOVER_SENTENCES[_move(activity)])
    if activity.kind == Activity.Kind.DONE and activity.data.get("approved"):
        sentence = _("Approved “%(step)s”")
    came_along = activity.kind == Activity.Kind.ACCEPTED and activity.data.get("came_with") == "orders"
    if came_along:  # nobody accepted this one
        sentence = _("Came along with imported orders")
    return Entry(
        at=activity.at,
        source=DID,
        pk=activity.pk,
        what=sentence % {"step": step, **_more(activity, language, where), **_names(activity)},
        who="" if came_along else activity.actor_name,
        note="\n".join(filter(None, [activity.note, from_the_log(activity.data.get("given", []), language)])),
        side=activity.side,
    )


def _move(activity: Activity) -> str:
    """By which sentence it is told."""
    move: str = activity.data["move"]
    return PRICED if move == Handover.State.ACCEPTED and activity.data.get("amount") else move


def _took(activity: Activity) -> str:
    """How long somebody waited for an answer."""
    return length_in_words(timedelta(seconds=activity.data.get("took", 0)))


def _price(activity: Activity) -> str:
    """Of what is done for a partner."""
    amount = activity.data.get("amount", "") if activity.kind == Activity.Kind.HANDOVER else ""
    return in_words(Decimal(amount), activity.data["currency"]) if amount else ""


def _more(activity: Activity, language: str, where: ZoneInfo) -> dict[str, str]:
    """A time that was set aside, by the partner's clock; a price; how long somebody waited; steps left out together."""
    starts_at = activity.data.get("starts_at")
    titles: list[dict[str, str]] = activity.data.get("steps", [])
    return {
        "when": in_zone(instant(starts_at), where) if starts_at else "",
        "price": _price(activity),
        "took": _took(activity),
        "steps": ", ".join(words.get(language) or next(iter(words.values()), "") for words in titles),
    }


def _names(activity: Activity) -> dict[str, str]:
    """Who led the partner before, and who after; isolated, for the names of people run both ways."""
    return {name: isolated(str(activity.data.get(name, ""))) for name in ("before", "after")}


def _sent(message: Any) -> Entry:
    what = str(MESSAGE_SENTENCES[Message.State(message.state)]) % {"subject": message.subject}
    note = message.last_error if message.state == Message.State.FAILED else ""
    return Entry(
        at=message.finished_at, source=SENT, pk=message.id, what=what, who=message.to_address, note=note, side="mail"
    )


def _ended(followup: FollowUpFields) -> Entry:
    """Its words come with its receipt."""
    assert followup.finished_at is not None  # noqa: S101 - a constraint says so
    return Entry(followup.finished_at, ENDED, followup.pk, "", "", "", "mail", followup=followup)
