"""What the page behind a mail's last link asks for."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from followups.models import Touch, Wish
from followups.preferring import ALL

LABELS = {
    Touch.To.PARTNER.value: _("Your own steps"),
    Touch.To.SPONSOR.value: _("Partners you brought in"),
    Touch.To.MANAGER.value: _("Partners you look after"),
}
AMOUNTS = [(ALL, _("All: at most one a day and three a week")), *Wish.Amount.choices]
WITHOUT_NONE = [(amount, label) for amount, label in AMOUNTS if amount != Wish.Amount.NONE]


class WishesForm(forms.Form):
    """One choice for each kind of reminder that the reader may get.

    Where there is one kind, none of it is what the page's other button does: one way is enough. Who chose it finds it.
    """

    def __init__(self, data: Mapping[str, Any] | None, *, kinds: Sequence[str], chosen: Mapping[str, str]) -> None:
        super().__init__(data)
        self.offers_none = len(kinds) > 1 or Wish.Amount.NONE in chosen.values()
        for kind in kinds:
            self.fields[kind] = forms.ChoiceField(
                label=LABELS[kind],
                choices=AMOUNTS if self.offers_none else WITHOUT_NONE,
                required=False,
                initial=chosen.get(kind, ALL),
                widget=forms.RadioSelect,
            )
