"""When a step comes, in a playbook file: read with every fault, and written so that reading gives the same."""

from typing import Any

from django.utils.translation import gettext as _

from playbooks.outline import MOST_NEEDS, StepOutline, tidy_line
from playbooks.parsing import Node, Scalar
from playbooks.paths.conditions import MOST_TESTS, MOST_VALUES, OF_LISTS, About, How, Test
from playbooks.resources.reading import ResourceReader

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
        return Test(about, how, values, **asked) if values else None

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
    return found


def _written(test: Test) -> dict[str, Any]:
    asked = {"step": test.step, "field": test.field} if test.about == About.ANSWER else {}
    values = list(test.values) if test.how in OF_LISTS else test.values[0]
    return {"about": str(test.about), **asked, str(test.how): values}
