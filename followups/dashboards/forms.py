from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from followups.calls.contacting import Outcome

AREA = {"rows": 3, "class": "form-control"}

BY_PHONE = (Outcome.REACHED, Outcome.NOT_REACHED)
IN_WRITING = (Outcome.WROTE, Outcome.REACHED, Outcome.NOT_REACHED)


class ContactedForm(forms.Form):
    """Somebody talked to a partner, or tried to. The first line draws it by hand, once in each row.

    ``by_phone`` says that a number is known; else they are written to, and that is offered first. Any outcome is taken.
    """

    outcome = forms.ChoiceField(label=_("How did it go?"), choices=Outcome.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("What did you hear?"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(AREA),
        help_text=_("What is in the way, in their words. The next person who calls will be glad."),
    )

    def __init__(self, *args: Any, by_phone: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = BY_PHONE if by_phone else IN_WRITING
        self.offered = [(outcome.value, outcome.label) for outcome in offered]


class AnswerForm(forms.Form):
    """An answer to a partner that is stuck."""

    answer = forms.CharField(label=_("Your answer"), max_length=4000, widget=forms.Textarea(AREA))


class HelpForm(AnswerForm):
    """The same from a page that may have moved on to another step meanwhile."""

    progress = forms.IntegerField(widget=forms.HiddenInput)


class AcceptForm(forms.Form):
    """Accepting a signed partner; the playbook is asked for only where there are several."""

    playbook = forms.ChoiceField(label=_("Playbook"), required=False, widget=forms.Select({"class": "form-select"}))

    def __init__(self, *args: Any, playbooks: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_playbooks = bool(playbooks)
        self.fields["playbook"].choices = list(playbooks.items())  # type: ignore[attr-defined]
        self.fields["playbook"].initial = next(iter(playbooks), "")
        if len(playbooks) < 2:
            self.fields["playbook"].widget = forms.HiddenInput()
