"""An old session does not change how somebody signs in; the way back for who lost phone and codes."""

import logging
import time
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from partners.models import User
from tests import factories
from tests.portal.test_accounts import PASSWORD, app_code, code_in, looks_finished, sign_in_by_code

CHANGES = ["mfa_activate_totp", "account_set_password"]


@pytest.fixture
def user(db: None) -> User:
    cache.clear()
    user = factories.make_user("bare@firm.example", name="Bea")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def old(client: Client, user: User) -> Client:
    """A session whose sign-in was longer ago than anybody remembers."""
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def ask(client: Client, name: str) -> str:
    return client.get(reverse(name)).headers["Location"]


@pytest.mark.parametrize("name", CHANGES)
def test_an_old_session_is_asked_by_mail(old: Client, mailoutbox: list[EmailMessage], name: str) -> None:
    page = ask(old, name)
    assert page == f"{reverse('prove-by-mail')}?next={reverse(name).replace('/', '%2F')}"
    looks_finished(old.get(page))
    assert not mailoutbox  # looking mails nothing
    looks_finished(old.post(page, {"mail": ""}, follow=True))
    assert mailoutbox[-1].to == ["bare@firm.example"]
    answer = old.post(page, {"code": code_in(mailoutbox[-1]).lower()})
    assert answer.headers["Location"] == reverse(name)
    looks_finished(old.get(reverse(name)))


def test_nothing_is_changed_by_a_post_either(old: Client, user: User) -> None:
    old.post(reverse("account_set_password"), {"password1": PASSWORD, "password2": PASSWORD})
    old.post(reverse("account_email"), {"action_add": "", "email": "thief@else.example"})
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert not EmailAddress.objects.filter(email="thief@else.example").exists()


def test_a_sign_in_of_long_ago_is_old(client: Client, user: User, mailoutbox: list[EmailMessage]) -> None:
    sign_in_by_code(client, user, mailoutbox)
    assert client.get(reverse("mfa_activate_totp")).status_code == 200  # a moment ago
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 301
    session.save()
    assert ask(client, "mfa_activate_totp").startswith(reverse("prove-by-mail"))


@pytest.mark.django_db(transaction=True)
def test_the_recovery_codes_come_at_once(client: Client, user: User, mailoutbox: list[EmailMessage]) -> None:
    sign_in_by_code(client, user, mailoutbox)
    client.get(reverse("mfa_activate_totp"))
    code = {"code": app_code(client.session["mfa.totp.secret"])}
    shown = client.post(reverse("mfa_activate_totp"), code, follow=True)
    assert shown.redirect_chain == [(reverse("mfa_view_recovery_codes"), 302)]
    assert shown.content.decode().count("<li><code>") == 10


def test_three_wrong_codes_and_it_is_over(old: Client, mailoutbox: list[EmailMessage]) -> None:
    page = ask(old, "mfa_activate_totp")
    old.post(page, {"mail": ""})
    for _ in range(3):
        assert old.post(page, {"code": "WRONG1"}).status_code == 422
    assert old.post(page, {"code": code_in(mailoutbox[-1])}).status_code == 422
    assert ask(old, "mfa_activate_totp") == page


def test_codes_are_not_mailed_without_end(old: Client, mailoutbox: list[EmailMessage]) -> None:
    answers = [old.post(reverse("prove-by-mail"), {"mail": ""}).status_code for _ in range(4)]
    assert answers == [302, 302, 302, 429]
    assert len(mailoutbox) == 3


def test_it_leads_nowhere_else(old: Client, mailoutbox: list[EmailMessage]) -> None:
    page = f"{reverse('prove-by-mail')}?next=https://else.example/"
    old.post(page, {"mail": ""})
    assert old.post(page, {"code": code_in(mailoutbox[-1])}).headers["Location"] == reverse("mfa_index")


def test_what_was_too_much_is_named(client: Client, user: User, mailoutbox: list[EmailMessage]) -> None:
    client.post(reverse("account_login"), {"login": user.email})
    wrong = {"code": "WRONG1"}
    answers = [client.post(reverse("account_confirm_login_code"), wrong, follow=True) for _ in range(3)]
    assert "Three wrong codes: this one no longer works" in answers[-1].content.decode()
    TOTP.activate(user, generate_totp_secret())
    sign_in_by_code(client, user, mailoutbox)
    answers = [client.post(reverse("mfa_authenticate"), {"code": "000000"}) for _ in range(6)]
    assert "Too many wrong codes from the app. Wait five minutes" in answers[-1].content.decode()


@pytest.fixture
def locked_out(user: User) -> User:
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    return user


def test_the_page_names_whom_to_ask(
    client: Client, locked_out: User, mailoutbox: list[EmailMessage], settings: Settings
) -> None:
    settings.HELP_ADDRESS = "help@portal.example"
    assert "Write to help@portal.example" in sign_in_by_code(client, locked_out, mailoutbox).content.decode()


def test_an_operator_switches_it_off(
    client: Client, locked_out: User, mailoutbox: list[EmailMessage], caplog: pytest.LogCaptureFixture
) -> None:
    told = StringIO()
    with caplog.at_level(logging.WARNING, "onboarding_portal.second_step"):
        call_command("switch_off_second_step", "Bare@firm.example", "--yes", by="Olga", stdout=told)
    assert not Authenticator.objects.filter(user=locked_out).exists()
    assert "by=Olga" in caplog.text
    assert "bare@firm.example is off" in told.getvalue()
    assert (mailoutbox[-1].to, mailoutbox[-1].subject) == ([locked_out.email], "The second step is off")
    sign_in_by_code(client, locked_out, mailoutbox)
    assert "_auth_user_id" in client.session
    with pytest.raises(CommandError, match="no second step"):
        call_command("switch_off_second_step", locked_out.email, "--yes")
    with pytest.raises(CommandError, match="Nobody signs in"):
        call_command("switch_off_second_step", "nobody@firm.example", "--yes")


def test_it_asks_first(locked_out: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda question: "")
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("switch_off_second_step", locked_out.email)
    assert Authenticator.objects.filter(user=locked_out).count() == 2
