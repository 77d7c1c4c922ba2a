"""What people write about a step in their own words: what stops them, what is missing, why it does not fit.

It goes into the log, into mails and onto pages as it was written, so there is a limit to it: here, for all of them.
"""

from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from playbooks.evidence.forms import refuse_forbidden

LONGEST: Final = 2000  # characters
OWN: Final = gettext_lazy("In your own words")
AREA = {"rows": 2, "class": "form-control"}


def words_field(label: Any, **given: Any) -> forms.CharField:
    widget = forms.Textarea(attrs=AREA)
    return forms.CharField(label=label, max_length=LONGEST, widget=widget, validators=[refuse_forbidden], **given)


class WordsForm(forms.Form):
    """One field, called ``name``. Nothing in it is no fault here: the move that needs words says so itself."""

    def __init__(
        self,
        sent: QueryDict | None = None,
        *,
        name: str = "words",
        label: Any,
        auto_id: str = "%s",
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(sent, auto_id=auto_id, initial=initial, use_required_attribute=False)
        self.name = name
        self.fields[name] = words_field(label, required=False)

    @property
    def said(self) -> str:
        """What may be kept, of a form that is in order."""
        return str(self.cleaned_data[self.name])

    @property
    def typed(self) -> str:
        """What stands in the field, in order or not."""
        return str(self[self.name].value() or "")


class StuckForm(WordsForm):
    """What stops them: one of the playbook's obstacles, by number, or their own words."""

    obstacle = forms.CharField(required=False)

    def __init__(self, sent: QueryDict | None = None, **options: Any) -> None:
        super().__init__(sent, name="reason", label=OWN, auto_id="stuck-%s", **options)


class AnsweringForm(WordsForm):
    """Along with a move in what is done for them: what is missing, or why they turn a quote down."""

    def __init__(self, sent: QueryDict | None = None) -> None:
        super().__init__(sent, label=OWN, auto_id="missing-%s")


class MissingForm(WordsForm):
    """What is missing in what was handed in."""

    def __init__(self, sent: QueryDict | None = None) -> None:
        super().__init__(sent, name="missing", label=gettext_lazy("What is missing?"))


class SkipForm(WordsForm):
    """Why the step is left out."""

    def __init__(self, sent: QueryDict | None = None) -> None:
        super().__init__(
            sent, name="reason", label=gettext_lazy("Why does it not fit this partner?"), auto_id="skip-%s"
        )
