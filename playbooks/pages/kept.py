"""What somebody typed while their session ended: kept for an hour in this browser, and back once they have signed in.

It lies in the session of whoever is not signed in yet, so no other browser can read it, and goes with that session.
The name of the form it was typed into has the person in it: somebody else who signs in on the device sees nothing.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

from django import forms
from django.contrib.auth.signals import user_logged_in
from django.contrib.auth.views import redirect_to_login
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.urls import reverse

from partners import clock

KEPT = "typed"
FOR = timedelta(hours=1)
MOST_LETTERS = 50_000
NOT_TYPED = {"csrfmiddlewaretoken", "draft"}
Answer = TypeVar("Answer", bound=HttpResponseBase)


def signed_in_on(page: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer | HttpResponseBase]]:
    """As ``login_required``, for what a form on ``page`` sends: who signs in comes back to it with what they typed."""

    def decorate(view: Callable[..., Answer]) -> Callable[..., Answer | HttpResponseBase]:
        @wraps(view)
        def wrapped(request: HttpRequest, pk: int) -> Answer | HttpResponseBase:
            if request.user.is_authenticated:
                return view(request, pk)
            if request.method == "POST":
                _keep(request, now=clock.now())
            return redirect_to_login(reverse(page, args=[pk]))

        return wrapped

    return decorate


def _keep(request: HttpRequest, *, now: datetime) -> None:
    typed = {name: values for name, values in request.POST.lists() if name not in NOT_TYPED}
    draft = request.POST.get("draft", "")
    if not draft or sum(len(value) for values in typed.values() for value in values) > MOST_LETTERS:
        return
    request.session[KEPT] = {"draft": draft, "typed": typed, "until": (now + FOR).isoformat()}
    request.session.set_expiry(int(FOR.total_seconds()))


@receiver(user_logged_in)
def lasts_as_any_other(sender: Any, request: HttpRequest, **more: Any) -> None:
    """The session of who has signed in does not end with what was kept in it."""
    if KEPT in request.session:
        request.session.set_expiry(None)


def typed_before(request: HttpRequest, draft: str, *, now: datetime) -> QueryDict | None:
    """What was typed into the form of this name when the session had ended; None where nothing was."""
    kept = request.session.get(KEPT)
    if not kept or kept["draft"] != draft or now >= datetime.fromisoformat(kept["until"]):
        return None
    typed = QueryDict(mutable=True)
    for name, values in kept["typed"].items():
        typed.setlist(name, values)
    return typed


def bring_back(form: forms.BaseForm, typed: QueryDict) -> None:
    """Show it in a form that was not sent: nothing is checked, nothing is wrong yet. Files are chosen once more."""
    for name, field in form.fields.items():
        if not isinstance(field, forms.FileField):
            form.initial[name] = field.widget.value_from_datadict(typed, {}, form.add_prefix(name))


def forget(request: HttpRequest, draft: str) -> None:
    """It has arrived."""
    if request.session.get(KEPT, {}).get("draft") == draft:
        del request.session[KEPT]
