"""Forms for a step's resources: one at a time, in every language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from playbooks.desk.forms import ByLanguage, Label, NewPartForm, Row
from playbooks.evidence.forms import refuse_forbidden
from playbooks.files.checking import ACCEPTED, Checked, FileRefused, check
from playbooks.parts import fingerprint
from playbooks.resources.items import LONGEST_ADDRESS, Kind, Resource, Texts, is_address, player_of


class NewResourceForm(NewPartForm):
    """Its kind and its label, in one language to begin with."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=Kind.choices, widget=forms.Select(attrs={"class": "form-select"})
    )


class ResourceForm(ByLanguage):
    """Everything that one resource says; a file is chosen for each language, or kept as it is."""

    LABELS: Mapping[str, tuple[Label, Label]] = {
        "label": (gettext_lazy("Label"), gettext_lazy("What it is: “Our price list as a PDF”.")),
        "address": (gettext_lazy("Address"), gettext_lazy("Copied from the browser; it begins with https://.")),
        "upload": (gettext_lazy("File"), gettext_lazy("PDF, picture, document, table or text.")),
    }
    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        resource: Resource,
        languages: Sequence[str],
        names: Mapping[str, str],
    ) -> None:
        """``names`` are those of the files that are kept, by key."""
        words = {f"{name}_{code}": text for code, said in resource.texts.items() for name, text in said.items()}
        super().__init__(data, files=files, languages=languages, initial={"seen": fingerprint(resource), **words})
        self.resource, self.names = resource, names
        self.add("label")
        if resource.kind != Kind.FILE:
            for code in languages:  # a browser would cut what is pasted without a word, and the page would be another
                self.fields[f"address_{code}"] = forms.CharField(
                    required=False,
                    validators=[MaxLengthValidator(LONGEST_ADDRESS), refuse_forbidden],
                    widget=forms.TextInput(attrs={"class": "form-control", "lang": code}),
                )
        else:
            for code in languages:
                chooser = forms.FileInput(attrs={"class": "form-control", "accept": ACCEPTED, "lang": code})
                self.fields[f"upload_{code}"] = forms.FileField(required=False, widget=chooser, allow_empty_file=True)

    def rows(self) -> list[Row]:
        return [self.row("label"), self.row("upload" if self.resource.kind == Kind.FILE else "address")]

    def kept(self) -> Iterator[tuple[str, str]]:
        """The files there are: the language's code, and a name."""
        for code in self.languages:
            key = self.resource.texts.get(code, {}).get("file")
            if key:
                yield code, self.names.get(key, "")

    def clean(self) -> dict[str, Any]:
        self.require_one("label", _("Say what it is."))
        for code in self.languages:
            self._check_address(code)
            self._check_upload(code)
        return self.cleaned_data

    def _check_address(self, code: str) -> None:
        address = self.value("address", code)
        if address.startswith("http://"):
            words = _("On the way to http:// anybody can read along and change what comes. Copy one with https://.")
            self.add_error(f"address_{code}", ValidationError(words))
        elif address and not is_address(address):
            words = _("Copy the whole address of the page here. It begins with https://.")
            self.add_error(f"address_{code}", ValidationError(words))
        elif address and self.resource.kind == Kind.VIDEO and player_of(address) is None:
            words = _("This is no film at YouTube or Vimeo. Copy its address there, or make it a link.")
            self.add_error(f"address_{code}", ValidationError(words))

    def _check_upload(self, code: str) -> None:
        upload = self.cleaned_data.get(f"upload_{code}")
        if not upload:
            return
        try:
            self.cleaned_data[f"upload_{code}"] = check(upload)
        except FileRefused as refusal:
            self.add_error(f"upload_{code}", ValidationError(str(refusal)))

    def files_sent(self) -> dict[str, Checked]:
        """By language."""
        found = {code: self.cleaned_data.get(f"upload_{code}") for code in self.languages}
        return {code: checked for code, checked in found.items() if isinstance(checked, Checked)}

    def changed_resource(self) -> Resource:
        """As the form says it; new files are still to be stored."""
        texts: Texts = {code: {"label": self.value("label", code)} for code in self.languages}
        for code in self.languages:
            if self.resource.kind == Kind.FILE:
                texts[code]["file"] = self.resource.texts.get(code, {}).get("file", "")
            else:
                texts[code]["address"] = self.value("address", code)
        return replace(self.resource, texts=texts)
