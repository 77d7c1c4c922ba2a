"""Resources as plain values, and which films may be played on our pages."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from playbooks.models import Step
from playbooks.texts import text_in

Texts = dict[str, dict[str, Any]]

MOST_RESOURCES: Final = 10
LONGEST_ADDRESS: Final = 2_000
_VIDEO_ID: Final = re.compile(r"[\w-]{6,20}")
_NUMBER: Final = re.compile(r"\d{1,15}")
_HASH: Final = re.compile(r"[0-9a-f]{6,20}")
_YOUTUBE: Final = (
    "youtube.com",
    "www.youtube.com",
    "m.youtube.com",
    "youtube-nocookie.com",
    "www.youtube-nocookie.com",
)
_is_address = URLValidator(schemes=["http", "https"])


class Kind(TextChoices):
    LINK = "link", _("A link")
    FILE = "file", _("A file")
    VIDEO = "video", _("A film")


@dataclass(frozen=True)
class Player:
    """Where a film is played: its frame's address, and the one host that the page may then show a frame of."""

    address: str
    host: str
    name: str


def player_of(address: str) -> Player | None:
    """None for what is no film at one of the places that are allowed."""
    parts = urlsplit(address)
    host, path = (parts.hostname or "").lower(), parts.path.strip("/")
    if parts.scheme != "https":
        return None
    if host == "youtu.be" or host in _YOUTUBE:
        found = (
            parse_qs(parts.query).get("v", [""])[0] if path == "watch" else re.sub(r"^(embed|shorts|live)/", "", path)
        )
        if not _VIDEO_ID.fullmatch(found):
            return None
        return Player(f"https://www.youtube-nocookie.com/embed/{found}", "https://www.youtube-nocookie.com", "YouTube")
    if host in ("vimeo.com", "www.vimeo.com", "player.vimeo.com"):
        number, _slash, secret = path.removeprefix("video/").partition("/")
        if not _NUMBER.fullmatch(number) or (secret and not _HASH.fullmatch(secret)):
            return None
        hidden = f"&h={secret}" if secret else ""
        return Player(f"https://player.vimeo.com/video/{number}?dnt=1{hidden}", "https://player.vimeo.com", "Vimeo")
    return None


def is_address(text: str) -> bool:
    try:
        _is_address(text)
    except ValidationError:
        return False
    return True


@dataclass(frozen=True)
class Resource:
    """``texts`` has ``label`` by language, and ``address`` (of a link or a film) or ``file`` (a stored one's key)."""

    key: str
    kind: str
    texts: Texts

    @property
    def target(self) -> str:
        """The name of the text that says where it leads."""
        return "file" if self.kind == Kind.FILE else "address"

    def text(self, name: str, language: str) -> str:
        return str(text_in(self.texts, name, language) or "")

    def label(self, language: str) -> str:
        return self.text("label", language) or self.key

    def leads_to(self, language: str) -> str:
        return self.text(self.target, language)

    def as_json(self) -> dict[str, Any]:
        return {"key": self.key, "kind": str(self.kind), "texts": self.texts}


def resources_of(step: Step) -> tuple[Resource, ...]:
    return tuple(Resource(each["key"], each["kind"], each["texts"]) for each in step.resources)


def files_of(resources: Iterable[Resource]) -> Iterator[str]:
    """The keys of the stored files among these, in every language."""
    for resource in resources:
        yield from (words["file"] for words in resource.texts.values() if words.get("file"))


def in_languages(resources: Iterable[Resource], kept: Sequence[str]) -> list[dict[str, Any]]:
    """As a column holds them, in the languages ``kept`` alone."""
    return [
        Resource(each.key, each.kind, {code: words for code, words in each.texts.items() if code in kept}).as_json()
        for each in resources
    ]
