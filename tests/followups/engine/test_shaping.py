"""A mail put together from its shape is the mail that its template writes."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString

from followups.engine import shaping
from followups.engine.shaping import Renderer
from followups.models import Touch

ODD = "<b>&\"'%s{{ x }}{% y %}100 %</b> \ue0000\ue001 &amp; مرحبا"


def a_mail(text: str, *, minutes: int, steps: int, audience: Touch.To, **more: Any) -> dict[str, Any]:
    """What a mail is written from; ``text`` stands wherever somebody's words do."""
    item = {"company": text, "title": text, "why": SafeString("<em>Why</em>"), "why_text": text, "minutes": minutes}
    return {
        "vendor": {"name": text, "colour": "#2f6f4f", "postal_address": text},
        "ink": "#ffffff",
        "audience": audience,
        **dict.fromkeys(("name", "company", "manager", "reader", "goal", "goal_by", "unsubscribe_url"), text),
        "items": [{**item, "opened_on": text, "url": f"https://firstline.example/l/{text}/"}] * steps,
        **more,
    }


def mails(text: str) -> list[dict[str, Any]]:
    own = {"opening": f"{text}\n\n{text}", "paragraphs": [text, text]}
    welcome = dict.fromkeys(("motivation", "playbook", "summary", "accepted_on"), text)
    return [
        a_mail(text, minutes=10, steps=1, audience=Touch.To.PARTNER),
        a_mail(text, minutes=1, steps=3, audience=Touch.To.PARTNER, goal=""),
        a_mail(text, minutes=0, steps=1, audience=Touch.To.SPONSOR),
        a_mail(text, minutes=0, steps=1, audience=Touch.To.MANAGER, name=""),
        a_mail(text, minutes=10, steps=1, audience=Touch.To.PARTNER, **own),
        a_mail(text, minutes=10, steps=1, audience=Touch.To.PARTNER, **welcome),
    ]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("template", ["reminder", "still_open", "welcome"])
def test_the_same_as_the_template_writes(template: str, language: str) -> None:
    renderer = Renderer()
    with translation.override(language):
        for number in range(6):
            for text in ("Ada", ODD, "Zoë & Söhne"):  # the second and third fill the shape of the first
                context = {**mails(text)[number], "subject": text}
                plain, rich = f"mail/{template}.txt", f"mail/{template}.html"
                assert renderer.render(plain, context) == render_to_string(plain, context)
                wanted = render_to_string(rich, context).replace("\n\n", "<br><br>" if number == 4 else "\n\n")
                assert renderer.render(rich, context).replace("\n\n", "<br><br>" if number == 4 else "\n\n") == wanted
        assert 6 <= len(renderer.shapes) <= 12


def test_a_text_keeps_its_lines_and_an_empty_one_is_another_shape() -> None:
    renderer = Renderer()
    lines = a_mail("one\r\ntwo & three", minutes=1, steps=1, audience=Touch.To.PARTNER)
    assert "one<br>two &amp; three" in renderer.render("mail/reminder.html", lines)
    assert "one\r\ntwo & three" in renderer.render("mail/reminder.txt", lines)
    label = "What you want out of it"
    assert label in renderer.render("mail/reminder.txt", lines)
    assert label not in renderer.render("mail/reminder.txt", {**lines, "goal": ""})
    assert len(renderer.shapes) == 3


def test_no_more_shapes_are_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shaping, "MOST_SHAPES", 3)
    renderer = Renderer()
    for minutes in range(8):
        context = a_mail("Ada", minutes=minutes, steps=1, audience=Touch.To.PARTNER)
        assert renderer.render("mail/reminder.txt", context) == render_to_string("mail/reminder.txt", context)
        assert len(renderer.shapes) <= 3
