"""With the keyboard alone: the way to what a page is for is short, and one always sees where one is."""

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.house import House
from tests.browser.looking import page_behind

FOCUS = """() => {
    const it = document.activeElement, style = getComputedStyle(it);
    const name = it.getAttribute('aria-label') || it.textContent.trim() || it.name;
    const marked = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    return {name: it.tagName.toLowerCase() + ' ' + name.slice(0, 40), marked};
}"""


def tab(page: Page) -> None:
    """One step further, to something that is in sight and marked."""
    page.keyboard.press("Tab")
    focus = page.evaluate(FOCUS)
    assert focus["marked"], f"{focus['name']} has the focus, but no outline"
    expect(page.locator(":focus, input:focus-within")).to_be_in_viewport()  # a date's parts have the focus within it


def skip_to_the_content(page: Page) -> None:
    tab(page)
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def tab_to(page: Page, wanted: Locator, *, within: int) -> None:
    for _ in range(within):
        tab(page)
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{within} times Tab do not lead to {wanted}")


def test_the_first_partner_on_today_is_near(demo: House, chromium: Browser) -> None:
    with page_behind("channel-manager", house=demo, chromium=chromium) as page:
        skip_to_the_content(page)
        tab_to(page, page.locator(".fl-needs .fl-act").first, within=12)
        page.keyboard.press("Enter")
        page.wait_for_url("**/v/nordlicht/partners/*/**")


def test_the_partners_list_is_filtered_and_opened(demo: House, chromium: Browser) -> None:
    with page_behind("channel-manager", house=demo, chromium=chromium) as page:
        page.goto(f"{demo.at}/v/nordlicht/partners/")
        skip_to_the_content(page)
        tab_to(page, page.get_by_role("link", name="Add a partner"), within=2)
        tab_to(page, page.locator("#q"), within=1)
        page.keyboard.type("weber")
        expect(page.locator("#partners .fl-row")).to_have_count(1)
        tab_to(page, page.locator("#partners .fl-row-title"), within=6)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Weber IT-Service")


def test_a_partner_gets_from_today_to_done(demo: House, chromium: Browser) -> None:
    with page_behind("reseller", house=demo, chromium=chromium) as page:
        skip_to_the_content(page)
        tab_to(page, page.locator("main .btn-primary").first, within=3)
        page.keyboard.press("Enter")
        page.wait_for_url("**/my/steps/*/")
        skip_to_the_content(page)
        tab_to(page, page.locator("[name=goal]"), within=6)
        tab_to(page, page.get_by_role("button", name="Write it down, and done"), within=8)
        tab_to(page, page.locator("#stuck > summary"), within=4)
        page.keyboard.press("Enter")
        tab_to(page, page.locator("#stuck-reason"), within=3)
        tab_to(page, page.get_by_role("button", name="Get help"), within=1)
