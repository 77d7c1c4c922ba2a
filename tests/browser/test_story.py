"""The whole story, through real pages, a real worker, a real mail server and PostgreSQL; the test moves the clock.

A vendor signs up, publishes a playbook and takes on a sponsor and a partner. The partner is welcomed, is reminded
after 24 and after 48 hours, writes down the goal, walks steps from the link in the mail, with and without JavaScript,
and falls silent. The sponsor and the channel manager see it.
"""

import re
from datetime import datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.house import House
from tests.browser.postbox import Postbox, link_in, text_of

OWNER = "ada@vendor.example"
SPONSOR = "sam@sponsor.example"
PARTNER = "pia@reseller.example"
PASTED = f"https://files.example/{'x' * 700}"
# A Tuesday in March in Berlin: two working days follow, no public holiday is near.
TUESDAY = datetime(2027, 3, 9, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
PATIENCE_MS = 30_000
FIRST_STEP = "Write down what you want from this, and by when"
SECOND_STEP = "Ask the two people who could stop this what they need"


def open_page(chromium: Browser, *, scripts: bool = True, phone: bool = False) -> Page:
    size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
    context = chromium.new_context(
        java_script_enabled=scripts,
        locale="en-GB",
        viewport={"width": size["width"], "height": size["height"]},
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    return page


def press_main_button(page: Page) -> None:
    page.locator("main .btn-primary").first.click()


def code_in(postbox: Postbox, address: str, *, count: int) -> str:
    """The sign-in code of the ``count``-th mail to an address."""
    text = text_of(postbox.wait_for(address, count=count))
    found = re.search(r"^\s*([A-Z0-9]{3,6}-?[A-Z0-9]{2,6})\s*$", text, re.MULTILINE)
    assert found, text
    return found.group(1)


def sign_up(page: Page, house: House, postbox: Postbox) -> None:
    page.goto(f"{house.at}/accounts/signup/")
    page.locator("main [name=name]").fill("Ada Lighthouse")
    page.fill("main [name=email]", OWNER)
    press_main_button(page)
    page.fill("main [name=code]", code_in(postbox, OWNER, count=1))
    press_main_button(page)
    page.fill("main [name=name]", "Lighthouse Backup")
    page.fill("main [name=slug]", "lighthouse")
    page.select_option("main [name=country]", "DE")
    page.select_option("main [name=language]", "en")
    page.select_option("main [name=time_zone]", "Europe/Berlin")
    press_main_button(page)
    expect(page).to_have_url(f"{house.at}/v/lighthouse/")


def publish_a_playbook(page: Page, house: House) -> None:
    page.goto(f"{house.at}/v/lighthouse/playbooks/")
    page.locator("form[action$='backup-reseller/'] button").click()
    page.goto(f"{page.url.split('?')[0].rstrip('/')}/publish/")
    page.locator("main form.fl-actions .btn-primary").click()
    page.goto(f"{house.at}/v/lighthouse/playbooks/")
    expect(page.locator("main")).to_contain_text("Starts on acceptance")


def take_on(page: Page, house: House, *, company: str, person: str, email: str, sponsor: str = "") -> None:
    page.goto(f"{house.at}/v/lighthouse/partners/new/")
    page.fill("main [name=company]", company)
    page.select_option("main [name=country]", "DE")
    page.select_option("main [name=language]", "en")
    page.fill("main [name=contact_name]", person)
    page.fill("main [name=contact_email]", email)
    page.fill("main [name=sponsor]", sponsor)
    page.locator("form.fl-form .btn-primary").click()
    expect(page.locator("h1")).to_have_text(company)


def sign_in_by_code(page: Page, house: House, postbox: Postbox, address: str) -> None:
    before = len(postbox.to(address))
    page.goto(f"{house.at}/accounts/login/")
    page.fill("main [name=login]", address)
    press_main_button(page)
    page.fill("main [name=code]", code_in(postbox, address, count=before + 1))
    press_main_button(page)
    expect(page.locator("h1")).to_be_visible()


def see_within_patience(page: Page, address: str, words: str) -> None:
    """Reload until the page says it: workers take a moment."""
    page.goto(address)
    for _ in range(60):
        if words.casefold() in page.locator("main").inner_text().casefold():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"{address} never said {words!r}: {page.locator('main').inner_text()}")


def is_welcomed_and_reminded_after_24_and_48_hours(house: House, postbox: Postbox) -> EmailMessage:
    """A welcome at once; nothing more before a day is over; then the first reminder, and a day later the second."""
    welcome = postbox.wait_for(PARTNER)
    assert "Lighthouse Backup has accepted Reseller Ltd as a partner" in text_of(welcome)
    house.move_clock(timedelta(hours=23, minutes=50))
    house.manage("pump")
    assert len(postbox.to(PARTNER)) == 1
    house.move_clock(timedelta(minutes=20))
    first = postbox.wait_for(PARTNER, count=2)
    house.move_clock(timedelta(hours=24))
    second = postbox.wait_for(PARTNER, count=3)
    assert first["Message-ID"] != second["Message-ID"]
    assert second["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return second


def walks_from_the_link(phone: Page, house: House, link: str) -> None:
    """No password; looking, however often, changes nothing; one press does; a used link explains itself."""
    for _ in range(2):
        phone.goto(link)
        expect(phone.locator("h1")).to_have_text(FIRST_STEP)
    phone.fill("main [name=goal]", "Five clients with a tested backup by June.")
    press_main_button(phone)
    expect(phone.locator("h1")).to_contain_text("Done")
    house.move_clock(timedelta(hours=1))
    phone.goto(link)
    expect(phone.locator("h1")).to_have_text("You have done this one already")
    phone.locator("main a.btn-primary").click()
    expect(phone.locator("h1")).to_have_text(SECOND_STEP)


def gets_stuck_and_is_helped(phone: Page, desk: Page, house: House, postbox: Postbox) -> None:
    """Stuck, in own words: it is the vendor's turn, and the vendor's answer comes by mail at once."""
    before = len(postbox.to(PARTNER))
    phone.locator("#stuck summary").click()
    phone.fill("main [name=reason]", f"My brother-in-law is against it. {PASTED}")
    phone.locator("#stuck button").click()
    desk.goto(f"{house.at}/v/lighthouse/")
    desk.locator("main").get_by_role("link", name=re.compile("Help")).first.click()
    expect(desk.locator("main")).to_contain_text("My brother-in-law is against it.")
    desk.fill("main [name=answer]", "Invite him to the call on Friday.")
    desk.locator("form:has([name=answer]) button").click()
    expect(desk.locator("main")).to_contain_text("Invite him to the call on Friday.")
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth"), "what was pasted widens the page"
    assert "Invite him to the call on Friday." in text_of(postbox.wait_for(PARTNER, count=before + 1))


def lets_two_reminders_pass(house: House, postbox: Postbox) -> None:
    """Nine days: on Friday a reminder after the answer, on Wednesday, for the cap of three a week, the next one."""
    before = len(postbox.to(PARTNER))
    for number, days in enumerate((1, 5), start=1):
        house.move_clock(timedelta(days=days))
        postbox.wait_for(PARTNER, count=before + number)
    house.move_clock(timedelta(days=3))


@pytest.mark.browser
def test_from_the_signature_to_silence(house: House, postbox: Postbox, chromium: Browser) -> None:
    house.set_clock(TUESDAY)
    desk = open_page(chromium)
    sign_up(desk, house, postbox)
    publish_a_playbook(desk, house)
    take_on(desk, house, company="Sponsor & Sons", person="Sam Sponsor", email=SPONSOR)
    take_on(desk, house, company="Reseller Ltd", person="Pia Partner", email=PARTNER, sponsor="Sponsor & Sons")
    expect(desk.locator("main")).to_contain_text("What will be sent")
    reminder = is_welcomed_and_reminded_after_24_and_48_hours(house, postbox)

    phone = open_page(chromium, scripts=False, phone=True)
    walks_from_the_link(phone, house, link_in(reminder, "/l/"))
    gets_stuck_and_is_helped(phone, desk, house, postbox)

    partner = open_page(chromium, phone=True)
    sign_in_by_code(partner, house, postbox, PARTNER)
    expect(partner).to_have_url(f"{house.at}/my/")
    expect(partner.locator("main")).to_contain_text(SECOND_STEP)

    sponsor = open_page(chromium, phone=True)
    sign_in_by_code(sponsor, house, postbox, SPONSOR)
    sponsor.goto(f"{house.at}/my/first-line/")
    expect(sponsor.locator("main")).to_contain_text("Reseller Ltd")
    expect(sponsor.locator("main")).not_to_contain_text("Started, then stopped")

    # Then nothing for more than a week: flagged, with its kind, for the channel manager and for the sponsor.
    lets_two_reminders_pass(house, postbox)
    see_within_patience(desk, f"{house.at}/v/lighthouse/", "Started, then stopped 9 days ago")
    see_within_patience(desk, f"{house.at}/v/lighthouse/", "Never started")
    see_within_patience(sponsor, f"{house.at}/my/first-line/", "Started, then stopped")

    # One press ends the reminders, and three days later there still is none.
    phone.goto(link_in(reminder, "/l/u/"))
    phone.get_by_role("button", name="Stop reminders").click()
    expect(phone.locator("h1")).to_have_text("No more reminders")
    before = len(postbox.to(PARTNER))
    house.move_clock(timedelta(days=3))
    see_within_patience(desk, f"{house.at}/v/lighthouse/", "Started, then stopped 12 days ago")
    assert len(postbox.to(PARTNER)) == before
