"""When a step comes, in words for its author."""

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from playbooks.models import Step
from playbooks.texts import text_in


def told(step: Step, language: str) -> list[str]:
    """Empty for a step that simply comes in its order. One query, or none."""
    return list(_needs(step, language)) if step.needs else []


def _needs(step: Step, language: str) -> list[str]:
    rows = Step.objects.filter(version=step.version_id, key__in=step.needs).values_list("key", "texts")
    titles = {key: text_in(texts, "title", language) or key for key, texts in rows}
    quoted = [_("“%(title)s”") % {"title": titles.get(key, key)} for key in step.needs]
    return [_("It needs %(steps)s.") % {"steps": get_text_list(quoted, _("and"))}]
