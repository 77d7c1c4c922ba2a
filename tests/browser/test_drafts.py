"""What was typed on a step's page is there again after a reload and after the session has expired, until it arrived."""

from playwright.sync_api import Browser, expect

from tests.browser.house import House
from tests.browser.looking import page_behind

WORDS = "Five clients by June, since one has asked"


def test_typed_words_survive_a_reload_and_an_expired_session(demo: House, chromium: Browser) -> None:
    with page_behind("reseller", house=demo, chromium=chromium) as page:
        page.get_by_role("link", name="Start").or_(page.locator(".fl-main .btn-primary")).first.click()
        step, goal = page.url, page.locator("#id_goal")
        goal.fill(WORDS)
        page.reload()
        expect(goal).to_have_value(WORDS)
        expect(page.locator("form:has(#id_goal) .my-back")).to_be_visible()
        page.context.clear_cookies()
        page.get_by_role("button", name="done").click()
        expect(page).not_to_have_url(step)
        page.goto(f"{demo.at}/demo/")
        page.locator("form[action*='enter/reseller'] button").click()
        page.goto(step)
        expect(goal).to_have_value(WORDS)
        draft = page.locator("form[data-draft]:has(#id_goal)").get_attribute("data-draft")
        page.evaluate("name => { document.cookie = `draft_sent=${name}; Path=/` }", draft)
        page.reload()  # the server has said that it arrived
        page.reload()
        expect(goal).to_have_value("")
        assert "draft_sent=1" not in page.evaluate("document.cookie")
