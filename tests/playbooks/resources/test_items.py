import pytest

from playbooks.resources.items import player_of

TUBE = "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"


@pytest.mark.parametrize(
    ("address", "plays"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", TUBE),
        ("https://youtube.com/watch?t=3&v=dQw4w9WgXcQ", TUBE),
        ("https://youtu.be/dQw4w9WgXcQ?si=x", TUBE),
        ("https://www.youtube.com/shorts/dQw4w9WgXcQ", TUBE),
        ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ", TUBE),
        ("https://vimeo.com/76979871", "https://player.vimeo.com/video/76979871?dnt=1"),
        ("https://player.vimeo.com/video/76979871", "https://player.vimeo.com/video/76979871?dnt=1"),
        ("https://vimeo.com/76979871/abcdef0123", "https://player.vimeo.com/video/76979871?dnt=1&h=abcdef0123"),
    ],
)
def test_films_at_the_two_places_play_without_cookies(address: str, plays: str) -> None:
    player = player_of(address)
    assert player is not None
    assert player.address == plays
    assert plays.startswith(f"{player.host}/")


@pytest.mark.parametrize(
    "address",
    [
        "http://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
        "https://evil.example/https://youtu.be/dQw4w9WgXcQ",
        "https://youtube.com@evil.example/watch?v=dQw4w9WgXcQ",
        'https://youtu.be/"><script>',
        "https://youtu.be/../../evil",
        "https://vimeo.com/76979871/..%2fevil",
        "https://vimeo.com/channels",
        "https://www.youtube.com/",
        "javascript:alert(1)",
        "",
    ],
)
def test_nothing_else_plays(address: str) -> None:
    assert player_of(address) is None
