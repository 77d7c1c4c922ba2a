from django.templatetags.static import static
from django.test import Client


def test_the_icon_is_found_by_the_name_that_browsers_guess(client: Client) -> None:
    response = client.get("/favicon.ico")
    assert response.status_code == 302
    assert response.headers["Location"] == static("img/mark.svg")
    assert "max-age" in response.headers["Cache-Control"]
