import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from partners.applying import apply, decline, record_conversation
from partners.models import Application, Member, Partner, Vendor
from tests.factories import make_version

ANSWERS = {
    "company": "Hafen IT",
    "contact_name": "Hanna",
    "email": "hanna@hafen.example",
    "country": "AT",
    "language": "de",
    "motivation": "Recurring revenue",
}
SignIn = Callable[[Member], Client]


@pytest.fixture(autouse=True)
def no_visits_yet() -> None:
    cache.clear()


@pytest.fixture
def form(vendor: Vendor) -> str:
    return reverse("application-form", args=[vendor.slug])


@pytest.fixture
def page(application: Application) -> str:
    return reverse("desk-application", args=[application.vendor.slug, application.pk])


def test_anybody_may_apply(client: Client, form: str, vendor: Vendor, now: datetime) -> None:
    assert client.get(form).status_code == 200
    response = client.post(form, ANSWERS, follow=True)
    assert response.redirect_chain == [(reverse("application-thanks", args=[vendor.slug]), 302)]
    applied = Application.objects.of(vendor).get()
    assert (applied.state, applied.country, applied.language, applied.applied_at) == ("applied", "AT", "de", now)


def test_the_form_speaks_the_applicants_language(client: Client, form: str) -> None:
    page = client.get(form, headers={"accept-language": "de-AT,de;q=0.9"}).content.decode()
    assert '<html lang="de"' in page
    assert re.search(r'<option value="de" selected', page)


def test_a_machine_that_fills_in_everything_is_thanked_and_forgotten(client: Client, form: str) -> None:
    response = client.post(form, {**ANSWERS, "website": "https://spam.example"})
    assert response.status_code == 302
    assert not Application.objects.exists()


def test_somebody_who_sends_too_many_has_to_wait(client: Client, form: str) -> None:
    sent = [client.post(form, {**ANSWERS, "email": f"a{n}@b.example"}).status_code for n in range(6)]
    assert sent == [302] * 5 + [429]
    assert Application.objects.count() == 5


def test_what_is_missing_is_said(client: Client, form: str) -> None:
    response = client.post(form, {**ANSWERS, "email": "hanna"})
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"email"}


def test_a_vendor_that_is_none(client: Client, db: None) -> None:
    assert client.get("/apply/nobody/").status_code == 404


def test_who_waits_longest_is_first(vendor: Vendor, manager: Member, sign_in: SignIn, now: datetime) -> None:
    for hours, company in ((1, "Later"), (5, "Earlier")):
        at = now - timedelta(hours=hours)
        apply(vendor=vendor, company=company, contact_name="X", email=f"{company}@x.example", now=at)
    page = sign_in(manager).get(reverse("desk-applications", args=[vendor.slug])).content.decode()
    assert page.index("Earlier") < page.index("Later")


