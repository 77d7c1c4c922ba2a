"""Today: the one next step, and what waits on whom."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from partners import clock
from partners.scoping import PersonalRequest
from playbooks.news import news_of
from playbooks.pages.confidence import draft_of
from playbooks.today import brands_of, today_of, vendor_of


@require_safe
@login_required
def my_today(request: PersonalRequest) -> HttpResponse:
    now = clock.now()
    today = today_of(request.user, language=get_language() or "", now=now)
    news = news_of(today.walks, language=get_language() or "", now=now).values()
    context: dict[str, Any] = {"today": today, "vendor": vendor_of(today.walks), "now": now, "news": news}
    context["brands"] = brands_of(today.walks)
    if today.asked:
        context["draft"] = draft_of(request.user, today.asked.enrollment.pk)
    return render(request, "my/today.html", context)
