from datetime import UTC, datetime, timedelta

import pytest

from partners.templatetags.firstline import since_words

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=30), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=3), "3 hours ago"),
        (timedelta(hours=25), "yesterday"),
        (timedelta(days=89), "89 days ago"),
        (timedelta(days=100), "3 months ago"),
        (timedelta(days=10_917), "29 years ago"),
        (timedelta(days=-2), "just now"),
    ],
)
def test_how_long_ago_in_words(passed: timedelta, words: str) -> None:
    assert since_words(NOW - passed, now=NOW) == words
