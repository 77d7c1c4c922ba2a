"""How form fields become HTML: as Django has it, but for lists of hundreds of countries or time zones.

Django includes a template of its own for each option and another for its attributes, which is most of the time that
such a page takes. Ours writes the same in one go; see ``templates/forms``.
"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.forms import renderers
from django.utils.functional import cached_property


class QuickLists(renderers.DjangoTemplates):
    @cached_property
    def engine(self) -> Any:
        ours, djangos = settings.BASE_DIR / "templates" / "forms", Path(renderers.__file__).parent / "templates"
        return self.backend({"APP_DIRS": True, "DIRS": [ours, djangos], "NAME": "forms", "OPTIONS": {}})
