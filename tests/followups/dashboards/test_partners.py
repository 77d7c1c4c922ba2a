"""All partners: found by filter and search, paged by key, nobody lost and nobody twice."""

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from followups.dashboards import counting
from followups.silence.detecting import detect
from partners.models import Member, Partner, Vendor
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_user, make_vendor, make_version
from tests.followups import world

pytestmark = pytest.mark.django_db
URL = "/v/house/partners/"


def names(client: Client, query: str = "") -> list[str]:
    return [row.company for row in client.get(URL + query).context["page"].rows]


def listed(vendor: Vendor, company: str, **fields: Any) -> Partner:
    return world.refreshed(make_partner(vendor, company=company, **fields), now=NOW)


def test_forth_and_back_nobody_lost_and_nobody_twice(desk: Client, vendor: Vendor, me: Member) -> None:
    companies = [f"Company {number // 2:03}" for number in range(173)]  # pairs of the same name
    for company in companies:
        listed(vendor, company, manager=me)
    forth, query = [], ""
    while True:
        page = desk.get(URL + query).context["page"]
        forth.append([row.partner_id for row in page.rows])
        if not page.next:
            break
        query = page.next
    assert [len(rows) for rows in forth] == [50, 50, 50, 23]
    assert len({pk for rows in forth for pk in rows}) == 173
    back = [forth[-1]]
    while page.previous:
        page = desk.get(URL + page.previous).context["page"]
        back.append([row.partner_id for row in page.rows])
    assert back == forth[::-1]


@pytest.mark.parametrize(
    "token", ["x", "~", "a~b", "a~1~2", "%00~1", "z~99999999999999999999999", "99999999999999999999999"]
)
def test_a_made_up_place_is_no_error(desk: Client, vendor: Vendor, me: Member, token: str) -> None:
    listed(vendor, "Only One", manager=me)
    assert desk.get(f"{URL}?after={token}").status_code == 200
    assert desk.get(f"{URL}?manager={token}&sponsor={token}&q={token}&stage={token}").status_code == 200


def test_search_finds_parts_of_company_name_and_address(desk: Client, vendor: Vendor, me: Member) -> None:
    listed(vendor, "Müller & Söhne GmbH", manager=me, contact={"name": "Jürgen Groß"}, email="jg@mueller-soehne.de")
    listed(vendor, "Fjord IT", manager=me)
    for words in ("muller", "MÜLLER söhne", "jurgen", "groß", "gross", "mueller-soehne"):
        assert names(desk, f"?q={words}") == ["Müller & Söhne GmbH"], words
    assert names(desk, "?q=100%25") == []
    assert names(desk, "?q=_jord") == []


def test_filter_by_kind_of_silence_and_by_no_activity(desk: Client, vendor: Vendor, me: Member, clock: Clock) -> None:
    version = make_version(vendor)
    quiet, active = (make_partner(vendor, company=name, manager=me) for name in ("Quiet", "Active"))
    for partner in (quiet, active):
        make_enrollment(partner, version=version)
    world.acts(active, now=clock.move(hours=47))
    detect(now=clock.move(hours=1))
    assert names(desk, "?silence=never_started") == ["Quiet"]
    assert names(desk, "?silence=any") == ["Quiet"]
    assert names(desk, "?silence=zero") == ["Quiet"]
    assert names(desk, "?silence=stopped") == []
    assert names(desk, "?silence=nonsense") == ["Active", "Quiet"]


def test_filter_by_stage_manager_and_sponsor(desk: Client, vendor: Vendor, me: Member) -> None:
    sponsor = listed(vendor, "Sponsor AG", manager=me)
    other = make_member(vendor)
    brought = make_partner(vendor, company="Brought In", manager=other, sponsor=sponsor)
    make_enrollment(brought, version=make_version(vendor))
    assert names(desk, "?stage=stage") == ["Brought In"]
    assert names(desk, "?stage=nothing") == []
    assert names(desk, f"?manager={other.pk}") == ["Brought In"]
    assert names(desk, f"?sponsor={sponsor.pk}") == ["Brought In"]
    assert names(desk, "?sponsor=sponsor ag") == ["Brought In"]
    assert names(desk, "?sponsor=nobody") == []


