import pytest

from partners.countries import country_choices, country_codes, country_name, find_country, language_of, time_zone_of
from partners.places import time_zones


def test_names_are_in_the_readers_language() -> None:
    assert country_name("AT", "de") == "Österreich"
    assert country_name("AT", "en") == "Austria"


def test_choices_are_in_alphabetical_order_with_umlauts_where_they_belong() -> None:
    names = [name for _, name in country_choices("de")]
    assert names.index("Norwegen") < names.index("Österreich") < names.index("Pakistan")
    assert len(names) == len(country_codes())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("de", "DE"),
        (" DE ", "DE"),
        ("Deutschland", "DE"),
        ("germany", "DE"),
        ("Österreich", "AT"),
        ("USA", "US"),
        ("UK", "GB"),
        ("Czech Republic", "CZ"),
        ("Bosnia & Herzegovina", "BA"),
        ("Bosnia and Herzegovina", "BA"),
        ("Germoney", ""),
        ("", ""),
    ],
)
def test_a_country_is_found_by_code_and_by_name(text: str, code: str) -> None:
    assert find_country(text) == code


@pytest.mark.parametrize(
    ("country", "zone"),
    [("DE", "Europe/Berlin"), ("US", "America/New_York"), ("AU", "Australia/Sydney"), ("UA", "Europe/Kyiv")],
)
def test_the_zone_is_the_one_most_people_live_in(country: str, zone: str) -> None:
    assert time_zone_of(country) == zone


def test_every_guess_may_be_written() -> None:
    guesses = {time_zone_of(code) for code in country_codes()} - {""}
    assert guesses <= time_zones()
    assert len(guesses) > 200


def test_an_unknown_country_has_no_zone() -> None:
    assert time_zone_of("ZZ") == ""


@pytest.mark.parametrize(
    ("country", "language"),
    [
        ("DE", "de"),
        ("AT", "de"),
        ("CH", "de"),
        ("LU", "de"),
        ("US", "en"),
        ("NL", "en"),  # more people there know it than German
        ("NA", "en"),
        ("NO", "en"),  # CLDR lists neither
        ("ZZ", ""),
        ("", ""),
    ],
)
def test_the_language_is_the_one_of_ours_that_most_people_know(country: str, language: str) -> None:
    assert language_of(country) == language


def test_a_language_is_guessed_for_every_country() -> None:
    assert {language_of(code) for code in country_codes()} == {"en", "de"}
