"""What operators see and may do; to everybody else the page is not there (tests/portal/test_every_url.py)."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from followups.models import Message, Pause
from partners.models import AuditEntry, User
from tests.clock import Clock
from tests.factories import NOW, make_user, make_vendor
from tests.followups.engine.mails import account_mail, outcome

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client, clock: Clock) -> User:
    user = make_user("olga@operator.example", name="Olga Operator", is_staff=True)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return user


def doubt(number: int = 1, **fields: object) -> Message:
    given = {"kind": "reminder", "state": "unknown", "finished_at": NOW - timedelta(minutes=number), **fields}
    return account_mail(f"p{number}@example.com", **given)


def test_the_page_says_how_it_is(client: Client, operator: User) -> None:
    page = client.get("/operators/").content.decode()
    assert "Nothing waits" in page
    assert "behind" not in page
    account_mail("late@example.com", not_before=NOW - timedelta(minutes=7))
    page = client.get("/operators/").content.decode()
    assert "The engine is 7 minutes behind." in page
    assert "look at SMTP_URL" in page


def test_answering_for_a_mail_in_doubt(client: Client, operator: User) -> None:
    first, second = doubt(1), doubt(2)
    page = client.get("/operators/").content.decode()
    assert "p1@example.com" in page
    client.post(f"/operators/unknown/{first.pk}/", {"answer": "arrived"})
    client.post(f"/operators/unknown/{second.pk}/", {"answer": "again"})
    assert outcome(first) == ("accepted", ["arrived"])
    assert outcome(second) == ("ready", ["again"])
    assert first.attempts.get().response == "Olga Operator <olga@operator.example>"
    again = client.post(f"/operators/unknown/{first.pk}/", {"answer": "again"}, follow=True)
    assert "not in doubt any more" in again.content.decode()
    assert outcome(first) == ("accepted", ["arrived"])


def test_an_answer_that_is_none_changes_nothing(client: Client, operator: User) -> None:
    message = doubt()
    client.post(f"/operators/unknown/{message.pk}/", {"answer": "perhaps"})
    assert outcome(message) == ("unknown", [])


def test_a_mail_with_a_secret_offers_no_second_sending(client: Client, operator: User) -> None:
    message = doubt(kind="account")
    assert "send again" not in client.get("/operators/").content.decode()
    page = client.post(f"/operators/unknown/{message.pk}/", {"answer": "again"}, follow=True).content.decode()
    assert "it held a secret" in page
    assert outcome(message) == ("unknown", [])


def test_doubts_come_by_the_page(
    client: Client, operator: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    doubt(1)
    with django_assert_max_num_queries(20) as few:
        client.get("/operators/")
    for number in range(2, 30):
        doubt(number)
    with django_assert_max_num_queries(len(few)):
        page = client.get("/operators/")
    assert len(page.context["unknown"].rows) == 25
    rest = client.get(f"/operators/{page.context['unknown'].next}")
    assert len(rest.context["unknown"].rows) == 4


def test_pausing_and_resuming(client: Client, operator: User) -> None:
    vendor = make_vendor("nordlicht")
    client.post("/operators/pause/", {"slug": "nordlicht", "reason": "The texts are being checked"})
    assert "The texts are being checked" in client.get("/operators/").content.decode()
    row = Pause.objects.get()
    assert (row.vendor, row.began_by) == (vendor, "Olga Operator <olga@operator.example>")
    client.post("/operators/resume/", {"slug": "nordlicht"})
    row.refresh_from_db()
    assert row.ended_at == NOW
    assert set(AuditEntry.objects.filter(vendor=vendor).values_list("by", flat=True)) == {operator.pk}


@pytest.mark.parametrize("given", [{"slug": "nobody", "reason": "x"}, {"slug": "", "reason": ""}])
def test_a_vendor_that_is_not_there(client: Client, operator: User, given: dict[str, str]) -> None:
    response = client.post("/operators/pause/", given)
    assert response.status_code == 422
    assert not Pause.objects.exists()


def test_the_menu_leads_here_for_operators_alone(client: Client, operator: User) -> None:
    assert 'href="/operators/"' in client.get("/operators/").content.decode()
    client.force_login(make_user(), "django.contrib.auth.backends.ModelBackend")
    assert 'href="/operators/"' not in client.get("/my/").content.decode()


def test_metrics_say_the_same(client: Client, clock: Clock) -> None:
    doubt(1)
    account_mail("late@example.com", not_before=NOW - timedelta(minutes=7))
    response = client.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain")
    lines = response.content.decode().splitlines()
    assert 'firstline_messages_ready{kind="account"} 1.0' in lines
    assert "firstline_oldest_ready_seconds 420.0" in lines
    assert "firstline_messages_unknown 1.0" in lines
    assert 'firstline_recent_attempts{outcome="rejected"} 0.0' in lines
    names = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert all(name.startswith("firstline_") for name in names)
    assert len(names) >= 9


@pytest.mark.parametrize(
    ("token", "headers", "status"),
    [
        ("", {}, 200),
        ("", {"X-Forwarded-For": "203.0.113.9"}, 404),
        ("", {"REMOTE_ADDR": "203.0.113.9"}, 404),
        ("s3cret", {}, 404),
        ("s3cret", {"Authorization": "Bearer wrong"}, 404),
        ("s3cret", {"Authorization": "Bearer s3cret", "REMOTE_ADDR": "203.0.113.9"}, 200),
    ],
)
def test_metrics_are_for_whoever_has_the_token_or_the_machine(
    client: Client, clock: Clock, settings: Settings, token: str, headers: dict[str, str], status: int
) -> None:
    settings.METRICS_TOKEN = token
    remote = headers.pop("REMOTE_ADDR", "127.0.0.1")
    assert client.get("/metrics", headers=headers, REMOTE_ADDR=remote).status_code == status


def test_metrics_in_production_want_a_token(client: Client, clock: Clock, settings: Settings) -> None:
    settings.PRODUCTION = True
    assert client.get("/metrics").status_code == 404
