"""The certificate: issued when a playbook is finished, drawn so that every name fits, seen by whom it concerns."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from reportlab.pdfbase.pdfmetrics import getFont, stringWidth

from partners.models import Contact, User
from playbooks import walking
from playbooks.certificates.drawing import MARGIN, WIDTH, draw, fitted
from playbooks.certificates.fonts import PLAIN, STRONG
from playbooks.certificates.issuing import as_number, issue
from playbooks.models import Certificate, Enrollment
from tests.clock import Clock
from tests.factories import (
    NOW,
    make_customer,
    make_enrollment,
    make_member,
    make_partner,
    make_user,
    make_vendor,
    make_version,
)

pytestmark = pytest.mark.django_db
NAMES = [
    "Weber IT GmbH",
    "Große Łódź Ελληνικά Компьютерные Системы",
    "Željko Đorđević-Παπαδόπουλος von Жуковский zu Hohenlohe-Langenburg der Dritte und seine vielen Geschwister",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2,
    "W" * 200,
]


@pytest.fixture
def user() -> User:
    return make_user(name="Kim")


@pytest.fixture
def finished(user: User, clock: Clock) -> Enrollment:
    vendor = make_vendor(name="Acme", colour="#ffe14d")
    partner = make_partner(vendor, company="Łódź & Söhne", user=user, contact={"name": "Zoë Жук"})
    enrollment = make_enrollment(partner)
    for day in range(3):
        walking.complete(progress=enrollment.progress.in_play().get(), by=user, now=NOW + timedelta(days=day))
    enrollment.refresh_from_db()
    return enrollment


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_finishing_issues_it_with_the_names_of_that_day(finished: Enrollment) -> None:
    certificate = Certificate.objects.get()
    assert (certificate.company, certificate.person, certificate.vendor_name) == ("Łódź & Söhne", "Zoë Жук", "Acme")
    assert certificate.issued_at == finished.ended_at == NOW + timedelta(days=2)
    assert re.fullmatch(r"([2-9A-HJKMNP-TV-Z]{4}-){2}[2-9A-HJKMNP-TV-Z]{4}", certificate.number)
    finished.partner.company = "Another name"
    assert issue(enrollment=finished, now=NOW) == certificate
    assert Certificate.objects.get().company == "Łódź & Söhne"


def test_who_finished_before_there_were_any_gets_one_when_asked(finished: Enrollment, user: User) -> None:
    Certificate.objects.all().delete()
    assert signed_in(user).get(f"/my/certificates/{finished.pk}/").status_code == 200
    assert Certificate.objects.get().issued_at == finished.ended_at


def test_it_is_one_page_with_its_typeface_in_it_and_the_same_each_time(finished: Enrollment) -> None:
    certificate = Certificate.objects.get()
    content = draw(certificate)
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type /Page\n") == 1
    assert content.count(b"/FontFile2") == len([PLAIN, STRONG])
    assert b"Helvetica" not in content.replace(b"/BaseFont /Helvetica", b"", 1)  # declared by every PDF, and not used
    assert draw(certificate) == content
    with translation.override("de"):
        assert draw(certificate) != content


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("font", [PLAIN, STRONG])
def test_every_name_fits_and_has_its_letters(name: str, font: str) -> None:
    size, lines = fitted(name, font, 28)
    assert len(lines) <= 2
    assert "".join("".join(lines).split()) == "".join(name.split())
    assert all(stringWidth(line, font, size) <= WIDTH - 2 * MARGIN for line in lines)
    face: Any = getFont(font)
    assert all(ord(letter) in face.face.charToGlyph for letter in name)


def test_the_partners_people_and_the_vendors_members_get_it_and_nobody_else(finished: Enrollment, user: User) -> None:
    mine = f"/my/certificates/{finished.pk}/"
    desk = f"/v/{finished.vendor.slug}/certificates/{finished.pk}/"
    member, stranger = make_member(finished.vendor).user, make_user()
    response = signed_in(user).get(mine)
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert "private" in response["Cache-Control"]
    assert signed_in(member).get(desk).status_code == 200
    elsewhere = make_member(make_vendor())
    for who, address in ((stranger, mine), (member, mine), (stranger, desk), (elsewhere.user, desk)):
        assert signed_in(who).get(address).status_code == 404
    assert signed_in(elsewhere.user).get(f"/v/{elsewhere.vendor.slug}/certificates/{finished.pk}/").status_code == 404
    Contact.objects.filter(user=user).update(left_at=NOW)
    assert signed_in(user).get(mine).status_code == 404


def test_a_playbook_that_is_walked_has_none(user: User) -> None:
    enrollment = make_enrollment(make_partner(user=user))
    assert signed_in(user).get(f"/my/certificates/{enrollment.pk}/").status_code == 404
    assert not Certificate.objects.exists()


def test_anybody_can_verify_it_and_reads_no_more_than_it_says(finished: Enrollment) -> None:
    certificate, contact = Certificate.objects.get(), finished.partner.contacts.get()
    shown = Client().get(f"/certificates/{certificate.number}/").content.decode()
    for words in ("This certificate is genuine", "Łódź &amp; Söhne", "Zoë Жук", "Acme", "5 March 2026"):
        assert words in shown
    assert contact.email not in shown
    typed = certificate.number.replace("-", " ").lower()
    assert Client().get(f"/certificates/{typed}/", follow=True).status_code == 200
    response = Client().get("/certificates/2345-6789-ABCD/")
    assert response.status_code == 404
    assert "There is no such certificate" in response.content.decode()
    assert as_number(typed) == certificate.number


def test_today_tells_what_was_achieved_and_when(finished: Enrollment, user: User) -> None:
    shown = signed_in(user).get("/my/").content.decode()
    moments = [
        ("First step done", "2026-03-03"),
        ("Half of the way", "2026-03-04"),
        ("Walked the whole playbook", "2026-03-05"),
    ]
    places = [shown.index(what) for what, _day in moments]
    assert places == sorted(places)
    assert all(f'datetime="{day}"' in shown for _what, day in moments)
    assert f"/my/certificates/{finished.pk}/" in shown
    step = finished.progress.get(position=0)
    assert "Done on" in signed_in(user).get(f"/my/steps/{step.pk}/").content.decode()


def test_a_step_that_was_left_out_is_no_first_step(user: User, clock: Clock) -> None:
    enrollment = make_enrollment(make_partner(user=user))
    walking.skip(progress=enrollment.progress.in_play().get(), reason="No", by=None, now=NOW)
    assert "First step done" not in signed_in(user).get("/my/").content.decode()
    walking.complete(progress=enrollment.progress.in_play().get(), by=None, now=datetime(2026, 3, 9, 9, tzinfo=UTC))
    shown = signed_in(user).get("/my/").content.decode()
    assert "First step done" in shown
    assert 'datetime="2026-03-09"' in shown


def test_the_first_order_stands_among_them(user: User, clock: Clock) -> None:
    enrollment = make_enrollment(make_partner(user=user))
    make_customer(enrollment.partner, date(2026, 3, 6), date(2026, 3, 8))
    shown = signed_in(user).get("/my/").content.decode()
    assert "First order" in shown
    assert 'datetime="2026-03-06"' in shown


def test_the_first_client_and_the_first_campaign_stand_among_them_once(user: User, clock: Clock) -> None:
    steps: list[Any] = [
        "hello",
        {"key": "choose", "achieves": "first_client"},
        {"key": "again", "achieves": "first_client"},
        {"key": "left-out", "achieves": "first_campaign"},
        "rest",
    ]
    vendor = make_vendor()
    enrollment = make_enrollment(make_partner(vendor, user=user), version=make_version(vendor, steps=steps))
    for day in range(3):
        now = clock.set(NOW + timedelta(days=day))
        walking.complete(progress=enrollment.progress.in_play().get(), by=None, now=now)
    walking.skip(progress=enrollment.progress.in_play().get(), reason="No kit yet", by=None, now=clock.instant)
    shown = signed_in(user).get("/my/").content.decode()
    assert shown.count("First client chosen") == 1
    assert 'First client chosen</span> <time class="fl-quiet fl-small" datetime="2026-03-04"' in shown
    assert "First campaign sent" not in shown
