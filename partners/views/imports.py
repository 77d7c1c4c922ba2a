"""A file in the browser: upload it, see what was understood, load the good rows or nothing, see what happened."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from partners import clock
from partners.accepting import NothingToStart, starts_something
from partners.forms.importing import MappingForm, UploadForm
from partners.importing import uploads
from partners.importing.checking import Problem
from partners.importing.columns import Kind
from partners.importing.files import KINDS
from partners.importing.mapping import rivals
from partners.importing.outlook import Outlook
from partners.importing.reading import Table, Unreadable
from partners.importing.tables import csv_lines
from partners.models import Upload
from partners.scoping import ScopedRequest, for_those_who_act
from partners.tasks import load_uploads
from partners.waking import wake

SECONDS: Final = 12.0  # of loading within a request; the rest is for a worker
ROWS_SHOWN: Final = 5
MISTAKES_SHOWN: Final = 50


@require_http_methods(["GET", "HEAD", "POST"])
@for_those_who_act
def start(request: ScopedRequest, vendor: str, *, kind: str) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_bound and form.is_valid():
        try:
            upload = uploads.receive(
                vendor=request.vendor,
                user=request.user,
                kind=kind,
                file=form.cleaned_data["file"],
                now=clock.now(),
            )
            return redirect(f"desk-{kind}-upload", vendor=vendor, token=upload.token)
        except Unreadable as error:
            form.add_error("file", str(error.message))
    context = {"form": form, "kind": kind, "columns": KINDS[kind].columns}
    return render(request, f"partners/{kind}_import.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@for_those_who_act
def upload(request: ScopedRequest, vendor: str, token: str, *, kind: str) -> HttpResponse:
    """Preview, progress and result: the same page, as far as the upload has come."""
    current = _find(request, token, kind)
    if request.method == "POST":
        return _act(request, current)
    if current.is_decided:
        return _result(request, current)
    return _preview(request, current)


def _find(request: ScopedRequest, token: str, kind: str) -> Upload:
    mine = Upload.objects.of(request.vendor).of_user(request.user).select_related("vendor", "user")
    return get_object_or_404(mine, token=token, kind=kind)


def _act(request: ScopedRequest, current: Upload) -> HttpResponse:
    action = request.POST.get("action", "")
    if action not in {"look", "load", "nothing", "other", "continue"}:
        return HttpResponseBadRequest(_("Nothing to do."), content_type="text/plain")
    now = clock.now()
    if action in {"nothing", "other"}:
        uploads.load_nothing(upload=current, by=request.user, now=now)
        if action == "other":
            return redirect(f"desk-{current.kind}-import", vendor=current.vendor.slug)
    elif action == "continue":
        _load(current)
    elif not current.is_decided:
        return _look_or_load(request, current, action)
    return _back(current)


def _look_or_load(request: ScopedRequest, current: Upload, action: str) -> HttpResponse:
    now = clock.now()
    try:
        with uploads.opened(current) as table:
            form = _mapping_form(current, table, data=request.POST)
        if not form.is_valid():
            return _preview(request, current, form=form)
        changed = form.mapping() != current.mapping
        if changed:
            uploads.remap(upload=current, mapping=form.mapping(), now=now)
    except Unreadable as error:
        messages.error(request, str(error.message))
        return redirect(f"desk-{current.kind}-import", vendor=current.vendor.slug)
    if action == "load" and changed:
        messages.info(request, _("You chose other columns. Look at the rows once more, then load them."))
    elif action == "load" and not current.trouble:
        starts = current.kind == Upload.Kind.PARTNERS and "start_playbook" in request.POST
        if starts and not starts_something(request.vendor):
            messages.error(request, NothingToStart.message)
            return _back(current)
        uploads.decide_to_load(upload=current, start_playbook=starts, now=now)
        _load(current)
    return _back(current)


def _load(current: Upload) -> None:
    """Load what can be loaded within a request; a worker does the rest."""
    try:
        is_done = uploads.load(upload=current, now=clock.now(), seconds=SECONDS)
    except uploads.LoadingElsewhere:
        return
    if not is_done:
        wake(load_uploads)  # where none comes, the page offers to go on without one


def _back(current: Upload) -> HttpResponse:
    return redirect(f"desk-{current.kind}-upload", vendor=current.vendor.slug, token=current.token)


def _mapping_form(current: Upload, table: Table, data: Any = None) -> MappingForm:
    kind: Kind = KINDS[current.kind]
    first = [row.cells for row in islice(table.rows(), ROWS_SHOWN)]
    initial = {key: str(at) for key, at in current.mapping.items()}
    return MappingForm(data, kind=kind, header=table.header, first_rows=first, initial=initial)


def _preview(request: ScopedRequest, current: Upload, form: MappingForm | None = None) -> HttpResponse:
    try:
        with uploads.opened(current) as table:
            context = {
                "upload": current,
                "problems": _shown(current),
                "form": form or _mapping_form(current, table),
                "file_form": table.form,
                "outlook": Outlook(**current.outlook),
                "rivals": _rivals(current, table),
                "may_be_columns": _may_be_columns(current),
                "rows": _first_good(current, table),
                "can_start": starts_something(request.vendor),
            }
    except Unreadable as error:
        messages.error(request, str(error.message))
        return redirect(f"desk-{current.kind}-import", vendor=current.vendor.slug)
    return render(request, "partners/import_preview.html", context, status=422 if form else 200)


def _shown(current: Upload) -> list[Problem]:
    return [Problem(*problem) for problem in current.problems[:MISTAKES_SHOWN]]


def _may_be_columns(current: Upload) -> bool:
    """Whether choosing other columns could help a file of which no row can be loaded."""
    missing = KINDS[current.kind].missing(current.mapping)
    return bool(missing) or any(column for _line, column, *_said in current.problems)


def _rivals(current: Upload, table: Table) -> list[str]:
    """In words, which columns of the file mean the same as others that are read instead."""
    return [found.in_words(table.header) for found in rivals(KINDS[current.kind], current.mapping, table.header)]


def _first_good(current: Upload, table: Table) -> list[Any]:
    """The first rows as they would be loaded."""
    if current.trouble:
        return []
    bad = {problem[0] for problem in current.problems}
    good = uploads.understood(current, table, clock.now()).good_rows(without=bad)
    return list(islice(good, ROWS_SHOWN))


def _result(request: ScopedRequest, current: Upload) -> HttpResponse:
    now = clock.now()
    context = {
        "upload": current,
        "problems": _shown(current),
        "stalled": Upload.objects.filter(pk=current.pk).claimable(now=now).exists(),
    }
    if not request.htmx:
        response = render(request, "partners/import_result.html", context)
    elif current.state == Upload.State.LOADING:
        response = render(request, "partners/parts/import_progress.html", context)
    else:
        response = HttpResponseClientRefresh()
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@for_those_who_act
def problems(request: ScopedRequest, vendor: str, token: str, *, kind: str) -> HttpResponse:
    """The bad rows of a file as a CSV to work through: every one; once it is loaded, those that were kept."""
    current = _find(request, token, kind)
    try:
        kept = [Problem(*problem) for problem in current.problems]
        found = kept if current.state == Upload.State.LOADED else uploads.all_problems(current, clock.now())
    except Unreadable as error:
        return HttpResponse(str(error.message), status=410, content_type="text/plain; charset=utf-8")
    response = HttpResponse(csv_lines(_table(found)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="bad-rows.csv"'
    return response


def _table(found: list[Problem]) -> Iterator[Sequence[object]]:
    yield [_("Line"), _("Column"), _("Reason"), _("Company")]
    for problem in found:
        yield [problem.line, problem.column, problem.reason, problem.about]


partners_import = partial(start, kind="partners")
partners_upload = partial(upload, kind="partners")
partners_problems = partial(problems, kind="partners")
orders_import = partial(start, kind="orders")
orders_upload = partial(upload, kind="orders")
orders_problems = partial(problems, kind="orders")
