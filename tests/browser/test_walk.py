"""A reseller's whole walk, from the mail to the certificate, on a phone and a desktop, with and without scripts.

Over what a step asks for, a lost connection, being stuck, a time in the calendar, and the vendor's approval.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.browser.house import House
from tests.browser.looking import DESKTOP, PHONE

TUESDAY = datetime(2027, 3, 9, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
PATIENCE_MS = 30_000
WAYS = [
    pytest.param(PHONE, True, id="phone"),
    pytest.param(PHONE, False, id="phone-without-scripts"),
    pytest.param(DESKTOP, True, id="desktop"),
    pytest.param(DESKTOP, False, id="desktop-without-scripts"),
]
SET_UP = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from importlib import import_module
from django.conf import settings
from partners import clock
from playbooks.links import make_step_link
from tests.factories import make_enrollment, make_field, make_member, make_partner, make_user, make_vendor, make_version

def signed_in(user):
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session.create()
    return session.session_key

vendor = make_vendor("walk", name="Lighthouse", time_zone="Europe/Berlin", country="DE", language="en")
member = make_member(vendor, role="owner", user=make_user("ada@vendor.example", name="Ada"))
version = make_version(vendor, steps=[
    {"key": "first", "evidence": [make_field("what")], "achieves": "first_client"},
    {"key": "second"},
    {"key": "third", "wants_approval": True},
])
found = {"desk": signed_in(member.user)}
for name in ("phone", "phone-without-scripts", "desktop", "desktop-without-scripts"):
    user = make_user(f"{name}@reseller.example", name="Pia")
    partner = make_partner(vendor, company=name.title(), user=user, manager=member, language="en", country="DE",
                           time_zone="Europe/Berlin", signed_at=clock.now(), accepted_at=clock.now())
    enrollment = make_enrollment(partner, version=version, now=clock.now())
    contact, first = partner.contacts.get(), enrollment.progress.get(position=0)
    mailed = make_step_link(contact=contact, progress=first, now=clock.now())
    found[name] = [signed_in(user), mailed, enrollment.progress.get(position=2).pk]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def walkers(house: House) -> dict[str, Any]:
    """Who walks, by the name of the way: the key of their session, the link that mails lead to, the last step's key."""
    house.set_clock(TUESDAY)
    found: dict[str, Any] = json.loads(house.manage("shell", "--no-imports", "-c", SET_UP).splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def desk(house: House, chromium: Browser, walkers: dict[str, Any]) -> Iterator[Page]:
    context = chromium.new_context(viewport=DESKTOP, locale="en-GB")
    page = signed_in(context, house, walkers["desk"])
    yield page
    context.close()


def signed_in(context: BrowserContext, house: House, session: str) -> Page:
    context.add_cookies([{"name": "sessionid", "value": session, "url": house.at}])
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    return page


def fills_in_what_is_asked_for(page: Page, *, scripts: bool) -> None:
    """What is missing is said where the eye is; a line that is lost meanwhile loses nothing."""
    expect(page.locator("h1")).to_have_text("Do the first thing")
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#problems")).to_be_in_viewport()
    expect(page.locator("#problems")).to_be_focused()
    page.locator("main [name=evidence-what]").fill("Three said yes")
    if scripts:
        page.context.set_offline(True)
        page.get_by_role("button", name="Done").click()
        expect(page.get_by_text("No connection right now.")).to_be_visible()
        expect(page.locator("main [name=evidence-what]")).to_have_value("Three said yes")
        page.context.set_offline(False)  # and it is sent by itself
    else:
        page.get_by_role("button", name="Done").click()
    expect(page.locator("h1")).to_contain_text("Well done")
    expect(page.locator("main")).to_contain_text("Three said yes")
    page.get_by_role("link", name="Go to your next step").click()


def is_stuck_and_gets_past_it(page: Page) -> None:
    expect(page.locator("h1")).to_have_text("Do the second thing")
    page.locator("#stuck summary").click()
    page.locator("#stuck-reason").fill("My brother-in-law is against it")
    page.get_by_role("button", name="Get help").click()
    expect(page.locator("main")).to_contain_text("knows that you are stuck")
    expect(page.locator("main")).to_contain_text("My brother-in-law is against it")
    page.get_by_role("button", name="Done").click()
    page.get_by_role("link", name="Go to your next step").click()


def sets_time_aside_and_hands_it_in(page: Page) -> None:
    expect(page.locator("h1")).to_have_text("Do the third thing")
    page.locator("#slot summary").click()
    page.locator("#slot .my-slots button").first.click()
    expect(page.locator("#slot-note")).to_contain_text("Set aside:")
    page.get_by_role("button", name="Hand it in").click()
    expect(page.locator("main")).to_contain_text("Handed in: Lighthouse looks at it.")


@pytest.mark.parametrize(("viewport", "scripts"), WAYS)
def test_from_the_mail_to_the_certificate(
    request: pytest.FixtureRequest,
    house: House,
    chromium: Browser,
    walkers: dict[str, Any],
    desk: Page,
    viewport: ViewportSize,
    scripts: bool,
) -> None:
    name = request.node.callspec.id
    session, mailed, handed_in = walkers[name]
    context = chromium.new_context(
        viewport=viewport, java_script_enabled=scripts, locale="en-GB", reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(mailed)
    fills_in_what_is_asked_for(page, scripts=scripts)
    is_stuck_and_gets_past_it(page)
    sets_time_aside_and_hands_it_in(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") if scripts else True

    desk.goto(f"{house.at}/v/walk/steps/{handed_in}/")
    expect(desk.locator("main")).to_contain_text("waits for your yes")
    desk.get_by_role("button", name="Approve").click()
    page.reload()
    expect(page.locator("main")).to_contain_text("That was the last step")

    own = signed_in(context, house, session)
    own.goto(f"{house.at}/my/")
    expect(own.locator("h1")).to_have_text("All steps done")
    for moment in ("First step done", "First client chosen", "Walked the whole playbook"):
        expect(own.locator(".my-achieved")).to_contain_text(moment)
    paper = own.request.get(house.at + str(own.get_by_role("link", name="Your certificate").get_attribute("href")))
    assert (paper.status, paper.headers["content-type"]) == (200, "application/pdf")
    assert paper.body().startswith(b"%PDF")
    context.close()
