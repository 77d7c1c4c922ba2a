"""German is complete, and a German reader meets no English."""

import ast
import html
import re
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from functools import cache

import polib
import pytest
from django.test import Client
from django.urls import reverse

from followups.engine.cadences import make_default_cadence
from followups.engine.pumping import pump
from followups.engine.transports import SmtpTransport
from partners.models import Member, Partner, User, Vendor
from playbooks.models import PlaybookVersion
from playbooks.publishing import publish
from playbooks.starters import copy_starter
from playbooks.walking import get_stuck
from scripts import messages
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_user, make_vendor
from tests.smtp_sink import SmtpSink

CATALOGUE = messages.ROOT / "locale" / "de" / "LC_MESSAGES" / "django.mo"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")
LONG_ENOUGH_TO_BE_A_WORD, LONG_ENOUGH_TO_BE_A_SENTENCE = 3, 14
OWN_NAMES = {"English", "German"}  # a language is offered under its own name
GATHERED = {"gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "_"}


@pytest.mark.machine
@pytest.mark.slow
def test_nothing_is_untranslated_or_unsure_or_lost() -> None:
    """Gathers the strings anew, so a string that nobody gathered yet is found as well; placeholders have to match."""
    assert messages.check() == []


@pytest.mark.machine
def test_no_string_is_marked_in_a_way_that_is_not_gathered() -> None:
    """``gettext as _now`` translates what nobody ever finds to translate."""
    found = []
    for app in ("partners", "playbooks", "followups", "onboarding_portal"):
        for path in (messages.ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
                    names = [alias for alias in node.names if "gettext" in alias.name]
                    found += [f"{path}: {alias.asname}" for alias in names if (alias.asname or "_") not in GATHERED]
    assert found == []


def english_in(page: str) -> list[str]:
    """What of our catalogue stands on the page in English."""
    nodes = [" ".join(html.unescape(node).split()) for node in re.split(r"<[^>]*>|\n\n", _without_code(page))]
    text = "\n".join(nodes)
    return [
        sentence.pattern.pattern
        for sentence in _sentences()
        if all(part in text for part in sentence.parts)  # quickly; few are left after that
        and (any(map(sentence.pattern.fullmatch, nodes)) or (sentence.is_long and sentence.pattern.search(text)))
    ]


def _without_code(page: str) -> str:
    return re.sub(r"(?s)<(script|style)\b.*?</\1>", "", page)


@dataclass(frozen=True)
class Sentence:
    """An English string: what stands between its placeholders, and whether it may be looked for within other words."""

    parts: tuple[str, ...]
    pattern: re.Pattern[str]
    is_long: bool


@cache
def _sentences() -> list[Sentence]:
    found = []
    for entry in polib.mofile(str(CATALOGUE)):
        translated = {entry.msgstr, *(entry.msgstr_plural or {}).values()}
        for english in {entry.msgid, entry.msgid_plural} - translated - {"", None, *OWN_NAMES}:
            parts = tuple(PLACEHOLDER.split(" ".join(english.split())))
            letters = sum(character.isalpha() for part in parts for character in part)
            if letters >= LONG_ENOUGH_TO_BE_A_WORD:
                pattern = re.compile("[^\n]+?".join(map(re.escape, parts)))
                found.append(Sentence(parts, pattern, letters >= LONG_ENOUGH_TO_BE_A_SENTENCE))
    return found


@pytest.fixture
def vendor(clock: Clock, db: None) -> Vendor:
    vendor = make_vendor("nordlicht", name="Nordlicht", language="de", time_zone="Europe/Berlin", country="DE")
    make_default_cadence(vendor=vendor, now=NOW)
    return vendor


@pytest.fixture
def version(vendor: Vendor) -> PlaybookVersion:
    playbook = copy_starter(vendor=vendor, key="backup-reseller", by=None, now=NOW)
    return publish(version=playbook.versions.get(), by=None, now=NOW)


@pytest.fixture
def partner(vendor: Vendor, version: PlaybookVersion) -> Partner:
    user = make_user("hanna@hafen.example", name="Hanna Hafen", language="de")
    contact = {"name": "Hanna Hafen", "language": "de"}
    manager = make_member(vendor, user=make_user("mia@nordlicht.example", name="Mia"))
    partner = make_partner(vendor, company="Hafen IT", user=user, contact=contact, manager=manager)
    make_enrollment(partner, version=version)
    return partner


@pytest.fixture
def german() -> Client:
    return Client(headers={"accept-language": "de-DE,de;q=0.9"})


@pytest.fixture
def hanna(partner: Partner) -> User:
    return User.objects.get(email="hanna@hafen.example")


def addresses_of(partner: Partner) -> tuple[str, ...]:
    step = partner.enrollments.get().progress.in_play().get()
    return reverse("my-today"), reverse("my-step", args=[step.pk]), reverse("my-playbook")


def test_english_is_found_where_it_is(partner: Partner, hanna: User, client: Client) -> None:
    User.objects.update(language="en")
    client.force_login(hanna)
    for address in addresses_of(partner):
        assert english_in(client.get(address).content.decode()) != [], address


def test_the_partners_pages(partner: Partner, hanna: User, german: Client) -> None:
    german.force_login(hanna)
    for address in addresses_of(partner):
        assert english_in(german.get(address).content.decode()) == [], address


def test_the_partners_pages_while_stuck(partner: Partner, hanna: User, german: Client) -> None:
    german.force_login(hanna)
    today, step, _ = addresses_of(partner)
    progress = partner.enrollments.get().progress.in_play().get()
    get_stuck(progress=progress, reason="Das Passwort fehlt.", by=hanna, now=NOW)
    assert english_in(german.get(today).content.decode()) == []
    page = german.get(step).content.decode()
    assert english_in(page) == []
    assert "„Das Passwort fehlt.“" in page


@pytest.mark.parametrize("role", [Member.Role.OWNER, Member.Role.VIEWER])
def test_the_desk(partner: Partner, german: Client, role: Member.Role) -> None:
    german.force_login(make_member(partner.vendor, role=role).user)
    slug = partner.vendor.slug
    names = ["today", "partners", "playbooks", "followups", "applications", "settings", "settings-people"]
    addresses = [reverse(f"desk-{name}", args=[slug]) for name in names]
    for address in [*addresses, reverse("desk-partner", args=[slug, partner.pk])]:
        page = german.get(address).content.decode()
        assert english_in(page) == [], address


@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/accounts/signup/", "/apply/nordlicht/", "/nowhere/"])
def test_the_public_pages(vendor: Vendor, german: Client, address: str) -> None:
    assert english_in(german.get(address).content.decode()) == []


@pytest.mark.parametrize("hours", [24, 72])
def test_the_mail(partner: Partner, hours: int) -> None:
    [mail] = mails_at(hours)
    assert english_in(str(mail["Subject"])) == []
    for kind in ("plain", "html"):
        words = part(mail, kind)
        assert "Guten Tag Hanna Hafen," in words
        assert english_in(words) == []


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def mails_at(hours: int) -> list[EmailMessage]:
    with SmtpSink() as sink:
        transport = SmtpTransport(sink.url)
        while pump(now=NOW + timedelta(hours=hours), transport=transport):
            pass
        transport.close()
        return [mail for (to, _), mail in zip(sink.received, sink.mails, strict=True) if to == "hanna@hafen.example"]
