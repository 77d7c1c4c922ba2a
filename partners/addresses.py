"""Addresses that no vendor may have, because they are ours: words of our own URLs, and some that may come to be."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from django.urls import URLPattern, URLResolver, get_resolver

VENDORS_UNDER: Final = frozenset({"v", "apply"})  # what stands before a vendor's address
# Not in the table: served by something else, only with a setting, or better not looked official.
ALSO_OURS: Final = frozenset(
    {"admin", "api", "demo", "firstline", "help", "login", "mail", "media", "static", "support", "www"}
)
LITERAL: Final = re.compile(r"[a-z0-9-]+")


@cache
def reserved() -> frozenset[str]:
    """The first word of each of our addresses, and what stands where a vendor's address would."""
    return frozenset(_words(get_resolver().url_patterns)) | ALSO_OURS


def _words(patterns: Iterable[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from _words(pattern.url_patterns, route)
        words = route.split("/")
        places = words[:2] if words[0] in VENDORS_UNDER else words[:1]
        yield from (word for word in places if LITERAL.fullmatch(word))
