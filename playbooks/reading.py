"""A playbook file (docs/playbook-format.md) into an outline, or everything that is wrong with it, with lines."""

from typing import Any

from django.utils.translation import gettext as _

from partners.places import LANGUAGES
from playbooks import outline as limits
from playbooks.models.step import ROLES, Achieves, Turn
from playbooks.offers.reading import OfferReader
from playbooks.outline import PlaybookOutline, StageOutline, StepOutline, Texts, tidy_line, tidy_paragraph
from playbooks.parsing import CannotParse, Node, Scalar, parse
from playbooks.paths.reading import PathReader
from playbooks.reading_shapes import CannotRead, Fault

__all__ = ["FORMAT", "CannotRead", "Fault", "read"]

FORMAT = 1

_PLAYBOOK = ("format", "key", "languages", "name", "summary", "goal_hint", "stages")
_STAGE = ("key", "title", "steps")
_STEP = (
    *("key", "title", "why", "how", "minutes", "tools", "skills"),
    *("when", "obstacles", "done_when", "who", "asks_for_goal", "wants_approval", "evidence", "pass_mark", "resources"),
    *("role", "needs", "condition", "due", "with_sponsor", "clients"),
    "done_for_you",
    "achieves",
)
_OBSTACLE = ("what", "answer")


def read(source: bytes) -> PlaybookOutline:
    """The playbook that ``source`` describes. Raises CannotRead with every fault that was found."""
    try:
        root = parse(source)
    except CannotParse as error:
        raise CannotRead([Fault(error.line, "", error.message)]) from error
    reader = _Reader()
    outline = reader.playbook(root)
    if reader.faults:
        raise CannotRead(reader.faults)
    return outline


