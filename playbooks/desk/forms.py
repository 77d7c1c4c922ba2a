"""Forms for what authors write: one field for each language, side by side."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from partners.places import LANGUAGES, language_name
from playbooks.evidence.forms import refuse_forbidden
from playbooks.merging import COLUMNS, MOST_SEEN
from playbooks.models import PlaybookVersion, Stage, Step
from playbooks.models.step import ROLES, Achieves, Turn
from playbooks.outline import (
    LONGEST_LINE,
    LONGEST_MINUTES,
    LONGEST_PARAGRAPH,
    MOST_ITEMS,
    STEP_LISTS,
    StepOutline,
    Texts,
    tidy_line,
)

SPARE_OBSTACLES = 2
WRITES = {"why": "prose", "how": "moves", "clients": "prose", "done_when": "line"}
# How high each text's field is; 0 is a single line.
TEXT_ROWS = {"title": 0, "why": 4, "how": 5, "clients": 2, "when": 0, "done_when": 2, "tools": 3, "skills": 3}
WRAPS_FROM = 50  # characters that fit into one line of the form

Label = str | Promise


def refuse_long_lists(text: str) -> None:
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > MOST_ITEMS:
        raise ValidationError(_("These are more than %(most)d lines. Split the step."), params={"most": MOST_ITEMS})
    if any(len(line) > LONGEST_LINE for line in lines):
        message = _("One line has more than %(most)d characters. Make two moves of it.")
        raise ValidationError(message, params={"most": LONGEST_LINE})


@dataclass(frozen=True)
class Row:
    """One field in every language."""

    name: str
    label: Label
    hint: Label
    cells: Sequence[tuple[str, BoundField]]
    older: str = ""  # where one language was rewritten, and another was not


class ByLanguage(forms.Form):
    """A form whose fields are named ``<field>_<language>``."""

    LABELS: Mapping[str, tuple[Label, Label]] = {}

    def __init__(self, data: Any = None, *, languages: Sequence[str], **options: Any) -> None:
        super().__init__(data, **options)
        self.languages = languages

    def add(self, name: str, *, rows: int = 0, required: bool = False, writes: str = "") -> None:
        for language in self.languages:
            field = self.text_field(language, rows=rows, required=required, writes=writes)
            self.fields[f"{name}_{language}"] = field

    def text_field(self, language: str, *, rows: int, required: bool = False, writes: str = "") -> forms.CharField:
        """``writes`` says what a visual editor makes of it, as pages render it: prose, moves or a line."""
        attributes = {"class": "form-control", "lang": language}
        widget: forms.Widget = forms.TextInput(attrs=attributes)
        if rows:
            visual = {"data-writes": writes} if writes else {}
            widget = forms.Textarea(attrs={**attributes, "rows": rows, **visual})
        longest = LONGEST_PARAGRAPH if rows else LONGEST_LINE
        return forms.CharField(required=required, max_length=longest, widget=widget, validators=[refuse_forbidden])

    def row(self, name: str) -> Row:
        label, hint = self.LABELS[name]
        cells = [(language_name(code), self[f"{name}_{code}"]) for code in self.languages]
        return Row(name, label, hint, cells)

    def value(self, name: str, language: str) -> str:
        return str(self.cleaned_data.get(f"{name}_{language}") or "")

    def require_one(self, name: str, message: Label) -> None:
        if not any(self.value(name, language) for language in self.languages) and self.languages:
            self.add_error(f"{name}_{self.languages[0]}", ValidationError(str(message)))


class NewPartForm(ByLanguage):
    """What begins a part of a step: its label, in one language to begin with; its ``kind`` is the form's own."""

    def __init__(self, data: Any = None, *, language: str) -> None:
        super().__init__(data, languages=[language])
        self.add("label", required=True)
        self.language = language

    def labelled(self) -> BoundField:
        return self[f"label_{self.language}"]

    def texts(self) -> dict[str, dict[str, str]]:
        return {self.language: {"label": self.value("label", self.language)}}


