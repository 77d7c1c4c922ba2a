"""Today: who needs you, why, and one thing to do."""

from datetime import timedelta
from itertools import groupby

import pytest
from django.db.models import Q
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from followups.calls.contacting import log_contact
from followups.dashboards.today import PLACES
from followups.models.silence import SilenceKind
from followups.models.standing import OWED_SOMETHING, TO_TURN_TO
from followups.silence.detecting import detect
from followups.silence.judging import OWED, places_of, severities_of
from partners.accepting import accept
from partners.models import Member, Partner, Vendor
from playbooks.enrolling import enroll
from playbooks.models import PlaybookVersion
from playbooks.walking import get_stuck
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_user, make_version
from tests.followups.world import acts, first_step, orders, refreshed

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(vendor: Vendor) -> PlaybookVersion:
    return make_version(vendor)


def quiet_partner(manager: Member, version: PlaybookVersion, company: str = "Fjord IT") -> Partner:
    partner = make_partner(manager.vendor, company=company, manager=manager, contact={"name": "Anna Berg"})
    make_enrollment(partner, version=version)
    return partner


def test_a_line_says_why_and_offers_one_action(
    desk: Client, me: Member, version: PlaybookVersion, clock: Clock
) -> None:
    partner = quiet_partner(me, version)
    detect(now=clock.move(hours=72))
    page = desk.get("/v/house/").content.decode()
    assert "Accepted 3 days ago, has not begun “Do the first thing”" in page
    assert "Write to Anna Berg" in page
    assert f'href="/v/house/partners/{partner.pk}/#talk"' in page


def test_mine_first_and_a_switch_to_everyones(
    desk: Client, me: Member, vendor: Vendor, version: PlaybookVersion, clock: Clock
) -> None:
    quiet_partner(me, version, "Mine Ltd")
    quiet_partner(make_member(vendor), version, "Theirs Ltd")
    detect(now=clock.move(hours=48))
    mine, everyones = (desk.get(f"/v/house/{query}").content.decode() for query in ("", "?who=everyone"))
    assert "Mine Ltd" in mine
    assert "Theirs Ltd" not in mine
    assert "Mine Ltd" in everyones
    assert "Theirs Ltd" in everyones


def test_most_urgent_first(desk: Client, me: Member, version: PlaybookVersion, clock: Clock) -> None:
    quiet_partner(me, version, "Never Began")
    stuck = quiet_partner(me, version, "Stuck Ltd")
    detect(now=clock.move(hours=48))
    get_stuck(progress=first_step(stuck), reason="No licence key", by=None, now=clock.instant)
    page = desk.get("/v/house/").content.decode()
    assert page.index("Stuck Ltd") < page.index("Never Began")
    assert "Got stuck just now at “Do the first thing”" in page
    assert "Help Anna Berg on" in page


def test_who_was_talked_to_rests_and_comes_back(
    desk: Client, me: Member, version: PlaybookVersion, clock: Clock
) -> None:
    partner = quiet_partner(me, version)
    detect(now=clock.move(hours=48))
    log_contact(partner=partner, outcome="reached", note="", by=me.user, now=clock.instant)
    assert "Fjord IT" not in desk.get("/v/house/").content.decode()
    detect(now=clock.move(hours=72) - timedelta(seconds=1))
    assert "Fjord IT" not in desk.get("/v/house/").content.decode()
    detect(now=clock.instant)
    assert "Fjord IT" in desk.get("/v/house/").content.decode()


def counts_on(desk: Client, query: str = "") -> dict[str, int]:
    return {silence["kind"]: int(silence["count"]) for silence in desk.get(f"/v/house/{query}").context["silences"]}


def rows_on(desk: Client, query: str = "") -> list[str]:
    return [row.company for row in desk.get(f"/v/house/{query}").context["page"].rows]


@pytest.fixture
def one_of_each(me: Member, version: PlaybookVersion, clock: Clock) -> None:
    """Two who never began, one of whom rests; one stuck; one who stopped; one who ordered once; one who signed."""
    for company in ("Never began", "Rests", "Stopped", "Stuck"):
        quiet_partner(me, version, company)
    once = make_partner(me.vendor, company="Ordered once", manager=me)
    orders(once, NOW.date() - timedelta(days=40), now=NOW)
    acts(Partner.objects.get(company="Stopped"), now=NOW + timedelta(hours=1))
    detect(now=clock.move(days=9))
    signed = make_partner(me.vendor, company="Signed", manager=me, state="signed", signed_at=clock.instant)
    refreshed(signed, now=clock.instant)
    get_stuck(progress=first_step(Partner.objects.get(company="Stuck")), reason="No key", by=None, now=clock.instant)
    rests = Partner.objects.get(company="Rests")
    log_contact(partner=rests, outcome="reached", note="", by=me.user, now=clock.instant)


