"""The sponsor's first line: who is new, who is silent, who ordered once, and what to do next. No amounts of money."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from followups.calls.contacting import Outcome, log_contact
from followups.dashboards.forms import ContactedForm
from followups.dashboards.paging import By, key, page_of
from followups.dashboards.today import instant
from followups.dashboards.wording import NEW_FOR, is_new, reason_for, rhythm, titles_for
from followups.models import Standing
from followups.models.silence import SilenceKind
from partners import clock
from partners.models import Customer, Partner, User
from partners.scoping import PersonalRequest
from partners.templatetags.firstline import since_words
from playbooks.models.step import Turn

ROWS = 9
NOTHING: Final[Mapping[int, ContactedForm]] = MappingProxyType({})
CUSTOMERS = 9
QUIET_CUSTOMER = timedelta(days=30)
SAYS_WHEN = (SilenceKind.STOPPED, SilenceKind.ORDERED_ONCE)
FAR = datetime(9999, 1, 1, tzinfo=UTC)
# New first, then by need; whoever needs nobody comes last, in the order in which they joined.
NEED = (
    By("newness", key, descending=True),
    By("severity", key, descending=True),
    By("since", instant),
    By("partner_id", key),
)


@dataclass(frozen=True)
class Row:
    standing: Standing
    new: bool
    where: str
    todo: str
    rhythm: str
    active: str  # when they last acted; "" where the sentence before says it
    form: ContactedForm | None = None  # one that was sent and was not right

    @property
    def chosen(self) -> str:
        return str(self.form["outcome"].value()) if self.form else Outcome.REACHED

    @property
    def note(self) -> str:
        return str(self.form["note"].value()) if self.form else ""


@login_required
@require_safe
def first_line(request: PersonalRequest) -> HttpResponse:
    return _page(request)


def _page(request: PersonalRequest, refused: Mapping[int, ContactedForm] = NOTHING) -> HttpResponse:
    """``refused`` is a form that was sent and was not right, under the key of its partner."""
    now = clock.now()
    sponsors = list(_sponsors(request.user))
    page = page_of(_standings(sponsors, now=now), NEED, request=request, size=ROWS)
    titles = titles_for(page.rows, get_language() or "en")
    rows = [_row(standing, titles.get(standing.next_step_id or 0, ""), now=now) for standing in page.rows]
    context = {
        "page": page,
        "rows": [replace(row, form=refused.get(row.standing.pk)) for row in rows],
        "asked": ContactedForm.base_fields,
        "customers": _customers_who_ordered_once(sponsors, now=now),
        "sponsors": sponsors,
        "here": request.GET.urlencode(),
    }
    return render(request, "my/first_line.html", context, status=422 if refused else 200)


@login_required
@require_POST
def called(request: PersonalRequest, pk: int) -> HttpResponse:
    """A sponsor talked to a partner of their own first line, or tried to."""
    mine = Partner.objects.filter(sponsor__in=_sponsors(request.user)).exclude(state=Partner.State.LEFT)
    partner = get_object_or_404(mine.select_related("sponsor"), pk=pk)
    form = ContactedForm(request.POST)
    if not form.is_valid():
        return _page(request, {pk: form})
    log_contact(partner=partner, by=request.user, now=clock.now(), sponsor=partner.sponsor, **form.cleaned_data)
    if form.cleaned_data["outcome"] == Outcome.REACHED:
        messages.success(request, _("Noted, also for the vendor. %(company)s has three days now.") % _named(partner))
    else:
        messages.success(request, _("Noted, also for the vendor. Try %(company)s again tomorrow.") % _named(partner))
    return redirect(f"{reverse('my-first-line')}?{request.GET.urlencode()}#partner-{pk}")


def _named(partner: Partner) -> dict[str, str]:
    return {"company": partner.company}


def _sponsors(user: User) -> QuerySet[Partner]:
    """The partners this person is a contact of that brought others in; at any vendor."""
    return Partner.objects.where_contact(user).filter(first_line__isnull=False).distinct()


def _standings(sponsors: list[Partner], *, now: datetime) -> QuerySet[Standing]:
    newness = Case(When(accepted_at__gt=now - NEW_FOR, then=1), default=0, output_field=IntegerField())
    since = Coalesce(F("quiet_since"), F("accepted_at"), Value(FAR))
    rows = Standing.objects.in_the_programme().filter(sponsor__in=sponsors)
    return rows.select_related("vendor").defer("search").annotate(newness=newness, since=since)


def _row(standing: Standing, title: str, *, now: datetime) -> Row:
    new = is_new(standing, now=now)
    tell = going_on if standing.turn == Turn.VENDOR else reason_for
    return Row(
        standing=standing,
        new=new,
        where=tell(standing, title=title, now=now),
        todo="" if rests(standing, now=now) else todo_for(standing, title, new=new),
        rhythm="" if standing.silence_kind == SilenceKind.ORDERED_ONCE else rhythm(standing),
        active=_active(standing, now=now),
    )


def rests(standing: Standing, *, now: datetime) -> bool:
    """Somebody called them lately, and what we owe them, which does not rest, is not open."""
    return standing.rests_until is not None and standing.rests_until > now and standing.turn != Turn.VENDOR


def _active(standing: Standing, *, now: datetime) -> str:
    if standing.rests_until is not None and rests(standing, now=now):
        day = date_format(localtime(standing.rests_until), "MONTH_DAY_FORMAT")
        return _("called lately, rests until %(day)s") % {"day": day}
    if standing.silence_kind in SAYS_WHEN:
        return ""
    if standing.last_activity_at is None:
        return _("not active yet")
    return _("last active %(ago)s") % {"ago": since_words(standing.last_activity_at, now=now)}


def going_on(standing: Standing, *, title: str, now: datetime) -> str:
    """Waiting on the vendor is no silence of theirs, and nothing a sponsor has to push."""
    asked = since_words(standing.turn_since, now=now) if standing.turn_since else ""
    words = {"vendor": standing.vendor.name, "step": title, "ago": asked}
    return _("Handed “%(step)s” to %(vendor)s %(ago)s and waits") % words


def todo_for(standing: Standing, title: str, *, new: bool) -> str:
    """The one thing a sponsor does next, in words. It never asks for sales."""
    words: dict[str, Any] = {"person": standing.contact_name or standing.company, "step": title}
    if standing.turn == Turn.VENDOR:
        return _("Tell %(person)s that you know, and that help is on its way.") % words
    if standing.silence_kind:
        return _silent_todo(standing) % words
    if standing.turn == Turn.SPONSOR:
        return _("It is your turn: do “%(step)s” together.") % words
    if new:
        return _("Welcome %(person)s, and ask what would make the first week a good one.") % words
    return ""


def _silent_todo(standing: Standing) -> str:
    """By the way there is to reach them: the button beside it calls where a number is known, else it writes."""
    if not standing.contact_phone and standing.silence_kind == SilenceKind.NEVER_STARTED:
        return _("Write to %(person)s and offer to do the first minutes of “%(step)s” together.")
    if not standing.contact_phone and standing.silence_kind == SilenceKind.STOPPED:
        return _("Write to %(person)s and ask what came up at “%(step)s”.")
    return {
        SilenceKind.NEVER_STARTED.value: _("Call %(person)s and do the first minutes of “%(step)s” together."),
        SilenceKind.STOPPED.value: _("Call %(person)s and ask what came up at “%(step)s”."),
        SilenceKind.WAITING_ON_US.value: _("Tell %(person)s that you know, and that help is on its way."),
        SilenceKind.ORDERED_ONCE.value: _("Ask %(person)s how it went: satisfied, or is something in the way?"),
    }[standing.silence_kind]


def _customers_who_ordered_once(sponsors: list[Partner], *, now: datetime) -> list[Customer]:
    """Own customers whose orders all fall on one day, the latest first; the rhythm, not the amount."""
    latest = (now - QUIET_CUSTOMER).date()
    customers = Customer.objects.filter(partner__in=sponsors).who_ordered_once()
    return list(customers.filter(last_order_on__lte=latest).order_by("-last_order_on", "pk")[:CUSTOMERS])
