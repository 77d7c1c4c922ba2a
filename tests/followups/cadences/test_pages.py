"""Editing a cadence in the browser: by those who act, with errors beside the field, and what was typed kept."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from followups.cadences import giving
from followups.models import Cadence, DraftTouch, FollowUp, Message, Touch
from partners.models import Member, Partner, Vendor
from playbooks.models import Progress
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_vendor, make_version

pytestmark = pytest.mark.django_db
BASE = "/v/nordlicht/followups/cadences/"
WORDS = {
    "subject_en": "{company}: {step}",
    "body_en": "Dear {name}",
    "subject_de": "{company}: {step}",
    "body_de": "Guten Tag {name}",
}
TYPED = {"after_hours": "30", "basis": "elapsed", "recipient": "partner", "condition": "", "channel": "mail"}


def address(cadence: Cadence, rest: str = "") -> str:
    return f"{BASE}{cadence.pk}/{rest}"


def text(response: Any) -> str:
    return str(response.content.decode())


def test_from_what_is_in_force_to_a_published_change(
    desk: Client, cadence: Cadence, partner: Partner, progress: Progress
) -> None:
    assert "24 hours after the step opens" in text(desk.get(BASE))
    desk.post(address(cadence, "draft/"))
    typed = {**TYPED, "after_hours": "72", "recipient": "manager", **WORDS}
    assert desk.post(address(cadence, "touch/"), typed).status_code == 302
    page = text(desk.get(address(cadence)))
    assert "72 hours after the step opens" in page
    assert "{company}: {step}" in page
    shown = desk.get(address(cadence, "publish/"))
    rehearsed = text(shown)
    assert "The channel manager" in rehearsed
    assert rehearsed.count("Goes out") == 4  # the three lines, and the word beside their number
    assert "a new touch" in rehearsed
    assert not Touch.objects.filter(after_hours=72).exists()
    assert desk.post(address(cadence, "publish/"), {"seen": shown.context["seen"]}).status_code == 302
    assert Touch.objects.get(after_hours=72).texts["de"]["body"] == "Guten Tag {name}"
    assert FollowUp.objects.scheduled().filter(progress=progress).count() == 3
    assert "In force" in text(desk.get(address(cadence)))


def test_an_unknown_field_is_an_error_beside_it_and_keeps_what_was_typed(desk: Client, draft: Cadence) -> None:
    typed = {**TYPED, **WORDS, "body_de": "Guten Tag {nmae}"}
    response = desk.post(address(draft, "touches/remind-24h/"), typed)
    assert response.status_code == 422
    page = text(response)
    assert "There is no field {nmae}. You can use {name}, {company}, {step}" in page
    assert "Guten Tag {nmae}</textarea>" in page
    assert DraftTouch.objects.get(kind="remind-24h").texts == {}


def test_a_missing_language_is_an_error_beside_it(desk: Client, draft: Cadence) -> None:
    typed = {**TYPED, **WORDS, "subject_de": "  "}
    response = desk.post(address(draft, "touches/remind-24h/"), typed)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["subject_de"]
    assert "somebody will read the mail in this language" in text(response)


def test_a_call_goes_to_one_of_the_partners_people(desk: Client, draft: Cadence) -> None:
    typed = {**TYPED, "channel": "call", "recipient": "manager"}
    response = desk.post(address(draft, "touches/remind-24h/"), typed)
    assert list(response.context["form"].errors) == ["recipient"]
    assert desk.post(address(draft, "touches/remind-24h/"), {**typed, "recipient": "partner:owner"}).status_code == 302
    assert draft.draft_touches.filter(channel="call", role="owner").exists()


@pytest.mark.parametrize(
    ("channel", "words"), [("in-app", "As it stands at the bell of"), ("call", "As it stands on Today")]
)
def test_what_is_no_mail_is_previewed_as_what_it_is(
    desk: Client, draft: Cadence, partner: Partner, progress: Progress, channel: str, words: str
) -> None:
    draft.draft_touches.filter(kind="remind-24h").update(channel=channel)
    page = text(desk.get(address(draft, "touches/remind-24h/preview/")))
    assert words in page
    assert "Your next step: Do the first thing" in page
    assert desk.get(address(draft, "touches/remind-24h/preview/mail/")).status_code == 404


def test_no_words_at_all_are_ours(desk: Client, draft: Cadence) -> None:
    assert desk.post(address(draft, "touches/remind-24h/"), TYPED).status_code == 302
    touch = DraftTouch.objects.get(kind="remind-24h")
    assert (touch.after_hours, touch.texts) == (30, {})


@pytest.mark.parametrize("hours", ["0", "2161", "-1", "x", ""])
def test_a_delay_that_cannot_be(desk: Client, draft: Cadence, hours: str) -> None:
    response = desk.post(address(draft, "touches/remind-24h/"), {**TYPED, "after_hours": hours})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["after_hours"]


def test_a_role_condition_and_basis_are_kept(desk: Client, draft: Cadence) -> None:
    typed = {**TYPED, "basis": "working", "recipient": "partner:technical", "condition": "nothing_done"}
    desk.post(address(draft, "touch/"), typed)
    touch = DraftTouch.objects.get(after_hours=30)
    assert (touch.basis, touch.to, touch.role, touch.condition) == ("working", "partner", "technical", "nothing_done")
    page = text(desk.get(address(draft, f"touches/{touch.kind}/")))
    assert re.search(r'value="partner:technical" selected', page)
    assert re.search(r'value="nothing_done" selected', page)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            "after_hours=24&basis=elapsed",
            "1 day on the clock, nights and weekends included. Friday 16:00 becomes Monday 09:00.",
        ),
        (
            "after_hours=24&basis=working",
            "3 of your working days from 09:00 to 17:00. Friday 16:00 becomes Wednesday 16:00.",
        ),
        (
            "after_hours=2&basis=working",
            "0.2 of your working days from 09:00 to 17:00. Friday 16:00 becomes Monday 10:00.",
        ),
        ("after_hours=168&basis=elapsed", "Friday 16:00 becomes Friday 16:00, 1 week later."),
        ("after_hours=&basis=", "<p></p>\n"),
        ("after_hours=99999&basis=elapsed", "<p></p>\n"),
    ],
)
def test_a_delay_in_words_beside_the_field(desk: Client, draft: Cadence, query: str, words: str) -> None:
    DraftTouch.objects.all().delete()
    assert words in text(desk.get(address(draft, f"timing/?{query}")))


def test_the_example_knows_the_other_touches(desk: Client, draft: Cadence) -> None:
    """A third to the same person keeps its distance from the second; to somebody else it does not."""
    page = text(desk.get(address(draft, "timing/"), {"after_hours": "50", "basis": "elapsed", "recipient": "partner"}))
    assert "Friday 16:00 becomes Tuesday 11:00." in page
    assert re.findall(r"<li[^>]*>([^·<]*) ·", page) == ["Monday 09:00", "Tuesday 09:00", "Tuesday 11:00"]
    assert "Tuesday 11:00 · The partner’s contact · this one</li>" in page
    page = text(desk.get(address(draft, "timing/"), {"after_hours": "50", "basis": "elapsed", "recipient": "manager"}))
    assert "Friday 16:00 becomes Monday 09:00." in page
    moved = text(desk.get(address(draft, "timing/"), {"kind": "remind-24h", "after_hours": "100", "basis": "elapsed"}))
    assert re.findall(r"<li[^>]*>([^·<]*) ·", moved) == ["Monday 09:00", "Wednesday 13:00"]
    form = text(desk.get(address(draft, "touches/remind-48h/")))
    assert "With the other touches of this cadence, for a step that opens on Friday 16:00:" in form
    assert desk.get(address(draft, "timing/"), {"kind": "none", "after_hours": "9"}).status_code == 404


def test_two_touches_that_say_the_same(desk: Client, draft: Cadence) -> None:
    same = {**TYPED, "after_hours": "24"}
    refused = desk.post(address(draft, "touch/"), same)
    assert refused.status_code == 422
    assert "Another touch of this cadence says exactly this already." in text(refused)
    warned = desk.post(address(draft, "touch/"), {**same, **WORDS}, follow=True)
    assert "They get both at once" in text(warned)
    for others in ({"recipient": "manager"}, {"basis": "working"}, {"channel": "in-app"}):
        assert "They get both at once" not in text(desk.post(address(draft, "touch/"), {**same, **others}, follow=True))
    draft.draft_touches.exclude(kind="remind-48h").update(condition="nothing_done")
    either = desk.post(address(draft, "touch/"), {**same, "condition": "something_done"}, follow=True)
    assert "They get both at once" not in text(either)
    assert draft.draft_touches.count() == 7


def test_the_second_touch_of_a_weekend_comes_a_day_after_the_first(desk: Client, vendor: Vendor) -> None:
    page = text(desk.get(BASE))
    assert page.count("Friday 16:00 becomes Monday 09:00.") == 1
    assert page.count("Friday 16:00 becomes Tuesday 09:00.") == 1


def test_it_says_once_whose_times_these_are(desk: Client, me: Member, vendor: Vendor) -> None:
    for page in ("/v/nordlicht/followups/", "/v/nordlicht/followups/rehearsal/"):
        assert text(desk.get(page)).count("Times are those of Berlin (UTC+1).") == 1
    for zone, words in (("America/Argentina/Buenos_Aires", "Buenos Aires (UTC−3)"), ("UTC", "Times are in UTC")):
        me.user.time_zone = zone
        me.user.save()
        assert words in text(desk.get("/v/nordlicht/followups/"))


def test_removed_and_discarded(desk: Client, draft: Cadence) -> None:
    desk.post(address(draft, "touches/remind-24h/remove/"))
    assert list(DraftTouch.objects.values_list("kind", flat=True)) == ["remind-48h"]
    desk.post(address(draft, "draft/discard/"))
    assert not DraftTouch.objects.exists()
    for gone in ("touch/", "touches/remind-24h/"):
        response = desk.get(address(draft, gone), follow=True)
        assert "The draft is gone" in text(response)


def test_a_playbook_gets_its_own_and_gives_it_up(desk: Client, vendor: Vendor) -> None:
    version = make_version(vendor)
    assert "As the standard" in text(desk.get(BASE))
    desk.post(f"{BASE}playbooks/{version.playbook_id}/own/")
    own = Cadence.objects.get(playbook=version.playbook)
    assert own.has_draft
    assert "For this playbook alone" in text(desk.get(address(own)))
    assert "2 touches of its own" in text(desk.get(BASE))
    answer = desk.post(address(own, "standard/"), follow=True)
    assert "The standard touches will hold here again" in text(answer)
    assert Cadence.objects.filter(playbook=version.playbook).exists()
    desk.post(address(own, "publish/"), {"seen": answer.context["seen"]})
    assert not Cadence.objects.filter(playbook=version.playbook).exists()


def test_the_mail_as_one_of_the_partners_reads_it(
    desk: Client, vendor: Vendor, draft: Cadence, partner: Partner, progress: Progress
) -> None:
    texts = {
        "en": {"subject": "{company}: {step}", "body": "Dear {name}"},
        "de": {"subject": "Auf Deutsch", "body": "Ja"},
    }
    DraftTouch.objects.filter(kind="remind-24h").update(texts=texts)
    other = make_partner(vendor, company="Weber <IT>", contact={"name": "Jo Weber"})
    page = text(desk.get(address(draft, "touches/remind-24h/preview/")))
    assert "Hafen IT: Do the first thing" in page
    assert "Hanna Hafen &lt;hanna@hafen.example&gt;" in page
    assert "Weber &lt;IT&gt;: Do the first thing" in text(
        desk.get(address(draft, "touches/remind-24h/preview/"), {"partner": other.pk})
    )
    found = text(desk.get(address(draft, "touches/remind-24h/preview/"), {"q": "web"}))
    assert f"?partner={other.pk}" in found
    body = desk.get(address(draft, "touches/remind-24h/preview/mail/"), {"partner": other.pk})
    assert "Dear Jo Weber" in text(body)
    assert "sandbox" in body.headers["Content-Security-Policy"]
    german = desk.get(address(draft, "touches/remind-24h/preview/mail/"), {"partner": str(other.pk), "language": "de"})
    assert '<html lang="de">' in text(german)
    assert not Message.objects.exists()


def test_a_preview_holds_no_link_that_works(desk: Client, draft: Cadence, partner: Partner, progress: Progress) -> None:
    """Whoever is on the vendor's staff may read the mail, and not act as its reader."""
    for kind in ("remind-24h", "remind-48h"):
        for page in ("preview/", "preview/mail/"):
            shown = text(desk.get(address(draft, f"touches/{kind}/{page}")))
            assert "/l/" not in shown
    body = text(desk.get(address(draft, "touches/remind-48h/preview/mail/")))
    assert set(re.findall(r'href="([^"#]*)', body)) == {""}


