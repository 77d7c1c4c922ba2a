"""How a partner will see a step: the page they would get in a frame, as whom and on what chosen beside it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Min
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods, require_safe

from partners import clock
from partners.models import Contact, Partner
from partners.places import language_name, zone
from partners.scoping import ScopedRequest
from playbooks.desk.forms import StepForm
from playbooks.desk.gone import says_who_removed_it
from playbooks.desk.previewing import example_reader, imagined, page, partners_called, reader_of, typed
from playbooks.desk.scope import page_of, reading_language, step_of, whole_number
from playbooks.merging import fingerprint
from playbooks.models import Step

INERT = {"form-action": ["'none'"], "script-src": ["'none'"], "sandbox": ["allow-same-origin"]}
SCREENS = ("phone", "desktop")


@dataclass(frozen=True)
class Look:
    """As whom, in which language and on what a step is looked at: what the address asks for, else what is likely."""

    step: Step
    reader: Contact
    language: str
    screen: str
    words: str  # that were searched for
    found: list[Partner]

    @classmethod
    def asked(cls, request: ScopedRequest, step: Step) -> "Look":
        """Raises 404 for a partner that the vendor has not."""
        reader = _reader(request)
        languages = step.version.languages
        wanted = request.GET.get("language", "")
        theirs = reading_language(step.version) if reader._state.adding else reader.language_code
        known = (language for language in (wanted, theirs, reading_language(step.version)) if language in languages)
        screen = request.GET.get("screen", "")
        words = request.GET.get("q", "").strip()
        return cls(
            step=step,
            reader=reader,
            language=next(known, ""),
            screen=screen if screen in SCREENS else SCREENS[0],
            words=words,
            found=partners_called(request.vendor, words) if words else [],
        )

    @property
    def partner(self) -> Partner:
        return self.reader.partner

    @property
    def is_example(self) -> bool:
        return self.reader._state.adding

    @property
    def frame(self) -> str:
        """The address of the page in the frame."""
        return self._address("desk-playbook-look", screen="")

    @property
    def bare(self) -> str:
        """The address of the page around it, to which a form adds what is searched for."""
        return self._address("desk-playbook-preview", query=False)

    @property
    def kept(self) -> dict[str, str]:
        """What a form has to send along."""
        return {name: value for name, value in self._query().items() if name != "partner"}

    @property
    def screens(self) -> list[tuple[str, str]]:
        return [(screen, self._address("desk-playbook-preview", screen=screen)) for screen in SCREENS]

    @property
    def languages(self) -> list[tuple[str, str, str]]:
        """Code, name, and the address that shows it."""
        codes = self.step.version.languages
        return [(code, language_name(code), self._address("desk-playbook-preview", language=code)) for code in codes]

    @property
    def others(self) -> list[tuple[str, str]]:
        """Who was found, with the address that shows it as they see it, in their language."""
        return [
            (partner.company, self._address("desk-playbook-preview", partner=str(partner.pk), language=""))
            for partner in self.found
        ]

    @property
    def example(self) -> str:
        return self._address("desk-playbook-preview", partner="")

    def _query(self, **other: str) -> dict[str, str]:
        partner = "" if self.is_example else str(self.partner.pk)
        asked = {"partner": partner, "language": self.language, "screen": self.screen, **other}
        return {name: value for name, value in asked.items() if value}

    def _address(self, name: str, *, query: bool = True, **other: str) -> str:
        version = self.step.version
        address = reverse(name, args=[self.partner.vendor.slug, version.playbook_id, self.step.pk])
        return f"{address}?{urlencode(self._query(**other))}" if query else address


def _reader(request: ScopedRequest) -> Contact:
    partner = request.GET.get("partner", "")
    if not partner:
        return example_reader(request.vendor, request.member)
    reader = reader_of(request.vendor, whole_number(partner))
    if reader is None:
        raise Http404
    return reader


@require_safe
@says_who_removed_it
def preview(request: ScopedRequest, vendor: str, playbook: int, step: int) -> HttpResponse:
    """The step as a partner sees it; for htmx the part that says as whom, in which language and on what."""
    found = step_of(request, playbook, step)
    version = found.version
    look = Look.asked(request, found)
    part: dict[str, Any] = {"look": look, "playbook": version.playbook, "step": found}
    if request.htmx:
        response = render(request, "desk/playbooks/look.html", part)
    else:
        whole = {
            **part,
            "version": version,
            "name": version.text("name", look.language) or version.playbook.slug,
            "title": found.title(look.language),
            "may_edit": version.is_draft and request.member.may_act,
            "back": page_of(request, version),
            **_place(found),
        }
        response = render(request, "desk/playbooks/preview.html", whole)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _place(found: Step) -> dict[str, Any]:
    around = found.version.steps
    before = around.filter(position__lt=found.position).order_by("-position").values_list("pk", flat=True).first()
    after = around.filter(position__gt=found.position).aggregate(at=Min("position"))["at"]
    following = around.filter(position=after).values_list("pk", flat=True).first() if after is not None else None
    total = around.aggregate(total=Count("pk"))["total"]
    return {"before": before, "after": following, "number": found.position + 1, "total": total}


@require_http_methods(["GET", "HEAD", "POST"])
def look(request: ScopedRequest, vendor: str, playbook: int, step: int) -> HttpResponse:
    """The page in the frame. What a form sends is shown as it is typed; nothing is saved by it."""
    found = step_of(request, playbook, step)
    chosen = Look.asked(request, found)
    if request.method == "POST":
        form = StepForm(request.POST, step=found, languages=found.version.languages, seen=fingerprint(found))
        found = typed(found, form)
    now = clock.now()
    language = chosen.language or translation.get_language() or ""
    with translation.override(language), timezone.override(zone(chosen.reader.zone_name)):
        shown = imagined(found, chosen.reader, language=language, now=now)
        response = render(request, "desk/playbooks/look_page.html", dict(page(shown, chosen.reader, now=now)))
    directives = {**settings.SECURE_CSP, **INERT}
    response["Content-Security-Policy"] = "; ".join(f"{name} {' '.join(of)}" for name, of in directives.items())
    return response
