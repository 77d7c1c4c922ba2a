"""Resources in a playbook file: read with every fault, and written so that reading gives the same."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from playbooks.evidence.reading import EvidenceReader
from playbooks.outline import tidy_line
from playbooks.parsing import Node, Scalar
from playbooks.resources.items import LONGEST_ADDRESS, MOST_RESOURCES, Kind, Resource, Texts, is_address, player_of

_FIELDS = ("key", "kind", "label", "address", "file")


class ResourceReader(EvidenceReader):
    def resources(self, node: Node | None, place: str) -> tuple[Resource, ...]:
        self.seen["resource"] = {}
        found = self._items(node, f"{place}, resources", MOST_RESOURCES)
        return tuple(self._resource(each, place, number) for number, each in enumerate(found, 1))

    def _resource(self, node: Node, step: str, number: int) -> Resource:
        numbered = _("%(step)s, resource %(number)d") % {"step": step, "number": number}
        fields = self._fields(node, numbered, _FIELDS)
        key = self._key(fields.get("key"), node.line, numbered, "resource")
        place = _("%(step)s, resource “%(key)s”") % {"step": step, "key": key} if key else numbered
        resource = Resource(key, self._kind_of_resource(fields.get("kind"), node.line, place), {})
        texts: Texts = {}
        self._words(texts, "label", fields.get("label"), place, tidy_line)
        self._words(texts, resource.target, fields.get(resource.target), place, tidy_line, longest=LONGEST_ADDRESS)
        other = "address" if resource.target == "file" else "file"
        if other in fields:
            message = _("“%(name)s” does not belong to this kind of resource. Take it out.")
            self.fault(fields[other].line, place, message, name=other)
        for words in texts.values():
            self._check_address(resource.kind, words.get("address"), fields, place)
        return Resource(key, resource.kind, {code: texts[code] for code in self.languages if code in texts})

    def _check_address(self, kind: str, address: str | None, fields: dict[str, Node], place: str) -> None:
        if not address or len(address) > LONGEST_ADDRESS:  # which is said already
            return
        if not is_address(address):
            message = _("“%(address)s” is no address of a page. It begins with https://.")
            self.fault(fields["address"].line, f"{place}, address", message, address=address)
        elif kind == Kind.VIDEO and player_of(address) is None:
            message = _("“%(address)s” is no film at YouTube or Vimeo. Copy its address there, or make it a link.")
            self.fault(fields["address"].line, f"{place}, address", message, address=address)

    def _kind_of_resource(self, node: Node | None, line: int, place: str) -> str:
        kind = node.value if isinstance(node, Scalar) else ""
        if kind in Kind.values:
            return kind
        message = _("“%(kind)s” is no kind of resource. Choose from: %(known)s.")
        self.fault(node.line if node else line, f"{place}, kind", message, kind=kind, known=", ".join(Kind.values))
        return str(Kind.LINK)


def written(
    resources: tuple[Resource, ...], words: Callable[[Texts, tuple[str, ...]], dict[str, Any]]
) -> dict[str, Any]:
    """The field of a file; ``words`` turns texts into theirs."""
    if not resources:
        return {}
    names = ("label", "address", "file")
    return {"resources": [{"key": each.key, "kind": each.kind, **words(each.texts, names)} for each in resources]}
