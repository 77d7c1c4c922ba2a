"""An author at work, on a desktop and on a phone; two authors at once; and texts that nobody touched."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from playbooks.starters import available_starters
from playbooks.templatetags.prose import prose, prose_line
from tests.browser.house import House
from tests.browser.looking import DESKTOP, PHONE, page_behind

DESK = "/v/nordlicht/playbooks/"
RENDERED = {"prose": prose, "moves": prose_line, "line": prose_line}
FOUND = "name => performance.getEntriesByType('resource').find(each => each.name.includes(name)).name"
ROUND = """async ([writing, markdown, texts]) => {
    const { write } = await import(writing);
    const { Language } = await import(markdown);
    return texts.map(([kind, text]) => {
        const textarea = document.createElement("textarea");
        textarea.dataset.writes = kind;
        textarea.value = text;
        const sent = textarea.value;  // as the browser has it
        document.querySelector("#step-form").append(textarea);
        const view = write(textarea);
        const before = textarea.value;
        view.dispatch(view.state.tr.insertText("x", 1));
        const changed = textarea.value;
        view.dispatch(view.state.tr.delete(1, 2));
        const after = textarea.value;
        const rewritten = new Language(kind).write(view.state.doc);
        textarea.nextSibling.remove();
        textarea.remove();
        return [sent === text && before === text && after === text && changed !== text, rewritten];
    });
}"""

PASTE = """(editor, [html, plain]) => {
    const data = new DataTransfer();
    if (html) data.setData("text/html", html);
    data.setData("text/plain", plain);
    editor.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""
OFFICE = (
    '<div style="color:red" onclick="alert(1)"><h3>Now</h3><p class="Mso">Say <b>yes</b>, <i>today</i></p>'
    '<ul><li>one</li><li>two</li></ul><a href="javascript:alert(1)">bad</a> <a href="https://acme.example/">good</a>'
    "<script>alert(1)</script><img src=x></div>"
)


@contextmanager
def an_author(demo: House, chromium: Browser, viewport: ViewportSize = DESKTOP) -> Iterator[Page]:
    of = {"viewport": viewport, "touch": viewport == PHONE}
    with page_behind("channel-manager", house=demo, chromium=chromium, **of) as page:  # type: ignore[arg-type]
        yield page


@pytest.fixture(scope="module")
def draft(demo: House, chromium: Browser) -> str:
    """The address of a playbook of this module's own: the longest starter, in two languages."""
    with an_author(demo, chromium) as page:
        page.goto(f"{demo.at}{DESK}new/")
        starter = page.locator(".pb-starters .fl-card").last
        for box in starter.get_by_role("checkbox").all():
            box.check()
        starter.get_by_role("button", name="Copy this one").click()
        page.wait_for_url(f"{demo.at}{DESK}*/")
        return page.url


def open_step(page: Page, draft: str, number: int) -> None:
    page.goto(draft)
    page.locator(".pb-step-title").nth(number).click()
    expect(page.locator(".wr-box").first).to_be_visible()


def text(page: Page, name: str) -> tuple[Locator, Locator]:
    """The visual editor of a field, and the textarea that holds its Markdown."""
    textarea = page.locator(f"textarea[name={name}]")
    return textarea.locator("xpath=following-sibling::*[1]").locator(".ProseMirror"), textarea


def saved(page: Page) -> None:
    expect(page.locator("[data-autosave-state]")).to_contain_text("Saved at")


def titles(page: Page) -> list[str]:
    return page.locator(".pb-step-title").all_inner_texts()


def drag(page: Page, grip: Locator, to: Locator) -> None:
    """With the mouse, or with a finger where there is one."""
    start, end = grip.bounding_box(), to.bounding_box()
    assert start is not None
    assert end is not None
    x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
    down = end["y"] + end["height"] * 0.8
    if not page.evaluate("navigator.maxTouchPoints"):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, (y + down) / 2, steps=4)
        page.mouse.move(x, down, steps=4)
        page.mouse.up()
        return
    finger = page.context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for part in range(1, 9):
        point = {"x": x, "y": y + (down - y) * part / 8}
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_an_author_writes_a_step(demo: House, chromium: Browser, draft: str, viewport: ViewportSize) -> None:
    with an_author(demo, chromium, viewport) as page:
        open_step(page, draft, 1)
        why, markdown = text(page, "why_en")
        why.press("Control+a")
        why.press_sequentially("It pays ")
        bar = why.locator("xpath=..").get_by_role("toolbar")
        bar.get_by_role("button", name="Bold").click()
        why.press_sequentially("twice")
        expect(bar.get_by_role("button", name="Bold")).to_have_attribute("aria-pressed", "true")
        why.press("Control+b")
        why.press("Enter")
        why.press_sequentially("- soon")
        expect(markdown).to_have_value("It pays **twice**\n\n- soon")
        expect(page.frame_locator("#look-frame").locator(".my-why strong")).to_have_text("twice")
        saved(page)
        why.press("Shift+Home")
        page.keyboard.press("Alt+F10")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        expect(bar.get_by_role("button", name="Link")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.type("acme.example/terms")
        page.keyboard.press("Enter")
        expect(markdown).to_have_value("It pays **twice**\n\n- [soon](https://acme.example/terms)")
        why.press("Control+z")
        expect(markdown).to_have_value("It pays **twice**\n\n- soon")
        saved(page)
        page.reload()
        expect(text(page, "why_en")[0].locator("li")).to_have_text("soon")
        page.locator("[name=role]").select_option("sales")
        page.locator("[name=who]").select_option("vendor")
        expect(page.locator("[name=role]")).to_be_hidden()  # and it stands in nobody's way
        saved(page)
        page.locator("[name=minutes]").fill("0")
        expect(page.locator("#wrong-minutes")).to_contain_text("greater than or equal to 1")
        page.locator("[name=minutes]").fill("9")
        expect(page.locator("#wrong-minutes")).to_have_count(0)
        page.locator("[name=who]").select_option("partner")
        expect(page.locator("[name=role]")).to_be_visible()
        saved(page)


def test_what_nobody_touched_comes_back_byte_for_byte_and_what_is_pasted_clean(
    demo: House, chromium: Browser, draft: str
) -> None:
    texts = []
    for starter in available_starters():
        for step in starter.outline.steps:
            for words in step.texts.values():
                texts += [("prose", words.get("why", "")), ("line", words.get("done_when", ""))]
                texts += [("prose", pair["answer"]) for pair in words.get("obstacles", ())]
                texts += [("moves", joint.join(words.get("how", ()))) for joint in ("\n", "\n\n")]
    texts.append(
        ("prose", "*One*  \ntwo\n\n* a\n* b\n\n1) c\n2) d\n\n> q\n\n```\nx < y\n```\n\n[l](https://a.example 't')")
    )
    with an_author(demo, chromium) as page:
        open_step(page, draft, 3)
        last = page.locator("#step-form").evaluate("form => new URLSearchParams(new FormData(form)).toString()")
        modules = [page.evaluate(FOUND, name) for name in ("writing/writing", "writing/markdown")]
        rounds = page.evaluate(ROUND, [*modules, texts])
        assert len(rounds) > 300
        for (kind, before), (same, rewritten) in zip(texts, rounds, strict=True):
            assert same, before
            drawn = RENDERED[kind]
            if kind == "moves":
                assert [drawn(line) for line in rewritten.split("\n")] == [
                    drawn(line) for line in before.split("\n") if line
                ]
            else:
                assert " ".join(drawn(rewritten).split()) == " ".join(drawn(before).split())
        now = page.locator("#step-form").evaluate("form => new URLSearchParams(new FormData(form)).toString()")
        assert now == last
        why, markdown = text(page, "why_en")
        why.press("Control+a")
        why.evaluate(PASTE, [OFFICE, ""])
        clean = "### Now\n\nSay **yes**, *today*\n\n- one\n- two\n\nbad [good](https://acme.example/)"
        expect(markdown).to_have_value(clean)
        how, moves = text(page, "how_en")
        how.press("Control+a")
        how.evaluate(PASTE, ["", "Open **it**\n\nClose it"])
        expect(moves).to_have_value("Open **it**\nClose it")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_an_author_arranges_a_playbook(demo: House, chromium: Browser, draft: str, viewport: ViewportSize) -> None:
    with an_author(demo, chromium, viewport) as page:
        page.goto(draft)
        before = titles(page)
        page.get_by_label("Title of a new stage").fill("One more")
        page.get_by_role("button", name="Add stage").click()
        stage = page.locator(".pb-stage").last
        expect(stage.get_by_role("heading")).to_have_text("One more")
        stage.get_by_placeholder("Add a step").fill("Ring the bell")
        stage.get_by_role("button", name="Add step").click()
        expect(page.locator(".pb-step-title")).to_have_count(len(before) + 1)
        first = page.locator(".pb-step").first
        first.get_by_role("button", name="Move down").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".pb-step-title").nth(1)).to_have_text(before[0])
        expect(page.locator(".pb-step").nth(1).get_by_role("button", name="Move down")).to_be_focused()
        page.locator(".pb-step").first.scroll_into_view_if_needed()
        with page.expect_response("**/move/"):
            drag(page, page.locator(".pb-step [data-grip]").first, page.locator(".pb-step").nth(1))
        expect(page.locator(".pb-step [draggable]")).to_have_count(0)  # drawn anew
        expect(page.locator(".pb-step-title").nth(1)).to_have_text(before[1])
        assert titles(page) == [*before, "Ring the bell"]
        page.keyboard.press("Control+z")  # the drag
        expect(page.locator(".pb-step-title").nth(1)).to_have_text(before[0])
        page.get_by_role("button", name="Undo").click()
        expect(page.locator(".pb-step-title").nth(1)).to_have_text(before[1])
        page.get_by_role("link", name="Ring the bell").click()
        page.get_by_role("button", name="Duplicate this step").click()
        expect(page.get_by_text("The step is there twice.")).to_be_visible()
        page.goto(draft)
        for left in (len(before) + 1, len(before)):
            page.get_by_role("button", name="Undo").click()
            expect(page.locator(".pb-step-title")).to_have_count(left)
        page.get_by_role("button", name="Undo").click()
        expect(page.locator(".pb-stage h2", has_text="One more")).to_have_count(0)
        assert titles(page) == before


