"""What was typed so far, saved without leaving the page: see static/js/autosave.js."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import JsonResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from partners import clock
from partners.scoping import ScopedRequest
from playbooks.models.playbook import PublishedNeverChanges


def is_autosave(request: ScopedRequest) -> bool:
    return request.method == "POST" and "X-Autosave" in request.headers


def autosaved(
    request: ScopedRequest,
    form: forms.Form,
    write: Callable[[], dict[str, Any]],
    *,
    over: tuple[type[Exception], ...] = (),
    in_words: Callable[[Exception], str] | None = None,
) -> JsonResponse:
    """``write`` saves, and answers with what the form has ``seen`` then, and with ``more`` words where there are some.

    ``over`` are the refusals that pressing Save has to show; ``in_words`` says them. The header says whose page it is:
    one that was left open does not write in the name of who signed in after.
    """
    writes = request.headers["X-Autosave"]
    if writes.isdecimal() and writes != str(request.user.pk):
        said = _("Somebody else has signed in here meanwhile. Sign in again: what you typed stays here.")
        return JsonResponse({"said": said, "again": True}, status=409)
    if not form.is_valid():
        return JsonResponse(_refused(form), status=422)
    refusals: tuple[type[Exception], ...] = (*over, PublishedNeverChanges)
    try:
        answer = write()
    except refusals as refusal:
        return nothing_saved(in_words(refusal) if in_words else "")
    at = date_format(timezone.localtime(clock.now()), "TIME_FORMAT")
    said, more = _("Saved at %(time)s") % {"time": at}, answer.pop("more", "")
    return JsonResponse({"said": f"{said}. {more}" if more else said, **answer})


def _refused(form: forms.Form) -> dict[str, Any]:
    """The first reason in words, and each field's own by its name."""
    errors = {name: " ".join(map(str, reasons)) for name, reasons in form.errors.items()}
    said = _("Not saved yet: %(reason)s") % {"reason": next(iter(errors.values()))}
    return {"said": said, "errors": errors}


def nothing_saved(said: str = "") -> JsonResponse:
    said = said or _("Somebody else changed this meanwhile. Press Save to see both texts; nothing is lost.")
    return JsonResponse({"said": said, "over": True}, status=409)
