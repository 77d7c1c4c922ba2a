"""The menu with one's account, language and colours."""

from playwright.sync_api import Browser, Page, expect

from tests.browser.house import House
from tests.browser.looking import Found, look_with_axe, page_behind

DARK_PAGE = "rgb(18, 23, 20)"


def open_menu(page: Page) -> None:
    page.locator("header .fl-menu > summary").click()
    expect(page.locator("header .fl-menu-body")).to_be_visible()


def choose(page: Page, words: str) -> None:
    open_menu(page)
    with page.expect_navigation():
        page.locator("header .fl-menu-body").get_by_role("button", name=words, exact=True).click()


def test_it_works_without_scripts(demo: House, chromium: Browser) -> None:
    with page_behind("reseller", house=demo, chromium=chromium, scripts=False) as page:
        open_menu(page)
        expect(page.locator("header .fl-menu-who")).to_have_text("jonas.weber@weber-it.example")
        page.locator("header .fl-menu > summary").click()
        expect(page.locator("header .fl-menu-body")).to_be_hidden()
        choose(page, "Deutsch")
        expect(page.locator("html")).to_have_attribute("lang", "de")
        expect(page).to_have_url(f"{demo.at}/my/")
        choose(page, "English")
        choose(page, "Dark colours")
        expect(page.locator("body")).to_have_css("background-color", DARK_PAGE)
        choose(page, "Sign out")
        page.goto(f"{demo.at}/my/")
        expect(page).to_have_url(f"{demo.at}/accounts/login/?next=/my/")


def test_dark_colours_stay_until_they_are_left_to_the_device(demo: House, chromium: Browser) -> None:
    with page_behind("channel-manager", house=demo, chromium=chromium) as page:
        choose(page, "Dark colours")
        expect(page.locator("body")).to_have_css("background-color", DARK_PAGE)
        page.goto(f"{demo.at}/v/nordlicht/partners/")
        expect(page.locator("body")).to_have_css("background-color", DARK_PAGE)
        choose(page, "Colours as on this device")
        expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_it_closes_when_one_turns_away(demo: House, chromium: Browser) -> None:
    with page_behind("channel-manager", house=demo, chromium=chromium) as page:
        open_menu(page)
        page.keyboard.press("Escape")
        expect(page.locator("header .fl-menu-body")).to_be_hidden()
        expect(page.locator("header .fl-menu > summary")).to_be_focused()
        open_menu(page)
        page.get_by_role("heading", level=1).click()
        expect(page.locator("header .fl-menu-body")).to_be_hidden()


def test_the_open_menu_is_sound(demo: House, chromium: Browser) -> None:
    found = Found()
    with page_behind("channel-manager", house=demo, chromium=chromium) as page:
        open_menu(page)
        look_with_axe(page, found, dark=True)
    assert found.faults == {}, str(found)
