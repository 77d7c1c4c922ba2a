"""A version as its page shows it: stages and steps in order, what each lacks, and where its buttons move it."""

from collections import Counter
from dataclasses import dataclass, field

from playbooks.checking import Problem, check_loaded
from playbooks.commenting import open_counts
from playbooks.doing import who_does
from playbooks.models import PlaybookVersion, Stage, Step
from playbooks.models.step import Turn

LONG = 40  # steps: from here on stages are folded, and there is a way to jump to each


@dataclass
class ShownStep:
    step: Step
    title: str
    number: int  # from 1, over the whole version
    gaps: int  # problems that block publishing
    hints: int  # and those that do not
    who: str = ""  # who does it, unless that is anyone at the partner
    comments: int = 0  # open ones among co-authors
    up: str = ""  # what to post to move it: "step:<id>:<stage>:<index>"; empty where it cannot go
    down: str = ""


@dataclass
class ShownStage:
    stage: Stage
    title: str
    gaps: int
    steps: list[ShownStep] = field(default_factory=list)
    up: str = ""
    down: str = ""

    @property
    def minutes(self) -> int:
        return sum(shown.step.minutes for shown in self.steps)

    @property
    def lacks(self) -> bool:
        """Whether it or a step of it blocks publishing."""
        return bool(self.gaps) or any(shown.gaps for shown in self.steps)


@dataclass
class Arrangement:
    stages: list[ShownStage]
    problems: list[Problem]

    @property
    def blocking(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.blocks]

    @property
    def hints(self) -> list[Problem]:
        return [problem for problem in self.problems if not problem.blocks]

    @property
    def step_count(self) -> int:
        return sum(len(stage.steps) for stage in self.stages)

    @property
    def minutes(self) -> int:
        return sum(stage.minutes for stage in self.stages)

    @property
    def is_long(self) -> bool:
        return self.step_count > LONG and len(self.stages) > 1

    def step(self, pk: int) -> ShownStep | None:
        return next((shown for stage in self.stages for shown in stage.steps if shown.step.pk == pk), None)

    def neighbours(self, pk: int) -> tuple[ShownStep | None, ShownStep | None]:
        """The steps before and after one."""
        steps = [shown for stage in self.stages for shown in stage.steps]
        at = next(index for index, shown in enumerate(steps) if shown.step.pk == pk)
        return (steps[at - 1] if at else None, steps[at + 1] if at + 1 < len(steps) else None)


def arrange(version: PlaybookVersion, language: str) -> Arrangement:
    """Two queries, or three of a draft, whatever the length."""
    stages = list(version.stages.order_by("position"))
    steps = list(version.steps.order_by("position"))
    problems = check_loaded(version, stages, steps)
    gaps = Counter(problem.step_id for problem in problems if problem.blocks)
    hints = Counter(problem.step_id for problem in problems if not problem.blocks)
    comments = open_counts(version.playbook) if version.is_draft else Counter()
    stage_gaps = Counter(problem.stage_id for problem in problems if problem.blocks)
    shown = {stage.pk: ShownStage(stage, stage.title(language), stage_gaps[stage.pk]) for stage in stages}
    for number, step in enumerate(steps, 1):
        counted = gaps[step.pk], hints[step.pk]
        who = who_does(step) if step.role or step.who != Turn.PARTNER else ""
        shown[step.stage_id].steps.append(
            ShownStep(step, step.title(language), number, *counted, who=who, comments=comments[step.key])
        )
    arrangement = Arrangement(list(shown.values()), problems)
    _set_moves(arrangement.stages)
    return arrangement


def _set_moves(stages: list[ShownStage]) -> None:
    last = len(stages) - 1
    for at, stage in enumerate(stages):
        stage.up = f"stage:{stage.stage.pk}:{at - 1}" if at else ""
        stage.down = f"stage:{stage.stage.pk}:{at + 1}" if at < last else ""
        before = stages[at - 1] if at else None
        after = stages[at + 1] if at < last else None
        for index, shown in enumerate(stage.steps):
            shown.up = _target(shown, stage, index - 1) if index else _target(shown, before, None)
            is_last = index == len(stage.steps) - 1
            shown.down = _target(shown, after, 0) if is_last else _target(shown, stage, index + 1)


def _target(shown: ShownStep, stage: ShownStage | None, index: int | None) -> str:
    """Index None is the end; without a stage there is nowhere to go."""
    if stage is None:
        return ""
    return f"step:{shown.step.pk}:{stage.stage.pk}:{len(stage.steps) if index is None else index}"
