"""Asking again who is there before the way somebody signs in is changed.

allauth asks for the password or for a code from the app. Most people here have neither: they sign in by a mailed
code, so that is what they are asked for again, unless they signed in a moment ago.
"""

import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate, get_reauthentication_flows
from allauth.core import ratelimit
from allauth.core.exceptions import ReauthenticationRequired
from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from partners.scoping import PersonalRequest

View = Callable[..., HttpResponseBase]
MAILED: Final = "prove_by_mail"  # in the session: the code, when it was mailed, how many wrong ones came
LASTS = 15 * 60
TRIES = 3


def asks_again(*methods: str) -> Callable[[View], View]:
    """Lets a view's ``methods`` through only for somebody who has just shown that it is them."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method in methods and request.user.is_authenticated and not _has_proved(request):
                if get_reauthentication_flows(request.user):
                    raise ReauthenticationRequired
                return redirect(f"{reverse('prove-by-mail')}?{urlencode({'next': request.path})}")
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def _has_proved(request: HttpRequest) -> bool:
    if get_reauthentication_flows(request.user):
        return bool(did_recently_reauthenticate(request))
    records = get_authentication_records(request, request.user)
    if not records or time.time() - records[-1]["at"] >= app_settings.REAUTHENTICATION_TIMEOUT:
        return False
    if not records[-1].get("reauthenticated"):  # so that whoever gets an app now sees its recovery codes at once
        record_authentication(request, request.user, method=records[-1]["method"], reauthenticated=True)
    return True


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "one-time-code"})
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def prove(request: PersonalRequest) -> HttpResponse:
    """A code goes to the address of whoever is signed in; typed here, it leads on to where they wanted to go."""
    if get_reauthentication_flows(request.user):
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': _next(request)})}")
    if request.method != "POST":
        return _show(request, CodeForm() if _open(request) else None)
    return _mail(request) if "mail" in request.POST else _check(request)


def _open(request: HttpRequest) -> dict[str, Any] | None:
    mailed: dict[str, Any] | None = request.session.get(MAILED)
    return mailed if mailed and time.time() - mailed["at"] < LASTS and mailed["wrong"] < TRIES else None


def _mail(request: PersonalRequest) -> HttpResponse:
    if not ratelimit.consume(request, action="request_login_code", key=request.user.email):
        return _show(request, None, too_often=True)
    adapter = get_adapter(request)
    code = adapter.generate_login_code()
    request.session[MAILED] = {"code": code, "at": time.time(), "wrong": 0}
    adapter.send_mail("account/email/prove_code", request.user.email, {"request": request, "code": code})
    return redirect(f"{request.path}?{urlencode({'next': _next(request)})}")


def _check(request: PersonalRequest) -> HttpResponse:
    mailed, form = _open(request), CodeForm(request.POST)
    if mailed is None:
        return _show(request, None, is_over=True)
    if not form.is_valid():
        return _show(request, form)
    if not secrets.compare_digest(_plain(form.cleaned_data["code"]), _plain(mailed["code"])):
        request.session[MAILED] = {**mailed, "wrong": mailed["wrong"] + 1}
        if _open(request) is None:
            return _show(request, None, is_over=True)
        form.add_error("code", _("This is not the code from the mail."))
        return _show(request, form)
    del request.session[MAILED]
    record_authentication(request, request.user, method="code", email=request.user.email, reauthenticated=True)
    return HttpResponseRedirect(_next(request))


def _plain(code: str) -> bytes:
    return "".join(letter for letter in code.upper() if letter.isalnum()).encode()


def _next(request: HttpRequest) -> str:
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe and target.startswith("/") else reverse("mfa_index")


def _show(
    request: HttpRequest, form: CodeForm | None, *, too_often: bool = False, is_over: bool = False
) -> HttpResponse:
    context = {"form": form, "next": _next(request), "too_often": too_often, "is_over": is_over}
    status = 429 if too_often else 422 if is_over or (form and form.errors) else 200
    return render(request, "account/prove_by_mail.html", context, status=status)
