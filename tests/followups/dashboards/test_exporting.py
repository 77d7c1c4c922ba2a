"""The list of partners as a file: what the filter leaves, with nothing that a spreadsheet would run, and read back."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from followups.dashboards.exporting import COLUMNS
from partners.models import Contact, Member, Partner, Vendor
from tests.factories import NOW, make_member, make_partner, make_user, make_vendor
from tests.followups.world import orders, refreshed

pytestmark = pytest.mark.django_db
URL = "/v/house/partners/export/"


def once(me: Member, company: str, *, days: int = 40, **fields: Any) -> Partner:
    """Ordered once, and nobody is on record."""
    partner = make_partner(me.vendor, company=company, manager=me, reference=f"K-{company}", **fields)
    partner.contacts.all().delete()
    orders(partner, NOW.date() - timedelta(days=days), now=NOW)
    return partner


def exported(desk: Client, query: str = "") -> list[str]:
    response = desk.get(f"{URL}{query}")
    assert response["Content-Disposition"] == 'attachment; filename="partners-house.csv"'
    return b"".join(response.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]


def test_it_holds_what_the_filter_leaves_in_columns_that_loading_finds(desk: Client, me: Member) -> None:
    once(me, "Zeta", country="DE", time_zone="Europe/Berlin", vertical="Dental", phone="+49 40 1234")
    refreshed(make_partner(me.vendor, company="Alpha", manager=me), now=NOW)
    header, *rows = exported(desk)
    people = "company,contact name,contact email,country,time zone,language"
    assert header == f"{people},size,vertical,sponsor,manager,reference,phone"
    assert [row.split(",")[0] for row in rows] == ["Alpha", "Zeta"]
    assert exported(desk, "?silence=ordered_once")[1:] == [
        f"Zeta,,,DE,Europe/Berlin,,,Dental,,{me.user.email},K-Zeta,'+49 40 1234"
    ]


def test_filled_in_and_loaded_again_it_adds_the_person_and_nothing_else(desk: Client, me: Member) -> None:
    partner = once(me, "=Zeta", phone="+49 40 1234")
    header, row = exported(desk)
    assert row.startswith("'=Zeta,")
    filled = row.replace("'=Zeta,,,", "'=Zeta,Zoe Zeta,zoe@zeta.example,")
    file = SimpleUploadedFile("partners.csv", f"{header}\n{filled}\n".encode())
    page = desk.post("/v/house/partners/import/", {"file": file})["Location"]
    assert "1 is known and will change: a contact" in desk.get(page).content.decode()
    columns = {key: str(at) for at, key in enumerate(COLUMNS)}
    desk.post(page, {**columns, "action": "load"})
    assert Partner.objects.of(me.vendor).get() == partner
    assert Contact.objects.get(partner=partner).email == "zoe@zeta.example"


def test_where_nobody_can_be_written_to_today_says_it_once(desk: Client, me: Member) -> None:
    once(me, "Old", days=4000)
    once(me, "Fresh", days=31)
    assert desk.get("/v/house/").content.decode().count("Nobody is on record at any of these") == 1
    text = desk.get("/v/house/?kind=ordered_once").content.decode()
    assert text.count("Nobody is on record at any of these") == 1
    assert f'href="{URL}?silence=ordered_once&amp;manager={me.pk}">Download as CSV</a>' in text
    assert "Add a person" not in text
    assert text.index("Fresh") < text.index("Old")
    everyones = desk.get("/v/house/?kind=ordered_once&who=everyone").content.decode()
    assert f'href="{URL}?silence=ordered_once">' in everyones
    make_partner(me.vendor)
    reachable = make_partner(me.vendor, company="Reachable", manager=me)
    orders(reachable, NOW.date() - timedelta(days=40), now=NOW)
    text = desk.get("/v/house/?kind=ordered_once").content.decode()
    assert "Nobody is on record at any of these" not in text
    assert "Add a person" in text


def test_the_list_offers_what_it_shows_as_a_file(desk: Client, me: Member) -> None:
    once(me, "Zeta")
    page = desk.get("/v/house/partners/?silence=ordered_once&q=zeta").content.decode()
    assert f'<a href="{URL}?silence=ordered_once&amp;q=zeta">Download as CSV</a>' in page


def test_only_who_may_act_gets_it_and_nobody_elses(vendor: Vendor, me: Member) -> None:
    refreshed(make_partner(make_vendor("other"), company="Theirs"), now=NOW)
    viewer, outsider = Client(), Client()
    viewer.force_login(make_member(vendor, role="viewer").user)
    outsider.force_login(make_user())
    assert viewer.get(URL).status_code == 403
    assert outsider.get(URL).status_code == 404
    mine = Client()
    mine.force_login(me.user)
    assert len(exported(mine)) == 1
    assert mine.post(URL).status_code == 405


def test_queries_do_not_grow_with_rows(
    desk: Client, me: Member, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    once(me, "One")
    with django_assert_max_num_queries(6) as few:
        exported(desk)
    for number in range(20):
        once(me, f"More {number}")
    with django_assert_max_num_queries(len(few)):
        exported(desk)
