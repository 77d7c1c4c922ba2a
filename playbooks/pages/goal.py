"""The three questions of the kick-off."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partners import clock
from partners.models import Activity
from partners.scoping import PersonalRequest
from playbooks.models import Enrollment
from playbooks.pages.acting import Actor, GoalForm


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def my_goal(request: PersonalRequest, pk: int) -> HttpResponse:
    mine = Enrollment.objects.running().of_contact(request.user)
    enrollment = get_object_or_404(mine.select_related("vendor", "version"), pk=pk)
    form = GoalForm.of(enrollment, request.POST if request.method == "POST" else None)
    if form.is_valid():
        actor = Actor(user=request.user, name="", side=Activity.Side.PARTNER, contact=None)
        form.keep(enrollment, actor, now=clock.now())
        messages.success(request, _("Your goal is written down. You will see it on every page."))
        return redirect("my-today")
    hint = enrollment.version.text("goal_hint", get_language() or "")
    return render(request, "my/goal.html", {"form": form, "vendor": enrollment.vendor, "hint": hint})
