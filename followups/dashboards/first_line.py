"""The sponsor's first line: who is new, who is silent, who ordered once, and what to do next. No amounts of money."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from followups.calls.contacting import Outcome, log_contact
from followups.dashboards.forms import ContactedForm
from followups.dashboards.line_rows import Row, row_of
from followups.dashboards.wording import NEW_FOR, titles_for
from followups.models import Standing
from followups.models.standing import LINE
from partners import clock
from partners.models import Customer, Partner, User
from partners.paging import By, instant, key, page_of
from partners.prepared import Prepared
from partners.scoping import PersonalRequest

ROWS = 9
NOTHING: Final[Mapping[int, ContactedForm]] = MappingProxyType({})
CUSTOMERS = 9
QUIET_CUSTOMER = timedelta(days=30)
FAR = datetime(9999, 1, 1, tzinfo=UTC)
ROW = (*LINE, "rests_until", "turn_since", "vendor_name", "newness", "since")
# New first, then by need; whoever needs nobody comes last, in the order in which they joined.
NEED = (
    By("newness", key, descending=True),
    By("severity", key, descending=True),
    By("since", instant),
    By("partner_id", key),
)


@login_required
@require_safe
def first_line(request: PersonalRequest) -> HttpResponse:
    return _page(request)


def _page(request: PersonalRequest, refused: Mapping[int, ContactedForm] = NOTHING) -> HttpResponse:
    """``refused`` is a form that was sent and was not right, under the key of its partner."""
    now = clock.now()
    sponsors = SPONSORS(request.user.pk)
    request.user.leads_a_first_line = bool(sponsors)  # what the page's menu would ask
    page = page_of(_standings(sponsors, now=now), NEED, request=request, size=ROWS)
    context = {
        "page": page,
        "rows": _rows(page.rows, refused, now=now),
        "customers": _who_ordered_once(sponsors, now=now),
        "here": request.GET.urlencode(),
    }
    return render(request, "my/first_line.html", context, status=422 if refused else 200)


def _rows(standings: list[Any], refused: Mapping[int, ContactedForm], *, now: datetime) -> list[Row]:
    titles = titles_for(standings, get_language() or "en")
    blank = {by_phone: _fields(ContactedForm(by_phone=by_phone)) for by_phone in (True, False)}
    rows = []
    for standing in standings:
        row = row_of(standing, title=titles.get(standing.next_step_id or 0, ""), now=now)
        form = refused.get(standing.partner_id)
        rows.append(row | Row(fields=_fields(form) if form else blank[bool(row["phone"])], is_open=form is not None))
    return rows


def _fields(form: ContactedForm) -> str:
    """What is asked about a call: the same in every row, so drawn once."""
    return render_to_string("my/partials/called_fields.html", {"form": form})


@login_required
@require_POST
def called(request: PersonalRequest, pk: int) -> HttpResponse:
    """A sponsor talked to a partner of their own first line, or tried to."""
    mine = Partner.objects.filter(sponsor__in=_sponsors(request.user)).exclude(state=Partner.State.LEFT)
    partner = get_object_or_404(mine.select_related("sponsor"), pk=pk)
    form = ContactedForm(request.POST)
    if not form.is_valid():
        by_phone = Standing.objects.filter(pk=pk).exclude(contact_phone="").exists()
        return _page(request, {pk: ContactedForm(request.POST, by_phone=by_phone)})
    log_contact(partner=partner, by=request.user, now=clock.now(), sponsor=partner.sponsor, **form.cleaned_data)
    if form.cleaned_data["outcome"] != Outcome.NOT_REACHED:
        messages.success(request, _("Noted, also for the vendor. %(company)s has three days now.") % _named(partner))
    else:
        messages.success(request, _("Noted, also for the vendor. Try %(company)s again tomorrow.") % _named(partner))
    return redirect(f"{reverse('my-first-line')}?{request.GET.urlencode()}#partner-{pk}")


def _named(partner: Partner) -> dict[str, str]:
    return {"company": partner.company}


def _sponsors(user: User | int) -> QuerySet[Partner]:
    """The partners this person is a contact of that brought others in; at any vendor."""
    return Partner.objects.where_contact(user).filter(first_line__isnull=False).distinct()


SPONSORS = Prepared(_sponsors, int)


def _standings(sponsors: list[Partner], *, now: datetime) -> "QuerySet[Standing, Any]":
    newness = Case(When(accepted_at__gt=now - NEW_FOR, then=1), default=0, output_field=IntegerField())
    since = Coalesce(F("quiet_since"), F("accepted_at"), Value(FAR))
    rows = Standing.objects.in_the_programme().filter(sponsor__in=sponsors)
    return rows.annotate(newness=newness, since=since, vendor_name=F("vendor__name")).values_list(*ROW, named=True)


def _who_ordered_once(sponsors: list[Partner], *, now: datetime) -> list[tuple[str, str]]:
    """Own customers whose orders all fall on one day, the latest first, and which day; the rhythm, not the amount."""
    latest = (now - QUIET_CUSTOMER).date()
    customers = Customer.objects.filter(partner__in=sponsors).who_ordered_once()
    found = customers.filter(last_order_on__lte=latest).order_by("-last_order_on", "pk")[:CUSTOMERS]
    once = _("on %(day)s, not since")
    return [
        (name or reference, once % {"day": date_format(day, "SHORT_DATE_FORMAT")})
        for name, reference, day in found.values_list("name", "reference", "last_order_on")
        if day is not None
    ]
