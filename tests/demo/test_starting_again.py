"""Each start has reminders that fall due while somebody watches, and the demo does not grow by it."""

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.db.models import QuerySet

from followups.calls.contacting import log_contact
from followups.engine.pumping import pump
from followups.models import FollowUp, Message, Standing
from onboarding_portal.demo import cast, clock, people, stories
from onboarding_portal.demo import newcomers as arriving
from onboarding_portal.demo.transport import MailboxTransport
from partners import clock as project_clock
from partners.models import Contact, Partner, Vendor
from playbooks.models import Progress
from playbooks.starters import copy_starter
from playbooks.walking import complete

pytestmark = pytest.mark.django_db
NEWCOMERS = [company.email for company in cast.NEWCOMERS]


@pytest.fixture
def vendor(built: datetime) -> Vendor:
    return Vendor.objects.get(slug=people.VENDOR)


def start_again() -> datetime:
    call_command("demo_data", if_empty=True)
    return project_clock.now()


def due_at_once(vendor: Vendor, now: datetime, kind: str = "") -> int:
    """How many newcomers get their first reminder within a minute; on a day off their welcome."""
    soon = FollowUp.objects.of(vendor).scheduled().filter(due_at__gt=now, due_at__lte=now + timedelta(minutes=1))
    return soon.filter(contact__email__in=NEWCOMERS, kind=kind or what_comes(now)).count()


def what_comes(now: datetime) -> str:
    return "remind-24h" if stories.somebody_works(stories.newcomers_awake(now)[0][0], now) else "welcome"


def send_what_is_due(now: datetime) -> None:
    transport = MailboxTransport()
    while pump(now=now, transport=transport):
        pass


def sent(addresses: set[str]) -> QuerySet[Message]:
    return Message.objects.filter(to_address__in=addresses, state=Message.State.ACCEPTED)


def told(addresses: set[str], kind: str) -> int:
    return sent(addresses).filter(followups__kind=kind).count()


def newcomers(vendor: Vendor) -> set[str]:
    return set(Contact.objects.of(vendor).filter(email__in=NEWCOMERS).values_list("email", flat=True))


def test_minutes_later_the_same_newcomers_come_in_anew(
    vendor: Vendor, built: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Even if their day ends within these minutes, and another place's turn has come.
    monkeypatch.setattr(arriving, "newcomers_awake", lambda _now: stories.newcomers_awake(built))
    before, there = vendor.partners.count(), newcomers(vendor)
    send_what_is_due(project_clock.now() + timedelta(minutes=1))
    kind = what_comes(built)
    assert told(there, kind) == 3
    clock.move_on(timedelta(minutes=5))
    now = start_again()
    assert newcomers(vendor) == there
    assert vendor.partners.count() == before
    assert due_at_once(vendor, now, kind) == 3
    assert told(there, kind) == 0
    assert told(there, "welcome") == (3 if kind == "remind-24h" else 0)
    send_what_is_due(now + timedelta(minutes=1))
    assert told(there, kind) == 3


@pytest.mark.slow
def test_fifty_starts_add_no_more_newcomers_than_there_are(vendor: Vendor) -> None:
    before = vendor.partners.count() - 3
    for number in range(50):
        clock.move_on(timedelta(minutes=10) if number % 3 else timedelta(hours=7))
        now = start_again()
        assert due_at_once(vendor, now) in {2, 3}
        send_what_is_due(now + timedelta(minutes=1))
        assert due_at_once(vendor, now) == 0
    assert vendor.partners.count() <= before + len(cast.NEWCOMERS)
    call_command("check_standing", vendor=vendor.slug)


def test_whom_somebody_dealt_with_stays(vendor: Vendor) -> None:
    one, other, _ = Partner.objects.of(vendor).filter(contacts__email__in=newcomers(vendor)).order_by("pk")
    manager, now = vendor.members.order_by("joined_at")[0], project_clock.now()
    log_contact(partner=one, outcome="reached", note="Begins on Monday.", by=manager.user, now=now)
    complete(progress=Progress.objects.in_play().get(enrollment__partner=other), by=None, now=now)
    clock.move_on(timedelta(minutes=5))
    now = start_again()
    assert Partner.objects.filter(pk__in=[one.pk, other.pk]).count() == 2
    met = {one.contacts.get().email, other.contacts.get().email}
    free = max(sum(company.email not in met for company in them) for them in stories.newcomers_awake(now))
    assert due_at_once(vendor, now) >= min(arriving.ENOUGH, free) > 0
    assert Standing.objects.get(pk=other.pk).steps_done == 1


def test_where_the_playbook_was_archived_newcomers_come_in_all_the_same(vendor: Vendor, built: datetime) -> None:
    copy_starter(vendor=vendor, key="phone-system-reseller", by=None, now=built)  # somebody tried things out
    vendor.playbooks.update(archived_at=built, is_default=False)
    clock.move_on(timedelta(days=3))
    start_again()
    assert len(newcomers(vendor)) >= 3