class PlaybookForm(ByLanguage):
    """Name, summary and goal hint, in every language that pages are shown in."""

    LABELS = {
        "name": (_("Name"), _("What partners see at the top of it.")),
        "summary": (_("Summary"), _("For whom it is, and what they will have at the end.")),
        "goal_hint": (
            _("An example of a goal"),
            _("Shown where the partner writes down what they want out of it. Use a number and a date."),
        ),
    }
    wanted = forms.MultipleChoiceField(
        label=_("Languages"),
        choices=LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one language.")},
    )

    def __init__(self, data: Any = None, *, version: PlaybookVersion) -> None:
        every = [code for code, _name in LANGUAGES]
        words = {f"{name}_{code}": version.texts.get(code, {}).get(name, "") for name in self.LABELS for code in every}
        super().__init__(data, languages=every, initial={"wanted": version.languages, **words})
        self.kept = list(version.languages)
        self.add("name")
        self.add("summary", rows=4)
        self.add("goal_hint", rows=3)

    def rows(self) -> list[Row]:
        return [self.row(name) for name in self.LABELS]

    def chosen(self) -> list[str]:
        """The languages in the order they had; new ones at the end."""
        wanted = self.cleaned_data["wanted"]
        return [*(code for code in self.kept if code in wanted), *(code for code in wanted if code not in self.kept)]

    def clean(self) -> dict[str, Any]:
        for code in self.cleaned_data.get("wanted", ()):
            if not self.value("name", code) and f"name_{code}" not in self.errors:
                self.add_error(f"name_{code}", ValidationError(_("Write the name in this language too.")))
        return self.cleaned_data

    def texts(self) -> Texts:
        return {code: {name: self.value(name, code) for name in self.LABELS} for code in self.chosen()}


class StageForm(ByLanguage):
    LABELS = {"title": (_("Title of the stage"), _("A few words, such as “The first two days”."))}

    def __init__(self, data: Any = None, *, stage: Stage, languages: Sequence[str]) -> None:
        words = {f"title_{code}": stage.texts.get(code, {}).get("title", "") for code in languages}
        super().__init__(data, languages=languages, initial=words)
        self.add("title")

    def rows(self) -> list[Row]:
        return [self.row("title")]

    def clean(self) -> dict[str, Any]:
        self.require_one("title", _("Give the stage a title."))
        return self.cleaned_data

    def texts(self) -> Texts:
        return {code: {"title": self.value("title", code)} for code in self.languages}


