"""The upload of a file, and which of its columns are which of ours."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.importing.columns import Kind
from partners.importing.mapping import ambiguous, place_in_words


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("The file"),
        max_length=200,
        allow_empty_file=True,  # told in our own words, by whoever reads it
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )


class MappingForm(forms.Form):
    """A select for each of our columns, with the file's own names to choose from."""

    def __init__(
        self, *args: Any, kind: Kind, header: Sequence[str], first_rows: Sequence[Sequence[str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        twice = ambiguous(header)
        there = [(str(at), _in_words(header, at, numbered=at in twice)) for at in range(len(header))]
        self.kind = kind
        self.first_rows = first_rows
        for column in kind.columns:
            self.fields[column.key] = forms.ChoiceField(
                label=str(column.label),
                choices=[("", _("Not in the file")), *there],
                required=False,
                help_text=str(column.hint),
            )

    def lines(self) -> list[dict[str, Any]]:
        """One for each of our columns: its select, and what the first rows of the file hold there."""
        chosen = {key: 0 for key in self.fields if self[key].value()}
        return [
            {
                "field": self[key],
                "needed": self.kind.needs(column, chosen),
                "examples": self._examples(self[key].value()),
            }
            for key, column in self.kind.by_key.items()
        ]

    def _examples(self, at: Any) -> list[str]:
        if at in (None, "") or not str(at).isdecimal():
            return []
        cells = [row[int(at)].strip() for row in self.first_rows if int(at) < len(row)]
        return [cell[:60] for cell in cells if cell][:3]

    def mapping(self) -> dict[str, int]:
        return {key: int(at) for key, at in self.cleaned_data.items() if at}


def _in_words(header: Sequence[str], at: int, *, numbered: bool) -> str:
    """What a column is called in the file; with its number where the name alone does not say which one it is."""
    if numbered:
        return place_in_words(header, at)
    return header[at].strip() or _("Column %d") % (at + 1)
