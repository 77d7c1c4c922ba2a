"""A file on its way through the browser: received, looked through, decided about, loaded, forgotten.

The file waits in the storage, where only its vendor's one member who uploaded it can reach it. A small one is loaded
within the request that decides it. A large one goes on in a worker: the broker carries no more than a wake-up, the
database knows what is to be loaded, and whoever holds the lease loads it. An interrupted load begins again, which
changes nothing that is there already.
"""

import logging
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any, BinaryIO, Final, cast

from django.core.files import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from partners import auditing
from partners.importing import files
from partners.importing.checking import Problem, Survey
from partners.importing.loading_partners import Loaded, Run
from partners.importing.order_rows import OrderFile
from partners.importing.partner_rows import PartnerFile
from partners.importing.reading import Table, Unreadable, open_tables
from partners.models import Member, Upload, User, Vendor

MAX_BYTES: Final = 50 * 1024 * 1024
MAX_SPREADSHEET: Final = 10 * 1024 * 1024
MAX_ROWS: Final = 200_000
KEPT: Final = 500  # problems that outlive the file; before it is loaded, all of them can be downloaded
FORGET_AFTER: Final = timedelta(days=1)
LONGEST_NAME: Final = 80
ABOUT: Final = {Upload.Kind.PARTNERS.value: "company", Upload.Kind.ORDERS.value: "partner"}
LEASE: Final = timedelta(minutes=3)
MOST_TRIES: Final = 3
log = logging.getLogger(__name__)
ALL: Final = 1_000_000_000


class LoadingElsewhere(Exception):
    """A worker is loading this file right now."""


def receive(*, vendor: Vendor, user: User, kind: str, file: "UploadedFile[Any]", now: datetime) -> Upload:
    """Keep a file and look through it. Raises ``Unreadable``; then nothing is kept."""
    forget_old(vendor=vendor, now=now)
    name = PurePath(file.name or "").name[:200] or "file"
    if (file.size or 0) > MAX_BYTES:
        raise Unreadable(_("The file is larger than 50 MB. Split it and load the parts one after the other."))
    if name.lower().endswith(".xlsx") and (file.size or 0) > MAX_SPREADSHEET:
        raise Unreadable(_("The spreadsheet is larger than 10 MB. Save it as CSV, which is read much faster."))
    table, mapping = files.open_table(cast(BinaryIO, file), name=name, kind=files.KINDS[kind])
    upload = Upload(
        vendor=vendor,
        user=user,
        kind=kind,
        token=secrets.token_urlsafe(24),
        name=name,
        sheet=getattr(table, "title", "")[:100],
        mapping=mapping,
        uploaded_at=now,
    )
    look_through(upload=upload, table=table, now=now)
    file.seek(0)
    upload.stored_as = default_storage.save(f"uploads/{vendor.pk}/{upload.token}", File(file))
    upload.save()
    return upload


def look_through(*, upload: Upload, table: Table, now: datetime) -> None:
    """Note what is wrong with which rows, and what loading the good ones would do; does not save."""
    upload.rows = upload.bad = upload.problem_count = 0
    upload.problems, upload.trouble, upload.outlook = [], "", {}
    try:
        file = understood(upload, table, now)
        survey = file.survey(keep=KEPT)
        problems = named(survey.problems, upload=upload, table=table)
    except Unreadable as error:
        upload.trouble = str(error.message)
        return
    upload.rows, upload.bad = survey.rows, len(survey.bad_lines)
    upload.problem_count = survey.problem_count
    upload.problems = [[one.line, one.column, one.reason, one.about] for one in problems]
    upload.trouble = str(_trouble_with(upload, survey))
    if not upload.trouble:
        upload.outlook = asdict(files.foresee(file, without=survey.bad_lines))


def _trouble_with(upload: Upload, survey: Survey) -> str | Promise:
    if not upload.rows:
        return _("The file has column names and no rows below them.")
    if upload.rows > MAX_ROWS:
        return _("The file has more than 200,000 rows. Split it and load the parts one after the other.")
    if upload.good:
        return ""
    reasons = {problem.reason for problem in survey.problems if not problem.column}
    if len(reasons) == 1 and len(survey.problems) == survey.problem_count == upload.rows:
        return _("No row of the file can be loaded, all for one reason: %(reason)s") % {"reason": reasons.pop()}
    return _("No row of the file can be loaded as it is.")


def understood(upload: Upload, table: Table, now: datetime) -> PartnerFile | OrderFile:
    return files.understand(
        table=table, mapping=upload.mapping, kind=files.KINDS[upload.kind], vendor=upload.vendor, now=now
    )


@contextmanager
def opened(upload: Upload) -> Iterator[Table]:
    """The upload's table, for as long as it is needed. Raises ``Unreadable`` when the file is gone."""
    try:
        stored = default_storage.open(upload.stored_as)
    except (FileNotFoundError, ValueError) as error:
        raise Unreadable(_("The file is no longer here. Upload it again.")) from error
    with stored as file:
        tables = open_tables(cast(BinaryIO, file), name=upload.name)
        yield next((table for table in tables if getattr(table, "title", "")[:100] == upload.sheet), tables[0])


def remap(*, upload: Upload, mapping: Mapping[str, int], now: datetime) -> Upload:
    """Take other columns of the file for ours, and look through it again."""
    with opened(upload) as table:
        known = files.KINDS[upload.kind].by_key
        upload.mapping = {key: at for key, at in mapping.items() if key in known and 0 <= at < len(table.header)}
        look_through(upload=upload, table=table, now=now)
    upload.save()
    return upload


