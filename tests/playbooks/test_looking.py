"""A step as a partner sees it: of whom, in which language, as it is typed, and with nothing written."""

from typing import Any

import pytest
from django.urls import reverse

from partners.models import AuditEntry, Partner, Vendor
from playbooks.desk.forms import StepForm
from playbooks.merging import fingerprint
from playbooks.models import DraftChange, Enrollment, PlaybookVersion, Progress, Step
from tests.factories import make_enrollment, make_field, make_partner, make_vendor, make_version
from tests.playbooks.desk import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendor() -> Vendor:
    return make_vendor("acme", name="Acme")


@pytest.fixture
def step(vendor: Vendor) -> Step:
    field = make_field("folder", label="Which folder?")
    return make_version(
        vendor, published=False, steps=[{"key": "first", "evidence": [field]}, "second", "third"]
    ).steps.order_by("position")[0]


def look(desk: Desk, step: Step, sent: dict[str, Any] | None = None, **asked: str | int) -> str:
    address = reverse("desk-playbook-look", args=[desk.vendor.slug, step.version.playbook_id, step.pk])
    client = desk.client
    response = client.get(address, asked) if sent is None else client.post(address, sent, query_params=asked)
    assert response.status_code == 200
    return str(response.content.decode())


def typed(step: Step, **words: str) -> dict[str, Any]:
    form = StepForm(step=step, languages=step.version.languages, seen=fingerprint(step))
    sent = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in sent.items() if value not in (None, False)} | words


def everything() -> list[object]:
    tables = (Step, PlaybookVersion, DraftChange, AuditEntry, Partner, Enrollment, Progress)
    return [list(table.objects.order_by("pk").values_list()) for table in tables]


def test_it_is_the_partners_own_page_with_the_fields_and_buttons_of_it(desk: Desk, step: Step) -> None:
    page = look(desk, step)
    assert "Acme · The start · Step 1 of 3" in page
    assert page.index("The first thing pays.") < page.index("Open it.")
    assert 'name="evidence-folder"' in page
    for words in (
        "Which folder?",
        "Remind me tomorrow",
        "Put it into my calendar",
        "I’m stuck",
        "Three clients by June.",
    ):
        assert words in page


def test_nothing_in_it_leads_to_the_partners_doors_and_no_script_runs(desk: Desk, step: Step) -> None:
    page = look(desk, step, partner=make_partner(desk.vendor).pk)
    assert "<script" not in page
    assert page.count('action="about:blank"') == page.count("<form")
    assert "unsubscribe" not in page
    alone = desk.get("desk-playbook-look", step.version.playbook_id, step.pk)
    assert "form-action 'none'" in alone["Content-Security-Policy"]
    around = desk.get("desk-playbook-preview", step.version.playbook_id, step.pk).content.decode()
    assert 'sandbox="allow-same-origin"' in around


def test_what_is_typed_is_shown_and_nothing_is_saved(desk: Desk, step: Step) -> None:
    before = everything()
    page = look(desk, step, typed(step, why_en="It **pays** twice. <script>alert(1)</script>", minutes="7"))
    assert "<strong>pays</strong> twice." in page
    assert "7 minutes" in page
    assert "<script" not in page
    assert everything() == before


def test_what_cannot_be_saved_yet_is_shown_as_far_as_it_goes(desk: Desk, step: Step) -> None:
    page = look(desk, step, typed(step, minutes="many", done_when_en="All is quiet."))
    assert "10 minutes" in page
    assert "All is quiet." in page


def test_as_a_partner_of_the_vendor(desk: Desk, step: Step) -> None:
    sponsor = make_partner(desk.vendor, company="Sponsor House")
    partner = make_partner(desk.vendor, company="Fjord IT", language="en", time_zone="America/Chicago", sponsor=sponsor)
    enrollment = make_enrollment(partner, version=make_version(desk.vendor, slug="walked", default=False))
    Enrollment.objects.filter(pk=enrollment.pk).update(goal="Five new clients")
    page = look(desk, step, partner=partner.pk)
    assert "Five new clients" in page
    assert "America/Chicago" in page
    step.who = "sponsor"
    step.save()
    assert "This one is Sponsor House’s turn." in look(desk, step, partner=partner.pk)
    assert "This one is Acme’s turn." in look(desk, step)  # the example has no sponsor


def test_in_the_language_of_the_partner_or_the_one_chosen(desk: Desk, step: Step) -> None:
    version = step.version
    version.languages = ["en", "de"]
    version.save()
    step.texts["de"] = {"title": "Tun Sie es"}
    step.save()
    german = make_partner(desk.vendor, language="de")
    page = look(desk, step, partner=german.pk)
    assert '<html lang="de"' in page
    assert "Tun Sie es" in page
    assert "Als erledigt" in page or "Erledigt" in page
    assert "Do the first thing" in look(desk, step, partner=german.pk, language="en")


def test_a_partner_of_another_vendor_is_not_there(desk: Desk, step: Step) -> None:
    foreign = make_partner(make_vendor(), company="Fjord elsewhere")
    mine = make_partner(desk.vendor, company="Fjord here")
    address = reverse("desk-playbook-preview", args=[desk.vendor.slug, step.version.playbook_id, step.pk])
    for each in (address, f"{address}look/"):
        assert desk.client.get(each, {"partner": foreign.pk}).status_code == 404
    found = desk.client.get(address, {"q": "fjord"}).content.decode()
    assert mine.company in found
    assert foreign.company not in found


def test_the_page_around_it_keeps_what_was_chosen(desk: Desk, step: Step) -> None:
    partner = make_partner(desk.vendor, company="Fjord IT")
    address = reverse("desk-playbook-preview", args=[desk.vendor.slug, step.version.playbook_id, step.pk])
    whole = desk.client.get(address, {"partner": str(partner.pk), "screen": "desktop"})
    page = whole.content.decode()
    assert f"look/?partner={partner.pk}&amp;language=en" in page
    assert "pb-look-desktop" in page
    assert "Fjord IT" in page
    part = desk.client.get(address, {"partner": partner.pk}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert 'id="look"' in part


def test_the_pages_follow_the_order(desk: Desk, step: Step) -> None:
    first, second, third = step.version.steps.order_by("position")
    page = desk.get("desk-playbook-preview", step.version.playbook_id, second.pk).content.decode()
    assert "Step 2 of 3" in page
    for other in (first, third):
        assert reverse("desk-playbook-preview", args=["acme", step.version.playbook_id, other.pk]) in page
