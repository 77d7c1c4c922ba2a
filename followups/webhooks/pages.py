"""The owner's page of the webhook: its address, its secret, a test, and what was delivered lately."""

from collections.abc import Callable
from functools import wraps
from typing import Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from followups.models import Message, Webhook
from followups.webhooks import configuring, signing
from followups.webhooks.forms import AddressForm, AgainForm
from followups.webhooks.showing import last_deliveries, last_test
from partners import clock
from partners.scoping import ScopedRequest

View = Callable[..., HttpResponse]


def for_owners(view: View) -> View:
    """The address and the secret are for nobody else, not even to read."""

    @never_cache
    @vary_on_headers("HX-Request")
    @wraps(view)
    def guarded(request: ScopedRequest, vendor: str) -> HttpResponse:
        if not request.member.may_administer:
            raise PermissionDenied
        return view(request, vendor)

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@for_owners
def webhook(request: ScopedRequest, vendor: str) -> HttpResponse:
    if request.method != "POST" and request.htmx and not request.htmx.history_restore_request:
        return render(request, "followups/webhook_test.html", {"test": last_test(request.vendor)})
    if request.method != "POST":
        return _page(request, _form(request))
    act = ACTIONS.get(request.POST.get("action", ""))
    if act is None:
        return HttpResponseBadRequest(_("Nothing to do."), content_type="text/plain")
    try:
        return act(request)
    except (configuring.NotSetUp, configuring.TestUnderWay) as refusal:
        messages.warning(request, str(refusal.message))
        return _back(request)


def _form(request: ScopedRequest) -> AddressForm:
    found = Webhook.objects.of(request.vendor).values_list("address", flat=True).first()
    return AddressForm(initial={"address": found or ""})


@sensitive_variables("secret", "page")
def _page(request: ScopedRequest, form: AddressForm) -> HttpResponse:
    hook = Webhook.objects.of(request.vendor).first()
    secret = ""
    if hook is not None:
        try:
            secret = signing.unseal(hook.secret)
        except signing.Unreadable:
            messages.warning(request, _("The signing secret cannot be read any more. Renew it."))
    page = {
        "form": form,
        "hook": hook,
        "secret": secret,
        "overlaps": hook is not None and hook.old_until is not None and clock.now() < hook.old_until,
        "test": last_test(request.vendor) if hook else None,
        "deliveries": last_deliveries(request.vendor) if hook else [],
    }
    return render(request, "followups/webhook.html", page, status=422 if form.errors else 200)


def _save(request: ScopedRequest) -> HttpResponse:
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    address = form.cleaned_data["address"]
    configuring.set_address(vendor=request.vendor, address=address, by=request.user, now=clock.now())
    messages.success(request, _("Saved. Try it out: a test shows what your system answers."))
    return _back(request)


def _renew(request: ScopedRequest) -> HttpResponse:
    configuring.renew_secret(vendor=request.vendor, by=request.user, now=clock.now())
    messages.success(request, _("There is a new secret. The one before signs along for 24 hours."))
    return _back(request)


def _pause(request: ScopedRequest) -> HttpResponse:
    if configuring.pause(vendor=request.vendor, by=request.user, now=clock.now()):
        messages.success(request, _("Paused. What falls due waits until you go on."))
    return _back(request)


def _go_on(request: ScopedRequest) -> HttpResponse:
    if configuring.switch_on(vendor=request.vendor, by=request.user, now=clock.now()):
        messages.success(request, _("It is on again. What waited goes out now, if it is still wanted."))
    return _back(request)


def _test(request: ScopedRequest) -> HttpResponse:
    configuring.try_out(vendor=request.vendor, member=request.member, now=clock.now())
    return redirect(f"{request.path}#test")


def _again(request: ScopedRequest) -> HttpResponse:
    form = AgainForm(request.POST)
    if not form.is_valid():
        raise Http404
    try:
        is_due = configuring.post_again(
            vendor=request.vendor, message=form.cleaned_data["message"], by=request.user, now=clock.now()
        )
    except Message.DoesNotExist:
        raise Http404 from None
    if is_due:
        messages.success(request, _("It is posted again, if it is still wanted. What came of it stands below."))
    else:
        messages.info(request, _("It is on its way, or was taken; there was nothing to post again."))
    return redirect(f"{request.path}#deliveries")


def _back(request: ScopedRequest) -> HttpResponse:
    return redirect("desk-settings-webhook", vendor=request.vendor.slug)


ACTIONS: Final[dict[str, Callable[[ScopedRequest], HttpResponse]]] = {
    "save": _save,
    "renew": _renew,
    "pause": _pause,
    "on": _go_on,
    "test": _test,
    "again": _again,
}