def test_the_tiles_count_exactly_whom_the_rows_show(desk: Client, one_of_each: None) -> None:
    counts = counts_on(desk)
    assert counts == {"never_started": 1, "stopped": 1, "waiting_on_us": 2, "ordered_once": 1}
    assert sum(counts.values()) == len(rows_on(desk))
    assert "Rests" not in rows_on(desk)


def test_what_waits_for_us_comes_first_then_the_lately_quiet(desk: Client, one_of_each: None) -> None:
    assert rows_on(desk) == ["Stuck", "Signed", "Never began", "Stopped", "Ordered once"]
    page = desk.get("/v/house/").content.decode()
    assert "What waits for you comes first, the longest wait on top" in page
    places = [place for place, _lines in desk.get("/v/house/").context["places"]]
    assert places == [
        "Waiting for a step of yours",
        "Signed, and waiting for your yes",
        "Went quiet, and is easy to win back",
    ]
    assert "rests, and is neither listed nor counted" in page


def test_the_longest_wait_is_on_top_of_what_we_owe_and_the_latest_of_all_others(
    desk: Client, me: Member, version: PlaybookVersion, clock: Clock
) -> None:
    """As the words above the list have it."""
    for day in range(1, 5):
        for company in (f"Stuck {day}", f"Silent {day}"):
            partner = make_partner(me.vendor, company=company, manager=me)
            make_enrollment(partner, version=version, now=clock.instant)
        stuck = first_step(Partner.objects.get(company=f"Stuck {day}"))
        get_stuck(progress=stuck, reason="?", by=None, now=clock.instant)
        signed = make_partner(me.vendor, company=f"Signed {day}", manager=me, state="signed", signed_at=clock.instant)
        refreshed(signed, now=clock.instant)
        clock.move(days=1)
    detect(now=clock.move(days=2))
    expected = [f"{word} {day}" for word in ("Stuck", "Signed") for day in (1, 2, 3, 4)]
    expected += [f"Silent {day}" for day in (4, 3, 2, 1)]
    assert rows_on(desk) == expected


def test_who_signed_weeks_ago_no_longer_comes_first(desk: Client, one_of_each: None, clock: Clock) -> None:
    detect(now=clock.move(days=14) - timedelta(seconds=1))
    assert rows_on(desk).index("Signed") == 1
    detect(now=clock.instant)
    assert rows_on(desk)[-1] == "Signed"
    assert counts_on(desk)["waiting_on_us"] == 2


def test_a_tile_shows_its_kind_alone_and_pressed_again_everybody(desk: Client, one_of_each: None) -> None:
    for kind, count in counts_on(desk).items():
        response = desk.get(f"/v/house/?kind={kind}")
        page = response.content.decode()
        assert len(response.context["page"].rows) == count
        assert 'href="/v/house/?kind=" aria-current="true"' in page
        assert "Show all" in page
    assert rows_on(desk, "?kind=waiting_on_us") == ["Stuck", "Signed"]
    assert rows_on(desk, "?kind=nonsense") == rows_on(desk)


def test_every_severity_belongs_to_one_kind_and_has_its_place() -> None:
    every = [weight for kind in SilenceKind.values for weight in severities_of(kind)]
    assert len(every) == len(set(every))
    in_order = [place for place, _same in groupby(places_of(severity) for severity in sorted(every, reverse=True))]
    assert in_order == list(PLACES)
    assert Q(severity__gte=OWED) == OWED_SOMETHING
    assert Q(severity__gt=0, severity__lt=OWED) == TO_TURN_TO


def test_an_empty_vendor_is_told_what_to_do(desk: Client, vendor: Vendor) -> None:
    page = desk.get("/v/house/").content.decode()
    assert "Your playbook is the next step" in page
    make_version(vendor)
    page = desk.get("/v/house/").content.decode()
    assert "Your first partner is the next step" in page
    assert "Your playbook is the next step" not in page


def test_the_playbook_stays_the_next_step_until_one_is_published(desk: Client, me: Member, vendor: Vendor) -> None:
    refreshed(make_partner(vendor, company="Signed", manager=me, state="signed", signed_at=NOW), now=NOW)
    draft = make_version(vendor, published=False)
    for query in ("", "?who=everyone", "?kind=stopped"):
        page = desk.get(f"/v/house/{query}").content.decode()
        assert "Your playbook is the next step" in page
        assert "Until one is published, nobody can begin" in page
    offered = desk.get("/v/house/").context["lines"]
    assert [(line["action"], line["anchor"]) for line in offered] == [("Accept", "#accept")]
    PlaybookVersion.objects.filter(pk=draft.pk).update(state="published", published_at=NOW)
    page = desk.get("/v/house/").content.decode()
    assert "Your playbook is the next step" not in page
    assert "Accept and start" in page


