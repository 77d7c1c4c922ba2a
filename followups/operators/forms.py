"""What an operator's page asks for."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Vendor


class ResumeForm(forms.Form):
    slug = forms.SlugField(label=gettext_lazy("Vendor’s address"), max_length=60)

    def clean_slug(self) -> Vendor:
        vendor = Vendor.objects.filter(slug=self.cleaned_data["slug"]).first()
        if vendor is None:
            raise forms.ValidationError(_("No vendor has this address. It is what stands behind /v/ at their desk."))
        return vendor


class PauseForm(ResumeForm):
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=200, help_text=gettext_lazy("Their staff reads it."))


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(choices=[("arrived", ""), ("again", "")])
