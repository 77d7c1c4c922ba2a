import pytest

from playbooks.templatetags.prose import prose, prose_line, spoken


def test_markdown_becomes_html() -> None:
    assert prose("**You** pay.\n\n- one\n- two") == (
        "<p><strong>You</strong> pay.</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"
    )
    assert prose_line("a *b*") == "a <em>b</em>"
    assert prose(None) == ""


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        '<img src=x onerror="alert(1)">',
        "![x](https://tracker.example/pixel.png)",
        '<p style="color:red" onclick="x()">p</p>',
        "[x](data:text/html;base64,AAAA)",
    ],
)
def test_nothing_that_runs_loads_or_deceives_gets_through(text: str) -> None:
    for html in (prose(text), prose_line(text)):
        for bad in ("<script", "<img", "<p style", 'href="javascript', 'href="data'):
            assert bad not in html


def test_links_give_nothing_away() -> None:
    assert 'rel="noopener noreferrer"' in prose("[x](https://example.com)")


def test_an_answer_keeps_its_lines_and_its_addresses_become_links() -> None:
    said = spoken("Use **this**:\nhttps://a.example/x?y=1&z=2 or [that](https://b.example/)")
    assert "<strong>this</strong>:<br>" in said
    assert 'href="https://a.example/x?y=1&amp;z=2" rel="noopener noreferrer"' in said
    assert said.count("<a ") == 2


def test_an_answer_runs_nothing_and_nests_no_links() -> None:
    said = spoken("<script>x</script> [https://a.example](javascript:x) <https://c.example/>")
    assert "<script" not in said
    assert 'href="javascript' not in said
    assert said.count('href="https://c.example/"') == 1
    assert said.count("</a>") == said.count("<a ")