def test_an_author_looks_as_a_partner_and_publishes(demo: House, chromium: Browser) -> None:
    with an_author(demo, chromium, PHONE) as page:
        page.goto(f"{demo.at}{DESK}new/#other-ways")
        page.get_by_label("Name", exact=True).fill("A short one")
        page.get_by_role("button", name="Start it").click()
        page.get_by_label("Title of a new stage").fill("The start")
        page.get_by_role("button", name="Add stage").click()
        page.get_by_placeholder("Add a step").fill("Say hello")
        page.get_by_role("button", name="Add step").click()
        expect(page.locator(".pb-step-title", has_text="Say hello")).to_be_visible()
        page.get_by_role("link", name="Check and publish").click()
        page.get_by_role("link", name="It lacks").first.click()
        for field in page.locator("textarea[data-writes=prose][name^=why], textarea[data-writes=moves]").all():
            editor = field.locator("xpath=following-sibling::*[1]").locator(".ProseMirror")
            editor.press_sequentially("Because.")
        look = page.locator("#look")
        look.locator(".pb-look-as summary").click()
        look.get_by_label("As another partner").fill("weber")
        look.get_by_role("button", name="Find").click()
        look.get_by_role("link", name="Weber IT-Service").click()
        expect(look.locator("summary")).to_contain_text("Weber IT-Service")
        frame = page.frame_locator("#look-frame")
        expect(frame.locator(".my-why")).to_contain_text("Because.")
        expect(frame.locator(".my-actions .btn-primary")).to_be_visible()
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_role("link", name="Check and publish").click()
        page.get_by_role("button", name="Publish version 1").click()
        expect(page.get_by_text("Version 1, published")).to_be_visible()


