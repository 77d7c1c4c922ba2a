"""The demo's pages. They exist only with DEMO=1."""

from math import ceil

from allauth.core.ratelimit import respond_429
from django.contrib.auth import login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import Urlizer
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from followups.models import Message
from onboarding_portal.csp import HEADER, policy
from onboarding_portal.demo import clock, people, snapshots, starting_over, travelling
from partners.models import User
from partners.paging import By, key, page_of

SHOWN_MAILS = 25
NEWEST = (By("id", key, descending=True),)
HOURS = {"hour": 1, "day": 24}
LOOK_AGAIN_AFTER_SECONDS = "2"
# In letters; static/css/demo.css has a height for each size up to the longest.
A_SIZE_OF_MAIL, LONGEST_MAIL = 400, 8


class Linked(Urlizer):
    """Text with its addresses as links."""

    url_template = '<a href="{href}" rel="noopener"{attrs}>{url}</a>'


linked = Linked()
# A mail brings its own styles and nothing else; links in it open in the whole window.
MAIL_POLICY = policy(
    {
        "default-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'self'"],
        "sandbox": ["allow-top-navigation-by-user-activation", "allow-popups"],
    }
)


@require_safe
def doors(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/doors.html", {"doors": people.DOORS, "operator": people.OPERATOR})


@require_POST
def enter(request: HttpRequest, door: str) -> HttpResponse:
    """Sign in as one of the demo's people and go where their work is."""
    chosen = people.door(door)
    if chosen is None:
        raise Http404
    user = get_object_or_404(User, email=chosen.email)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    if chosen.lands_on == "desk-today":
        return redirect(chosen.lands_on, vendor=people.VENDOR)
    return redirect(chosen.lands_on)


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """Every mail that was sent, newest first."""
    mails = Message.objects.filter(state=Message.State.ACCEPTED, channel="mail").defer("text", "html", "headers")
    page = page_of(mails, NEWEST, request=request, size=SHOWN_MAILS)
    return render(request, "demo/mailbox.html", {"page": page})


@require_safe
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(Message, pk=pk, state=Message.State.ACCEPTED)
    size = min(LONGEST_MAIL, ceil(len(message.text) / A_SIZE_OF_MAIL))
    text = linked(message.text, autoescape=True)
    return render(request, "demo/mail.html", {"mail": message, "text": text, "size": size})


@require_safe
@xframe_options_sameorigin
def mail_body(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail as its reader sees it, shut off from the page around it."""
    message = get_object_or_404(Message, pk=pk, state=Message.State.ACCEPTED)
    response = render(request, "demo/mail_body.html", {"mail": message})
    response.headers[HEADER] = MAIL_POLICY
    return response


@require_POST
def clock_moved(request: HttpRequest) -> HttpResponse:
    """Move the time that all processes read; the engine and the watch over silence live through it."""
    hours = HOURS.get(request.POST.get("step", ""))
    if hours is not None:
        travelling.move_on(hours=hours)
    elif not travelling.come_back():
        starting_over.begin()
        return redirect(f"{reverse('demo-start-over')}?begun")
    return redirect(_safe_target(request, request.POST.get("next", "")))


@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """What going back to now takes away; asked before it is done."""
    target = _safe_target(request, request.GET.get("next", ""))
    if not clock.is_moved():
        return redirect(target)
    since = snapshots.taken_at()
    context = {
        "next": target,
        "since": since,
        "is_undone": since is not None,
        "mails": Message.objects.filter(state=Message.State.ACCEPTED, channel="mail", finished_at__gt=since).count()
        if since
        else 0,
    }
    return render(request, "demo/back.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def start_over(request: HttpRequest) -> HttpResponse:
    """Ask; begin; say how it goes, looking again by itself; and lead to the doors when it is done."""
    if request.method == "POST":
        starting_over.begin()
        return redirect(f"{reverse('demo-start-over')}?begun")
    is_under_way = starting_over.is_under_way()
    has_failed = not is_under_way and starting_over.has_failed()
    if "begun" in request.GET and not is_under_way and not has_failed:
        return redirect("demo-doors")
    response = render(request, "demo/start_over.html", {"is_under_way": is_under_way, "has_failed": has_failed})
    if is_under_way:
        response.headers["Refresh"] = f"{LOOK_AGAIN_AFTER_SECONDS}; url={reverse('demo-start-over')}?begun"
    return response


@require_safe
def error(request: HttpRequest, code: int) -> HttpResponse:
    """The pages for when something went wrong, each by the way it comes to be; for whoever wants to look at them."""
    if code == 400:
        raise BadRequest
    if code == 403:
        raise PermissionDenied
    if code == 405:
        return HttpResponseNotAllowed(["POST"])
    if code == 429:
        response: HttpResponse = respond_429(request)
        return response
    if code == 500:
        raise RuntimeError("Nothing broke: somebody looks at the demo's page for it.")
    raise Http404


def _safe_target(request: HttpRequest, target: str) -> str:
    if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return target
    return reverse("demo-doors")
