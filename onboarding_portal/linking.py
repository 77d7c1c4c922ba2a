"""Packages that are ES modules, for a browser: they name each other as npm does, and a page wants addresses.

An import map would say which is which, but only as a script within the page, which the policy forbids. So each name
becomes the address of the file beside it, and nothing else is changed.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

FOLDER: Final = "vendor/prosemirror"
MODULES: Final[Mapping[str, str]] = {
    **{
        f"prosemirror-{name}": f"prosemirror-{name}/dist/index.js"
        for name in (
            *("commands", "history", "inputrules", "keymap", "markdown", "model"),
            *("schema-list", "state", "transform", "view"),
        )
    },
    "markdown-it": "markdown-it/dist/browser/markdown-it.esm.min.mjs",
    "orderedmap": "orderedmap/dist/index.js",
    "rope-sequence": "rope-sequence/dist/index.js",
    "w3c-keyname": "w3c-keyname/index.js",
}
"""Each module that the visual editor is made of, and where it lies below node_modules."""

SERVED: Final = {f"{FOLDER}/{name}.js": source for name, source in MODULES.items()}
_NAMED = re.compile(r"""^(import\s[^;'"]*?from\s*)(['"])([^'"./][^'"]*)\2""", re.MULTILINE)

IMPORTS: Final = (
    (
        r"""(?m)^(?P<matched>(?P<import>import\s[^;'"]*?from\s*)['"](?P<url>\.{1,2}/[^'"]+)['"])""",
        '%(import)s"%(url)s"',
    ),
)
"""As Django has it for all scripts, but for these alone: others name what is not served."""


class NotServed(Exception):
    """A module wants one that is not among ``MODULES``."""


def linked(source: str) -> str:
    """Raises ``NotServed``."""
    return _NAMED.sub(_with_address, source)


def _with_address(found: re.Match[str]) -> str:
    start, quote, name = found.groups()
    if name not in MODULES:
        raise NotServed(name)
    return f"{start}{quote}./{name}.js{quote}"


def link(source: Path, target: Path) -> Path:
    """``source`` with addresses, in a file that is written anew where it, or this one, is younger."""
    youngest = max(source.stat().st_mtime, Path(__file__).stat().st_mtime)
    if not target.is_file() or target.stat().st_mtime < youngest:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f"{target.name}.{os.getpid()}")
        fresh.write_text(linked(source.read_text(encoding="utf-8")), encoding="utf-8")
        fresh.replace(target)
    return target