def undo_beside_a_conflict(other: Page) -> None:
    other.locator("[data-undo] button").click()  # what is not saved is kept beside what undoing shows
    expect(other.locator("[data-draft-aside]")).to_be_visible()
    expect(text(other, "why_en")[0]).to_contain_text("Mine. ")  # not seen here yet, so not taken back
    other.locator("[data-undo] button").click()
    expect(text(other, "why_en")[0]).not_to_contain_text("Mine. ")
    expect(text(other, "why_en")[0]).not_to_contain_text("Theirs. ")
    other.locator("[data-redo] button").click()
    expect(text(other, "why_en")[0]).to_contain_text("Mine. ")
    other.locator("[data-put]").click()
    expect(text(other, "why_en")[0]).to_contain_text("Theirs. ")
    expect(other.locator("[data-autosave-state]")).to_contain_text("You changed “Why it pays (English)”")


def both_move_steps(one: Page, other: Page, draft: str) -> None:
    for page in (one, other):  # and who move steps at the same time
        page.goto(draft)
    before = titles(one)
    one.locator(".pb-step").nth(0).get_by_role("button", name="Move down").click()
    expect(one.locator(".pb-step-title").nth(1)).to_have_text(before[0])
    other.locator(".pb-step").nth(3).get_by_role("button", name="Move up").click()
    expect(other.locator(".pb-step-title").nth(2)).to_have_text(before[3])
    assert titles(other) == [before[1], before[0], before[3], before[2], *before[4:]]
    one.get_by_role("button", name="Undo").click()  # the page is older than the last change: nothing is taken back
    expect(one.locator("#said")).to_contain_text("Something else was changed meanwhile")
    assert titles(one) == titles(other)


