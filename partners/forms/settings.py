"""The vendor's settings, and its staff's."""

from typing import Any

from django import forms
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from partners.countries import country_choices
from partners.models import Member, Vendor
from partners.models.addresses import LONGEST_ADDRESS
from partners.models.vendor import validate_colour
from partners.places import LANGUAGES
from partners.zones import zone_choices

DAYS = [
    ("1", _("Monday")),
    ("2", _("Tuesday")),
    ("3", _("Wednesday")),
    ("4", _("Thursday")),
    ("5", _("Friday")),
    ("6", _("Saturday")),
    ("7", _("Sunday")),
]
A_YEAR_IN_HOURS = 365 * 24


def on_the_clock(hours: int) -> str:
    """Hours as wall-clock time, said so that nobody takes them for working hours."""
    said = ngettext("%(count)d hour on the clock", "%(count)d hours on the clock", hours) % {"count": hours}
    days, rest = divmod(hours, 24)
    if not days or rest:
        return said
    return gettext("%(hours)s, which is %(days)s") % {
        "hours": said,
        "days": ngettext("%(count)d day, weekends included", "%(count)d days, weekends included", days)
        % {"count": days},
    }


class ClockHoursField(forms.IntegerField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=A_YEAR_IN_HOURS, **kwargs)


def _time_input() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class VendorForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=150)
    country = forms.ChoiceField(label=_("Country"))
    language = forms.ChoiceField(
        label=_("Language"), choices=LANGUAGES, help_text=_("What partners read when we do not know theirs.")
    )
    postal_address = forms.CharField(
        label=_("Postal address"), max_length=250, required=False, help_text=_("At the foot of every mail.")
    )
    reply_to = forms.EmailField(
        label=_("Answers go to"),
        max_length=LONGEST_ADDRESS,
        required=False,
        help_text=_("When a partner answers one of our mails."),
    )
    colour = forms.CharField(
        label=_("Colour"),
        max_length=7,
        validators=[validate_colour],
        help_text=_("On the pages your partners see, made readable in light and dark."),
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), help_text=_("For partners whose own time zone we do not know."))
    working_days = forms.MultipleChoiceField(label=_("Working days"), choices=DAYS, widget=forms.CheckboxSelectMultiple)
    day_starts = forms.TimeField(label=_("From"), widget=_time_input())
    day_ends = forms.TimeField(label=_("Until"), widget=_time_input())
    asks_confidence = forms.BooleanField(
        label=_("Ask new partners after a day how sure they are"),
        required=False,
        help_text=_("Confident, or doubts. A doubt reaches the channel manager within a minute."),
    )
    never_started_hours = ClockHoursField(label=_("Never started, after hours"))
    stopped_hours = ClockHoursField(label=_("Started, then stopped, after hours"))
    waiting_hours = ClockHoursField(label=_("Waiting on you, after hours"))
    ordered_once_days = forms.IntegerField(
        label=_("Ordered once and never again, after days"), min_value=1, max_value=3650
    )

    def __init__(self, *args: Any, vendor: Vendor, may_change: bool, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(vendor, name) for name in self.base_fields}
        kwargs["initial"]["working_days"] = list(vendor.working_days)
        super().__init__(*args, **kwargs)
        country, zone = self.fields["country"], self.fields["time_zone"]
        assert isinstance(country, forms.ChoiceField)  # noqa: S101 - tells the type checker
        assert isinstance(zone, forms.ChoiceField)  # noqa: S101 - tells the type checker
        country.choices = country_choices(get_language() or vendor.language)
        zone.choices = zone_choices(also=vendor.time_zone)
        self._say_silence_in_words(vendor)
        for field in self.fields.values():
            field.disabled = not may_change

    def _say_silence_in_words(self, vendor: Vendor) -> None:
        reminded = gettext("Reminders that are due within that time go out first, so over a weekend it is said later.")
        words = {
            "never_started_hours": gettext("Accepted, and no step begun for %(time)s.") + " " + reminded,
            "stopped_hours": gettext("Began, and did nothing since for %(time)s.") + " " + reminded,
            "waiting_hours": gettext(
                "It is your turn, and you let them wait for %(time)s. They are never called silent."
            ),
        }
        for name, sentence in words.items():
            self.fields[name].help_text = sentence % {"time": on_the_clock(getattr(vendor, name))}
        days = vendor.ordered_once_days
        self.fields["ordered_once_days"].help_text = ngettext(
            "All orders fall on one day, and %(count)d day on the calendar has passed since.",
            "All orders fall on one day, and %(count)d days on the calendar have passed since.",
            days,
        ) % {"count": days}

    def clean_working_days(self) -> str:
        return "".join(sorted(self.cleaned_data["working_days"]))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts, ends = cleaned.get("day_starts"), cleaned.get("day_ends")
        if starts and ends and starts >= ends:
            self.add_error("day_ends", _("The day has to end after it starts."))
        return cleaned


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail"), max_length=LONGEST_ADDRESS, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"), choices=Member.Role.choices, initial=Member.Role.MANAGER)


class RemovalForm(forms.Form):
    """What has to be settled before a member goes: who leads their partners, and that an owner is meant."""

    successor = forms.ModelChoiceField(
        label=_("Who leads their partners after them"),
        queryset=Member.objects.none(),
        empty_label=_("Choose a person"),
        error_messages={"required": _("They lead partners. Choose who takes them over.")},
    )
    is_meant = forms.BooleanField(label=_("They are an owner: take away their rights to everything here"))

    def __init__(self, *args: Any, vendor: Vendor, person: Member, leads: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        successor = self.fields["successor"]
        assert isinstance(successor, forms.ModelChoiceField)  # noqa: S101 - tells the type checker
        leaders = Member.objects.of(vendor).who_lead().exclude(pk=person.pk)
        successor.queryset = leaders.select_related("user").order_by("user__name", "pk")
        if not leads:
            del self.fields["successor"]
        if person.role != Member.Role.OWNER:
            del self.fields["is_meant"]
