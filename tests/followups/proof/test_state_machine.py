"""Whatever happens, in whatever order, the promises hold.

What is planned comes to one end. Nothing comes twice, at night, or about a step that is done; no more than one
reminder a day and three a week.
"""

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest
from django.db import transaction
from django.db.models import F, Min
from hypothesis import settings, strategies
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from followups.cadences import drafting, giving, publishing
from followups.engine.cadences import ANSWER, CONFIDENCE
from followups.engine.crashing import Point, arm
from followups.engine.mime import message_id
from followups.engine.pausing import pause, paused_among, resume
from followups.engine.pumping import pump
from followups.models import Attempt, Cadence, FollowUp, Message, Notification, Suppression, Touch
from followups.unsubscribing import Mailbox, resubscribe, unsubscribe
from partners.accepting import register_and_accept
from partners.configuring import change_vendor
from partners.editing import edit_partner
from partners.models import Contact, Member, Partner, Vendor
from partners.signals import policy_changed
from partners.vendors import create_vendor
from playbooks import putting_off, walking
from playbooks.models import Playbook, Progress
from playbooks.publishing import publish, start_draft
from playbooks.starters import available_starters, copy_starter
from tests.factories import NOW, make_user
from tests.followups.engine.mails import LONG_AGO
from tests.followups.proof.dying import Died
from tests.followups.proof.server import Server
from tests.followups.proof.test_crash_points import IN_THE_MIDST

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

BEHAVIOURS = ("fine", "fine", "fine", "busy", "full", "spam", "drop", "gone")
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "America/St_Johns")
COUNTRIES = ("DE", "US", "IN", "NZ", "CA")
DAYTIME = ((time(9), time(17)), (time(7, 30), time(12)), (time(13), time(20)))
WEEK = timedelta(days=7)
WAKING = (time(8), time(20))
UNFINISHED = ("ready", "claimed", "sending")