def test_who_was_accepted_without_a_playbook_is_not_forgotten(desk: Client, vendor: Vendor, me: Member) -> None:
    for company in ("Fjord IT", "Harbour IT"):
        accept(partner=make_partner(vendor, company=company, manager=me, state="signed"), by=me.user, now=NOW)
    assert "2 accepted partners wait for it" in desk.get("/v/house/").content.decode()
    listed = desk.get(f"/v/house/partners/?stage=-&manager={me.pk}").content.decode()
    assert "Fjord IT" in listed
    version = make_version(vendor)
    enroll(partner=vendor.partners.get(company="Fjord IT"), version=version, by=me.user, now=NOW)
    assert "Fjord IT" not in desk.get("/v/house/partners/?stage=-").content.decode()
    assert "1 accepted partner walks no playbook yet" in desk.get("/v/house/").content.decode()


def test_nobody_needs_you(desk: Client, me: Member, version: PlaybookVersion) -> None:
    quiet_partner(me, version)
    assert "Nobody needs you right now" in desk.get("/v/house/").content.decode()


def test_pages_hold_everybody_once(desk: Client, me: Member, version: PlaybookVersion, clock: Clock) -> None:
    for number in range(60):
        quiet_partner(me, version, f"Quiet {number:02}")
    detect(now=clock.move(hours=48))
    seen, query = [], ""
    while True:
        page = desk.get(f"/v/house/{query}").context["page"]
        seen += [row.company for row in page.rows]
        if not page.next:
            break
        query = page.next
    assert sorted(seen) == sorted(f"Quiet {number:02}" for number in range(60))


def test_queries_do_not_grow_with_rows(
    desk: Client,
    me: Member,
    version: PlaybookVersion,
    clock: Clock,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    quiet_partner(me, version)
    detect(now=clock.move(hours=48))
    with django_assert_max_num_queries(10) as few:
        desk.get("/v/house/?who=everyone")
    for number in range(20):
        quiet_partner(make_member(me.vendor), version, f"Quiet {number}")
    detect(now=clock.move(hours=48))
    with django_assert_max_num_queries(len(few)):
        desk.get("/v/house/?who=everyone")


def test_an_outsider_finds_nothing_and_a_viewer_sees_everyones(vendor: Vendor, me: Member) -> None:
    outsider, viewer = Client(), Client()
    outsider.force_login(make_user())
    viewer.force_login(make_member(vendor, role="viewer").user)
    assert outsider.get("/v/house/").status_code == 404
    assert viewer.get("/v/house/").context["everyone"] is True
    assert viewer.post("/v/house/").status_code == 403


def test_only_get(desk: Client) -> None:
    assert desk.post("/v/house/").status_code == 405


def test_the_week_in_one_line(desk: Client, me: Member, version: PlaybookVersion) -> None:
    refreshed(quiet_partner(me, version), now=NOW)
    assert "In the last seven days: 1 new partner began." in desk.get("/v/house/").content.decode()


def test_who_has_nobody_to_call_gets_somebody_added_first(desk: Client, me: Member, clock: Clock) -> None:
    nobody, mail = make_partner(me.vendor, company="00001", manager=me), make_partner(me.vendor, manager=me)
    nobody.contacts.all().delete()
    for partner in (nobody, mail):
        orders(partner, NOW.date() - timedelta(days=40), now=NOW)
    offered = {line["company"]: (line["action"], line["anchor"]) for line in desk.get("/v/house/").context["lines"]}
    assert offered["00001"] == ("Add a person", "edit/#person")
    assert offered[mail.company] == ("Ask Kim Contact how it went", "#talk")
    page = desk.get(f"/v/house/partners/{nobody.pk}/").content.decode()
    assert '<a class="btn btn-primary" href="edit/#person">Add a person</a>' in page
    assert "Nobody is on record." in page
    assert 'id="person"' in desk.get(f"/v/house/partners/{nobody.pk}/edit/").content.decode()


def test_without_a_number_one_writes(desk: Client, me: Member, version: PlaybookVersion, clock: Clock) -> None:
    silent = quiet_partner(me, version)
    detect(now=clock.move(hours=48))
    assert [line["action"] for line in desk.get("/v/house/").context["lines"]] == ["Write to Anna Berg"]
    mail = silent.contacts.get().email
    assert f'<a href="mailto:{mail}">{mail}</a> <span' in desk.get(f"/v/house/partners/{silent.pk}/").content.decode()
    Partner.objects.filter(pk=silent.pk).update(phone="+47 22 33")
    refreshed(silent, now=clock.instant)
    assert [line["action"] for line in desk.get("/v/house/").context["lines"]] == ["Call Anna Berg"]