def test_pages_go_on_where_the_last_one_ended(vendor: Vendor, manager: Member, sign_in: SignIn, now: datetime) -> None:
    for number in range(120):
        at = now - timedelta(minutes=number // 2)  # two at a time share their instant
        apply(vendor=vendor, company=f"C{number}", contact_name="X", email=f"c{number}@x.example", now=at)
    client, seen, address = sign_in(manager), [], reverse("desk-applications", args=[vendor.slug])
    query = "?"
    while query:
        page = client.get(f"{address}{query}").context["page"]
        seen += [row.company for row in page.rows]
        query = page.next
    assert len(seen) == len(set(seen)) == 120


@pytest.mark.parametrize("after", ["nonsense", "W10", "eyJhIjoxfQ", "%%%"])
def test_a_broken_key_starts_at_the_beginning(
    vendor: Vendor, manager: Member, application: Application, sign_in: SignIn, after: str
) -> None:
    response = sign_in(manager).get(reverse("desk-applications", args=[vendor.slug]), {"after": after})
    assert response.context["page"].rows == [application]


@pytest.mark.parametrize("show", ["", "decided"])
def test_the_list_asks_the_database_as_often_for_many_as_for_one(
    vendor: Vendor,
    manager: Member,
    sign_in: SignIn,
    now: datetime,
    show: str,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    def more(count: int) -> None:
        for _ in range(count):
            email = f"n{Application.objects.count()}@x.example"
            application = apply(vendor=vendor, company="C", contact_name="X", email=email, now=now)
            if show:
                decline(application=application, reason="No.", by=manager, now=now)

    client, address = sign_in(manager), reverse("desk-applications", args=[vendor.slug])
    counts = []
    for count in (1, 20):
        more(count)
        with django_assert_num_queries(4):  # user, member, applications, bell
            counts.append(len(client.get(address, {"show": show}).context["page"].rows))
    assert counts == [1, 21]


def test_from_application_to_partner(
    application: Application, partner: Partner, manager: Member, sign_in: SignIn, page: str
) -> None:
    client = sign_in(manager)
    assert b'value="accept"' not in client.get(page).content
    record = {"action": "conversation", "interviewer": manager.pk, "held_at": "2026-03-03T09:30", "notes": "Good."}
    assert client.post(page, record).status_code == 302
    assert b'value="accept"' in client.get(page).content
    response = client.post(page, {"action": "accept", "sponsor": "buro sud gmbh"})
    application.refresh_from_db()
    assert application.partner is not None
    assert response.headers["Location"] == reverse(
        "desk-partner", args=[application.vendor.slug, application.partner.pk]
    )
    assert (application.partner.sponsor, application.partner.manager) == (partner, manager)
    assert application.partner.time_zone == "Europe/Berlin"


def test_a_yes_says_what_it_begins(
    application: Application, manager: Member, sign_in: SignIn, page: str, now: datetime
) -> None:
    client = sign_in(manager)
    record_conversation(application=application, interviewer=manager, held_at=now, notes="Good.", by=manager, now=now)
    assert "your yes starts none and sends nothing" in client.get(page).content.decode()
    version = make_version(application.vendor)
    assert "starts their playbook and sends them a welcome" in client.get(page).content.decode()
    version.playbook.versions.update(state="draft", published_at=None)
    told = client.post(page, {"action": "accept"}, follow=True).content.decode()
    assert "Nothing begins and nothing is sent yet: no playbook is published." in told


def test_a_time_is_read_in_the_desks_zone(
    application: Application, manager: Member, sign_in: SignIn, page: str
) -> None:
    record = {"action": "conversation", "interviewer": manager.pk, "held_at": "2026-03-03T09:30", "notes": "Good."}
    sign_in(manager).post(page, record)
    application.refresh_from_db()
    assert application.conversation_at == datetime.fromisoformat("2026-03-03T08:30Z")


def test_no_yes_without_a_conversation(application: Application, manager: Member, sign_in: SignIn, page: str) -> None:
    response = sign_in(manager).post(page, {"action": "accept"}, follow=True)
    assert "Talk with them first" in response.content.decode()
    application.refresh_from_db()
    assert application.state == "applied"


def test_an_unknown_sponsor_is_said(
    application: Application, manager: Member, sign_in: SignIn, page: str, now: datetime
) -> None:
    record_conversation(application=application, interviewer=manager, held_at=now, notes="Good.", by=manager, now=now)
    response = sign_in(manager).post(page, {"action": "accept", "sponsor": "nobody"})
    assert response.status_code == 422
    assert "None of your partners" in response.content.decode()


@pytest.mark.parametrize(("action", "state"), [("decline", "declined"), ("withdraw", "withdrawn")])
def test_a_no_needs_its_reason(
    application: Application, manager: Member, sign_in: SignIn, page: str, action: str, state: str
) -> None:
    client = sign_in(manager)
    assert client.post(page, {"action": action, "reason": ""}).status_code == 422
    assert client.post(page, {"action": action, "reason": "Not now."}).status_code == 302
    application.refresh_from_db()
    assert (application.state, application.decision_reason) == (state, "Not now.")
    assert "Not now." in client.get(page).content.decode()


def test_who_may_read_but_not_act(application: Application, viewer: Member, sign_in: SignIn, page: str) -> None:
    client = sign_in(viewer)
    shown = client.get(page)
    assert shown.status_code == 200
    assert b'method="post" class' not in shown.content
    assert b'value="decline"' not in shown.content
    assert client.post(page, {"action": "decline", "reason": "x"}).status_code == 403


def test_another_vendors_application_is_not_there(
    application: Application, stranger: Member, sign_in: SignIn, page: str
) -> None:
    client = sign_in(stranger)
    assert client.get(page).status_code == 404
    assert client.get(reverse("desk-application", args=["other", application.pk])).status_code == 404


def test_other_methods_and_actions(application: Application, manager: Member, sign_in: SignIn, page: str) -> None:
    client = sign_in(manager)
    assert client.delete(page).status_code == 405
    assert client.post(page, {"action": "bribe"}).status_code == 400
