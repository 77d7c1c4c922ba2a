"""One button starts everybody who waits: offered where they are seen, told beforehand, pressed once."""

from typing import Any

import pytest
from django.test import Client
from kombu.exceptions import OperationalError
from pytest_django import DjangoAssertNumQueries

from followups import starting
from followups.dashboards import starting as page
from followups.models import Start
from followups.tasks import start_waiting
from partners.accepting import accept_all
from partners.models import Member, Vendor
from playbooks.models import Enrollment
from tests.factories import NOW, make_member, make_partner, make_user, make_vendor, make_version

pytestmark = pytest.mark.django_db
URL = "/v/house/partners/start/"


@pytest.fixture
def desk(me: Member) -> Client:
    return enter(me)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often workers were woken."""
    heard: list[str] = []
    monkeypatch.setattr(start_waiting, "apply_async", lambda **_: heard.append("woken"))
    return heard


def enter(member: Member) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def accepted(me: Member, count: int, **fields: Any) -> None:
    partners = [make_partner(me.vendor, manager=me, state="signed", **fields) for _ in range(count)]
    accept_all(vendor=me.vendor, partner_ids=[each.pk for each in partners], by=me.user, now=NOW, playbook="-")


def shown(client: Client, url: str = URL) -> str:
    return client.get(url).content.decode()


def test_it_says_beforehand_what_will_happen(desk: Client, me: Member) -> None:
    accepted(me, 2, time_zone="Europe/Berlin")
    accepted(me, 1, time_zone="Pacific/Auckland")  # 22:00 there
    make_version(me.vendor)
    told = shown(desk)
    assert "3 partners were accepted and walk no playbook yet" in told
    assert "Each of them begins with “Do the first thing”." in told
    assert "2 welcomes leave by mail at once." in told
    assert "1 welcome waits until it is eight in the morning" in told
    assert "Start it for all 3" in told
    assert not Enrollment.objects.exists()


def test_where_the_first_step_is_ours_it_promises_no_mail(desk: Client, me: Member) -> None:
    accepted(me, 1)
    make_version(me.vendor, steps=[{"key": "ours", "who": "vendor"}, "theirs"])
    told = shown(desk)
    assert "No mail leaves yet" in told
    assert "leaves by mail at once" not in told


def test_one_press_starts_all_and_a_second_nobody(desk: Client, me: Member) -> None:
    accepted(me, 3)
    version = make_version(me.vendor)
    answers = [desk.post(URL, {"playbook": version.playbook.slug}, follow=True) for _press in range(2)]
    assert Enrollment.objects.filter(version=version).count() == 3
    assert "3 partners begin now" in answers[0].content.decode()
    for answer in answers:
        assert "Nobody waits without a playbook" in answer.content.decode()
        assert "3 partners began" in answer.content.decode()


def test_the_playbook_can_be_chosen_where_there_are_several(desk: Client, me: Member) -> None:
    accepted(me, 1)
    make_version(me.vendor)
    other = make_version(me.vendor, slug="other", default=False)
    assert 'value="other" selected' in shown(desk, f"{URL}?playbook=other")
    desk.post(URL, {"playbook": "other"})
    assert Enrollment.objects.get().version == other


def test_without_a_published_playbook_it_says_so(desk: Client, me: Member) -> None:
    accepted(me, 1)
    make_version(me.vendor, published=False)
    assert "You have no published playbook that could start" in shown(desk)
    answer = desk.post(URL, {"playbook": "start"}, follow=True)
    assert "Nothing was started. Publish a playbook first" in answer.content.decode()
    assert not Start.objects.exists()


def test_anothers_playbook_starts_nothing(desk: Client, me: Member) -> None:
    accepted(me, 1)
    make_version(make_vendor("other"), slug="theirs")
    desk.post(URL, {"playbook": "theirs"})
    assert not Enrollment.objects.exists()


def test_a_large_number_goes_on_in_a_worker(
    desk: Client, me: Member, monkeypatch: pytest.MonkeyPatch, woken: list[str]
) -> None:
    monkeypatch.setattr(starting, "BATCH", 2)
    monkeypatch.setattr(page, "SECONDS", 0.0)
    accepted(me, 5)
    version = make_version(me.vendor)
    answer = desk.post(URL, {"playbook": version.playbook.slug}, follow=True).content.decode()
    assert "2 of 5 partners have begun" in answer
    assert "Go on starting" in answer
    assert woken == ["woken"]
    part = desk.get(URL, headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    assert "HX-Request" in part.headers["Vary"]
    starting.carry_out_all(now=NOW)
    assert desk.get(URL, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert Enrollment.objects.count() == 5


def test_without_a_broker_the_page_goes_on_by_itself(desk: Client, me: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(start_waiting, "apply_async", fail)
    monkeypatch.setattr(starting, "BATCH", 2)
    monkeypatch.setattr(page, "SECONDS", 0.0)
    accepted(me, 3)
    version = make_version(me.vendor)
    desk.post(URL, {"playbook": version.playbook.slug})
    monkeypatch.setattr(page, "SECONDS", 8.0)
    desk.post(URL, {"action": "continue"})
    assert Enrollment.objects.count() == 3
    desk.post(URL, {"action": "continue"})  # nothing is under way any more
    assert Start.objects.count() == 1


def test_it_is_offered_where_they_are_seen(desk: Client, me: Member) -> None:
    accepted(me, 2)
    make_version(me.vendor)
    for place in ("/v/house/", "/v/house/partners/?stage=-"):
        assert "2 accepted partners walk no playbook yet" in shown(desk, place)
        assert URL in shown(desk, place)
    assert "Nobody needs you right now" not in shown(desk, "/v/house/")
    assert URL not in shown(desk, "/v/house/partners/")
    desk.post(URL, {"playbook": "start"})
    for place in ("/v/house/", "/v/house/partners/?stage=-"):
        assert URL not in shown(desk, place)


def test_of_mine_it_starts_exactly_whom_it_counts(desk: Client, me: Member) -> None:
    other = make_member(me.vendor)
    accepted(me, 2)
    accepted(other, 3)
    version = make_version(me.vendor)
    mine, everyones = f"{URL}?manager={me.pk}", f"{URL}?manager={other.pk}"
    today = shown(desk, "/v/house/")
    assert "2 accepted partners walk no playbook yet" in today
    assert f'href="{mine}">Start one for all of yours who wait</a>' in today
    assert f'href="{URL}">Start one for all who wait</a>' in shown(desk, "/v/house/?who=everyone")
    assert f'href="{everyones}">Start one for all 3</a>' in shown(
        desk, f"/v/house/partners/?stage=-&manager={other.pk}"
    )
    told = shown(desk, mine)
    for words in (
        "for those of yours who wait",
        "Start it for all 2",
        f'<a href="{URL}">3 partners of others wait, too',
    ):
        assert words in told
    answer = desk.post(URL, {"playbook": version.playbook.slug, "manager": me.pk}, follow=True)
    assert answer.redirect_chain == [(mine, 302)]
    assert set(Enrollment.objects.values_list("partner__manager", flat=True)) == {me.pk}
    assert Enrollment.objects.count() == 2
    assert f"for those of {other} who wait" in shown(desk, everyones)


@pytest.mark.parametrize("manager", ["nobody", "0", "99999999999999999999"])
def test_of_nobody_there_is_nothing_to_start(desk: Client, manager: str) -> None:
    assert desk.get(URL, {"manager": manager}).status_code == 404


def test_of_anothers_manager_there_is_nothing_to_start(desk: Client) -> None:
    theirs = make_member(make_vendor("other"))
    assert desk.get(URL, {"manager": theirs.pk}).status_code == 404
    assert desk.post(URL, {"manager": theirs.pk}).status_code == 404


def test_without_a_published_playbook_nothing_is_offered_that_would_start_none(desk: Client, me: Member) -> None:
    accepted(me, 2)
    make_version(me.vendor, published=False)
    for place in ("/v/house/", "/v/house/partners/?stage=-"):
        told = shown(desk, place)
        assert URL not in told
        assert '<a class="btn btn-primary" href="/v/house/playbooks/">Choose a playbook</a>' in told
    assert "2 accepted partners wait for it" in shown(desk, "/v/house/")


def test_it_is_offered_after_publishing_and_leads_to_that_playbook(desk: Client, me: Member) -> None:
    accepted(me, 2)
    draft = make_version(me.vendor, published=False)
    address = f"/v/house/playbooks/{draft.playbook.pk}/"
    assert URL not in shown(desk, address)
    told = desk.post(f"{address}publish/", follow=True).content.decode()
    assert "2 partners were accepted before and wait without a playbook." in told
    assert f"{URL}?playbook=start" in told
    desk.post(URL, {"playbook": "start"})
    assert URL not in shown(desk, f"{address}?published=1")


def test_where_nobody_waits_publishing_leads_to_the_playbook_as_ever(desk: Client, me: Member) -> None:
    draft = make_version(me.vendor, published=False)
    address = f"/v/house/playbooks/{draft.playbook.pk}/"
    assert desk.post(f"{address}publish/")["Location"] == address


def test_a_viewer_sees_no_button_and_may_not(vendor: Vendor, me: Member) -> None:
    accepted(me, 2)
    make_version(vendor)
    viewer = enter(make_member(vendor, role="viewer"))
    for place in ("/v/house/", "/v/house/partners/?stage=-"):
        assert URL not in shown(viewer, place)
    assert viewer.get(URL).status_code == 403
    assert viewer.post(URL, {"playbook": "start"}).status_code == 403
    assert not Enrollment.objects.exists()


def test_an_outsider_finds_nothing(vendor: Vendor) -> None:
    outsider = Client()
    outsider.force_login(make_user())
    assert outsider.get(URL).status_code == 404
    assert outsider.post(URL).status_code == 404


def test_queries_do_not_grow_with_those_who_wait(
    desk: Client, me: Member, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_version(me.vendor)
    accepted(me, 1)
    with django_assert_max_num_queries(12) as few:
        desk.get(URL)
    accepted(me, 30)
    with django_assert_max_num_queries(len(few)):
        desk.get(URL)
