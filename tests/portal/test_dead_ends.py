"""No dead ends on the desk: whoever reads a page can do what it offers, and every link leads somewhere.

The pages are found by following the links, and by the walk over every URL; see test_every_url.py.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import resolve

from partners.models import Contact, Member, Vendor
from playbooks.walking import get_stuck
from tests import factories
from tests.clock import Clock
from tests.followups import world
from tests.portal.test_every_url import URLS, missing
from tests.portal.url_examples import World

pytestmark = pytest.mark.walk

MOST_PAGES = 300


@dataclass
class Seen(HTMLParser):
    """What a page offers: where its links lead, where its forms send, and the places on it that can be linked to."""

    address: str
    links: list[str] = field(default_factory=list)
    sends: list[str] = field(default_factory=list)
    places: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places.add(given.get("id", ""))
        if tag == "a" and "href" in given:
            self.links.append(urljoin(self.address, given["href"]))
        if tag == "form" and given.get("method", "").lower() == "post":
            self.sends.append(urljoin(self.address, given.get("action", "")))
        self.sends += [urljoin(self.address, given[name]) for name in ("hx-post", "formaction") if name in given]


@dataclass
class Walked:
    """Every page of a vendor's desk that somebody comes to, and what was wrong on the way."""

    pages: dict[str, Seen] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        return {resolve(urlsplit(address).path).url_name or "" for address in self.pages}


def walk_desk(member: Member, *begin: str) -> Walked:
    client, desk = Client(), f"/v/{member.vendor.slug}/"
    client.force_login(member.user, "django.contrib.auth.backends.ModelBackend")
    walked, ahead = Walked(), deque([(desk, ""), *((address, "") for address in begin)])
    while ahead:
        address, came_from = ahead.popleft()
        if address in walked.pages or not address.startswith(desk):
            continue
        response = client.get(address, follow=True)
        if response.status_code != 200:
            walked.faults.append(f"{came_from} leads to {address}: {response.status_code}")
            continue
        seen = walked.pages[address] = Seen(address)
        if response.headers["Content-Type"].startswith("text/html"):
            seen.feed(response.content.decode())
        ahead.extend((link.partition("#")[0], address) for link in seen.links)
        assert len(walked.pages) < MOST_PAGES, "The links have no end."
    walked.faults += lost_places(walked)
    return walked


def lost_places(walked: Walked) -> Iterator[str]:
    for address, seen in walked.pages.items():
        for link in seen.links:
            page, _, place = link.partition("#")
            there = walked.pages.get(page)
            if place and there is not None and unquote(place) not in there.places:
                yield f"{address} leads to #{place} of {page}, which has no such place"


@pytest.fixture
def home(clock: Clock, db: None, mailoutbox: list[EmailMessage]) -> World:
    """A vendor with a partner in each state in which a page offers something else."""
    home = World.make("home", now=clock.instant, mails=mailoutbox)
    vendor, manager = home.vendor, home.manager
    vendors_step = [{"key": "first", "who": "vendor"}]
    sponsors_step = [{"key": "first", "who": "sponsor"}]
    for slug, steps in (("ours", vendors_step), ("theirs", sponsors_step)):
        version = factories.make_version(vendor, slug=slug, default=False, steps=steps)
        factories.make_enrollment(
            factories.make_partner(vendor, manager=manager, sponsor=home.partner), version=version
        )
    factories.make_version(vendor, slug="draft", default=False, published=False)
    stuck = factories.make_partner(vendor, manager=manager)
    factories.make_enrollment(stuck, version=home.version)
    get_stuck(progress=world.first_step(stuck), reason="No key", by=None, now=home.now)
    factories.make_partner(vendor, manager=manager, state="signed")
    factories.make_partner(vendor, manager=manager)  # walks nothing
    customer = factories.make_partner(vendor, manager=manager, company="00001")
    Contact.objects.filter(partner=customer).delete()
    factories.make_enrollment(factories.make_partner(vendor, manager=manager), version=home.version)
    world.orders(customer, home.now.date(), now=home.now)
    clock.move(days=60)
    for partner in vendor.partners.all():
        world.refreshed(partner, now=clock.instant)
    return home


def found_by_the_walk(home: World) -> list[str]:
    """Addresses of pages that no link leads to: a reader may still have them from a colleague."""
    here = [url for url in URLS if url.door() == "desk" and not missing(url)]
    return [url.of(home) for url in here]


def refused(walked: Walked) -> list[str]:
    """What a viewer is offered to send: every one of these is answered with 403."""
    return [
        f"{address} offers to send {send}"
        for address, seen in walked.pages.items()
        for send in seen.sends
        if send.startswith("/v/")
    ]


def test_a_viewer_is_offered_nothing_that_is_refused(home: World) -> None:
    walked = walk_desk(home.viewer)
    assert not walked.faults, "\n".join(walked.faults)
    assert not refused(walked), "\n".join(refused(walked))
    assert {"desk-today", "desk-partner", "desk-step", "desk-playbook", "desk-followups"} <= walked.names


def test_nor_on_a_page_that_no_link_leads_to(home: World) -> None:
    client = Client()
    client.force_login(home.viewer.user, "django.contrib.auth.backends.ModelBackend")
    readable = [address for address in found_by_the_walk(home) if client.get(address).status_code == 200]
    walked = walk_desk(home.viewer, *readable)
    assert not walked.faults, "\n".join(walked.faults)
    assert not refused(walked), "\n".join(refused(walked))


@pytest.mark.parametrize("role", ["manager", "owner"])
def test_every_link_of_the_desk_leads_somewhere(home: World, role: str) -> None:
    walked = walk_desk(getattr(home, role))
    assert not walked.faults, "\n".join(walked.faults)
    assert {"desk-partner-edit", "desk-partners-import", "desk-playbook-publish"} <= walked.names


@pytest.mark.parametrize("role", ["viewer", "manager"])
def test_an_empty_desk_has_no_dead_end_either(clock: Clock, db: None, role: str) -> None:
    vendor: Vendor = factories.make_vendor("empty")
    walked = walk_desk(factories.make_member(vendor, role=role))
    assert not walked.faults, "\n".join(walked.faults)
    assert role == "manager" or not refused(walked), "\n".join(refused(walked))
