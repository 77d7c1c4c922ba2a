"""Stopping reminders from a mail: a GET shows, a POST acts, and the same page takes it back."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from followups.models import Suppression
from followups.unsubscribing import Mailbox, language_of, unsubscribe, unsubscribe_url
from partners.models import Activity, Contact, Partner, Vendor
from tests.clock import Clock
from tests.factories import NOW, make_member, make_partner, make_user, make_vendor

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner(clock: Clock) -> Partner:
    return make_partner(make_vendor(name="Nordlicht"), email="Hanna@hafen.example")


@pytest.fixture
def path(partner: Partner) -> str:
    return urlsplit(unsubscribe_url(vendor=partner.vendor, address="Hanna@hafen.example")).path


def stopped() -> list[tuple[str, bool]]:
    return [(row.address, row.lifted_at is None) for row in Suppression.objects.order_by("pk")]


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(client: Client, path: str, method: str) -> None:
    response = getattr(client, method)(path)
    assert response.status_code == 200
    assert stopped() == []


def test_a_press_stops_and_another_takes_it_back(client: Client, path: str, partner: Partner) -> None:
    response = client.post(path, follow=True)
    assert "No more reminders" in response.content.decode()
    client.post(path)
    assert stopped() == [("hanna@hafen.example", True)]
    response = client.post(path, {"again": "yes"}, follow=True)
    assert "Stop reminders from Nordlicht?" in response.content.decode()
    assert stopped() == [("hanna@hafen.example", False)]
    facts = Activity.objects.filter(partner=partner, kind="unsubscribed").order_by("pk")
    assert [(fact.side, fact.data["wanted_again"]) for fact in facts] == [("system", False), ("system", True)]


def test_mail_programs_press_once_without_a_cookie(path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert stopped() == [("hanna@hafen.example", True)]


def test_only_this_vendor(client: Client, path: str, partner: Partner) -> None:
    client.post(path)
    assert Suppression.objects.get().vendor == partner.vendor


def test_a_bounce_cannot_be_taken_back_here(client: Client, path: str, partner: Partner) -> None:
    Suppression.objects.create(vendor=partner.vendor, address="hanna@hafen.example", reason="bounced", created_at=NOW)
    client.post(path, {"again": "yes"})
    assert stopped() == [("hanna@hafen.example", True)]


@pytest.mark.parametrize("token", ["nonsense", "a:b:c"])
def test_an_altered_link_explains_itself(client: Client, token: str) -> None:
    response = client.get(f"/l/u/{token}/")
    assert response.status_code == 404
    assert "not complete" in response.content.decode()


def test_the_wrong_method(client: Client, path: str) -> None:
    assert client.put(path).status_code == 405


def test_says_whether_it_is_new(partner: Partner) -> None:
    vendor: Vendor = partner.vendor
    assert unsubscribe(mailbox=Mailbox(vendor, "hanna@hafen.example"), now=NOW)
    assert not unsubscribe(mailbox=Mailbox(vendor, "hanna@hafen.example"), now=NOW)


def test_the_page_speaks_the_language_of_the_mail(client: Client, path: str, partner: Partner) -> None:
    Contact.objects.update(language="de")
    client.cookies["django_language"] = "en"
    response = client.get(path, headers={"accept-language": "en"})
    assert response["Content-Language"] == "de"
    assert '<html lang="de"' in response.content.decode()
    assert "Keine Erinnerungen von Nordlicht mehr?" in response.content.decode()
    assert "Keine Erinnerungen mehr" in client.post(path, follow=True).content.decode()


def test_a_member_reads_it_in_theirs_and_a_stranger_in_the_vendors(client: Client, partner: Partner) -> None:
    vendor = partner.vendor
    make_member(vendor, user=make_user("olga@nordlicht.example", language="de"))
    assert language_of(Mailbox(vendor, "olga@nordlicht.example")) == "de"
    assert language_of(Mailbox(vendor, "gone@nordlicht.example")) == vendor.language == "en"


def test_a_name_from_the_right_turns_no_words_around_it(client: Client, path: str, partner: Partner) -> None:
    Vendor.objects.update(name="נורדליכט")
    shown = client.get(path).content.decode()
    assert shown.count("נורדליכט") == shown.count("\u2068נורדליכט\u2069") > 2
