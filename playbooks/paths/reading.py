"""What a step needs, in a playbook file: read with every fault, and written so that reading gives the same."""

from typing import Any

from django.utils.translation import gettext as _

from playbooks.outline import MOST_NEEDS, StepOutline
from playbooks.parsing import Node, Scalar
from playbooks.resources.reading import ResourceReader


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


def written(step: StepOutline) -> dict[str, Any]:
    """The fields of a file."""
    return {"needs": list(step.needs)} if step.needs else {}