def test_a_preview_without_anybody_to_read_it_says_so(desk: Client, vendor: Vendor, draft: Cadence) -> None:
    page = address(draft, "touches/remind-24h/preview/")
    assert "You have no partner yet" in text(desk.get(page))
    alone = make_partner(vendor, company="Alone IT")
    assert "no published step yet" in text(desk.get(page))
    make_version(vendor)
    DraftTouch.objects.filter(kind="remind-24h").update(to="sponsor")
    assert "Alone IT has no sponsor" in text(desk.get(page, {"partner": alone.pk}))
    assert desk.get(address(draft, "touches/remind-24h/preview/mail/")).status_code == 404


def test_another_vendors_partner_and_cadence_are_not_here(desk: Client, draft: Cadence) -> None:
    other = make_vendor("other")
    stranger = make_partner(other)
    foreign = Cadence.objects.create(vendor=other, changed_at=NOW, draft_since=NOW)
    DraftTouch.objects.create(cadence=foreign, kind="remind-24h", after_hours=24)
    assert desk.get(address(draft, "touches/remind-24h/preview/"), {"partner": stranger.pk}).status_code == 404
    for rest in ("", "publish/", "touch/", "touches/remind-24h/", "touches/remind-24h/preview/"):
        assert desk.get(address(foreign, rest)).status_code == 404
    for rest in ("draft/", "draft/discard/", "publish/", "standard/", "touches/remind-24h/remove/"):
        assert desk.post(address(foreign, rest)).status_code == 404
    assert desk.post(f"{BASE}playbooks/{make_version(other).playbook_id}/own/").status_code == 404
    assert foreign.draft_touches.exists()


