"""Builds the demo's vendor by living through its past: real functions, real engine, at past times.

Nothing is written by hand that a person or the engine would have written: every reminder in the demo was planned,
decided and sent by the engine, at the time it fell due.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Min

from followups.calls.contacting import log_contact
from followups.engine.pumping import pump
from followups.models import FollowUp
from followups.silence.detecting import detect
from onboarding_portal.demo import newcomers, people, stories
from onboarding_portal.demo.answers import answers_to, side_of
from onboarding_portal.demo.cast import APPLICANTS, FIRST_LINE, SPONSOR, Company, customers_of
from onboarding_portal.demo.transport import MailboxTransport
from partners.accepting import accept
from partners.applying import apply, record_conversation
from partners.linking import link_contacts
from partners.models import Activity, Application, Customer, Member, Partner, User, Vendor
from partners.ordering import Placed, record_orders
from partners.recording import record_activity
from partners.registering import register_partner
from partners.signals import partners_changed
from partners.vendors import create_vendor
from playbooks.calendar.choosing import set_aside
from playbooks.goals import write_goal
from playbooks.handing_over import ask
from playbooks.models import Enrollment, Progress, Step
from playbooks.models.step import Turn
from playbooks.offers.items import fingerprint, offer_of
from playbooks.publishing import publish
from playbooks.starters import copy_starter
from playbooks.walking import complete, get_stuck

STARTER = "backup-reseller"
MOST_ROUNDS = 20_000


def is_built() -> bool:
    return Vendor.objects.filter(slug=people.VENDOR).exists()


@transaction.atomic
def build(*, now: datetime) -> Vendor:
    """The demo vendor with its past up to ``now``: all of it or, after an error, none."""
    builder = Builder(_found(now=now), now=now)
    steps = Step.objects.filter(version__playbook__vendor=builder.vendor).count()
    builder.live_through(stories.everything(steps=steps, now=now))
    builder.welcome_the_three_doors()
    builder.receive_applications()
    return builder.vendor


@transaction.atomic
def freshen(*, now: datetime) -> None:
    """Newcomers to whom a mail is about to leave, so that each start has one to show; the same people where it can be.

    They number at most ``len(NEWCOMERS)``, however often the demo is started.
    """
    vendor = Vendor.objects.get(slug=people.VENDOR)
    builder = Builder(vendor, now=now)
    for deed in stories.arrivals(now, newcomers.make_room(vendor, now=now)):
        builder.do(deed)
        if deed.at <= now:
            builder.send_a_batch(now=deed.at)  # their welcome; whatever else is late is left to the worker


class Builder:
    """Does what the stories tell, in the name of whoever does it."""

    def __init__(self, vendor: Vendor, *, now: datetime) -> None:
        self.now = now
        self.vendor = vendor
        self.transport = MailboxTransport()
        self.members = list(vendor.members.select_related("user").order_by("joined_at"))
        self.manager_user = self.members[0].user
        self.partners: dict[str, Partner] = {}
        self.enrolled: dict[str, Enrollment] = {}

    # Living through the past

    def live_through(self, deeds: list[stories.Deed]) -> None:
        """Do each deed at its time; in between, the engine and the watch over silence do what they would have."""
        watched = deeds[0].at
        past = [deed for deed in deeds if deed.at <= self.now]
        for deed in past:
            self._engine_until(deed.at)
            if deed.at - watched > timedelta(hours=12):
                detect(now=deed.at)
                watched = deed.at
            self.do(deed)
        self._engine_until(self.now)
        detect(now=self.now)
        for deed in deeds[len(past) :]:
            self.do(deed)  # the worker sends what comes of it

    def do(self, deed: stories.Deed) -> None:
        verb: Callable[[stories.Deed], None] = getattr(self, f"_{deed.verb}")
        verb(deed)

    def send_a_batch(self, *, now: datetime) -> None:
        pump(now=now, transport=self.transport)

    def _engine_until(self, until: datetime) -> None:
        for _ in range(MOST_ROUNDS):
            due = FollowUp.objects.of(self.vendor).scheduled().aggregate(first=Min("due_at"))["first"]
            if due is None or due > until:
                return
            pump(now=due, transport=self.transport)
        raise RuntimeError("The demo's follow-ups do not come to rest.")

    def _sign(self, deed: stories.Deed) -> None:
        company, number = deed.company, len(self.partners)
        partner = register_partner(
            vendor=self.vendor,
            company=company.name,
            contact_name=company.person,
            contact_email=company.email,
            manager=self.members[number % 4 == 3],
            by=self.manager_user,
            now=deed.at,
            country=company.country,
            time_zone=company.zone,
            language=company.language,
            size=company.size,
            phone=company.phone,
            sponsor=self._sponsor_of(company),
        )
        self.partners[company.email] = partner

    def _sponsor_of(self, company: Company) -> Partner | None:
        return self.partners.get(SPONSOR.email) if company in FIRST_LINE else None

    def _accept(self, deed: stories.Deed) -> None:
        partner = accept(partner=self.partners[deed.company.email], by=self.manager_user, now=deed.at)
        started = partner.enrollments.first()
        if started is not None:  # somebody may have archived the demo's playbook
            self.enrolled[deed.company.email] = started

    def _goal(self, deed: stories.Deed) -> None:
        write_goal(
            enrollment=self.enrolled[deed.company.email],
            goal=str(deed.what),
            goal_by=(deed.at + timedelta(days=180)).date(),
            goal_why="",
            by=None,
            actor_name=deed.company.person,
            now=deed.at,
        )

    def _done(self, deed: stories.Deed) -> None:
        enrollment = self.enrolled[deed.company.email]
        step = Progress.objects.in_play().filter(enrollment=enrollment).select_related("step").first()
        if step is None:
            return  # finished already: the vendor's own steps count too
        given = answers_to(step.step, language=deed.company.language, at=deed.at)
        side = side_of(step.step, step.turn)
        complete(progress=step, by=None, actor_name=deed.company.person, now=deed.at, side=side, given=given)
        if not deed.what:
            self._do_our_part(enrollment, now=deed.at)

    def _do_our_part(self, enrollment: Enrollment, *, now: datetime) -> None:
        """Mara and the sponsors do their own steps the moment they open; what is left to us is left on purpose."""
        theirs = Progress.objects.in_play().filter(enrollment=enrollment).select_related("step")
        while (ours := theirs.exclude(turn=Turn.PARTNER).first()) is not None:
            given = answers_to(ours.step, language="en", at=now)
            complete(progress=ours, by=self.manager_user, now=now, side=side_of(ours.step, ours.turn), given=given)

    def _stuck(self, deed: stories.Deed) -> None:
        get_stuck(
            progress=Progress.objects.in_play().get(enrollment=self.enrolled[deed.company.email]),
            reason=str(deed.what),
            by=None,
            actor_name=deed.company.person,
            now=deed.at,
        )

    def _hand_over(self, deed: stories.Deed) -> None:
        partner = self.partners[deed.company.email]
        steps = Progress.objects.in_play().filter(enrollment=self.enrolled[deed.company.email])
        step = steps.select_related("step").first()
        if step is None or step.turn != Turn.PARTNER or not step.step.offer:
            return  # somebody may have changed the demo's playbook
        ask(
            progress=step,
            seen=fingerprint(offer_of(step.step)),
            wish=str(deed.what),
            by=None,
            actor_name=deed.company.person,
            contact=partner.contacts.get(is_primary=True),
            now=deed.at,
        )

    def _set_aside(self, deed: stories.Deed) -> None:
        partner = self.partners[deed.company.email]
        step = Progress.objects.in_play().filter(enrollment=self.enrolled[deed.company.email]).first()
        if step is not None and step.turn == Turn.PARTNER and isinstance(deed.what, datetime):
            set_aside(
                progress=step,
                contact=partner.contacts.select_related("partner__vendor").get(is_primary=True),
                starts_at=deed.what,
                by=None,
                actor_name=deed.company.person,
                now=deed.at,
            )

    def _call(self, deed: stories.Deed) -> None:
        outcome, note = deed.what if isinstance(deed.what, tuple) else ("reached", "")
        log_contact(
            partner=self.partners[deed.company.email],
            outcome=outcome,
            note=note,
            by=self.manager_user,
            now=deed.at,
        )

    def _order(self, deed: stories.Deed) -> None:
        partner = self.partners[deed.company.email]
        number = partner.orders.count() + 1
        nth, names = (number + 1) // 2, customers_of(deed.company.country)
        customer, _ = Customer.objects.get_or_create(
            vendor=self.vendor,
            partner=partner,
            reference=f"C-{partner.pk}-{nth}",
            defaults={"created_at": deed.at, "name": names[(partner.pk + nth) % len(names)]},
        )
        order = Placed(
            partner_id=partner.pk,
            customer_id=customer.pk,
            reference=f"N-{partner.pk}-{number}",
            ordered_on=deed.at.date(),
            quantity=int(str(deed.what)),
        )
        record_orders([order], vendor=self.vendor, now=deed.at)
        record_activity(
            partner=partner,
            kind=Activity.Kind.ORDERED,
            side=Activity.Side.PARTNER,
            now=deed.at,
            note=order.reference,
        )
        partners_changed.send(sender=Partner, vendor=self.vendor, partner_ids=[partner.pk], now=deed.at)

    # The present

    def welcome_the_three_doors(self) -> None:
        for door, person in zip(people.DOORS[1:], ("Jonas Weber", "Ingrid Solberg"), strict=True):
            _user(door.email, person)
            link_contacts(user=User.objects.get(email=door.email))

    def receive_applications(self) -> None:
        """Three on their way through the human gate; with the oldest a conversation was held."""
        applications = [
            self._application(company, hours) for company, hours in zip(APPLICANTS, (55, 30, 3), strict=True)
        ]
        held_at = self.now - timedelta(hours=20)
        record_conversation(
            application=applications[0],
            interviewer=self.members[0],
            held_at=held_at,
            notes="Knows the product from a customer. Two technicians, wants to start with five dental practices.",
            by=self.members[0],
            now=held_at,
        )

    def _application(self, company: Company, hours_ago: int) -> Application:
        return apply(
            vendor=self.vendor,
            company=company.name,
            contact_name=company.person,
            email=company.email,
            country=company.country,
            language=company.language,
            size=company.size,
            motivation="",
            phone=company.phone,
            now=self.now - timedelta(hours=hours_ago),
        )


def _found(*, now: datetime) -> Vendor:
    """The vendor with its two members and its playbook, five months ago."""
    founded = now - timedelta(days=150)
    owner = _user(people.DOORS[0].email, "Mara Lindqvist")
    operator = _user(people.OPERATOR.email, "Ole Operator")
    operator.is_staff = True
    operator.save(update_fields=["is_staff"])
    vendor = create_vendor(
        name="Nordlicht Backup",
        slug=people.VENDOR,
        owner=owner,
        country="DE",
        language="en",
        time_zone="Europe/Berlin",
        now=founded,
    )
    vendor.postal_address = "Nordlicht Backup GmbH, Speicherstraße 4, 20457 Hamburg"
    vendor.reply_to = "partner@nordlicht.example"
    vendor.save()
    colleague = _user("tobias.franke@nordlicht.example", "Tobias Franke")
    Member.objects.create(
        vendor=vendor, user=colleague, role=Member.Role.MANAGER, joined_at=founded + timedelta(days=1)
    )
    draft = copy_starter(vendor=vendor, key=STARTER, by=owner, now=founded).draft()
    if draft is not None:
        publish(version=draft, by=owner, now=founded)
    return vendor


def _user(email: str, name: str) -> User:
    user, made = User.objects.get_or_create(email=email, defaults={"name": name})
    if made:
        user.set_unusable_password()
        user.save()
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
