from pathlib import Path

import pytest

from onboarding_portal.trimming import sources_in, trimmed, words_in


def test_a_rule_stays_where_all_classes_of_its_selector_are_words_of_ours() -> None:
    css = ".btn{color:red}.navbar .btn{color:blue}a.btn:hover,.card>a{top:0}h1{margin:0}"
    assert trimmed(css, words={"btn"}) == ".btn{color:red}a.btn:hover{top:0}h1{margin:0}"


def test_what_a_selector_only_excludes_or_asks_about_decides_nothing() -> None:
    css = ".btn:not(.disabled):is(.a,:not(.b)):hover{top:0}.row:has(>.gone){top:0}.col-1\\.5{top:0}"
    assert trimmed(css, words={"btn", "row", "col-1", "5"}) == css


def test_groups_of_rules_are_gone_through_and_go_when_they_are_empty() -> None:
    css = "@media print{.a{top:0}.b{top:0}}@media (min-width:9px){.b{top:0}}@supports (top:0){.a{left:0}}"
    assert trimmed(css, words={"a"}) == "@media print{.a{top:0}}@supports (top:0){.a{left:0}}"


def test_properties_that_nothing_reads_go_and_those_that_lead_to_one_stay() -> None:
    css = ":root{--one:var(--two);--two:2px;--three:var(--four);--four:4px;--five:5px}.a{top:var(--one)}"
    assert trimmed(css, words={"a"}) == ":root{--one:var(--two);--two:2px}.a{top:var(--one)}"
    assert "--five:5px" in trimmed(css, words={"a"}, read_by="b { top: var(--five, 0); }")


def test_keyframes_stay_while_something_plays_them() -> None:
    css = "@keyframes spin{to{top:0}}@keyframes fall{to{top:9px}}.a{animation:1s spin}.b{animation-name:fall}"
    assert trimmed(css, words={"a"}) == "@keyframes spin{to{top:0}}.a{animation:1s spin}"


def test_braces_and_marks_within_quotes_and_addresses_end_nothing() -> None:
    css = """@charset "UTF-8";.a{background:url("data:image/x,%3cs;x{}'/%3e");content:";"}a[title="x,.y"]{top:0}"""
    assert trimmed(css, words={"a"}) == css


def test_the_licence_stays() -> None:
    assert trimmed("/*! MIT, theirs */.gone{top:0}/* a remark */", words=set()) == "/*! MIT, theirs */\n"


def test_a_block_that_does_not_end_is_said() -> None:
    with pytest.raises(ValueError, match="not closed"):
        trimmed(".a{top:0", words={"a"})


def test_words_are_those_of_templates_modules_and_scripts(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "page.html").write_text('<p class="btn btn-lg fl-card">Hello</p>')
    (tmp_path / "form.py").write_text('attrs = {"class": "form-control"}')
    (tmp_path / "notes.md").write_text("navbar")
    words = words_in(sources_in(tmp_path))
    assert words >= {"btn", "btn-lg", "form-control"}
    assert "navbar" not in words
