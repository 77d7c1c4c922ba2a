import pytest
from django.utils.translation import override

from partners.own_words import quoted, shown


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("One\nTwo\r\nThree", "One<br>Two<br>Three"),
        (
            "See https://example.com/a?b=1&c=2.",
            'See <a href="https://example.com/a?b=1&amp;c=2" rel="noopener noreferrer nofollow">'
            "https://example.com/a?b=1&amp;c=2</a>.",
        ),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('https://a.example/"onclick="x', None),
        (
            "javascript:alert(1) data:text/html,x ftp://a.example",
            "javascript:alert(1) data:text/html,x ftp://a.example",
        ),
        ("Ask kim@example.com about backup.com", "Ask kim@example.com about backup.com"),
    ],
)
def test_words_are_shown_with_lines_and_links_and_run_nothing(words: str, html: str | None) -> None:
    said = shown(words)
    if html is None:
        assert "&quot;onclick=&quot;x" in said
        assert said.count("<a ") == 1
    else:
        assert said == html


@pytest.mark.parametrize(("language", "quotation"), [("en", "“He says: ‘No.’”"), ("de", "„He says: ‚No.‘“")])
@pytest.mark.parametrize("words", ["He says: “No.”", "He says: „No.“"])
def test_what_is_quoted_inside_a_quotation_stands_in_inner_marks(language: str, quotation: str, words: str) -> None:
    with override(language):
        assert quoted(words) == quotation


def test_a_quotation_mark_beside_an_address_is_no_part_of_it() -> None:
    said = shown(quoted("Look at https://example.com/path"))
    assert 'href="https://example.com/path"' in said
    assert said.endswith("</a>”")