def test_two_authors_of_one_step_lose_nothing(demo: House, chromium: Browser, draft: str) -> None:
    with an_author(demo, chromium) as one, an_author(demo, chromium) as other:
        for page in (one, other):
            open_step(page, draft, 4)
        one.locator("[name=minutes]").fill("42")
        saved(one)
        text(other, "how_en")[0].press_sequentially("First of all, ")
        expect(other.locator("[data-autosave-state]")).to_contain_text("“Minutes”")
        expect(other.locator("[name=minutes]")).to_have_value("42")
        expect(other.locator("[name=minutes]")).to_have_class(re.compile("pb-brought"))
        other.locator("[name=minutes]").fill("43")  # of what is shown: no conflict
        saved(other)
        other.locator("[name=minutes]").fill("42")
        saved(other)
        text(one, "why_en")[0].press_sequentially("Mine. ")
        saved(one)
        text(other, "why_en")[0].press_sequentially("Theirs. ")
        expect(other.locator("[data-autosave-state]")).to_contain_text("You changed “Why it pays (English)”")
        undo_beside_a_conflict(other)
        other.get_by_role("button", name="Save", exact=True).click()
        expect(other.locator(".pb-theirs")).to_contain_text("Mine. ")
        expect(text(other, "why_en")[0]).to_contain_text("Theirs. ")
        other.get_by_role("button", name="Save", exact=True).click()
        other.wait_for_url(f"{draft}*")
        one.reload()
        expect(text(one, "why_en")[0]).to_contain_text("Theirs. ")
        expect(text(one, "how_en")[0]).to_contain_text("First of all, ")
        expect(one.locator("[name=minutes]")).to_have_value("42")
        one.locator("[name=minutes]").fill("5")
        one.locator("[data-undo] button").click()  # more than its line says: it is named first
        expect(one.locator("[data-autosave-state]")).to_contain_text("Press Undo again")
        expect(one.locator("[name=minutes]")).to_have_value("5")
        both_move_steps(one, other, draft)


def test_what_an_author_typed_survives_a_link_a_lost_line_and_an_expired_session(
    demo: House, chromium: Browser, draft: str
) -> None:
    with an_author(demo, chromium) as page:
        open_step(page, draft, 5)
        step, why = page.url, text(page, "why_en")[0]
        why.press_sequentially("One. ")
        page.locator(".pb-back a").click()  # before it was saved by itself
        page.wait_for_url(f"{draft}*")
        open_step(page, draft, 5)
        expect(why).to_contain_text("One. ")
        assert "One. " in page.request.get(step).text()
        page.context.set_offline(True)
        why.press_sequentially("Two. ")
        expect(page.locator("[data-autosave-state]")).to_contain_text("no connection")
        expect(page.locator("[data-look-state]")).to_contain_text("Not shown just now")
        page.context.set_offline(False)
        saved(page)
        expect(page.locator("[data-look-state]")).to_have_text("")
        page.context.clear_cookies(name="sessionid")
        why.press_sequentially("Three. ")
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url("**/accounts/login/**")
        page.goto(f"{demo.at}/demo/")
        page.locator("form[action*='enter/channel-manager'] button").click()
        page.goto(step)
        expect(why).to_contain_text("Three. ")
        expect(page.locator("#typed-before")).to_contain_text("What you wrote was not sent")
        page.evaluate("localStorage.clear()")  # it is not the browser's copy alone
        page.reload()
        expect(why).to_contain_text("Three. ")
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url(f"{draft}*")
        page.goto(step)
        expect(why).to_contain_text("Three. ")
        expect(page.locator("#typed-before, [data-draft-back]")).to_have_count(0)