def test_a_viewer_reads_and_changes_nothing(
    vendor: Vendor, draft: Cadence, partner: Partner, progress: Progress
) -> None:
    client = Client()
    viewer = make_member(vendor, role=Member.Role.VIEWER)
    client.force_login(viewer.user, "django.contrib.auth.backends.ModelBackend")
    for rest in ("", "publish/", "touches/remind-24h/preview/"):
        page = client.get(address(draft, rest))
        assert page.status_code == 200
        assert b"<button" not in page.content.split(b"<main")[1].split(b"</main>")[0].replace(
            b'<button class="btn">Find</button>', b""
        )
    assert client.get(address(draft, "touches/remind-24h/")).status_code == 403
    assert client.post(address(draft, "publish/")).status_code == 403


def test_the_rehearsal_page_counts_all_and_shows_a_page(desk: Client, vendor: Vendor) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            desk.get("/v/nordlicht/followups/rehearsal/")
        return len(captured)

    version = make_version(vendor)
    make_enrollment(make_partner(vendor), version=version)
    few = queries()
    for _ in range(29):
        make_enrollment(make_partner(vendor), version=version)
    assert queries() == few <= 20
    first = desk.get("/v/nordlicht/followups/rehearsal/")
    assert (first.context["total"], first.context["next"]) == (60, 2)
    assert text(first).count("fl-row-title") == 40
    second = desk.get("/v/nordlicht/followups/rehearsal/?show=sent&page=2")
    assert text(second).count("fl-row-title") == 20
    assert text(desk.get("/v/nordlicht/followups/rehearsal/?show=suppressed")).count("fl-row-title") == 0


def test_the_pages_queries_do_not_grow_with_touches_and_playbooks(desk: Client, vendor: Vendor, draft: Cadence) -> None:
    def queries() -> list[int]:
        found = []
        for page in (BASE, address(draft)):
            with CaptureQueriesContext(connection) as captured:
                desk.get(page)
            found.append(len(captured))
        return found

    giving.give_own(playbook=make_version(vendor).playbook, by=None, now=NOW)
    few = queries()
    for number in range(4):
        version = make_version(vendor, slug=f"p{number}", default=False)
        giving.give_own(playbook=version.playbook, by=None, now=NOW)
        DraftTouch.objects.create(cadence=draft, kind=f"t{number}", after_hours=number + 1)
    assert queries() == few
