"""Every URL of the project, as every role, with another vendor's ids.

The walk finds the URLs by itself. A new one that it cannot fill in, or whose door it does not know, fails and says
where to write it down: tests/portal/url_examples.py.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import DjangoDbBlocker

import tests.clock
from partners.models import Activity, AuditEntry, User
from tests import factories
from tests.clock import Clock
from tests.databases import made_once
from tests.portal.url_examples import DOORS, EXAMPLES, NOTHING_THERE, World

pytestmark = pytest.mark.walk
METHODS: Final = ("get", "head", "post")
WORKS: Final = {200, 302, 400, 405, 409, 410, 422, 429}
CLOSED: Final = {404, 405}  # 405 where the method is wrong for everybody
REGISTER: Final = "tests/portal/url_examples.py"


@dataclass(frozen=True)
class Url:
    name: str
    route: str
    arguments: tuple[str, ...]

    def door(self) -> str:
        if not self.route:
            return "open"
        for beginning, door in DOORS.items():
            if self.route.startswith(beginning):
                return door
        raise AssertionError(
            f"Who may come in at /{self.route} ({self.name})? Add its beginning to DOORS in {REGISTER}."
        )

    def example(self, argument: str) -> Any:
        parts = self.name.split("-")
        for length in range(len(parts), 0, -1):
            found = EXAMPLES.get(f"{'-'.join(parts[:length])}.{argument}")
            if found is not None:
                return found
        found = EXAMPLES.get(argument)
        if found is None:
            raise AssertionError(
                f"The URL {self.name} (/{self.route}) has an argument “{argument}” that nobody has an example of. "
                f'Add to EXAMPLES in {REGISTER} a line such as "{self.name}.{argument}": lambda world: world.partner.pk'
            )
        return found

    def of(self, world: World, **instead: object) -> str:
        return reverse(self.name, kwargs={name: self.example(name)(world) for name in self.arguments} | instead)


def walk(resolver: URLResolver, before: str = "") -> Iterator[Url]:
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry, route)
        elif isinstance(entry, URLPattern):
            assert entry.name, f"/{route} has no name. Every URL has one."
            yield Url(entry.name, route, tuple(entry.pattern.regex.groupindex))


URLS: Final = list(walk(get_resolver("onboarding_portal.urls")))


Worlds = tuple[World, World]


@pytest.fixture(scope="module")
def worlds(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[[], Worlds]]:
    """Two vendors with one of everything; what a test does to them, no other sees."""

    @override_settings(CLOCK="tests.clock.now")
    def make() -> Worlds:
        now = tests.clock.CLOCK.set(factories.NOW)
        home, away = (World.make(slug, now=now, mails=mail.outbox) for slug in ("home", "away"))
        return home, away

    with made_once(make, django_db_blocker) as worlds:
        yield worlds


@pytest.fixture
def home_and_away(worlds: Callable[[], Worlds], clock: Clock, db: None) -> Worlds:
    cache.clear()
    return worlds()


@pytest.fixture
def home(home_and_away: Worlds) -> World:
    return home_and_away[0]


@pytest.fixture
def away(home_and_away: Worlds) -> World:
    return home_and_away[1]


def as_user(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def statuses(user: User | None, address: str, methods: tuple[str, ...] = METHODS) -> dict[str, int]:
    client = as_user(user)
    return {method: getattr(client, method)(address).status_code for method in methods}


def facts() -> tuple[int, int]:
    """What anybody did, as far as it is on record."""
    return Activity.objects.count(), AuditEntry.objects.count()


def urls_behind(*doors: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("url", [pytest.param(url, id=url.name) for url in URLS if url.door() in doors])


def test_the_walk_finds_the_urls() -> None:
    names = {url.name for url in URLS}
    assert {"home", "account_login", "desk-application", "my-step", "step-link", "unsubscribe"} <= names
    assert len(URLS) > 40


@pytest.mark.parametrize("url", [pytest.param(url, id=url.name) for url in URLS])
def test_every_address_can_be_filled_in(url: Url, home: World) -> None:
    assert url.of(home).startswith("/")
    assert url.door() in {"desk", "my", "open", "staff"}


@urls_behind("desk", "my", "staff")
def test_a_stranger_is_asked_to_sign_in(url: Url, home: World) -> None:
    address, before = url.of(home), facts()
    client = as_user(None)
    for method in METHODS:
        response = getattr(client, method)(address)
        if response.status_code == 405:
            continue
        assert response.status_code == 302, (method, response.status_code)
        assert response.headers["Location"].startswith(reverse("account_login")), method
    assert facts() == before


@urls_behind("desk")
def test_a_desk_is_not_there_for_anybody_else(url: Url, home: World, away: World) -> None:
    address, before = url.of(home), facts()
    others = [away.owner.user, away.contact.user, home.contact.user, home.sponsor.user]
    for user in others:
        for method, status in statuses(user, address).items():
            assert status in CLOSED, (str(user), method, status)
        assert 404 in statuses(user, address).values()
    assert facts() == before


@urls_behind("desk")
def test_another_vendors_ids_are_not_there_at_ones_own_desk(url: Url, home: World, away: World) -> None:
    foreign = {name for name in url.arguments if url.example(name)(home) != url.example(name)(away)} - {"vendor"}
    if not foreign:
        return
    address, before = url.of(home, vendor=away.vendor.slug), facts()
    for user in (away.owner.user, away.manager.user):
        found = statuses(user, address)
        assert set(found.values()) <= CLOSED, (str(user), found)
        assert 404 in found.values()
    assert facts() == before


@urls_behind("desk")
def test_a_viewer_reads_and_changes_nothing(url: Url, home: World) -> None:
    address, before = url.of(home), facts()
    read = statuses(home.viewer.user, address, ("get", "head"))
    assert read["get"] == read["head"]
    assert read["get"] in WORKS | {403} | missing(url), read
    assert statuses(home.viewer.user, address, ("post",)) == {"post": 403}
    assert facts() == before


@urls_behind("desk")
def test_the_right_people_come_in(url: Url, home: World) -> None:
    address = url.of(home)
    for member in (home.manager, home.owner):
        found = statuses(member.user, address)
        assert found["get"] == found["head"]
        assert set(found.values()) <= WORKS | missing(url) | ({403} if member is home.manager else set()), found


@urls_behind("my")
def test_ones_own_side_shows_ones_own_things_alone(url: Url, home: World, away: World) -> None:
    address, before = url.of(home), facts()
    for user in (away.owner.user, away.contact.user, home.owner.user, home.sponsor.user):
        found = statuses(user, address)
        if url.arguments:
            assert set(found.values()) <= CLOSED, (str(user), found)
            assert 404 in found.values()
            assert facts() == before
        else:
            assert set(found.values()) <= WORKS | {404}, (str(user), found)
    own = statuses(home.contact.user, address)
    assert set(own.values()) <= WORKS | ({404} if not url.arguments else missing(url)), own


@urls_behind("staff")
def test_what_operators_see_is_not_there_for_anybody_else(url: Url, home: World) -> None:
    address, before = url.of(home), facts()
    for user in (home.owner.user, home.manager.user, home.viewer.user, home.contact.user, home.sponsor.user):
        found = statuses(user, address)
        assert set(found.values()) <= CLOSED, (str(user), found)
        assert 404 in found.values()
    assert facts() == before
    operator = statuses(factories.make_user(is_staff=True), address)
    assert operator["get"] == operator["head"]
    assert set(operator.values()) <= WORKS, operator


@urls_behind("open")
def test_what_is_open_breaks_for_nobody(url: Url, home: World, away: World) -> None:
    address = url.of(home)
    for user in (None, home.owner.user, home.viewer.user, home.contact.user, away.owner.user, away.contact.user):
        found = statuses(user, address)
        assert set(found.values()) <= WORKS | {403, 404}, (str(user), found)
        assert found["get"] == found["head"], found


def missing(url: Url) -> set[int]:
    return {404} if any(url.name.startswith(name) for name in NOTHING_THERE) else set()


def test_an_unknown_argument_says_where_to_register_it() -> None:
    with pytest.raises(AssertionError, match=r"EXAMPLES in tests/portal/url_examples\.py"):
        Url("desk-novelty", "v/<slug:vendor>/novelty/<int:novelty>/", ("vendor", "novelty")).example("novelty")


def test_an_unknown_door_says_where_to_register_it() -> None:
    with pytest.raises(AssertionError, match=r"DOORS in tests/portal/url_examples\.py"):
        Url("novelty", "novelty/", ()).door()


def test_the_closest_example_counts(home: World) -> None:
    assert Url("desk-partner-contacted", "", ()).example("pk")(home) == home.partner.pk
    assert Url("desk-application", "", ()).example("pk")(home) == home.application.pk
