"""Resources as a page shows them: a film is a link until somebody presses it, so nothing is loaded from elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from playbooks.resources.items import Kind, Player, Resource, player_of
from playbooks.showing import ShownStep


@dataclass(frozen=True)
class Shown:
    key: str
    label: str
    address: str  # of a link elsewhere, or of a file of ours
    place: str  # where it leads, in a word: a host, YouTube
    is_file: bool
    player: Player | None
    is_playing: bool


def shown(resources: tuple[Resource, ...], *, language: str, files_at: str, playing: str) -> Iterator[Shown]:
    for resource in resources:
        target = resource.leads_to(language)
        player = player_of(target) if resource.kind == Kind.VIDEO else None
        is_file = resource.kind == Kind.FILE
        yield Shown(
            key=resource.key,
            label=resource.label(language),
            address=f"{files_at}{target}/" if is_file else target,
            place=player.name if player else urlsplit(target).hostname or "",
            is_file=is_file,
            player=player,
            is_playing=player is not None and resource.key == playing,
        )


@dataclass(frozen=True)
class Helping:
    """All that helps with a step, on a page of it."""

    resources: list[Shown]

    @classmethod
    def of(cls, request: HttpRequest, step: ShownStep, *, files_at: str) -> "Helping":
        """``?play=`` names the film that was pressed; ``files_at`` is where this page's reader gets files."""
        playing = request.GET.get("play", "")
        return cls(list(shown(step.resources, language=step.language, files_at=files_at, playing=playing)))

    def playing_on(self, response: HttpResponse) -> HttpResponse:
        """On the page that plays a film, and on no other, a frame may come from the film's host."""
        hosts = [each.player.host for each in self.resources if each.is_playing and each.player]
        if hosts:
            directives = {**settings.SECURE_CSP, "frame-src": ["'self'", *hosts]}
            policy = "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())
            response["Content-Security-Policy"] = policy
        return response