class StepForm(ByLanguage):
    """Everything a step says. Lists are typed one line each; an obstacle is a pair, and a blank pair is left out."""

    LABELS = {
        "title": (_("Title"), _("What the partner does, as a verb: “Call the client you know best”.")),
        "why": (_("Why it pays"), _("Shown first. One reason that matters to this partner, today.")),
        "how": (
            _("How, in small moves"),
            _("Each move is a line of its own."),
        ),
        "clients": (_("Which clients"), _("With whom to try it first: “One whose backup you set up yourself”.")),
        "when": (_("When to do it"), _("A moment in their day: “After the first coffee, before the phone rings”.")),
        "done_when": (_("Done when"), _("How they know that it is done.")),
        "tools": (_("Tools"), _("What they need at hand, one line each.")),
        "skills": (_("Skills"), _("What they need to be able to do, one line each.")),
        "obstacles": (_("What may get in the way"), _("As the partner would say it, and how others got past it.")),
    }
    minutes = forms.IntegerField(
        label=_("Minutes"),
        min_value=1,
        max_value=LONGEST_MINUTES,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        help_text=_("Up to 20 fits between two jobs."),
    )
    who = forms.ChoiceField(
        label=_("Who does it"), choices=Turn.choices, widget=forms.Select(attrs={"class": "form-select"})
    )
    role = forms.ChoiceField(
        label=_("Who at the partner"),
        required=False,
        choices=[("", _("Anyone at the partner")), *ROLES],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    asks_for_goal = forms.BooleanField(
        label=_("Asks the partner for their goal"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
        help_text=_("The page then asks what they want out of it and, if they like, by when and why now."),
    )
    wants_approval = forms.BooleanField(
        label=_("Wants your approval"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
        help_text=_("Done then hands it to you: you say yes, or what is missing. Until then it is your turn."),
    )
    achieves = forms.ChoiceField(
        label=_("When this is done, the partner has"),
        required=False,
        choices=[("", _("nothing special")), *Achieves.choices],
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text=_("Their Today keeps the day, among what they achieved."),
    )
    with_sponsor = forms.BooleanField(
        label=_("Together with the sponsor"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
        help_text=_("The sponsor sees it too, and either of them presses Done. Without a sponsor the partner does it."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=MOST_SEEN)

    def __init__(self, data: Any = None, *, step: Step, languages: Sequence[str], seen: str) -> None:
        initial: dict[str, Any] = {"minutes": step.minutes, "who": step.who, "asks_for_goal": step.asks_for_goal}
        initial |= {"wants_approval": step.wants_approval, "achieves": step.achieves, "with_sponsor": step.with_sponsor}
        initial |= {"role": step.role, "seen": seen, **dict(_initial(step.texts, languages))}
        super().__init__(data, languages=languages, initial=initial)
        self.step = step
        self.older: dict[str, str] = {}  # by the name of a text, in words
        for name, rows in TEXT_ROWS.items():
            self.add(name, rows=rows, writes=WRITES.get(name, ""))
        for name in STEP_LISTS:
            for language in languages:
                field = self.fields[f"{name}_{language}"]
                field.max_length = None  # type: ignore[attr-defined]
                field.validators = [refuse_forbidden, refuse_long_lists]
                field.widget.attrs.pop("maxlength", None)
        self.obstacle_count = self._count_obstacles(data, step.texts)
        for number in range(self.obstacle_count):
            for language in languages:
                what, answer = self.text_field(language, rows=0), self.text_field(language, rows=2, writes="prose")
                what.widget.attrs["placeholder"] = _("What gets in the way")
                answer.widget.attrs["placeholder"] = _("How others got past it")
                self.fields[f"what_{number}_{language}"] = what
                self.fields[f"answer_{number}_{language}"] = answer

    def _count_obstacles(self, data: Any, texts: Mapping[str, Mapping[str, Any]]) -> int:
        """As many pairs as there are, and two blank ones; never fewer than were sent."""
        there = max((len(words.get("obstacles", ())) for words in texts.values()), default=0)
        sent = sum(1 for number in range(MOST_ITEMS) if data and f"what_{number}_{self.languages[0]}" in data)
        return min(max(there + SPARE_OBSTACLES, sent), MOST_ITEMS)

    def label_of(self, name: str) -> str:
        """“Why it pays (German)” for ``why_de``."""
        stem, _rest, language = name.rpartition("_")
        if not stem or language not in self.languages:
            return str(self.fields[name].label)
        label = self.LABELS.get(stem, self.LABELS["obstacles"])[0]
        return f"{label} ({language_name(language)})" if len(self.languages) > 1 else str(label)

    def row(self, name: str) -> Row:
        return replace(super().row(name), older=self.older.get(name, ""))

    def shown(self, name: str) -> str:
        """What a field says to a reader: a tick and a choice in words."""
        value = self[name].value()
        if isinstance(self.fields[name], forms.BooleanField):
            return str(_("Yes") if value else _("No"))
        choices = dict(getattr(self.fields[name], "choices", ()))
        return str(choices.get(value, "" if value is None else value))

    def first_rows(self) -> list[Row]:
        return [self.row(name) for name in ("title", "why", "how")]

    def obstacles(self) -> Iterator[list[tuple[str, BoundField, BoundField]]]:
        for number in range(self.obstacle_count):
            yield [
                (language_name(code), self[f"what_{number}_{code}"], self[f"answer_{number}_{code}"])
                for code in self.languages
            ]

    def clean(self) -> dict[str, Any]:
        self.require_one("title", _("Give the step a title."))
        if self.cleaned_data.get("who", Turn.PARTNER) != Turn.PARTNER:
            self.cleaned_data["role"] = ""  # the page does not show it then
        if self.cleaned_data.get("asks_for_goal") and self.cleaned_data.get("who") != Turn.PARTNER:
            self.add_error("asks_for_goal", _("Only a step of the partner can ask for the goal."))
        if self.cleaned_data.get("wants_approval") and self.cleaned_data.get("who") == Turn.VENDOR:
            self.add_error("wants_approval", _("Nobody approves what you do yourselves."))
        if self.cleaned_data.get("with_sponsor") and self.cleaned_data.get("who") != Turn.PARTNER:
            self.add_error("with_sponsor", _("Only a step of the partner can be done together with the sponsor."))
        return self.cleaned_data

    def said(self) -> StepOutline:
        """The step as the form has it; its texts are still to be tidied."""
        return StepOutline(self.step.key, self.texts(), **{name: self.cleaned_data[name] for name in COLUMNS})

    def texts(self) -> Texts:
        return {language: self._texts_in(language) for language in self.languages}

    def _texts_in(self, language: str) -> dict[str, Any]:
        words: dict[str, Any] = {name: self.value(name, language) for name in self.LABELS if name != "obstacles"}
        words |= {name: words[name].replace("\r", "\n").split("\n") for name in STEP_LISTS}
        words["obstacles"] = [
            {"what": self.value(f"what_{number}", language), "answer": self.value(f"answer_{number}", language)}
            for number in range(self.obstacle_count)
        ]
        return words


def _initial(texts: Mapping[str, Mapping[str, Any]], languages: Iterable[str]) -> Iterator[tuple[str, Any]]:
    for language in languages:
        words = texts.get(language, {})
        for name in ("title", "why", "clients", "when", "done_when"):
            yield f"{name}_{language}", words.get(name, "")
        for name in STEP_LISTS:
            yield f"{name}_{language}", _lines(words.get(name, ()))
        for number, pair in enumerate(words.get("obstacles", ())):
            yield f"what_{number}_{language}", pair.get("what", "")
            yield f"answer_{number}_{language}", pair.get("answer", "")


def _lines(items: Sequence[str]) -> str:
    """One line each; with a blank line between, where lines are so long that they wrap."""
    return ("\n\n" if any(len(item) > WRAPS_FROM for item in items) else "\n").join(items)


class NewPlaybookForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=150,
        validators=[refuse_forbidden],
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        error_messages={"required": _("Give the playbook a name.")},
    )

    def clean_name(self) -> str:
        return tidy_line(self.cleaned_data["name"])


class LoadForm(forms.Form):
    """A file; or, once its sender was shown what it would change, its text and what to do with it."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".yaml,.yml"}),
        error_messages={"empty": _("The file is empty. Choose another one.")},
    )
    # As it is, blanks at the ends too: they are part of the file.
    content = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        choices = [("", ""), ("draft", ""), ("second", "")]
        self.fields["as"] = forms.ChoiceField(choices=choices, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.cleaned_data.get("file") and not self.cleaned_data.get("content"):
            self.add_error("file", ValidationError(_("Choose a file first.")))
        return self.cleaned_data

    def content_sent(self, most: int) -> bytes:
        """At most one byte more than ``most``, so that what is too large is noticed."""
        file = self.cleaned_data.get("file")
        return bytes(file.read(most + 1)) if file else self.cleaned_data["content"].encode()[: most + 1]

    def name(self) -> str:
        file = self.cleaned_data.get("file")
        return str(file.name) if file else str(_("The file"))
