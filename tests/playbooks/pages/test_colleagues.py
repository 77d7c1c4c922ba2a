"""A step for a role at the partner: whose it is stands on the pages, and anybody there can do it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from partners.models import Activity, Contact, Partner, User
from playbooks import walking
from playbooks.calendar import choosing
from playbooks.links import make_token
from playbooks.models import Enrollment, Progress
from playbooks.showing import ShownStep
from playbooks.today import today_of
from tests.clock import Clock
from tests.factories import (
    NOW,
    make_contact,
    make_enrollment,
    make_member,
    make_partner,
    make_user,
    make_vendor,
    make_version,
)

pytestmark = pytest.mark.django_db
STEPS: list[Any] = [{"key": "call", "role": "sales"}, "then", {"key": "bill", "role": "finance"}]


@pytest.fixture
def kim() -> User:
    return make_user(name="Kim")


@pytest.fixture
def partner(kim: User) -> Partner:
    return make_partner(make_vendor("acme", name="Acme"), user=kim, company="Hafen IT")


@pytest.fixture
def anna(partner: Partner) -> Contact:
    return make_contact(partner, user=make_user(name="Anna Berg"), name="Anna Berg", role="sales")


@pytest.fixture
def enrollment(partner: Partner, anna: Contact) -> Enrollment:
    return make_enrollment(partner, version=make_version(partner.vendor, steps=STEPS))


@pytest.fixture
def first(enrollment: Enrollment) -> Progress:
    return enrollment.progress.get(position=0)


def page(user: User | None, path: str) -> str:
    client = Client()
    assert user is not None
    client.force_login(user)
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def bare(content: str) -> str:
    """Without the marks that keep names apart from the direction of the words around them."""
    return content.replace("\u2068", "").replace("\u2069", "")


def test_the_sponsor_waits_for_the_company_and_its_people_are_not_read(
    first: Progress, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    shown = ShownStep(Progress.objects.with_texts().get(pk=first.pk), Activity.Side.SPONSOR, "en")
    with django_assert_num_queries(0):
        assert shown.waits_on == "Hafen IT"


def test_the_step_leads_whoever_it_is_for(first: Progress, anna: Contact, clock: Clock) -> None:
    assert anna.user is not None
    today = today_of(anna.user, language="en", now=NOW)
    assert today.following is not None
    assert (today.following.progress, today.colleagues) == (first, [])


def test_others_see_it_with_their_colleague_and_nothing_as_their_next(first: Progress, kim: User, clock: Clock) -> None:
    today = today_of(kim, language="en", now=NOW)
    assert today.following is None
    assert [step.progress for step in today.colleagues] == [first]
    content = bare(page(kim, "/my/"))
    assert "With your colleagues" in content
    assert "Anna Berg (Sales)" in content
    assert "Nothing for you to do right now" in content
    assert "btn-primary" not in content


def test_what_is_ones_own_leads_and_the_colleagues_stands_below(
    first: Progress, partner: Partner, kim: User, clock: Clock
) -> None:
    other = make_enrollment(partner, version=make_version(partner.vendor, slug="other", steps=["own"], default=False))
    today = today_of(kim, language="en", now=NOW)
    assert today.following is not None
    assert today.following.progress.enrollment == other
    assert [step.progress for step in today.colleagues] == [first]


def test_two_in_sales_both_have_it_as_theirs(first: Progress, partner: Partner, clock: Clock) -> None:
    ben = make_contact(partner, user=make_user(name="Ben"), name="Ben", role="sales")
    assert ben.user is not None
    following = today_of(ben.user, language="en", now=NOW).following
    assert following is not None
    assert following.progress == first
    assert "For you (Sales)" in bare(page(ben.user, f"/my/steps/{first.pk}/"))


def test_the_steps_page_says_whose_it_is_and_anyone_there_does_it(first: Progress, kim: User, clock: Clock) -> None:
    path = f"/my/steps/{first.pk}/"
    content = bare(page(kim, path))
    assert "For: Anna Berg (Sales)" in content
    assert "You can do it too" in content
    client = Client()
    client.force_login(kim)
    client.post(f"{path}done/")
    first.refresh_from_db()
    assert first.state == "done"


def test_after_ones_own_step_the_colleagues_is_not_the_next_thing(first: Progress, kim: User, clock: Clock) -> None:
    walking.complete(progress=first, by=None, now=NOW)
    make_contact(first.enrollment.partner, name="Fin", role="finance")
    client = Client()
    client.force_login(kim)
    second = first.enrollment.progress.get(position=1)
    assert client.post(f"/my/steps/{second.pk}/done/")["Location"] == "/my/"
    content = page(kim, f"/my/steps/{second.pk}/")
    assert "Go to your next step" not in content


def test_where_nobody_has_the_role_the_primary_contact_does_it_and_reads_why(
    first: Progress, kim: User, anna: Contact, clock: Clock
) -> None:
    Contact.objects.filter(pk=anna.pk).update(role="technical")
    following = today_of(kim, language="en", now=NOW).following
    assert following is not None
    assert following.progress == first
    content = bare(page(kim, f"/my/steps/{first.pk}/"))
    assert "This is for somebody in sales." in content
    assert "You have named nobody yet: do it yourself, or tell Acme who it is." in content
    assert anna.user is not None
    assert [step.progress for step in today_of(anna.user, language="en", now=NOW).colleagues] == [first]


def test_all_steps_name_the_colleague(first: Progress, kim: User, anna: Contact, clock: Clock) -> None:
    assert "Anna Berg’s turn" in bare(page(kim, "/my/steps/"))
    assert "Your turn" in page(anna.user, "/my/steps/")
    walking.complete(progress=first, by=None, now=NOW)
    make_contact(first.enrollment.partner, name="Fin", role="finance")
    assert "Fin · 10 minutes" in bare(page(kim, "/my/steps/"))


def test_a_link_leads_on_to_ones_own_steps_alone(
    first: Progress, partner: Partner, kim: User, anna: Contact, clock: Clock
) -> None:
    walking.complete(progress=first, by=None, now=NOW)
    fin = make_contact(partner, name="Fin", role="finance")
    second, third = first.enrollment.progress.filter(position__gt=0)
    walking.complete(progress=second, by=None, now=NOW)
    content = bare(Client().get(f"/l/{make_token(contact=anna, progress=second, now=NOW)}/").content.decode())
    assert "Now it is Fin’s turn." in content
    assert "Go to your next step" not in content
    opened = bare(Client().get(f"/l/{make_token(contact=fin, progress=third, now=NOW)}/").content.decode())
    assert "For you (Finance)" in opened


def test_the_desk_says_who_it_is_for(first: Progress, partner: Partner, anna: Contact, clock: Clock) -> None:
    staff = make_member(partner.vendor).user
    content = bare(page(staff, f"/v/acme/steps/{first.pk}/"))
    assert "For: Anna Berg (Sales)" in content
    assert "Anna Berg’s turn" in content
    Contact.objects.filter(pk=anna.pk).update(left_at=NOW)
    assert "Nobody there has this role, so it is with Kim Contact." in bare(page(staff, f"/v/acme/steps/{first.pk}/"))


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_only_whoever_does_it_is_asked_when_to_be_reminded(
    is_signed_in: bool, first: Progress, partner: Partner, kim: User, anna: Contact, clock: Clock
) -> None:
    def shown(contact: Contact) -> str:
        client, path = way(contact)
        return client.get(path).content.decode()

    def way(contact: Contact) -> tuple[Client, str]:
        client = Client()
        if not is_signed_in:
            return client, f"/l/{make_token(contact=contact, progress=first, now=NOW)}/"
        assert contact.user is not None
        client.force_login(contact.user)
        return client, f"/my/steps/{first.pk}/"

    offered = ("Remind me tomorrow", "Remind me on another day", "Put it into my calendar")
    hers, kims = shown(anna), shown(kim.contacts.get())
    assert [words in hers for words in offered] == [True] * 3
    assert [words in kims for words in offered] == [False] * 3
    assert "I’m stuck" in kims
    choosing.set_aside(progress=first, contact=anna, starts_at=NOW + timedelta(days=2), by=anna.user, now=NOW)
    client, path = way(kim.contacts.get())
    for act, sent in (
        ("later", {}),
        ("later", {"day": "2026-03-06"}),
        ("slot", {"at": "2026-03-06T01:00:00+0000"}),
        ("slot", {"withdraw": "yes"}),
    ):
        content = bare(client.post(f"{path}{act}/", sent, follow=True).content.decode())
        assert "For: Anna Berg (Sales)" in content
        assert "This step is for Anna Berg (Sales). Its reminders" in content
    first.refresh_from_db()
    assert first.snoozed_until == first.slot_at == NOW + timedelta(days=2)


def test_whoever_chose_the_time_takes_it_back_though_the_step_is_a_colleagues_now(
    first: Progress, anna: Contact, partner: Partner, clock: Clock
) -> None:
    choosing.set_aside(progress=first, contact=anna, starts_at=NOW + timedelta(days=2), by=anna.user, now=NOW)
    Contact.objects.filter(pk=anna.pk).update(role="finance")
    make_contact(partner, role="sales")
    assert choosing.take_back(progress=first, contact=anna, by=anna.user, now=NOW)


def test_the_partners_page_leads_to_whoever_the_step_is_for(first: Progress, partner: Partner, anna: Contact) -> None:
    content = bare(page(make_member(partner.vendor).user, f"/v/acme/partners/{partner.pk}/"))
    talk = content[content.index('id="talk"') :]
    hers = talk.index(f"mailto:{anna.email}")
    assert hers < talk.index(f"mailto:{partner.contacts.get(is_primary=True).email}")
    assert "Anna Berg (Sales)" in talk
    Contact.objects.filter(pk=anna.pk).update(phone="+49 40 77")
    assert "tel:+494077" in page(make_member(partner.vendor).user, f"/v/acme/partners/{partner.pk}/")


def test_today_takes_one_query_more_where_a_step_is_for_a_role_however_many_there_are(
    kim: User, partner: Partner, anna: Contact, clock: Clock
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            today_of(kim, language="en", now=NOW)
        return len(captured)

    plain = make_version(partner.vendor, slug="plain", steps=["own"], default=False)
    make_enrollment(partner, version=plain)
    before = queries()
    counts = []
    for number in range(3):
        version = make_version(partner.vendor, slug=f"roles{number}", steps=STEPS, default=False)
        make_enrollment(partner, version=version)
        counts.append(queries())
    assert counts == [before + 1] * 3
