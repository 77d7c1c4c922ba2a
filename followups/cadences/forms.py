"""A touch as it is typed: when, to whom, on what condition, and its words in every language."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from followups.cadences.drafting import Said
from followups.engine.composing import SUBJECT_LENGTH
from followups.engine.merging import FIELDS, PARTS, unknown_fields
from followups.models import Touch
from followups.models.cadence import LONGEST_DELAY, TouchRule
from partners.models import Contact
from partners.places import LANGUAGES
from playbooks.desk.forms import ByLanguage
from playbooks.evidence.forms import refuse_forbidden

LONGEST_BODY = 4000
EVERY_LANGUAGE = [code for code, _name in LANGUAGES]


def refuse_unknown_fields(text: str) -> None:
    unknown = unknown_fields(text)
    if unknown:
        message = _("There is no field %(unknown)s. You can use %(fields)s.")
        fields = get_text_list([f"{{{name}}}" for name in FIELDS], gettext("and"))
        raise ValidationError(message, params={"unknown": ", ".join(unknown), "fields": fields})


def recipients() -> list[tuple[str, Any]]:
    """Whom a touch can go to, as one choice: “partner”, “partner:technical”, “sponsor”, “manager”."""
    roles = [
        (f"partner:{role}", _("The partner’s contact for: %(role)s") % {"role": label})
        for role, label in Contact.Role.choices
    ]
    return [
        ("partner", _("The partner: who the playbook talks to")),
        *roles,
        ("sponsor", Touch.To.SPONSOR.label),
        ("manager", Touch.To.MANAGER.label),
    ]


class TouchForm(ByLanguage):
    LABELS = {
        "subject": (
            _("Subject"),
            _("What stands in the list of their mails, or above a note. Leave all words blank for Firstline’s own."),
        ),
        "body": (
            _("What it says first"),
            _("A few sentences. In a mail we add the greeting, the step with its button, and how to stop reminders."),
        ),
    }
    after_hours = forms.IntegerField(
        label=_("Hours after the step opens"),
        min_value=1,
        max_value=LONGEST_DELAY,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )
    basis = forms.ChoiceField(
        label=_("Counted in"), choices=Touch.Basis.choices, widget=forms.Select(attrs={"class": "form-select"})
    )
    recipient = forms.ChoiceField(
        label=_("Goes to"), choices=recipients, widget=forms.Select(attrs={"class": "form-select"})
    )
    channel = forms.ChoiceField(
        label=_("By"), choices=Touch.Channel.choices, widget=forms.Select(attrs={"class": "form-select"})
    )
    condition = forms.ChoiceField(
        label=_("When it falls due"),
        required=False,
        choices=Touch.Condition.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def __init__(self, data: Any = None, *, touch: TouchRule, has_webhook: bool = False) -> None:
        initial: dict[str, Any] = {
            "after_hours": touch.after_hours,
            "basis": touch.basis,
            "recipient": f"{touch.to}:{touch.role}" if touch.role else touch.to,
            "condition": touch.condition,
            "channel": touch.channel,
        }
        words = {f"{part}_{code}": touch.texts.get(code, {}).get(part, "") for part in PARTS for code in EVERY_LANGUAGE}
        super().__init__(data, languages=EVERY_LANGUAGE, initial=initial | words)
        if not has_webhook and touch.channel != Touch.Channel.WEBHOOK:
            channels = [choice for choice in Touch.Channel.choices if choice[0] != Touch.Channel.WEBHOOK]
            self.fields["channel"] = forms.ChoiceField(
                label=_("By"), choices=channels, widget=self.fields["channel"].widget
            )
        self.add("subject")
        self.add("body", rows=6)
        for part, longest in (("subject", SUBJECT_LENGTH), ("body", LONGEST_BODY)):
            for code in EVERY_LANGUAGE:
                field = forms.CharField(
                    required=False,
                    max_length=longest,
                    widget=self.fields[f"{part}_{code}"].widget,
                    validators=[refuse_forbidden, refuse_unknown_fields],
                )
                self.fields[f"{part}_{code}"] = field

    def rows(self) -> list[Any]:
        return [self.row(part) for part in PARTS]

    def clean(self) -> dict[str, Any]:
        """All words or none: a reader of the language that is missing would get half a mail."""
        is_call = self.cleaned_data.get("channel") == Touch.Channel.CALL
        if is_call and not self.cleaned_data.get("recipient", "").startswith(Touch.To.PARTNER):
            self.add_error("recipient", ValidationError(_("A call goes to one of the partner’s people.")))
        names = [f"{part}_{code}" for part in PARTS for code in EVERY_LANGUAGE]
        if any(self.data.get(name, "").strip() for name in names):
            for name in names:
                if not self.cleaned_data.get(name) and name not in self.errors:
                    self.add_error(
                        name, ValidationError(_("Write this too: somebody will read the mail in this language."))
                    )
        return self.cleaned_data

    def said(self) -> Said:
        to, _colon, role = self.cleaned_data["recipient"].partition(":")
        return Said(
            after_hours=self.cleaned_data["after_hours"],
            channel=self.cleaned_data["channel"],
            basis=self.cleaned_data["basis"],
            to=to,
            role=role,
            condition=self.cleaned_data["condition"],
            texts=self._texts(),
        )

    def _texts(self) -> Mapping[str, Mapping[str, str]]:
        texts = {code: {part: self.value(part, code) for part in PARTS} for code in EVERY_LANGUAGE}
        return texts if any(words["body"] for words in texts.values()) else {}