class _Reader(PathReader, OfferReader):
    """Walks the nodes, collects faults and goes on."""

    def playbook(self, root: Node) -> PlaybookOutline:
        fields = self._fields(root, "", _PLAYBOOK)
        self._format(fields.get("format"), root.line)
        self.languages = self._languages(fields.get("languages"), root.line)
        texts: Texts = {}
        self._words(texts, "name", fields.get("name"), "", tidy_line, root.line)
        self._words(texts, "summary", fields.get("summary"), "", tidy_paragraph)
        self._words(texts, "goal_hint", fields.get("goal_hint"), "", tidy_paragraph)
        stages = self._items(fields.get("stages"), "stages", limits.MOST_STAGES)
        outline = PlaybookOutline(
            key=self._key(fields.get("key"), root.line, "", ""),
            languages=self.languages,
            texts=texts,
            stages=tuple(self._stage(node, number) for number, node in enumerate(stages, 1)),
        )
        self._count_steps(outline, root.line)
        return outline

    def _count_steps(self, outline: PlaybookOutline, line: int) -> None:
        if sum(1 for _step in outline.steps) > limits.MOST_STEPS:
            message = _("There are more than %(most)d steps. Split the playbook.")
            self.fault(line, "stages", message, most=limits.MOST_STEPS)

    def _stage(self, node: Node, number: int) -> StageOutline:
        fields = self._fields(node, _("stage %(number)d") % {"number": number}, _STAGE)
        key = self._key(fields.get("key"), node.line, _("stage %(number)d") % {"number": number}, "stage")
        place = _("stage “%(key)s”") % {"key": key or number}
        texts: Texts = {}
        self._words(texts, "title", fields.get("title"), place, tidy_line, node.line)
        steps = self._items(fields.get("steps"), f"{place}, steps", limits.MOST_STEPS)
        return StageOutline(key, texts, tuple(self._step(step, place, at) for at, step in enumerate(steps, 1)))

    def _step(self, node: Node, stage: str, number: int) -> StepOutline:
        numbered = _("%(stage)s, step %(number)d") % {"stage": stage, "number": number}
        fields = self._fields(node, numbered, _STEP)
        key = self._key(fields.get("key"), node.line, numbered, "step")
        place = _("step “%(key)s”") % {"key": key} if key else numbered
        texts: Texts = {}
        self._words(texts, "title", fields.get("title"), place, tidy_line, node.line)
        self._words(texts, "when", fields.get("when"), place, tidy_line)
        for name in limits.STEP_PARAGRAPHS:
            self._words(texts, name, fields.get(name), place, tidy_paragraph)
        for name in limits.STEP_LISTS:
            self._lists(texts, name, fields.get(name), place, self._list_item)
        self._lists(texts, "obstacles", fields.get("obstacles"), place, self._obstacle)
        minutes = self._minutes(fields.get("minutes"), place)
        in_order = {language: texts[language] for language in self.languages if language in texts}
        who = self._who(fields.get("who"), place)
        asks_for_goal = self._asks_for_goal(fields.get("asks_for_goal"), who, place)
        asked = self.asked(fields.get("evidence"), fields.get("pass_mark"), place)
        wants_approval = self._wants_approval(fields.get("wants_approval"), who, place)
        resources = self.resources(fields.get("resources"), place)
        offer = self.offer(fields.get("done_for_you"), place)
        path: dict[str, Any] = {
            "needs": self.needs(fields.get("needs"), key, place),
            "condition": self.condition(fields.get("condition"), place),
            "achieves": self._achieves(fields.get("achieves"), place),
            "due": self.due(fields.get("due"), place),
            "with_sponsor": self._with_sponsor(fields.get("with_sponsor"), who, place),
            "role": self._role(fields.get("role"), who, place),
        }
        whole = (key, in_order, minutes, who, asks_for_goal, wants_approval, asked, resources)
        return StepOutline(*whole, offer=offer, **path)

    # Single fields

    def _format(self, node: Node | None, line: int) -> None:
        if node is None:
            self.fault(line, "format", _("The format is missing. Write “format: 1” in the first line."))
        elif not isinstance(node, Scalar) or node.value != str(FORMAT):
            self.fault(node.line, "format", _("This format is not known. Write “format: 1”."))

    def _languages(self, node: Node | None, line: int) -> tuple[str, ...]:
        known = [code for code, _name in LANGUAGES]
        listed = self._items(node, "languages", len(known)) if node else []
        if not listed:
            self.fault(line, "languages", _("The languages are missing. Write for example “languages: [en, de]”."))
        found: list[str] = []
        for item in listed:
            code = item.value if isinstance(item, Scalar) else ""
            if code not in known:
                message = _("“%(code)s” is no language that pages are shown in. Choose from: %(known)s.")
                self.fault(item.line, "languages", message, code=code, known=", ".join(known))
            elif code in found:
                self.fault(item.line, "languages", _("“%(code)s” is listed twice. Keep one."), code=code)
            else:
                found.append(code)
        return tuple(found)

    def _minutes(self, node: Node | None, place: str) -> int:
        if node is None:
            return 10
        text = node.value if isinstance(node, Scalar) else ""
        if text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= limits.LONGEST_MINUTES:
            return int(text)
        message = _("“%(text)s” is no number of minutes. Write a whole number from 1 to 480, such as “minutes: 10”.")
        self.fault(node.line, f"{place}, minutes", message, text=text)
        return 10

    def _who(self, node: Node | None, place: str) -> str:
        if node is None:
            return str(Turn.PARTNER)
        who = node.value if isinstance(node, Scalar) else ""
        if who not in Turn.values:
            message = _("“%(who)s” cannot do a step. Write partner, vendor or sponsor.")
            self.fault(node.line, f"{place}, who", message, who=who)
        return who

    def _role(self, node: Node | None, who: str, place: str) -> str:
        if node is None:
            return ""
        role, known = node.value if isinstance(node, Scalar) else "", [role for role, _label in ROLES]
        if role not in known:
            message = _("“%(role)s” is no role at a partner that does a step. Choose from: %(known)s.")
            self.fault(node.line, f"{place}, role", message, role=role, known=", ".join(known))
        elif who != Turn.PARTNER:
            message = _("Only a step of the partner can be for a role there. Write “who: partner”.")
            self.fault(node.line, f"{place}, role", message)
        return role

    def _asks_for_goal(self, node: Node | None, who: str, place: str) -> bool:
        asks = self.truth(node, f"{place}, asks_for_goal")
        if node and asks and who != Turn.PARTNER:
            message = _("Only a step of the partner can ask for the goal. Take this line out, or write “who: partner”.")
            self.fault(node.line, f"{place}, asks_for_goal", message)
        return asks

    def _with_sponsor(self, node: Node | None, who: str, place: str) -> bool:
        together = self.truth(node, f"{place}, with_sponsor")
        if node and together and who != Turn.PARTNER:
            message = _("Only a step of the partner can be done together with the sponsor. Write “who: partner”.")
            self.fault(node.line, f"{place}, with_sponsor", message)
        return together

    def _wants_approval(self, node: Node | None, who: str, place: str) -> bool:
        wants = self.truth(node, f"{place}, wants_approval")
        if node and wants and who == Turn.VENDOR:
            message = _("Nobody approves what the vendor does. Take this line out, or let the partner do the step.")
            self.fault(node.line, f"{place}, wants_approval", message)
        return wants

    def _achieves(self, node: Node | None, place: str) -> str:
        what = node.value if isinstance(node, Scalar) else ""
        if node is not None and what not in Achieves.values:
            message = _("“%(what)s” is nothing that Today keeps. Write first_client or first_campaign.")
            self.fault(node.line, f"{place}, achieves", message, what=what)
        return what

    # Items of lists

    def _list_item(self, node: Node, place: str) -> str:
        return self._text(node, place, tidy_line)

    def _obstacle(self, node: Node, place: str) -> dict[str, str]:
        fields = self._fields(node, place, _OBSTACLE)
        texts = {
            name: self._text(fields[name], place, tidy) if name in fields else ""
            for name, tidy in (("what", tidy_line), ("answer", tidy_paragraph))
        }
        return texts if any(texts.values()) else {}
