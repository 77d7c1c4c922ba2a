"""Signing up and in, as people do it; every page of it in our own look."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from partners.models import User
from tests import factories

PASSWORD = "a rather long one"


@pytest.fixture(autouse=True)
def no_visits_yet(db: None) -> None:
    cache.clear()


@pytest.fixture
def user() -> User:
    user = factories.make_user("anna@firm.example", password=PASSWORD, name="Anna")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def code_in(mail: EmailMessage) -> str:
    found = re.search(r"^([A-Z0-9]{3,}(?:-[A-Z0-9]+)*)$", str(mail.body), re.MULTILINE)
    assert found is not None, mail.body
    return found[1]


def app_code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


def looks_finished(response: HttpResponse | Any) -> None:
    page = response.content.decode()
    assert response.status_code == 200
    assert 'class="fl-brand"' in page
    assert "style=" not in page
    assert re.search(r"<h1>\s*\S", page)
    assert re.search(r"<title>\s*\S+", page)


def sign_in_by_code(client: Client, user: User, mailoutbox: list[EmailMessage]) -> HttpResponse | Any:
    client.post(reverse("account_login"), {"login": user.email})
    return client.post(reverse("account_confirm_login_code"), {"code": code_in(mailoutbox[-1])}, follow=True)


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_signing_up_leads_to_founding_a_vendor(client: Client, mailoutbox: list[EmailMessage]) -> None:
    looks_finished(client.get(reverse("account_signup")))
    given = {"name": "Nina", "email": "Nina@New.example"}
    looks_finished(client.post(reverse("account_signup"), given, follow=True))
    assert not is_signed_in(client)
    response = client.post(reverse("account_email_verification_sent"), {"code": code_in(mailoutbox[-1])}, follow=True)
    assert response.redirect_chain[-1][0] == reverse("vendor-new")
    user = User.objects.get(email="nina@new.example")
    assert (user.name, user.has_usable_password()) == ("Nina", False)
    assert EmailAddress.objects.get(user=user).verified


def test_signing_up_again_after_a_lost_code_leads_in_and_tells_nobody(mailoutbox: list[EmailMessage]) -> None:
    """The page says the same to who is known and to who is not; what is different is in the mail alone."""
    given = {"name": "Nina", "email": "nina@new.example"}
    pages = []
    for _ in range(2):
        cache.clear()  # some minutes later: one mail of this kind goes to an address in three of them
        pages.append(Client().post(reverse("account_signup"), given, follow=True).content.decode())
    first, second = (re.sub(r'value="[^"]{20,}"|X-CSRFToken[^}]*', "", page) for page in pages)
    assert first == second
    assert "Then the mail brings a link to sign in instead of a code." in second
    assert "have an account already" in str(mailoutbox[-1].body)
    link = re.search(r"https?://\S+/accounts/login/code/\?email=\S+", str(mailoutbox[-1].body))
    assert link is not None
    cache.clear()
    client = Client()
    page = client.get(link[0].split("testserver")[-1]).content.decode()
    assert 'value="nina@new.example"' in page
    client.post(reverse("account_request_login_code"), {"email": "nina@new.example"})
    client.post(reverse("account_confirm_login_code"), {"code": code_in(mailoutbox[-1])})
    assert is_signed_in(client)
    assert EmailAddress.objects.get(email="nina@new.example").verified


@pytest.mark.parametrize(
    ("page", "given", "words"),
    [
        ("account_signup", {"name": "", "email": "nina"}, ["Please fill this in.", "Write an address such as"]),
        (
            "account_login",
            {"login": "anna@firm.example", "password": "no"},
            ["Address and password do not fit together."],
        ),
        ("account_reset_password", {"email": ""}, ["Please fill this in."]),
    ],
)
def test_what_is_wrong_is_said_in_our_words(
    client: Client, user: User, page: str, given: dict[str, str], words: list[str]
) -> None:
    shown = client.post(reverse(page), given).content.decode()
    for each in words:
        assert each in shown
    for stock in ("This field is required", "Email address", "not correct", "valid email"):
        assert stock not in shown


def test_a_wrong_code_says_what_to_do(client: Client, user: User) -> None:
    client.post(reverse("account_login"), {"login": user.email})
    shown = client.post(reverse("account_confirm_login_code"), {"code": "WRONG1"}).content.decode()
    assert "Type the one from the newest mail, or have a new one sent." in shown


def test_an_unverified_address_does_not_get_in(client: Client, mailoutbox: list[EmailMessage]) -> None:
    client.post(reverse("account_signup"), {"name": "N", "email": "nina@new.example"})
    assert client.get(reverse("vendor-new")).status_code == 302
    client.post(reverse("account_email_verification_sent"), {"code": "WRONG1"})
    assert not is_signed_in(client)


def test_the_mailed_code_comes_first(client: Client, user: User, mailoutbox: list[EmailMessage]) -> None:
    page = client.get(reverse("account_login"))
    looks_finished(page)
    text = page.content.decode()
    assert text.index("Mail me a code") < text.index("Use a password instead")
    looks_finished(client.post(reverse("account_login"), {"login": user.email}, follow=True))
    client.post(reverse("account_confirm_login_code"), {"code": code_in(mailoutbox[-1])})
    assert is_signed_in(client)


def test_a_password_works_too(client: Client, user: User) -> None:
    wrong = client.post(reverse("account_login"), {"login": user.email, "password": "nonsense"})
    assert not is_signed_in(client)
    looks_finished(wrong)
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert is_signed_in(client)


def test_where_one_wanted_to_go_is_kept(client: Client, user: User, mailoutbox: list[EmailMessage]) -> None:
    client.post(reverse("account_login"), {"login": user.email, "next": "/vendors/new/"}, follow=True)
    response = client.post(
        reverse("account_confirm_login_code"), {"code": code_in(mailoutbox[-1]), "next": "/vendors/new/"}
    )
    assert response.headers["Location"] == "/vendors/new/"


@pytest.mark.parametrize("page", ["account_login", "account_signup", "account_reset_password"])
def test_nobody_learns_who_has_an_account(user: User, page: str) -> None:
    answers = []
    for email in (user.email, "nobody@else.example"):
        client = Client()
        response = client.post(reverse(page), {"login": email, "email": email, "name": "N"}, follow=True)
        text = response.content.decode().replace(email, "EMAIL")
        tokens = r'name="csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken": "[^"]+"'
        answers.append((response.redirect_chain, re.sub(tokens, "", text)))
    assert answers[0] == answers[1]


@pytest.mark.django_db(transaction=True)
def test_an_app_as_second_step(client: Client, user: User, mailoutbox: list[EmailMessage]) -> None:
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    asked = client.get(reverse("mfa_activate_totp"), follow=True)
    looks_finished(asked)
    looks_finished(client.post(asked.redirect_chain[-1][0], {"password": PASSWORD}, follow=True))
    secret = client.session["mfa.totp.secret"]
    shown = client.post(reverse("mfa_activate_totp"), {"code": app_code(secret)}, follow=True)
    assert shown.redirect_chain == [(reverse("mfa_view_recovery_codes"), 302)]
    text = shown.content.decode()
    assert "The second step is on" in text
    assert text.count("<li><code>") == 10
    assert Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
    assert any("Two-step sign-in is on" in mail.subject for mail in mailoutbox)
    for name in ("mfa_index", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_deactivate_totp"):
        looks_finished(client.get(reverse(name)))


def test_the_second_step_is_asked_for(client: Client, user: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    response = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD}, follow=True)
    looks_finished(response)
    assert not is_signed_in(client)
    client.post(reverse("mfa_authenticate"), {"code": app_code(secret)})
    assert is_signed_in(client)


def test_who_has_no_password_can_set_one(client: Client, mailoutbox: list[EmailMessage]) -> None:
    bare = factories.make_user("bare@firm.example")
    EmailAddress.objects.create(user=bare, email=bare.email, verified=True, primary=True)
    sign_in_by_code(client, bare, mailoutbox)
    looks_finished(client.get(reverse("account_set_password")))
    set_it = client.post(reverse("account_set_password"), {"password1": PASSWORD, "password2": PASSWORD})
    assert set_it.headers["Location"] == reverse("mfa_index")
    bare.refresh_from_db()
    assert bare.check_password(PASSWORD)


def test_a_forgotten_password(client: Client, user: User, mailoutbox: list[EmailMessage]) -> None:
    looks_finished(client.get(reverse("account_reset_password")))
    looks_finished(client.post(reverse("account_reset_password"), {"email": user.email}, follow=True))
    code = {"code": code_in(mailoutbox[-1])}
    looks_finished(client.post(reverse("account_confirm_password_reset_code"), code, follow=True))
    new = {"password1": "quite another one", "password2": "quite another one"}
    looks_finished(client.post(reverse("account_complete_password_reset"), new, follow=True))
    user.refresh_from_db()
    assert user.check_password("quite another one")


def test_a_changed_address_counts_once_it_is_verified(
    client: Client, user: User, mailoutbox: list[EmailMessage]
) -> None:
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    looks_finished(client.get(reverse("account_email")))
    looks_finished(client.post(reverse("account_email"), {"action_add": "", "email": "new@firm.example"}, follow=True))
    user.refresh_from_db()
    assert user.email == "anna@firm.example"
    to_new = [mail for mail in mailoutbox if mail.to == ["new@firm.example"]]
    client.post(reverse("account_email_verification_sent"), {"code": code_in(to_new[-1])})
    user.refresh_from_db()
    assert user.email == "new@firm.example"
    looks_finished(client.get(reverse("account_email")))


@pytest.mark.parametrize(
    "name", ["account_logout", "account_change_password", "account_reauthenticate", "mfa_index", "account_email"]
)
def test_the_other_pages(client: Client, user: User, name: str) -> None:
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    looks_finished(client.get(reverse(name)))


@pytest.mark.parametrize("name", ["account_inactive", "account_request_login_code", "account_password_reset_completed"])
def test_pages_for_everybody(client: Client, name: str) -> None:
    looks_finished(client.get(reverse(name)))


def test_signing_out_needs_its_button(client: Client, user: User) -> None:
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    client.get(reverse("account_logout"))
    assert is_signed_in(client)
    client.post(reverse("account_logout"))
    assert not is_signed_in(client)


def test_too_many_tries_are_slowed_down_in_our_look(client: Client, user: User) -> None:
    signup = reverse("account_signup")
    responses = [client.post(signup, {"name": "N", "email": "n@new.example"}) for _ in range(40)]
    response = responses[-1]
    assert response.status_code == 429
    assert 'class="fl-brand"' in response.content.decode()


def test_a_partners_contact_signs_in_with_their_address_alone(client: Client, mailoutbox: list[EmailMessage]) -> None:
    """No invitation, no sign-up, no password: the vendor wrote the address down, the code proves it is theirs."""
    partner = factories.make_partner(email="pia@reseller.example")
    client.post(reverse("account_login"), {"login": "Pia@reseller.example"})
    assert partner.contacts.get().user is None
    response = client.post(reverse("account_confirm_login_code"), {"code": code_in(mailoutbox[-1])}, follow=True)
    assert is_signed_in(client)
    assert partner.contacts.get().user == User.objects.get(email="pia@reseller.example")
    assert response.redirect_chain[-1][0] == reverse("my-today")
    assert "is confirmed" not in response.content.decode()  # they came for their step


def test_an_address_that_nobody_wrote_down_gets_no_account(client: Client, mailoutbox: list[EmailMessage]) -> None:
    client.post(reverse("account_request_login_code"), {"email": "nobody@nowhere.example"})
    assert not User.objects.filter(email="nobody@nowhere.example").exists()
    assert len(mailoutbox) == 1
