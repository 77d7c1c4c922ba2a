"""What a partner's person may be told about the reminders of one step: what the engine will do, asked ahead."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from followups.cadences.rehearsing import Fate, Play
from followups.engine.cadences import ANSWER
from followups.engine.facts import Due, MailboxKey
from followups.engine.gathering import gather, read_due
from followups.engine.wishes import Wishes, wishes_among
from followups.models import FollowUp, Touch
from followups.unsubscribing import Mailbox, is_unsubscribed, unsubscribe_url
from partners.hours import Hours, NeverOpen, hours_in, into_window, zone_of_contact
from partners.models import Contact, Vendor
from playbooks.models import Progress
from playbooks.reminders import Reminders

AHEAD = timedelta(days=42)  # two weeks of putting off, then one reminder a week, with holidays in between
ROWS = 50
GOES_OUT = (Fate.SENT, Fate.MERGED)


@dataclass(frozen=True)
class Foreseen(Reminders):
    """Each answer is asked of the database when a page wants it, and once."""

    progress: Progress
    contact: Contact
    now: datetime

    @property
    def vendor(self) -> Vendor:
        return self.contact.partner.vendor

    @property
    def mailbox(self) -> MailboxKey:
        return self.vendor.pk, self.contact.email.lower()

    @cached_property
    def wishes(self) -> Wishes:
        return wishes_among([self.contact.email])

    @property
    def is_off(self) -> bool:
        return self.wishes.want_nothing(self.mailbox) or self.wishes.want_none(self.mailbox, Touch.To.PARTNER.value)

    @property
    def is_rare(self) -> bool:
        return self.wishes.want_fewer(self.mailbox, Touch.To.PARTNER.value)

    @cached_property
    def door(self) -> str:
        of = Mailbox(self.vendor, self.contact.email.lower())
        if self.wishes.want_nothing(self.mailbox) and not is_unsubscribed(of):
            return ""  # mails came back, or were marked as spam: no page takes that away
        return unsubscribe_url(vendor=of.vendor, address=of.address)

    @cached_property
    def next_at(self) -> datetime | None:
        """The engine's own decisions, one after the other, over all that waits for this mailbox: caps count it all."""
        theirs = Contact.objects.of(self.vendor).filter(email=self.contact.email)
        planned = FollowUp.objects.of(self.vendor).scheduled().filter(contact__in=theirs).order_by("due_at", "pk")
        dues = read_due(list(planned.values_list("pk", flat=True)[:ROWS]))
        facts = gather(dues, now=self.now)
        play = Play(dues, facts, self.vendor, now=self.now, until=self.now + AHEAD)
        play.read_history(dues)
        return next((line.at for line in play.run() if line.fate in GOES_OUT and self._is_reminder(line.due)), None)

    def _is_reminder(self, due: Due) -> bool:
        is_of_step = due.progress_id == self.progress.pk and due.kind != ANSWER
        return is_of_step and due.channel == Touch.Channel.MAIL and due.audience == Touch.To.PARTNER

    @cached_property
    def hours(self) -> Hours:
        partner = self.contact.partner
        zone = zone_of_contact(self.vendor, self.contact, partner)
        return hours_in(zone, vendor=self.vendor, country=partner.country)

    def opening(self, at: datetime) -> datetime:
        try:
            return into_window(at, self.hours)
        except NeverOpen:
            return at


def foresee(*, progress: Progress, contact: Contact, now: datetime, **_: object) -> Foreseen:
    return Foreseen(progress, contact, now)
