from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.evidence.fields import Asked, Field, Kind, Option
from playbooks.offers.items import CURRENCIES, Offer, Terms
from playbooks.outline import (
    PlaybookOutline,
    StageOutline,
    StepOutline,
    has_forbidden,
    outline_of,
    tidy_asked,
    tidy_line,
    tidy_offer,
    tidy_paragraph,
    tidy_resource,
    tidy_step_texts,
    tidy_texts,
)
from playbooks.paths.conditions import Test
from playbooks.paths.due import Due
from playbooks.reading import read
from playbooks.resources.items import Kind as Resources
from playbooks.resources.items import Resource
from playbooks.starters import available_starters
from playbooks.storing import store
from playbooks.writing import write
from tests.factories import NOW, make_vendor

# What YAML and editors trip over: breaks of every kind, words that look like numbers, quotes, hyphens, colons.
WORDS = ["~", "null", "yes", "10", "- a", "a: b", "# x", "'", '"', "\\", "{a}", "[b", "*x", "&y", "!z", "%", "|", ">"]
BREAKS = ["a\n\nb", "a\n  b", "a \nb", "  a\nb", "a\tb", "a\x85b", "a\u2028b", "\ufeffa", "a\xa0b", "2026-01-01", "<<"]
odd = st.sampled_from(WORDS + BREAKS)
text = st.one_of(odd, st.text(max_size=80), st.builds("{}\n{}".format, odd, odd)).filter(lambda t: not has_forbidden(t))
lines = text.map(tidy_line).filter(bool)
paragraphs = text.map(tidy_paragraph).filter(bool)
keys = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+){0,2}", fullmatch=True).filter(lambda key: len(key) <= 60)


