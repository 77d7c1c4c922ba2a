"""The three questions of the kick-off."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partners import clock
from partners.kept import bring_back, forget, signed_in_on, typed_before
from partners.models import Activity
from partners.scoping import PersonalRequest
from playbooks.models import Enrollment
from playbooks.pages import acting
from playbooks.pages.acting import Actor, GoalForm


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_on("my-goal")
def my_goal(request: PersonalRequest, pk: int) -> HttpResponse:
    mine = Enrollment.objects.running().of_contact(request.user)
    enrollment = get_object_or_404(mine.select_related("vendor", "version"), pk=pk)
    form = GoalForm.of(enrollment, request.POST if request.method == "POST" else None)
    actor = Actor(user=request.user, name="", side=Activity.Side.PARTNER, contact=None)
    draft = actor.draft_named(f"goal.{pk}")
    if form.is_valid():
        form.keep(enrollment, actor, now=clock.now())
        messages.success(request, _("Your goal is written down. You will see it on every page."))
        forget(request, draft)
        return acting.has_arrived(redirect("my-today"), draft)
    typed = None if form.is_bound else typed_before(request, draft, now=clock.now())
    if typed is not None:
        bring_back(form, typed)
    context = {"form": form, "vendor": enrollment.vendor, "draft": draft, "is_back": typed is not None}
    context["hint"] = enrollment.version.text("goal_hint", get_language() or "")
    return render(request, "my/goal.html", context, status=422 if form.errors else 200)
