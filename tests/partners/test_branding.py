import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from partners import branding
from partners.branding import AA, DARK_BUTTON_TEXT, DARK_CARD, WHITE, contrast
from tests.factories import make_vendor

channel = st.integers(0, 255)


@given(st.tuples(channel, channel, channel))
def test_every_colour_can_be_read_in_light_and_dark(colour: tuple[int, int, int]) -> None:
    light, dark = branding.light(colour), branding.dark(colour)
    for behind in (WHITE, light.soft):
        assert contrast(light.accent, behind) >= AA
        assert contrast(light.strong, behind) >= AA
    for behind in (DARK_CARD, DARK_BUTTON_TEXT, dark.soft):
        assert contrast(dark.accent, behind) >= AA
        assert contrast(dark.strong, behind) >= AA


def test_a_colour_that_can_be_read_already_is_left_alone() -> None:
    assert branding.light(branding.parse("#1f6b52")).accent == (31, 107, 82)


@pytest.mark.django_db
def test_the_style_sheet_is_public_and_cached(client: Client) -> None:
    make_vendor("acme", colour="#b3402a")
    response = client.get("/brand/acme.css")
    assert response["Content-Type"] == "text/css"
    assert "public" in response["Cache-Control"]
    assert "--fl-accent: rgb(179, 64, 42);" in response.content.decode()
    assert client.get("/brand/nobody.css").status_code == 404
    assert client.post("/brand/acme.css").status_code == 405