class Reminding(RuleBasedStateMachine):
    partners = Bundle("partners")

    def __init__(self) -> None:
        super().__init__()
        self.outermost = transaction.atomic()
        self.outermost.__enter__()
        self.now = NOW
        self.number = self.editions = 0
        self.server = Server(self.look_at)
        self.sent: dict[str, list[datetime]] = defaultdict(list)  # reminders by recipient
        self.interrupted: set[str] = set()
        self.findings: list[str] = []
        owner = make_user("owner@nordlicht.example", name="Ada")
        place: dict[str, Any] = {"country": "DE", "language": "en", "time_zone": "Europe/Berlin"}
        self.vendor: Vendor = create_vendor(name="Nordlicht", slug="nordlicht", owner=owner, now=NOW, **place)
        Vendor.objects.update(postal_address="Hafenstraße 1, Hamburg")
        self.vendor.refresh_from_db()
        self.manager: Member = self.vendor.members.get()
        playbook = copy_starter(vendor=self.vendor, key=available_starters()[0].key, by=owner, now=NOW)
        draft = playbook.versions.get()
        draft.steps.update(evidence=[])  # a press is enough
        publish(version=draft, by=owner, now=NOW)

    # What people do

    @rule(target=partners, at=strategies.integers(0, 4), behaviour=strategies.sampled_from(BEHAVIOURS))
    def start(self, at: int, behaviour: str) -> int:
        self.number += 1
        partner = register_and_accept(
            vendor=self.vendor,
            company=f"Company {self.number}",
            contact_name="Kim",
            contact_email=f"{behaviour}-{self.number}@partner.example",
            manager=self.manager,
            by=self.manager.user,
            now=self.now,
            country=COUNTRIES[at],
        )
        return partner.pk

    @rule(partner=partners)
    def complete(self, partner: int) -> None:
        self.move(partner, lambda step: walking.complete(progress=step, by=None, now=self.now))

    @rule(partner=partners)
    def get_stuck(self, partner: int) -> None:
        self.move(partner, lambda step: walking.get_stuck(progress=step, reason="No time", by=None, now=self.now))

    @rule(partner=partners)
    def help_on(self, partner: int) -> None:
        by = self.manager.user
        self.move(partner, lambda step: walking.help_on(progress=step, answer="Like this", by=by, now=self.now))

    @rule(partner=partners, hours=strategies.integers(1, 60))
    def snooze(self, partner: int, hours: int) -> None:
        until = self.now + timedelta(hours=hours)
        self.move(partner, lambda step: putting_off.remind_later(progress=step, until=until, by=None, now=self.now))

    def move(self, partner: int, act: Callable[[Progress], object]) -> None:
        step = Progress.objects.in_play().filter(enrollment__partner=partner).first()
        if step is not None:
            with contextlib.suppress(walking.NotYourMove):
                act(step)

    @rule(partner=partners, wants=strategies.booleans())
    def unsubscribe(self, partner: int, wants: bool) -> None:
        mailbox = Mailbox(self.vendor, self.contact(partner).email)
        (resubscribe if wants else unsubscribe)(mailbox=mailbox, now=self.now)

    @rule(partner=partners, zone=strategies.sampled_from(ZONES))
    def change_their_zone(self, partner: int, zone: str) -> None:
        who = Partner.objects.get(pk=partner)
        edit_partner(partner=who, changes={"time_zone": zone}, by=self.manager.user, now=self.now)

    @rule(partner=partners)
    def correct_the_address(self, partner: int) -> None:
        self.number += 1
        who, changes = Partner.objects.get(pk=partner), {"contact_email": f"fine-{self.number}@partner.example"}
        edit_partner(partner=who, changes=changes, by=self.manager.user, now=self.now)

    @rule(zone=strategies.sampled_from(ZONES), hours=strategies.sampled_from(DAYTIME))
    def change_the_vendors_hours(self, zone: str, hours: tuple[time, time]) -> None:
        changes = {"time_zone": zone, "day_starts": hours[0], "day_ends": hours[1]}
        self.vendor = change_vendor(vendor=self.vendor, changes=changes, by=self.manager.user, now=self.now)

    @rule(hours=strategies.integers(1, 40), is_active=strategies.booleans())
    def change_the_cadence(self, hours: int, is_active: bool) -> None:
        Touch.objects.filter(kind="remind-24h").update(after_hours=hours)
        Touch.objects.filter(kind="remind-48h").update(after_hours=2 * hours, is_active=is_active)
        Vendor.objects.update(policy_version=F("policy_version") + 1)
        self.vendor.refresh_from_db()
        policy_changed.send(sender=Vendor, vendor=self.vendor, now=self.now)

    @rule(number=strategies.integers(0, 30), of_step=strategies.booleans(), hours=strategies.integers(0, 40))
    def give_a_part_its_own_touches(self, number: int, of_step: bool, hours: int) -> None:
        """Or let nothing be sent there, where there are no hours."""
        playbook = Playbook.objects.get()
        steps = playbook.versions.earliest("number").steps.select_related("stage").order_by("position")
        step = steps[number % steps.count()]
        part = {"step": step.key} if of_step else {"stage": step.stage.key}
        cadence = giving.give_own(playbook=playbook, by=None, now=self.now, **part)
        drafting.start_draft(cadence=cadence, by=None, now=self.now)
        giving.send_nothing(cadence=cadence, by=None, now=self.now)
        if hours:
            touch = drafting.Said(hours, "elapsed", "partner", "", "", "mail", {})
            drafting.save_touch(cadence=cadence, kind="", said=touch, by=None, now=self.now)
        publishing.publish(cadence=cadence, by=None, now=self.now)
        self.vendor.refresh_from_db()

    @rule()
    def let_a_part_inherit_again(self) -> None:
        cadence = Cadence.objects.exclude(playbook=None).order_by("pk").first()
        if cadence is not None:
            giving.inherit_again(cadence=cadence, by=None, now=self.now)
            publishing.publish(cadence=cadence, by=None, now=self.now)
            self.vendor.refresh_from_db()

    @precondition(lambda self: self.editions <= self.number)  # else it is a third of all that happens
    @rule()
    def edit_the_playbook(self) -> None:
        self.editions += 1
        draft = start_draft(playbook=Playbook.objects.get(), by=self.manager.user, now=self.now)
        publish(version=draft, by=self.manager.user, now=self.now)

    @rule(stops=strategies.booleans())
    def stop_or_go_on(self, stops: bool) -> None:
        if stops:
            pause(vendor=self.vendor, reason="We move house", by="An operator", now=self.now)
        else:
            resume(vendor=self.vendor, by="An operator", now=self.now)

    # What time and the engine do

    @rule(hours=strategies.one_of(strategies.integers(1, 12), strategies.integers(20, 30)))
    def move_the_clock(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def tick(self) -> None:
        self.work()

    @rule(passes=strategies.integers(1, 60))
    def crash(self, passes: int) -> None:
        """At whatever point comes then; what it held stays held until its lease ends."""
        with ended_after(passes) as ended:
            self.work()
        if ended and ended[0] in IN_THE_MIDST:
            self.interrupted.update(self.server.on_the_lines)

    @rule()
    def let_leases_end(self) -> None:
        Message.objects.filter(state__in=["claimed", "sending"]).update(lease_until=LONG_AGO)

    def work(self) -> None:
        transport = self.server.lines(2)
        for _ in range(50):
            if not pump(now=self.now, transport=transport):
                return
        raise AssertionError("the engine does not come to rest")

    # What must never be

    def look_at(self, recipient: str) -> None:
        """A text has come: may it?"""
        message = Message.objects.get(to_address=recipient, state="sending")
        contact = Contact.objects.select_related("partner__vendor").get(email=recipient)
        self.findings += [f"{recipient} at {self.now}: {fault}" for fault in self.faults(message, contact)]
        if message.kind == Message.Kind.REMINDER:
            self.sent[recipient].append(self.now)

    def faults(self, message: Message, contact: Contact) -> Iterator[str]:
        local = self.now.astimezone(ZoneInfo(contact.partner.time_zone or self.vendor.time_zone))
        is_alone = message.kind != Message.Kind.REMINDER
        starts, ends = WAKING if is_alone else (self.vendor.day_starts, self.vendor.day_ends)
        if not starts <= local.time() < ends:
            yield f"outside the hours, at {local}"
        free = holidays.country_holidays(contact.partner.country, years=local.year)
        if not is_alone and (str(local.isoweekday()) not in self.vendor.working_days or local.date() in free):
            yield f"on a day off, {local:%A %d %B}"
        if paused_among([self.vendor.pk]):
            yield "while their vendor was paused"
        if Suppression.objects.filter(address=contact.email, lifted_at=None).exists():
            yield "to somebody who wants none"
        carried = FollowUp.objects.filter(message=message).select_related("progress")
        for followup in carried.filter(state="decided").exclude(kind=CONFIDENCE):  # that question is of no step
            step = followup.progress
            if step is None or step.is_settled or step.turn != "partner":
                yield "about a step that is not theirs to do"
            elif step.snoozed_until is not None and step.snoozed_until > self.now and followup.kind != ANSWER:
                yield "about a step they asked to be left alone about"
        if not is_alone:
            yield from self.crowding(message, local)

    def crowding(self, message: Message, local: datetime) -> Iterator[str]:
        accepted = Message.objects.filter(
            to_address=message.to_address, kind=Message.Kind.REMINDER, state="accepted"
        ).values_list("finished_at", flat=True)
        before = [at for at in accepted if at is not None]
        if any(at.astimezone(local.tzinfo).date() == local.date() for at in before):
            yield "the second that day"
        if sum(at > self.now - WEEK for at in before) >= 3:
            yield "the fourth that week"

    @invariant()
    def nothing_was_wrong(self) -> None:
        assert self.findings == []
        assert self.server.again == []

    @invariant()
    def unknown_is_only_what_was_interrupted(self) -> None:
        unknown = set(Message.objects.filter(state="unknown").values_list("to_address", flat=True))
        assert unknown <= self.interrupted | self.server.unclear

    @invariant()
    def what_was_accepted_was_kept(self) -> None:
        for key in Message.objects.filter(state="accepted", channel="mail").values_list("key", flat=True):
            assert self.server.kept[f"Message-ID: {message_id(key)}"] == 1
        accepted = Attempt.objects.filter(outcome="accepted").values_list("message", flat=True)
        assert len(accepted) == len(set(accepted))

    @invariant()
    def each_note_is_there_once_and_over_with_its_step(self) -> None:
        decided = FollowUp.objects.filter(channel="in-app", state="decided").values_list("pk", flat=True)
        assert sorted(Notification.objects.values_list("followup", flat=True)) == sorted(decided)
        assert not Notification.objects.unread().exclude(progress__state="stuck").exists()

    def teardown(self) -> None:
        """Left alone, all of it comes to its end, and as it should."""
        try:
            resume(vendor=self.vendor, by="An operator", now=self.now)
            for _ in range(200):
                self.let_leases_end()
                self.work()
                self.nothing_was_wrong()
                following = self.next_due()
                if following is None:
                    break
                self.now = max(following, self.now + timedelta(minutes=1))
            assert not FollowUp.objects.scheduled().exists()
            assert not Message.objects.filter(state__in=UNFINISHED).exists()
            self.unknown_is_only_what_was_interrupted()
            self.what_was_accepted_was_kept()
        finally:
            transaction.set_rollback(True)
            self.outermost.__exit__(None, None, None)

    def next_due(self) -> datetime | None:
        due = FollowUp.objects.scheduled().aggregate(at=Min("due_at"))["at"]
        ready = Message.objects.filter(state="ready").aggregate(at=Min("not_before"))["at"]
        return min((at for at in (due, ready) if at is not None), default=None)

    def contact(self, partner: int) -> Contact:
        return Contact.objects.get(partner=partner, is_primary=True)


@contextlib.contextmanager
def ended_after(passes: int) -> Iterator[list[Point]]:
    """The work within ends at the ``passes``-th point that it comes to; says which that was."""
    ended: list[Point] = []
    left = passes

    def act(name: Point) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            ended.append(name)
            raise Died

    arm(act)
    try:
        yield ended
    except Died:
        pass
    finally:
        arm(None)


def test_whatever_happens() -> None:
    some = settings(max_examples=20, stateful_step_count=30, deadline=None)
    run_state_machine_as_test(Reminding, settings=some)
