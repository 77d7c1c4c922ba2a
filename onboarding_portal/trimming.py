"""Takes out of a package's style sheet what no page of ours uses: the whole of Tabler is too much for a bad line.

A rule stays where each class in its selector is a word in one of our sources; a custom property where something that
stays, or a style sheet of our own, reads it. A word that is written down anywhere is enough, so nothing is listed by
hand, and a class that a template begins to use tomorrow is there. What is left differs from the package in nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Set
from pathlib import Path

WORD = re.compile(r"[\w-]+")
CLASS = re.compile(r"\.(-?[A-Za-z_](?:[\w-]|\\.)*)")
NO_CLASSES = re.compile(r"\[[^\]]*\]|:(?:not|is|where|has)\([^()]*(?:\([^()]*\)[^()]*)*\)")
READ = re.compile(r"var\(\s*(--[\w-]+)")
GROUPS = ("@media", "@supports", "@layer", "@container")
LICENCE = re.compile(r"/\*!.*?\*/", re.DOTALL)
SOURCES = {".html", ".txt", ".py", ".js"}


def sources_in(folder: Path) -> list[Path]:
    """The templates, scripts and modules below a folder, in which a class may be written down."""
    return [file for file in folder.rglob("*") if file.suffix in SOURCES and file.is_file()]


def words_in(files: Iterable[Path]) -> set[str]:
    """Every word of the files; classes are among them."""
    words: set[str] = set()
    for file in files:
        words.update(WORD.findall(file.read_text(encoding="utf-8", errors="replace")))
    return words


def trimmed(css: str, *, words: Set[str], read_by: str = "") -> str:
    """``css`` without the rules that fit no page; ``read_by`` is the style sheets that may read its properties."""
    kept = _rules(css, lambda selector: _fits(selector, words))
    return "\n".join([*LICENCE.findall(css), _without_unread(kept, read_by)])


def _fits(selector: str, words: Set[str]) -> bool:
    """Whether something could match it. What it excludes or asks about decides nothing."""
    names = CLASS.findall(NO_CLASSES.sub("", selector))
    return all(word in words for name in names for word in WORD.findall(name))


def _blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """What stands before a brace, and what stands within; a statement without a block comes with None."""
    at = 0
    while at < len(css):
        if css.startswith("/*", at):
            at = css.index("*/", at) + 2
            continue
        opens, ends = css.find("{", at), css.find(";", at)
        if ends != -1 and (opens == -1 or ends < opens):
            yield css[at:ends].strip(), None
            at = ends + 1
            continue
        if opens == -1:
            return
        closes = _closing(css, opens)
        yield css[at:opens].strip(), css[opens + 1 : closes]
        at = closes + 1


def _closing(css: str, opens: int) -> int:
    depth = 0
    for brace in re.finditer(r"[{}]", css[opens:]):
        depth += 1 if brace.group() == "{" else -1
        if not depth:
            return opens + brace.start()
    raise ValueError(f"a block is not closed: {css[opens : opens + 80]}")


def _rules(css: str, fits: Callable[[str], bool]) -> str:
    kept = []
    for head, body in _blocks(css):
        if body is None:
            kept.append(f"{head};")
        elif head.startswith(GROUPS):
            inner = _rules(body, fits)
            if inner:
                kept.append(f"{head}{{{inner}}}")
        elif head.startswith("@"):
            kept.append(f"{head}{{{body}}}")
        else:
            selectors = [each for each in _parts(head, ",") if fits(each)]
            if selectors and body:
                kept.append(f"{','.join(selectors)}{{{body}}}")
    return "".join(kept)


def _parts(text: str, mark: str) -> list[str]:
    """``text`` split at a mark that stands in no parentheses and no quotes."""
    parts, depth, quote, begins = [], 0, "", 0
    for at, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        elif letter == mark and not depth:
            parts.append(text[begins:at])
            begins = at + 1
    return [*parts, text[begins:]]


def _without_unread(css: str, read_by: str) -> str:
    """Without the custom properties that nothing reads, and the keyframes that nothing plays, until none is left."""
    while True:
        read = set(READ.findall(css)) | set(READ.findall(read_by))
        slimmer = _declarations(css, read)
        if slimmer == css:
            return css
        css = slimmer


def _declarations(css: str, read: Set[str]) -> str:
    kept = []
    for head, body in _blocks(css):
        if body is None:
            kept.append(f"{head};")
        elif head.startswith(GROUPS):
            inner = _declarations(body, read)
            if inner:
                kept.append(f"{head}{{{inner}}}")
        elif head.startswith("@keyframes") and not re.search(rf"animation[^;}}]*\b{_name(head)}\b", css):
            continue
        elif head.startswith("@"):
            kept.append(f"{head}{{{body}}}")
        else:
            stays = ";".join(one for one in _parts(body, ";") if one and _is_read(one, read))
            if stays:
                kept.append(f"{head}{{{stays}}}")
    return "".join(kept)


def _name(head: str) -> str:
    return re.escape(head.split()[1])


def _is_read(declaration: str, read: Set[str]) -> bool:
    name = declaration.partition(":")[0].strip()
    return not name.startswith("--") or name in read
