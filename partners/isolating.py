"""Names that people gave, in sentences that we wrote: neither turns the other's direction of writing."""

import re
from unicodedata import bidirectional

RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
# What begins or ends a direction by force. A name has no use for them; left in, one could close the isolate early.
CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
FIRST_STRONG, END = "\u2068", "\u2069"


def isolated(name: str) -> str:
    """``name`` as it is put into a sentence or beside other words.

    What is written from the right is set apart by Unicode's isolates, which do in any text what ``<bdi>`` does in
    HTML: also in a title, an attribute, and a sentence that is put together in Python. Every other name stays as it is.
    """
    if name.isascii():
        return name
    plain = CONTROLS.sub("", name)
    if any(bidirectional(letter) in RIGHT_TO_LEFT for letter in plain):
        return f"{FIRST_STRONG}{plain}{END}"
    return plain
