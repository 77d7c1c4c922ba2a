"""A vendor's address is none of ours: whatever the table of URLs begins with, today or later."""

import pytest
from django.conf import settings
from django.urls import get_resolver

from partners.addresses import reserved
from partners.forms.founding import VendorNewForm

FIELDS = {"name": "Nordlicht", "country": "DE", "language": "en"}


def test_every_first_word_of_an_address_is_reserved() -> None:
    first = {
        str(pattern.pattern).split("/")[0] for pattern in get_resolver().url_patterns if "/" in str(pattern.pattern)
    }
    assert first - {""} <= reserved()
    assert {"accounts", "v", "my", "l", "apply", "operators", "healthz"} <= reserved()
    assert settings.STATIC_URL.strip("/") in reserved()


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["admin", "demo", "api", "accounts", "static", "my"])
def test_a_reserved_address_is_refused(slug: str) -> None:
    for typed in ({"slug": slug}, {"name": slug.title()}):  # typed, or made from the name
        form = VendorNewForm(FIELDS | typed)
        assert form.errors == {"slug": ["This address is kept for Firstline’s own pages. Choose a different one."]}
    assert VendorNewForm(FIELDS | {"slug": f"{slug}-it"}).is_valid()