def all_problems(upload: Upload, now: datetime) -> list[Problem]:
    """Every problem of the file, read anew."""
    with opened(upload) as table:
        return named(understood(upload, table, now).survey(keep=ALL).problems, upload=upload, table=table)


def named(problems: list[Problem], *, upload: Upload, table: Table) -> list[Problem]:
    """The same, each with whom its row is about; they are in the order of their lines."""
    place = upload.mapping.get(ABOUT[upload.kind])
    if place is None or not problems:
        return problems
    lines, last, names = {problem.line for problem in problems}, problems[-1].line, dict[int, str]()
    for row in table.rows():
        if row.line > last:
            break
        if row.line in lines and place < len(row.cells):
            names[row.line] = " ".join(row.cells[place].split())[:LONGEST_NAME]
    return [replace(problem, about=names.get(problem.line, "")) for problem in problems]


@transaction.atomic
def load_nothing(*, upload: Upload, by: User, now: datetime) -> None:
    """Decide against the file; deciding twice changes nothing."""
    if not _decide(upload, Upload.State.DROPPED, now):
        return
    auditing.record(vendor=upload.vendor, action=f"{upload.kind}.not_imported", subject=upload.name, by=by, now=now)
    _throw_away(upload)


def decide_to_load(*, upload: Upload, start_playbook: bool, now: datetime) -> bool:
    """Decide for the file; says whether that was news."""
    upload.start_playbook = start_playbook
    return _decide(upload, Upload.State.LOADING, now)


def _decide(upload: Upload, state: str, now: datetime) -> bool:
    waiting = Upload.objects.filter(pk=upload.pk, state=Upload.State.SEEN)
    news = waiting.update(state=state, decided_at=now, start_playbook=upload.start_playbook)
    upload.refresh_from_db()
    return bool(news)


def load(*, upload: Upload, now: datetime, seconds: float | None = None) -> bool:
    """Load the good rows, for at most ``seconds`` plus one chunk; says whether that was all.

    Raises ``LoadingElsewhere``.
    """
    if not Upload.objects.filter(pk=upload.pk).claimable(now=now).update(lease_until=now + LEASE, seen=0):
        raise LoadingElsewhere
    started = time.monotonic()
    try:
        with opened(upload) as table:
            file = understood(upload, table, now)
            bad = file.survey(keep=0).bad_lines
            for loaded in files.load(file, without=bad, run=_run(upload, now)):
                spent = timedelta(seconds=time.monotonic() - started)
                _note(upload, loaded, lease_until=now + spent + LEASE)
                if seconds is not None and spent.total_seconds() > seconds:
                    Upload.objects.filter(pk=upload.pk).update(lease_until=None)
                    return False
    except Unreadable as error:
        upload.trouble = str(error.message)
        _end(upload, Upload.State.FAILED, rows=upload.rows, bad=upload.bad)
        return True
    _end(upload, Upload.State.LOADED, rows=upload.rows, bad=len(bad))
    return True


def _run(upload: Upload, now: datetime) -> Run:
    leaders = Member.objects.of(upload.vendor).who_lead().order_by("pk")
    manager = leaders.filter(user=upload.user).first() or leaders.first()
    if manager is None:
        raise Unreadable(_("Nobody on your staff can be responsible for partners."))
    return Run(
        vendor=upload.vendor,
        manager=manager,
        by=upload.user,
        now=now,
        source=upload.name,
        start_playbook=upload.start_playbook,
    )


def _note(upload: Upload, loaded: Loaded, *, lease_until: datetime) -> None:
    Upload.objects.filter(pk=upload.pk).update(
        lease_until=lease_until,
        seen=F("seen") + loaded.rows,
        new=F("new") + loaded.new,
        further=F("further") + loaded.further,
        started=F("started") + loaded.started,
    )


@transaction.atomic
def _end(upload: Upload, state: str, *, rows: int, bad: int) -> None:
    Upload.objects.filter(pk=upload.pk).update(
        state=state, rows=rows, bad=bad, lease_until=None, trouble=upload.trouble
    )
    _throw_away(upload)
    upload.refresh_from_db()


def load_claimable(*, now: datetime) -> int:
    """What a worker does when it is woken: load every file that waits for it. How many those were."""
    done = 0
    for upload in Upload.objects.claimable(now=now).select_related("vendor", "user").order_by("decided_at"):
        try:
            done += load(upload=upload, now=now)
        except LoadingElsewhere:
            continue
        except Exception:  # one file must not keep the others from being loaded
            log.exception("Loading upload %s broke off", upload.pk)
            _broke_off(upload)
    return done


def _broke_off(upload: Upload) -> None:
    """Try again once the lease has run out; not for ever."""
    Upload.objects.filter(pk=upload.pk).update(tries=F("tries") + 1)
    upload.refresh_from_db()
    if upload.tries >= MOST_TRIES:
        upload.trouble = str(_("Something went wrong on our side while loading this file. Upload it again."))
        _end(upload, Upload.State.FAILED, rows=upload.rows, bad=upload.bad)


def forget_old(*, vendor: Vendor, now: datetime) -> None:
    """Files that nobody decided about for a day go, and so do the notes on old ones."""
    old = Upload.objects.of(vendor).older_than(now - FORGET_AFTER).exclude(state=Upload.State.LOADING)
    for upload in old:
        _throw_away(upload)
        upload.delete()


def _throw_away(upload: Upload) -> None:
    """Remove the file, once the transaction that no longer needs it is committed."""
    stored = upload.stored_as
    Upload.objects.filter(pk=upload.pk).update(stored_as="")
    if stored:
        transaction.on_commit(lambda: default_storage.delete(stored))
