"""When a step comes, in a playbook file: read with every fault, and written so that reading gives the same."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from playbooks.outline import MOST_NEEDS, StepOutline, tidy_line
from playbooks.parsing import Node, Scalar
from playbooks.paths.conditions import MOST_TESTS, MOST_VALUES, OF_LISTS, YES, About, How, Test
from playbooks.paths.due import MOST_DAYS, MOST_HOURS, Due, Since
from playbooks.resources.reading import ResourceReader

_DUE = ("after", "after_step", "by", "days", "hours", "time")
_TIMES = {"working": True, "clock": False}
_TEST = ("about", "step", "field", *How.values)


class PathReader(ResourceReader):
    def needs(self, node: Node | None, own: str, place: str) -> tuple[str, ...]:
        """Keys of other steps. Whether these are there is for publishing to say: a draft may be loaded as it is."""
        where = f"{place}, needs"
        found: list[str] = []
        for item in self._items(node, where, MOST_NEEDS):
            key = item.value if isinstance(item, Scalar) else ""
            if not self.is_key(key):
                message = _("“%(key)s” is no key of a step. Write for example “needs: [say-why]”.")
                self.fault(item.line, where, message, key=key)
            elif key == own:
                self.fault(item.line, where, _("A step cannot need itself. Take “%(key)s” out."), key=key)
            elif key in found:
                self.fault(item.line, where, _("“%(key)s” is listed twice. Keep one."), key=key)
            else:
                found.append(key)
        return tuple(found)

    def condition(self, node: Node | None, place: str) -> tuple[Test, ...]:
        """As with needs, whether it can ever hold is for publishing to say."""
        where = f"{place}, condition"
        found = (self._test(item, where) for item in self._items(node, where, MOST_TESTS))
        return tuple(test for test in found if test is not None)

    def _test(self, node: Node, where: str) -> Test | None:
        fields = self._fields(node, where, _TEST)
        about = self._word(fields.get("about"), About.values, node.line, f"{where}, about")
        given = [name for name in How.values if name in fields]
        if len(given) != 1:
            message = _("Write exactly one of: %(known)s.")
            self.fault(node.line, where, message, known=", ".join(How.values))
        if about is None or len(given) != 1:
            return None
        how, asked = given[0], {}
        if about == About.ANSWER:
            asked = {name: self._key(fields.get(name), node.line, f"{where}, {name}", "") for name in ("step", "field")}
        elif how not in OF_LISTS or "step" in fields or "field" in fields:
            self.fault(node.line, where, _("Of a size, country or vertical only “in” and “not_in” can be asked."))
            return None
        values = self._values(fields[how], how, f"{where}, {how}")
        if how == How.FILLED and values and values != (YES,):
            self.fault(node.line, where, _("Write “filled: yes”, or take it out."))
        return Test(about, how, values, **asked) if values else None

    def due(self, node: Node | None, place: str) -> Due | None:
        """Exactly one of three beginnings, an amount where there is one, and always which kind of time it is."""
        if node is None:
            return None
        where = f"{place}, due"
        fields = self._fields(node, where, _DUE)
        beginnings = [name for name in ("after", "after_step", "by") if name in fields]
        time = self._word(fields.get("time"), list(_TIMES), node.line, f"{where}, time")
        if len(beginnings) != 1:
            message = _("Write exactly one of: “after: start”, “after_step” with a key, “by” with a date.")
            self.fault(node.line, where, message)
        if len(beginnings) != 1 or time is None:
            return None
        if beginnings == ["by"]:
            return self._due_by(fields, _TIMES[time], where)
        return self._due_after(fields, _TIMES[time], node.line, where)

    def _due_by(self, fields: dict[str, Node], is_working: bool, where: str) -> Due | None:
        node = fields["by"]
        text = node.value if isinstance(node, Scalar) else ""
        for name in ("days", "hours"):
            if name in fields:
                self.fault(fields[name].line, where, _("A date needs no days or hours. Take them out."))
        try:
            return Due(Since.DATE, is_working, day=date.fromisoformat(text))
        except ValueError:
            message = _("“%(text)s” is no date. Write it as 2026-12-24.")
            self.fault(node.line, f"{where}, by", message, text=text)
            return None

    def _due_after(self, fields: dict[str, Node], is_working: bool, line: int, where: str) -> Due | None:
        step = ""
        if "after_step" in fields:
            step = self._key(fields["after_step"], line, f"{where}, after_step", "")
        elif self._word(fields["after"], ["start"], line, f"{where}, after") is None:
            return None
        units = [name for name in ("days", "hours") if name in fields]
        if len(units) != 1:
            self.fault(line, where, _("Write how many: either “days: 2” or “hours: 48”."))
            return None
        most = MOST_DAYS if units == ["days"] else MOST_HOURS
        amount = self.whole(fields[units[0]], f"{where}, {units[0]}", most=most)
        return Due(Since.STEP if step else Since.START, is_working, amount, units[0], step)

    def _word(self, node: Node | None, known: list[str], line: int, where: str) -> str | None:
        word = node.value if isinstance(node, Scalar) else ""
        if word in known:
            return word
        message = _("“%(word)s” is not known here. Choose from: %(known)s.")
        self.fault(node.line if node else line, where, message, word=word, known=", ".join(known))
        return None

    def _values(self, node: Node, how: str, where: str) -> tuple[str, ...]:
        items = self._items(node, where, MOST_VALUES) if how in OF_LISTS else [node]
        values = tuple(filter(None, (self._text(item, where, tidy_line) for item in items)))
        if not values and not any(fault.place == where for fault in self.faults):
            self.fault(node.line, where, _("There is nothing to compare with. Write at least one value."))
        return values


def written(step: StepOutline) -> dict[str, Any]:
    """The fields of a file."""
    found: dict[str, Any] = {"needs": list(step.needs)} if step.needs else {}
    if step.condition:
        found["condition"] = [_written(test) for test in step.condition]
    if step.due:
        found["due"] = _written_due(step.due)
    return found


def _written_due(due: Due) -> dict[str, Any]:
    time = {"time": next(word for word, is_working in _TIMES.items() if is_working == due.is_working)}
    if due.since == Since.DATE:
        return {"by": due.day.isoformat() if due.day else "", **time}
    begins = {"after_step": due.step} if due.since == Since.STEP else {"after": "start"}
    return {**begins, str(due.unit): due.amount, **time}


def _written(test: Test) -> dict[str, Any]:
    asked = {"step": test.step, "field": test.field} if test.about == About.ANSWER else {}
    values = list(test.values) if test.how in OF_LISTS else test.values[0]
    return {"about": str(test.about), **asked, str(test.how): values}
