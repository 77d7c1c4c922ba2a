from typing import TYPE_CHECKING, Any, Final

from django.db import models

if TYPE_CHECKING:
    EmailField = models.EmailField[str, str]
else:
    EmailField = models.EmailField

LONGEST_ADDRESS: Final = 254  # what a column of ours holds; a form's own field would take 320


class LowercaseEmailField(EmailField):
    """An address that is written and looked up in lower case, so that one person is found under one spelling."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return value.strip().lower() if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value
