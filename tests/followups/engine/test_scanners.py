"""A mail scanner opens every link of every mail, with HEAD and with GET, before its reader does: nothing happens."""

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.test import Client

from followups.engine.transports import SmtpTransport
from followups.engine.welcoming import welcome_accepted
from followups.models import Touch
from partners.models import Partner, Vendor
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_partner, make_version
from tests.followups.engine.conftest import pump_all
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
LINK = re.compile(r"http://127\.0\.0\.1:8000[^\s\"<>]*")
OURS = ("partners", "playbooks", "followups")


@pytest.fixture
def mails(vendor: Vendor, partner: Partner, transport: SmtpTransport, sink: SmtpSink) -> list[EmailMessage]:
    """A welcome, a first and a second reminder, one with two steps in it, and those of sponsor and manager."""
    cadence = vendor.cadences.get()
    for kind, to in (("tell-sponsor", "sponsor"), ("tell-manager", "manager")):
        Touch.objects.create(cadence=cadence, kind=kind, after_hours=72, to=to)
    brought = make_partner(vendor, sponsor=partner, email="nils@nebel.example")
    version = make_version(vendor)
    for each in (partner, brought):
        make_enrollment(each, version=version)
    make_enrollment(partner, version=make_version(vendor, slug="other", default=False))
    welcome_accepted(partner_ids=[partner.pk, brought.pk], now=NOW)
    for days in range(8):
        pump_all(now=NOW + timedelta(days=days), transport=transport)
    return sink.mails


def links(mail: EmailMessage) -> Iterator[str]:
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            yield from LINK.findall(str(part.get_content()).replace("&amp;", "&"))
    yield from LINK.findall(mail.get("List-Unsubscribe", ""))


def everything() -> dict[str, list[Any]]:
    """All rows of all our tables."""
    models = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


def test_every_link_of_every_mail_is_harmless(mails: list[EmailMessage], clock: Clock, client: Client) -> None:
    clock.instant = NOW + timedelta(days=8)
    subjects = {mail["Subject"].split(":")[0] for mail in mails}
    assert {"Your next step", "Still open"} <= subjects, subjects
    assert len({mail["To"] for mail in mails}) == 3  # partner and sponsor in one, brought-in partner, manager
    addresses = {link for mail in mails for link in links(mail)}
    assert {urlsplit(link).path.split("/")[1] for link in addresses} == {"l", "my", "v"}
    before = everything()
    for link in sorted(addresses):
        for method in (client.head, client.get):
            response = method(link.removeprefix("http://127.0.0.1:8000").partition("#")[0])
            assert response.status_code in (200, 302), (link, response.status_code)
    assert everything() == before


def test_a_whole_mail_as_mail_programs_want_it(mails: list[EmailMessage]) -> None:
    for mail in mails:
        assert mail.get_content_type() == "multipart/alternative"
        plain, rich = mail.iter_parts()
        assert (plain.get_content_type(), rich.get_content_type()) == ("text/plain", "text/html")
        assert {plain.get_content_charset(), rich.get_content_charset()} == {"utf-8"}
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        for name in ("Message-ID", "Date", "From", "To", "Reply-To", "Subject", "List-Unsubscribe"):
            assert len(mail.get_all(name, [])) == 1, name
        html = str(rich.get_content())
        assert '<meta name="color-scheme" content="light dark">' in html
        assert "prefers-color-scheme: dark" in html
        assert re.search(r'<html lang="\w+">', html)
        for words in ("You get this because", "Fewer reminders from Nordlicht Backup, or none"):
            assert words in html
            assert words in str(plain.get_content())
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)
