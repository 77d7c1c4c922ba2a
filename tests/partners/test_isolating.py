"""A name written from the right stands among our words without turning them; a page of each area is looked at."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from followups.engine.cadences import make_default_cadence
from followups.silence.detecting import detect
from partners.applying import apply, record_conversation
from partners.isolating import END, FIRST_STRONG, isolated
from partners.models import User, Vendor
from playbooks.walking import get_stuck
from tests.clock import Clock
from tests.factories import make_enrollment, make_member, make_partner, make_user, make_vendor, make_version
from tests.followups import world

COMPANY, PERSON, MANAGER = "שלום מחשבים", "نادية حداد", "דנה לוי"


@pytest.mark.parametrize("name", ["", "Anna Berg", "Gransjö IT", "株式会社", "Ünal & Söhne"])
def test_names_that_turn_nothing_stay_as_they_are(name: str) -> None:
    assert isolated(name) == name


@pytest.mark.parametrize("name", [COMPANY, PERSON, "ABC שלום", "42 شركة"])
def test_names_from_the_right_are_set_apart(name: str) -> None:
    assert isolated(name) == f"{FIRST_STRONG}{name}{END}"


def test_a_name_cannot_turn_what_follows_it() -> None:
    assert isolated("Anna\u202eBerg") == "AnnaBerg"
    assert isolated(f"שלום{END}\u202e") == f"{FIRST_STRONG}שלום{END}"


ALONE = frozenset({"dd", "h1", "h2", "option", "p", "title"})  # what stands alone in one of these has no neighbours


class Texts(HTMLParser):
    """The texts of a page in which a name is not set apart from what stands beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.bare: list[str] = []
        self.tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tag = tag

    def handle_data(self, data: str) -> None:
        for name in (COMPANY, PERSON, MANAGER):
            without = data.replace(f"{FIRST_STRONG}{name}{END}", "")
            if name in without and not (without.strip() == name and self.tag in ALONE):
                self.bare.append(f"<{self.tag}> {' '.join(data.split())}")


@pytest.fixture
def look(clock: Clock, db: None) -> Callable[[User, str], None]:
    def look(user: User, address: str) -> None:
        client = Client()
        client.force_login(user)
        response = client.get(address)
        page = response.content.decode()
        assert response.status_code == 200
        assert any(name in page for name in (COMPANY, PERSON, MANAGER))
        texts = Texts()
        texts.feed(page)
        assert texts.bare == [], address

    return look


@pytest.fixture
def vendor(clock: Clock, db: None) -> Vendor:
    vendor = make_vendor("house")
    make_default_cadence(vendor=vendor, now=clock.instant)
    return vendor


def test_on_a_page_of_each_area(look: Callable[[User, str], None], vendor: Vendor, clock: Clock) -> None:
    me = make_member(vendor, role="owner", user=make_user(name=MANAGER))
    version = make_version(vendor)
    user = make_user(name=PERSON)
    given: dict[str, Any] = {"company": COMPANY, "manager": me, "contact": {"name": PERSON}}
    sponsor = make_partner(vendor, **given, user=user)
    silent, stuck = (make_partner(vendor, **given, sponsor=sponsor) for _ in range(2))
    for partner in (silent, stuck):
        make_enrollment(partner, version=version)
    get_stuck(progress=world.first_step(stuck), reason=PERSON, by=None, now=clock.instant)
    now = clock.instant
    application = apply(
        vendor=vendor, company=COMPANY, contact_name=PERSON, email="a@b.example", now=now, motivation="More."
    )
    record_conversation(application=application, by=me, interviewer=me, held_at=now, notes="Good.", now=now)
    detect(now=clock.move(hours=50))
    for address in (
        "/v/house/?who=everyone",
        "/v/house/partners/",
        f"/v/house/partners/{silent.pk}/",
        f"/v/house/partners/{stuck.pk}/",
        "/v/house/followups/",
        "/v/house/applications/",
        f"/v/house/applications/{application.pk}/",
        "/v/house/settings/people/",
        f"/v/house/steps/{world.first_step(stuck).pk}/",
    ):
        look(me.user, address)
    look(user, "/my/first-line/")
    form = Client()
    form.force_login(me.user)
    kept = form.get(f"/v/house/partners/{silent.pk}/edit/").context["form"]
    assert (kept["company"].value(), kept["contact_name"].value()) == (COMPANY, PERSON)  # or it would be saved so
