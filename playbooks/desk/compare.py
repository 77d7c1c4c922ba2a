"""Any two versions of a playbook side by side: what was added, changed and taken out, word by word."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from partners.scoping import ScopedRequest
from playbooks.comparing import differences
from playbooks.desk.scope import playbook_of, reading_language, whole_number
from playbooks.models import PlaybookVersion
from playbooks.outline import outline_of


@require_safe
def comparing(request: ScopedRequest, vendor: str, playbook: int) -> HttpResponse:
    """``?before=1&after=2``; by default the newest and the one before it."""
    found = playbook_of(request, playbook)
    versions = {version.number: version for version in found.versions.order_by("-number")}
    if not versions:
        raise Http404
    numbers = list(versions)
    after = _chosen(request, "after", versions) or versions[numbers[0]]
    older = [number for number in numbers if number < after.number]
    before = _chosen(request, "before", versions) or versions[older[0] if older else after.number]
    if before.number > after.number:
        before, after = after, before
    for version in (before, after):
        version.playbook = found
    language = reading_language(after)
    page = {
        "playbook": found,
        "name": after.text("name", language) or found.slug,
        "choices": [(version.number, _label(version)) for version in versions.values()],
        "before": before,
        "after": after,
        "labels": (_label(before), _label(after)),
        "differences": differences(outline_of(before), outline_of(after), language=language),
    }
    return render(request, "desk/playbooks/compare.html", page)


def _chosen(request: ScopedRequest, name: str, versions: dict[int, PlaybookVersion]) -> PlaybookVersion | None:
    """404 for a number that there is not."""
    text = request.GET.get(name, "")
    if not text:
        return None
    version = versions.get(whole_number(text))
    if version is None:
        raise Http404
    return version


def _label(version: PlaybookVersion) -> str:
    return _("Draft") if version.is_draft else _("Version %(number)d") % {"number": version.number}
