"""What an author's pages cost on a long playbook: 20 stages with 20 steps each, in English and German.

``python -m bench.authoring`` fills the database that DATABASE_URL names (an SQLite file without it) with a vendor of
its own, whose steps say what the starters' steps say, and opens and posts to each page of the author in this process,
through all of the middleware. Exit code 1 when a page takes longer than the bar, or more queries than its own.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

from bench.pages import machine

if TYPE_CHECKING:
    from django.http import HttpResponse

    from partners.models import User, Vendor
    from playbooks.models import PlaybookVersion
    from playbooks.outline import PlaybookOutline, StepOutline

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onboarding_portal.settings")

BAR_MS = 300.0
QUERIES = 45  # the most that any page takes, at any length
TIMES = 9


@dataclass(frozen=True)
class Action:
    """One thing an author does; ``do`` opens or posts, given how often it was done before."""

    name: str
    do: "Callable[[int], HttpResponse]"
    status: int = 200
    has_bar: bool = True


@dataclass(frozen=True)
class Measured:
    name: str
    has_bar: bool
    median: float  # milliseconds
    longest: float
    queries: int
    kilobytes: float

    @property
    def holds(self) -> bool:
        return self.median <= BAR_MS and self.queries <= QUERIES

    @property
    def verdict(self) -> str:
        return ("yes" if self.holds else "NO") if self.has_bar else "no bar"


def long_outline(*, stages: int, steps: int) -> "PlaybookOutline":
    """As long as asked for; the words are those of the starters, again and again."""
    from playbooks.outline import PlaybookOutline, StageOutline
    from playbooks.starters import available_starters

    known = cycle([step for starter in available_starters() for step in starter.outline.steps])
    return PlaybookOutline(
        key="long",
        languages=("en", "de"),
        texts={
            "en": {"name": "A long one", "summary": "All there is to know."},
            "de": {"name": "Ein langes", "summary": "Alles."},
        },
        stages=tuple(
            StageOutline(
                f"stage-{stage}",
                {"en": {"title": f"Stage {stage}"}, "de": {"title": f"Stufe {stage}"}},
                tuple(_placed(step, stage, at) for at, step in enumerate(islice(known, steps))),
            )
            for stage in range(stages)
        ),
    )


def _placed(step: "StepOutline", stage: int, at: int) -> "StepOutline":
    """Under a key of its own. What hangs on another step hangs on the one before it; the first of a stage on none."""
    before = f"step-{stage}-{at - 1}" if at else ""
    due = step.due
    if due is not None and due.step:
        due = replace(due, step=before) if before else None
    needs = (before,) if step.needs and before else ()
    condition = tuple(test for test in step.condition if not test.step)
    return replace(step, key=f"step-{stage}-{at}", needs=needs, due=due, condition=condition)


class Author:
    """A vendor of its own, with one long playbook: a draft, a published version before it, and partners who walk it."""

    def __init__(self, *, stages: int, steps: int) -> None:
        from partners import clock
        from playbooks.publishing import publish, start_draft
        from playbooks.storing import store

        self.now = clock.now()
        self.vendor, self.user = self._vendor()
        outline = long_outline(stages=stages, steps=steps)
        draft = store(outline=outline, vendor=self.vendor, by=self.user, now=self.now)
        self.first = publish(version=draft, by=self.user, now=self.now)
        self.reseller = self._partners(self.first)
        self.playbook = self.first.playbook
        self._second(outline)
        self.draft = start_draft(playbook=self.playbook, by=self.user, now=self.now)
        self.desk = self._signed_in(self.user)
        self.my = self._signed_in(self.reseller)

    def _vendor(self) -> "tuple[Vendor, User]":
        from partners.models import Member, User, Vendor

        number = Vendor.objects.count() + 1
        vendor = Vendor.objects.create(slug=f"bench-{number}", name="Bench", created_at=self.now)
        user = User.objects.create_user(f"author{number}@bench.example")
        Member.objects.create(vendor=vendor, user=user, role=Member.Role.OWNER, joined_at=self.now)
        return vendor, user

    def _partners(self, version: "PlaybookVersion", count: int = 20) -> "User":
        """Who walk ``version``; the user of one of them."""
        from partners.models import Contact, Member, Partner, User
        from playbooks.enrolling import enroll

        manager = Member.objects.get(vendor=self.vendor)
        user = User.objects.create_user(f"reseller{self.vendor.pk}@bench.example")
        for number in range(count):
            partner = Partner.objects.create(
                vendor=self.vendor,
                company=f"Partner {number}",
                manager=manager,
                state=Partner.State.ACCEPTED,
                signed_at=self.now,
                accepted_at=self.now,
            )
            Contact.objects.create(
                partner=partner,
                user=None if number else user,
                name="Kim",
                email=f"kim{number}@bench.example",
                is_primary=True,
                created_at=self.now,
            )
            enroll(partner=partner, version=version, by=None, now=self.now)
        return user

    def _second(self, outline: "PlaybookOutline") -> None:
        """A version in which every tenth step says something else: what partners are brought over to."""
        from playbooks.publishing import publish
        from playbooks.storing import store

        changed = tuple(
            replace(
                stage,
                steps=tuple(
                    replace(step, minutes=step.minutes + 1) if at % 10 == 0 else step
                    for at, step in enumerate(stage.steps)
                ),
            )
            for stage in outline.stages
        )
        second = store(outline=replace(outline, stages=changed), vendor=self.vendor, by=self.user, now=self.now)
        publish(version=second, by=self.user, now=self.now)

    def _signed_in(self, user: "User") -> Any:
        from django.test import Client

        client = Client()
        client.force_login(user)
        return client

    def at(self, name: str, *ids: int) -> str:
        from django.urls import reverse

        return reverse(f"desk-playbook{name}", args=[self.vendor.slug, self.playbook.pk, *ids])

    def open(self, name: str, *ids: int, query: str = "") -> "HttpResponse":
        response: HttpResponse = self.desk.get(self.at(name, *ids) + query)
        return response

    def press(self, name: str, *ids: int, headers: dict[str, str] | None = None, **data: object) -> "HttpResponse":
        sent = headers or {"HX-Request": "true"}
        response: HttpResponse = self.desk.post(self.at(name, *ids), data, headers=sent)
        return response

    def move(self, number: int) -> "HttpResponse":
        """A step of the last stage to the very beginning, and back again at the next time."""
        stages = list(self.draft.stages.order_by("position"))
        step = self.draft.steps.get(key=f"step-{len(stages) - 1}-5")
        place = f"step:{step.pk}:{stages[-1].pk}:5" if number % 2 else f"step:{step.pk}:{stages[0].pk}:0"
        return self.press("-move", place=place)

    def move_stage(self, number: int) -> "HttpResponse":
        last = self.draft.stages.get(key="stage-3")
        return self.press("-move", place=f"stage:{last.pk}:{3 if number % 2 else 15}")

    def written(self, number: int) -> dict[str, object]:
        """What the form of a step sends, with a title that is new each time."""
        from playbooks.desk.forms import StepForm
        from playbooks.merging import fingerprint

        step = self.draft.steps.get(key="step-7-7")
        form = StepForm(step=step, languages=self.draft.languages, seen=fingerprint(step))
        sent = {name: form[name].value() for name in form.fields}
        return {name: value for name, value in sent.items() if value not in (None, False)} | {
            "title_en": f"Title {number}"
        }

    def save(self, number: int, **headers: str) -> "HttpResponse":
        step = self.draft.steps.get(key="step-7-7")
        return self.press("-step", step.pk, headers={"Accept": "text/html", **headers}, **self.written(number))

    def autosave(self, number: int) -> "HttpResponse":
        return self.save(100 + number, **{"X-Autosave": "yes"})

    def undo(self, _number: int) -> "HttpResponse":
        newest = self.draft.changes.order_by("-pk").values_list("pk", flat=True)[0]
        return self.press("-undo", change=newest)

    def copy_stage(self, number: int) -> "HttpResponse":
        stage = self.draft.stages.get(key="stage-0")
        return self.press("-stage-copy", stage.pk, count=self.draft.stages.count())

    def actions(self) -> list[Action]:
        from django.urls import reverse

        step, stage = self.draft.steps.get(key="step-7-7"), self.draft.stages.get(key="stage-7")
        return [
            Action("the playbook, as a draft", lambda _: self.open("")),
            Action("a published version", lambda _: self.open("-version", self.first.number)),
            Action("a step’s form", lambda _: self.open("-step", step.pk)),
            Action("a stage’s form", lambda _: self.open("-stage", stage.pk)),
            Action("save a step", self.save, status=302),
            Action("autosave", self.autosave),
            Action("move a step", self.move),
            Action("move a stage", self.move_stage),
            Action("add a step", lambda number: self.press("-step-new", stage.pk, title=f"New {number}", count=0)),
            Action("undo", self.undo),
            Action("duplicate a stage", self.copy_stage, status=302),
            Action("undo a duplicate", self.undo),
            Action("check before publishing", lambda _: self.open("-publish")),
            Action("compare two versions", lambda _: self.open("-compare", query="?before=1&after=2")),
            Action("the partner’s view of a step", lambda _: self.open("-look", step.pk)),
            Action(
                "the same, as it is typed",
                lambda number: self.press("-look", step.pk, headers=None, **self.written(number)),
            ),
            Action("bring partners over: the page", lambda _: self.open("-upgrade")),
            Action("all versions", lambda _: self.open("-history")),
            Action("export as a file", lambda _: self.open("-export", self.first.number), has_bar=False),
            Action("the partner’s overview of all steps", lambda _: self.my.get(reverse("my-playbook"))),
            Action("the partner’s Today", lambda _: self.my.get(reverse("my-today"))),
        ]


def measure(action: Action, *, times: int) -> Measured:
    from onboarding_portal import measuring

    taken: list[float] = []
    queries: set[int] = set()
    length = 0
    for number in range(times + 1):
        response = action.do(number)
        if response.status_code != action.status:
            raise SystemExit(f"{action.name}: answered {response.status_code}")
        if number:  # the first one fills caches that a running server has filled
            taken.append(float(response.headers[measuring.SECONDS]) * 1000)
        queries.add(int(response.headers[measuring.QUERIES]))
        length = len(response.content)
    return Measured(action.name, action.has_bar, statistics.median(taken), max(taken), max(queries), length / 1024)


def report(results: Sequence[Measured], *, stages: int, steps: int) -> bool:
    from django.db import connection

    print(f"\nmachine: {machine()}; load {os.getloadavg()[0]:.1f}; {connection.vendor}")
    print(f"{stages} stages, {stages * steps} steps; bars: median <= {BAR_MS:g} ms, <= {QUERIES} queries\n")
    print(f"{'page':<38}{'median ms':>11}{'longest':>9}{'queries':>9}{'kB':>7}  holds")
    for result in results:
        times = f"{result.median:>11.1f}{result.longest:>9.1f}{result.queries:>9}{result.kilobytes:>7.0f}"
        print(f"{result.name:<38}{times}  {result.verdict}")
    good = all(result.holds for result in results if result.has_bar)
    print("\nall bars hold" if good else "\nNOT all bars hold")
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stages", type=int, default=20)
    parser.add_argument("--steps", type=int, default=20, help="in each stage")
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--only", default="", help="pages whose name has this")
    options = parser.parse_args()
    os.environ["MEASURE"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        if "DATABASE_URL" not in os.environ:
            os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        from onboarding_portal import serving

        settings.ALLOWED_HOSTS = ["testserver"]
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        author = Author(stages=options.stages, steps=options.steps)
        serving.when_ready(None)  # as the processes are that serve these pages elsewhere
        serving.post_worker_init(None)
        wanted = [action for action in author.actions() if options.only in action.name]
        results = [measure(action, times=options.times) for action in wanted]
        return 0 if report(results, stages=options.stages, steps=options.steps) else 1


if __name__ == "__main__":
    sys.exit(main())
