"""A member at a vendor's desk, and a playbook as long as anybody's."""

from typing import Any

from django.test import Client
from django.urls import reverse

from partners.models import Vendor
from playbooks.models import PlaybookVersion
from playbooks.outline import PlaybookOutline, StageOutline, StepOutline
from playbooks.storing import store
from tests.factories import NOW, make_member, make_user


class Desk:
    """Opens and posts to a vendor's pages by the names of their addresses."""

    def __init__(self, client: Client, vendor: Vendor) -> None:
        self.client = client
        self.vendor = vendor
        self.user = make_user()

    def enter(self, role: str) -> "Desk":
        self.user = make_user()
        make_member(self.vendor, role=role, user=self.user)
        self.client.force_login(self.user)
        return self

    def get(self, name: str, *ids: Any, follow: bool = False) -> Any:
        return self.client.get(reverse(name, args=[self.vendor.slug, *ids]), follow=follow)

    def post(self, name: str, /, *ids: Any, htmx: bool = False, follow: bool = False, **data: Any) -> Any:
        headers = {"HX-Request": "true"} if htmx else {}
        return self.client.post(reverse(name, args=[self.vendor.slug, *ids]), data, follow=follow, headers=headers)


def a_long_draft(vendor: Vendor, *, stages: int, steps: int) -> PlaybookVersion:
    words = {
        "title": "Call the client you know best",
        "why": "It pays. " * 20,
        "how": ["Take the phone. " * 5] * 6,
        "tools": ["A phone"],
        "when": "Today",
        "obstacles": [{"what": "No time", "answer": "Ten minutes. " * 10}] * 3,
        "done_when": "They answered.",
    }
    both = {"en": words, "de": words}
    outline = PlaybookOutline(
        key="long",
        languages=("en", "de"),
        texts={"en": {"name": "Long"}, "de": {"name": "Lang"}},
        stages=tuple(
            StageOutline(
                key=f"stage-{stage}",
                texts={"en": {"title": f"Stage {stage}"}, "de": {"title": f"Stufe {stage}"}},
                steps=tuple(StepOutline(key=f"step-{stage}-{step}", texts=both) for step in range(steps)),
            )
            for stage in range(stages)
        ),
    )
    return store(outline=outline, vendor=vendor, by=None, now=NOW)
