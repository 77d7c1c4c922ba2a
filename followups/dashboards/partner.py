"""One partner's page: where it stands, what happened, what will be sent, and the one next thing to do."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from followups.calls.contacting import Outcome, log_contact
from followups.dashboards.coming import planned, stops_among, why_nothing
from followups.dashboards.forms import AcceptForm, ContactedForm, HelpForm
from followups.dashboards.handed import handed_over
from followups.dashboards.saying import what_to_say
from followups.dashboards.starting import newest
from followups.dashboards.timeline import timeline
from followups.dashboards.unreachable import Unreachable, said_to_nobody, who_hears_nothing
from followups.dashboards.wording import action_for, reason_for, rhythm
from followups.engine.pausing import current_pause
from followups.models import Standing
from followups.models.standing import walks_nothing
from followups.owed.stuck import came_too_late
from followups.starting import start_waiting
from partners import clock
from partners.accepting import PartnerHasLeft, accept
from partners.countries import country_name
from partners.isolating import isolated
from partners.models import Contact, Partner
from partners.paging import BIGGEST_KEY
from partners.places import zone
from partners.scoping import ScopedRequest
from playbooks.doing import doers_of
from playbooks.models import Enrollment, Progress
from playbooks.paths.wanted import wanted
from playbooks.walking import NotYourMove, help_on


@require_safe
def partner(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    return _page(request, pk)


def _page(request: ScopedRequest, pk: int, *, status: int = 200, **forms: Any) -> HttpResponse:
    language = get_language() or "en"
    standing = _standing(request, pk)
    progress, beside = _in_play(standing)
    title = progress.step.title(language) if progress else ""
    accept_form = _accept_form(request, standing)
    handed = handed_over([standing]).get((pk, standing.next_step_id or 0))
    may_start = accept_form is None or accept_form.has_playbooks
    action, anchor = action_for(standing, may_start=may_start, handed=handed)
    zone_name = standing.partner.zone_name
    now = clock.now()
    contacts = list(Contact.objects.of(request.vendor).filter(partner=pk).order_by("-is_primary", "name"))
    stops = stops_among(request.vendor, {contact.email for contact in contacts})
    coming = planned(partner=standing.partner, language=language, stops=stops, now=now)
    unplanned = None if coming else why_nothing(standing=standing, progress=progress, stops=stops, now=now)
    context: dict[str, Any] = {
        "standing": standing,
        "partner": standing.partner,
        "reason": reason_for(standing, title=title, now=now, is_left_alone=unplanned is not None, handed=handed),
        "is_resting": bool(standing.rests_until and not standing.severity and standing.silence_kind),
        "action": action,
        "anchor": anchor,
        "progress": progress,
        "beside": [(each, each.step.title(language)) for each in beside],
        "wanted": wanted(progress, where=zone(zone_name), now=now) if progress else "",
        "step_title": title,
        "doer": doers_of([progress]).get(progress.pk) if progress else None,
        "handed_action": action if handed else "",
        "rhythm": rhythm(standing),
        "to_say": what_to_say(standing, progress=progress, language=language),
        "people": [(contact, stops.get(contact.email)) for contact in contacts],
        "timeline": timeline(partner=standing.partner, after=request.GET.get("after", ""), language=language),
        "planned": coming,
        "unplanned": unplanned,
        "pause": current_pause(request.vendor) if coming else None,
        "country": country_name(standing.partner.country, language) if standing.partner.country else "",
        "zone": zone(zone_name),
        "zone_name": zone_name,
        "contacted_form": ContactedForm(by_phone=bool(standing.contact_phone)),
        "help_form": HelpForm(),
        "unreachable": _unreachable(progress, standing.partner),
        "accept_form": accept_form,
        "start_form": _start_form(request, standing),
    }
    return render(request, "desk/partner.html", context | forms, status=status)


def _standing(request: ScopedRequest, pk: int) -> Standing:
    if pk > BIGGEST_KEY:
        raise Http404
    related = ("partner", "manager__user", "partner__deputy__user", "sponsor", "stage", "enrollment__confidence")
    standing = get_object_or_404(Standing.objects.of(request.vendor).select_related(*related), pk=pk)
    standing.partner.vendor = standing.vendor = request.vendor
    return standing


def _in_play(standing: Standing) -> tuple[Progress | None, list[Progress]]:
    """The next step, and what else is in play beside it."""
    if not standing.next_step_id:
        return None, []
    steps = Progress.objects.in_play().filter(enrollment=standing.enrollment_id).select_related("step__stage")
    found = list(steps.select_related("enrollment").order_by("position", "pk"))
    following = next((each for each in found if each.step_id == standing.next_step_id), None)
    return following, [each for each in found if each is not following]


def _unreachable(progress: Progress | None, partner: Partner) -> Unreachable | None:
    """Whom an answer would not reach, where one is asked for."""
    if progress is None or progress.state != Progress.State.STUCK:
        return None
    return who_hears_nothing(progress, partner)


def _accept_form(request: ScopedRequest, standing: Standing) -> AcceptForm | None:
    if standing.state != Partner.State.SIGNED:
        return None
    return AcceptForm(playbooks=_playbooks(request))


def _start_form(request: ScopedRequest, standing: Standing) -> AcceptForm | None:
    return AcceptForm(playbooks=_playbooks(request)) if walks_nothing(standing) else None


def _playbooks(request: ScopedRequest) -> dict[str, str]:
    """Published playbooks in use, the default first: slug and name."""
    language = get_language() or "en"
    return {slug: version.text("name", language) for slug, version in newest(request.vendor).items()}


def _partner(request: ScopedRequest, pk: int) -> Partner:
    found = get_object_or_404(Partner.objects.of(request.vendor), pk=pk)
    found.vendor = request.vendor
    return found


@require_POST
def contacted(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    """Somebody talked to the partner, or tried to."""
    found = _partner(request, pk)
    form = ContactedForm(request.POST)
    if not form.is_valid():
        form = ContactedForm(request.POST, by_phone=bool(_standing(request, pk).contact_phone))
        return _page(request, pk, status=422, contacted_form=form)
    log_contact(partner=found, by=request.user, now=clock.now(), **form.cleaned_data)
    if form.cleaned_data["outcome"] != Outcome.NOT_REACHED:
        messages.success(request, _("Noted. They rest for three days: nobody needs to call before."))
    else:
        messages.success(request, _("Noted. They are back on your list tomorrow."))
    return redirect("desk-partner", vendor=vendor, pk=pk)


@require_POST
def helped(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    """Answers a partner that is stuck and gives the turn back; an answer that comes too late stays to be sent on."""
    found = _partner(request, pk)
    form = HelpForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, status=422, help_form=form)
    running = Enrollment.objects.of(request.vendor).running().filter(partner=found)
    progress = get_object_or_404(Progress, enrollment__in=running, pk=form.cleaned_data["progress"])
    try:
        done = help_on(progress=progress, answer=form.cleaned_data["answer"], by=request.user, now=clock.now())
    except NotYourMove:
        done = False
    if done and (unreachable := who_hears_nothing(progress, found)):
        messages.warning(request, said_to_nobody(unreachable))
    elif done:
        messages.success(request, _("Your answer is on its way to the partner. It is their turn again."))
    elif (late := came_too_late(request, progress, form)) is not None:
        return late
    else:
        messages.info(request, _("This step is not stuck any more; there was nothing to answer."))
    return redirect("desk-partner", vendor=vendor, pk=pk)


@require_POST
def accepted(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    """Accepts a signed partner; its playbook starts in the same transaction."""
    found = _partner(request, pk)
    form = AcceptForm(request.POST, playbooks=_playbooks(request))
    if not form.is_valid():
        return _page(request, pk, status=422, accept_form=form)
    try:
        accept(partner=found, by=request.user, now=clock.now(), playbook=form.cleaned_data["playbook"])
    except PartnerHasLeft as gone:
        messages.error(request, str(gone.message))
    else:
        _say_accepted(request, found, is_new=found.state == Partner.State.SIGNED)
    return redirect("desk-partner", vendor=vendor, pk=pk)


def _say_accepted(request: ScopedRequest, accepted: Partner, *, is_new: bool) -> None:
    """What accepting has begun, if anything; ``is_new`` where this press was the first."""
    company = {"company": isolated(accepted.company)}
    if Enrollment.objects.of(request.vendor).running().filter(partner=accepted).exists():
        if is_new:
            messages.success(request, _("%(company)s is in. The first 48 hours begin now.") % company)
        else:
            messages.info(request, _("%(company)s was accepted before, and its playbook is running.") % company)
        return
    if newest(request.vendor):
        said = _("%(company)s is accepted, and no playbook is running. Start one here, and the first 48 hours begin.")
    else:
        said = _("%(company)s is accepted. Nothing begins and nothing is sent yet: no playbook is published.")
    messages.warning(request, said % company)


@require_POST
def started(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    """Starts a playbook for a partner who was accepted while there was none. Twice starts nothing twice."""
    found = _partner(request, pk)
    form = AcceptForm(request.POST, playbooks=_playbooks(request))
    if not form.is_valid():
        return _page(request, pk, status=422, start_form=form)
    version = newest(request.vendor).get(form.cleaned_data["playbook"])
    if version is None or found.state != Partner.State.ACCEPTED:
        messages.error(request, _("Nothing was started. Publish a playbook first, and accept the partner."))
    else:
        start_waiting(vendor=request.vendor, partner_ids=[found.pk], version=version, by=request.user, now=clock.now())
        messages.success(
            request, _("%(company)s begins now. The first 48 hours count.") % {"company": isolated(found.company)}
        )
    return redirect("desk-partner", vendor=vendor, pk=pk)
