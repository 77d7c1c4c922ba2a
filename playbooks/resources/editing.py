"""Changing the resources of a draft's step: see ``playbooks.parts``."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from partners.models import User
from playbooks.files.checking import Checked
from playbooks.files.storing import store_for
from playbooks.models import PlaybookVersion, Step
from playbooks.outline import tidy_resource
from playbooks.parts import Parts
from playbooks.resources.items import MOST_RESOURCES, Resource, resources_of

RESOURCES: Final = Parts[Resource](
    column="resources",
    most=MOST_RESOURCES,
    too_many=_("This step has as many resources as a step may have. Take one out before you add more."),
    read=resources_of,
    tidy=tidy_resource,
    columns=lambda resources: {"resources": [each.as_json() for each in resources]},
)


def save_resource(
    *, step: Step, resource: Resource, files: Mapping[str, Checked], seen: str, by: User | None, now: datetime
) -> None:
    """``files`` are new ones, by language; the others as in ``Parts.save``."""

    def with_files(version: PlaybookVersion, resource: Resource) -> Resource:
        texts = {code: dict(words) for code, words in resource.texts.items()}
        for code, checked in files.items():
            stored = store_for(version.playbook.vendor_id, checked, by=by, now=now)
            texts.setdefault(code, {})["file"] = stored.key
        return replace(resource, texts=texts)

    RESOURCES.save(resource, step=step, seen=seen, by=by, now=now, complete=with_files if files else None)