def by_language(languages: tuple[str, ...], required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy:
    words = st.fixed_dictionaries(required, optional=optional)
    return st.fixed_dictionaries({languages[0]: words}, optional=dict.fromkeys(languages[1:], words))


STEP_WORDS = {
    "why": paragraphs,
    "done_when": paragraphs,
    "clients": paragraphs,
    "when": lines,
    "how": st.lists(lines, min_size=1, max_size=4),
    "tools": st.lists(lines, min_size=1, max_size=2),
    "skills": st.lists(lines, min_size=1, max_size=2),
    "obstacles": st.lists(st.fixed_dictionaries({"what": lines, "answer": paragraphs}), min_size=1, max_size=2),
}


@st.composite
def fields(draw: st.DrawFn, languages: tuple[str, ...], key: str) -> Field:
    kind = draw(st.sampled_from(Kind.values))
    of_kind: dict[str, dict[str, Any]] = {"number": {"unit": lines}, "question": {"explanation": paragraphs}}
    words = by_language(languages, {"label": lines}, {"help": lines, **of_kind.get(kind, {})})
    number = st.none() | st.decimals(-1000, 1000, places=2) | st.integers(-1000, 1000).map(Decimal)
    options = st.builds(Option, by_language(languages, {"text": lines}, {}), st.booleans())
    given: dict[str, Any] = {}
    if kind == "number":
        given = {"least": draw(number), "most": draw(number), "decimals": draw(st.integers(0, 4))}
    if kind == "question":
        given = {"options": tuple(draw(st.lists(options, max_size=3)))}
    return Field(key, kind, draw(words), draw(st.booleans()), **given)


@st.composite
def asked(draw: st.DrawFn, languages: tuple[str, ...]) -> Asked:
    found = tuple(draw(fields(languages, key)) for key in draw(st.lists(keys, max_size=2, unique=True)))
    mark = draw(st.integers(0, 2)) if any(field.kind == "question" for field in found) else 0
    return tidy_asked(Asked(found, mark), languages)


@st.composite
def resources(draw: st.DrawFn, languages: tuple[str, ...]) -> tuple[Resource, ...]:
    found = []
    for key in draw(st.lists(keys, max_size=2, unique=True)):
        kind = draw(st.sampled_from(Resources.values))
        leads_to: dict[str, Any] = {
            "link": {"address": st.just("https://example.com/a?b=1#c")},
            "video": {"address": st.just("https://vimeo.com/76979871")},
            "file": {"file": st.just("0" * 32)},
        }
        texts = draw(by_language(languages, {"label": lines}, leads_to[kind]))
        found.append(tidy_resource(Resource(key, kind, texts), languages))
    return tuple(found)


values = st.lists(lines, min_size=1, max_size=3).map(tuple)
of_lists = st.sampled_from(["in", "not_in"])
of_one = st.sampled_from(["contains", "over", "under"])
tests = st.one_of(
    st.builds(Test, st.sampled_from(["size", "country", "vertical"]), of_lists, values),
    st.builds(Test, st.just("answer"), of_lists, values, keys, keys),
    st.builds(Test, st.just("answer"), of_one, st.tuples(lines), keys, keys),
)


dues = st.one_of(
    st.builds(Due, st.just("date"), st.booleans(), day=st.dates()),
    st.builds(Due, st.just("start"), st.booleans(), st.integers(0, 366), st.sampled_from(["days", "hours"])),
    st.builds(Due, st.just("step"), st.booleans(), st.integers(0, 366), st.sampled_from(["days", "hours"]), keys),
)


@st.composite
def offers(draw: st.DrawFn, languages: tuple[str, ...]) -> Offer | None:
    terms = draw(st.sampled_from(["", *Terms.values]))
    if not terms:
        return None
    words = st.fixed_dictionaries({}, optional={"does": paragraphs, "needs": paragraphs})
    texts = draw(st.fixed_dictionaries({}, optional=dict.fromkeys(languages, words)))
    amount = draw(st.none() | st.decimals("0.01", 9999999, places=2) | st.integers(1, 1000).map(Decimal))
    offer = Offer(terms, draw(st.integers(0, 250)), amount, draw(st.sampled_from(["", *CURRENCIES])), texts)
    return tidy_offer(offer, languages)


@st.composite
def outlines(draw: st.DrawFn) -> PlaybookOutline:
    languages = draw(st.sampled_from([("en",), ("de",), ("en", "de"), ("de", "en")]))
    counts = draw(st.lists(st.integers(0, 3), max_size=3))
    step_keys = iter(draw(st.lists(keys, min_size=sum(counts), max_size=sum(counts), unique=True)))
    stage_keys = draw(st.lists(keys, min_size=len(counts), max_size=len(counts), unique=True))
    titles = by_language(languages, {"title": lines}, {})
    steps = st.builds(
        lambda asks, wants, needs, together, role, **said: StepOutline(
            **said,
            with_sponsor=together and said["who"] == "partner",
            role=role if said["who"] == "partner" else "",
            needs=tuple(key for key in needs if key != said["key"]),
            asks_for_goal=asks and said["who"] == "partner",
            wants_approval=wants and said["who"] != "vendor",
        ),
        asks=st.booleans(),
        wants=st.booleans(),
        role=st.sampled_from(["", "owner", "sales", "technical", "marketing", "finance"]),
        key=st.builds(lambda: next(step_keys)),
        texts=by_language(languages, {"title": lines}, STEP_WORDS).map(lambda texts: tidy_step_texts(texts, languages)),
        minutes=st.integers(1, 480),
        who=st.sampled_from(["partner", "vendor", "sponsor"]),
        asked=asked(languages),
        resources=resources(languages),
        needs=st.lists(keys, max_size=3, unique=True).map(tuple),
        offer=offers(languages),
        achieves=st.sampled_from(["", "first_client", "first_campaign"]),
        condition=st.lists(tests, max_size=3).map(tuple),
        due=st.none() | dues,
        together=st.booleans(),
    )
    return PlaybookOutline(
        key=draw(keys),
        languages=languages,
        texts=tidy_texts(
            draw(by_language(languages, {"name": lines}, {"summary": paragraphs, "goal_hint": paragraphs})), languages
        ),
        stages=tuple(
            StageOutline(key, draw(titles), tuple(draw(steps) for _ in range(count)))
            for key, count in zip(stage_keys, counts, strict=True)
        ),
    )


@given(outlines())
def test_what_is_written_is_read_again_without_loss(outline: PlaybookOutline) -> None:
    assert read(write(outline).encode()) == outline


@given(outlines())
def test_writing_is_settled_after_once(outline: PlaybookOutline) -> None:
    once = write(outline)
    assert write(read(once.encode())) == once


@pytest.mark.django_db
@given(outlines())
@settings(max_examples=15)
def test_a_draft_goes_through_the_database_without_loss(outline: PlaybookOutline) -> None:
    with transaction.atomic():
        assert outline_of(store(outline=outline, vendor=make_vendor(), by=None, now=NOW)) == outline
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("starter", available_starters(), ids=lambda starter: starter.key)
def test_a_version_goes_through_a_file_without_loss(starter: Any) -> None:
    version = store(outline=starter.outline, vendor=make_vendor(), by=None, now=NOW)
    assert read(write(outline_of(version)).encode()) == starter.outline