def test_filters_and_their_place_survive_in_links(desk: Client, vendor: Vendor, me: Member) -> None:
    for number in range(60):
        listed(vendor, f"Company {number:02}", manager=me)
    page = desk.get(f"{URL}?q=company&manager={me.pk}").context["page"]
    assert page.next.startswith(f"?q=company&manager={me.pk}&after=")
    assert len(names(desk, page.next)) == 10


def test_htmx_gets_the_rows_alone_and_caches_are_told(desk: Client, vendor: Vendor, me: Member) -> None:
    listed(vendor, "Only One", manager=me)
    full, rows = desk.get(URL), desk.get(URL, headers={"HX-Request": "true"})
    assert "<html" in full.content.decode()
    assert "<html" not in rows.content.decode()
    assert "Only One" in rows.content.decode()
    assert "HX-Request" in full.headers["Vary"]
    assert "HX-Request" in rows.headers["Vary"]
    back = desk.get(URL, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in back.content.decode()


def test_ordered_once_is_its_own_list(desk: Client, vendor: Vendor, me: Member, clock: Clock) -> None:
    partner = make_partner(vendor, company="Once", manager=me)
    world.orders(partner, date(2026, 1, 5), date(2026, 1, 5), now=clock.instant)
    assert names(desk, "?silence=ordered_once") == ["Once"]


def test_another_vendors_partners_are_never_shown(desk: Client, vendor: Vendor) -> None:
    foreign = listed(make_vendor("other"), "Foreign")
    assert names(desk) == []
    assert names(desk, f"?sponsor={foreign.pk}") == []
    assert desk.get("/v/other/partners/").status_code == 404
    assert desk.get(f"{URL}{foreign.pk}/").status_code == 404


def test_queries_do_not_grow_with_rows(
    desk: Client, vendor: Vendor, me: Member, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    version = make_version(vendor)
    make_enrollment(make_partner(vendor, manager=me), version=version)
    with django_assert_max_num_queries(10) as few:
        desk.get(URL)
    for _ in range(40):
        make_enrollment(make_partner(vendor, manager=make_member(vendor)), version=version)
    with django_assert_max_num_queries(len(few)):
        assert len(names(desk)) == 41


def test_a_viewer_reads_an_outsider_does_not(vendor: Vendor) -> None:
    viewer, outsider = Client(), Client()
    viewer.force_login(make_member(vendor, role="viewer").user)
    outsider.force_login(make_user())
    assert viewer.get(URL).status_code == 200
    assert outsider.get(URL).status_code == 404
    assert viewer.post(URL).status_code == 403


def test_how_many_there_are_and_where_this_page_is(desk: Client, vendor: Vendor, me: Member) -> None:
    for number in range(53):
        listed(vendor, f"Firm{number:02}", manager=me)
    first = desk.get(URL)
    page = first.content.decode()
    assert "53 partners" in page
    assert "here Firm00 to Firm49" in page
    assert "here Firm50 to Firm52" in desk.get(URL + first.context["page"].next).content.decode()
    assert "here Firm" not in desk.get(f"{URL}?q=firm1").content.decode()


def test_what_a_filter_leaves_is_told_without_counting_it(desk: Client, vendor: Vendor, me: Member) -> None:
    for number in range(53):
        listed(vendor, f"Firm{number:02}", manager=me)
    assert "More than 50 partners fit" in desk.get(f"{URL}?manager={me.pk}").content.decode()
    assert "10 partners fit" in desk.get(f"{URL}?q=firm1").content.decode()
    assert "1 partner fits" in desk.get(f"{URL}?q=firm52").content.decode()


def test_many_are_counted_once_a_minute(
    desk: Client, vendor: Vendor, me: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.clear()
    monkeypatch.setattr(counting, "BOUND", 2)
    for company in ("Fjord", "Harbour", "Linden"):
        listed(vendor, company, manager=me)
    assert "3 partners" in desk.get(URL).content.decode()
    listed(vendor, "Summit", manager=me)
    assert "3 partners" in desk.get(URL).content.decode()
    cache.clear()
    assert "4 partners" in desk.get(URL).content.decode()
