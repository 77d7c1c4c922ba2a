"""What is done for a partner, at the vendor's desk: the moves of a step, and the author's offer."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from partners.joining import leave
from partners.models import Member
from playbooks.handing_over import OfferChanged, accept
from playbooks.models import Handover, PlaybookVersion, Progress, Step
from playbooks.offers.checking import of_offer
from playbooks.offers.items import fingerprint, offer_of
from playbooks.undoing import last_change, take_back
from tests.clock import Clock
from tests.factories import NOW, make_contact, make_member, make_vendor, make_version
from tests.playbooks.offers.world import HOUR, WAYS, ask, bring, make_offer, offered, seen, step_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def step(clock: Clock) -> Progress:
    return step_of(offered("quote"))


def desk(vendor: Any, role: str = Member.Role.MANAGER) -> Client:
    client = Client()
    client.force_login(make_member(vendor, role=role).user)
    return client


def page_of(step: Progress) -> str:
    return f"/v/{step.enrollment.vendor.slug}/steps/{step.pk}/"


def press(client: Client, step: Progress, move: str, **said: str) -> Any:
    return client.post(f"{page_of(step)}handover/", {"move": move, **said})


def test_the_vendor_walks_it_to_the_end(step: Progress) -> None:
    client = desk(step.enrollment.vendor)
    bring(step, "ask")
    page = client.get(page_of(step)).content.decode()
    assert "asks what it costs" in page
    assert "They told me it is done" not in page
    assert 'value="EUR" selected' in page  # the vendor is in Germany
    price = {"amount": "150", "currency": "EUR", "ready_on": "2026-03-12", "note": "With photos."}
    assert press(client, step, "quote", **price).status_code == 302
    page = client.get(page_of(step)).content.decode()
    assert "has your quote of 150.00 EUR" in page
    assert "With a yes it is ready by 12 Mar 2026." in page
    assert "“With photos.”" in page.split("Correct the quote")[0]
    bring(step, "accept")
    assert press(client, step, "schedule", ready_on="2026-03-11").status_code == 302
    assert press(client, step, "deliver", note="See your website.").status_code == 302
    handover = Handover.objects.get()
    assert (handover.state, [move.by_name for move in handover.moves.all()].count("")) == ("delivered", 0)
    page = client.get(page_of(step)).content.decode()
    assert "has a look at what you delivered" in page
    assert "See your website." in page


def test_who_asked_and_left_is_neither_called_nor_written_to(step: Progress) -> None:
    partner = step.enrollment.partner
    anna = make_contact(partner, name="Anna", email="anna@hafen.example", phone="+49 40 77")
    ask(step, contact=anna)
    client = desk(partner.vendor)
    assert "mailto:anna@hafen.example" in client.get(page_of(step)).content.decode()
    leave(contact=anna, by=partner.manager.user, now=NOW + 2 * HOUR)
    page = client.get(page_of(step)).content.decode()
    assert "anna@hafen.example" not in page
    assert "+49 40 77" not in page
    assert f"mailto:{partner.contacts.get(is_primary=True).email}" in page


def test_what_is_wrong_with_a_form_is_said_beside_it_and_nothing_is_lost(step: Progress) -> None:
    client = desk(step.enrollment.vendor)
    bring(step, "ask")
    refused = press(client, step, "quote", amount="", currency="EUR", ready_on="2026-03-01", note="My words")
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "Write the price" in page
    assert "My words" in page
    refused = press(client, step, "quote", amount="5", currency="EUR", ready_on="2026-03-01")
    assert "That day is over" in refused.content.decode()
    assert press(client, step, "decline", reason=" ").status_code == 422
    assert Handover.objects.get().state == "requested"


def test_all_that_is_wrong_with_a_quote_is_said_at_once(step: Progress) -> None:
    bring(step, "ask")
    page = press(desk(step.enrollment.vendor), step, "quote", amount="-1", currency="EUR", ready_on="2026-03-01")
    assert [*page.context["handover_forms"]["quote"].errors] == ["amount", "ready_on"]
    shown = page.content.decode()
    assert "Write a price from 0 to 9,999,999.99, with at most two decimals." in shown
    assert "Ensure" not in shown


def test_a_quote_is_corrected_until_they_have_answered(step: Progress) -> None:
    client = desk(step.enrollment.vendor)
    bring(step, "ask", "quote")
    before = seen(step)
    page = client.get(page_of(step)).content.decode()
    assert "Correct the quote" in page
    assert 'value="120.00"' in page
    said = {"amount": "99", "currency": "EUR", "ready_on": "2026-03-12", "note": "As we said."}
    assert press(client, step, "quote", **said).status_code == 302
    handover = Handover.objects.get()
    assert [str(move.amount) for move in handover.moves.filter(state="quoted")] == ["120.00", "99.00"]
    with pytest.raises(OfferChanged):
        accept(progress=step, seen=before, by=None, now=NOW)
    bring(step, "accept")
    press(client, step, "quote", **{**said, "amount": "500"})
    handover.refresh_from_db()
    assert (handover.state, str(handover.amount)) == ("accepted", "99.00")


def test_a_press_too_late_says_so(step: Progress) -> None:
    client = desk(step.enrollment.vendor)
    bring(step, *WAYS["withdrawn"])
    answer = client.post(f"{page_of(step)}handover/", {"move": "decline", "reason": "No."}, follow=True)
    assert "has moved on meanwhile" in answer.content.decode()
    assert press(client, step, "confirm").status_code == 422  # the partner's


def test_what_was_declined_stands_there_with_the_reason(step: Progress) -> None:
    bring(step, *WAYS["declined"])
    page = desk(step.enrollment.vendor).get(page_of(step)).content.decode()
    assert "that you cannot do this" in page
    assert "Too far away." in page.split("What happened so far")[0]


def test_only_who_may_act_of_this_vendor(step: Progress) -> None:
    bring(step, "ask")
    viewer = desk(step.enrollment.vendor, Member.Role.VIEWER)
    assert "asks what it costs" in viewer.get(page_of(step)).content.decode()
    assert press(viewer, step, "decline", reason="No.").status_code == 403
    other = make_vendor()
    stranger = desk(other)
    assert (
        stranger.post(f"/v/{other.slug}/steps/{step.pk}/handover/", {"move": "decline", "reason": "No."}).status_code
        == 404
    )
    assert press(stranger, step, "decline", reason="No.").status_code == 404
    assert Handover.objects.get().state == "requested"


# The author


@pytest.fixture
def draft(clock: Clock) -> PlaybookVersion:
    version = make_version(
        make_vendor("acme", country="CH"), steps=["first", {"key": "ours", "who": "vendor"}], published=False
    )
    version.languages = ["en", "de"]
    version.save(update_fields=["languages"])
    return version


def said(**given: str) -> dict[str, str]:
    words = {"does_en": "We write it.", "does_de": "Wir schreiben es.", "needs_en": "A call.", "needs_de": "Ein Anruf."}
    return {"terms": "price", "amount": "99.50", "currency": "CHF", "days": "3", **words, **given}


def offer_page(version: PlaybookVersion, step: Step) -> str:
    return f"/v/{version.playbook.vendor.slug}/playbooks/{version.playbook_id}/steps/{step.pk}/offer/"


def test_an_offer_is_written_changed_taken_out_and_taken_back(draft: PlaybookVersion, clock: Clock) -> None:
    client, step = desk(draft.playbook.vendor), draft.steps.get(key="first")
    page = offer_page(draft, step)
    empty = client.get(page).content.decode()
    assert 'value="CHF" selected' in empty
    assert 'id="id_amount_helptext">Only for “At a price”.' in empty  # what the field's own description names
    assert 'aria-describedby="id_amount_helptext"' in empty
    answer = client.post(page, said(seen=fingerprint(None)))
    assert answer["Location"].endswith(f"/steps/{step.pk}/#offer")
    step.refresh_from_db()
    offer = offer_of(step)
    assert offer is not None
    assert (offer.terms, offer.price, offer.days, offer.text("needs", "de")) == ("price", "99.50 CHF", 3, "Ein Anruf.")
    assert "99.50 CHF, 3 working days" in client.get(answer["Location"].split("#")[0]).content.decode()
    client.post(page, said(seen=fingerprint(offer), terms="included"))
    step.refresh_from_db()
    assert "amount" not in step.offer
    clock.instant = NOW + timedelta(hours=1)  # another sitting
    client.post(page, {"remove": "yes", "seen": fingerprint(offer_of(step))})
    step.refresh_from_db()
    assert step.offer == {}
    typed = client.post(page, said(seen=fingerprint(None)), headers={"X-Autosave": "yes"}).json()
    assert client.post(page, {"remove": "yes", "seen": typed["seen"]}).status_code == 302
    change = last_change(draft)
    assert change is not None
    take_back(version=draft, change=change.pk, by=None, now=NOW)
    step.refresh_from_db()
    assert step.offer["texts"]["en"]["does"] == "We write it."


def test_two_authors_lose_nothing(draft: PlaybookVersion) -> None:
    client, step = desk(draft.playbook.vendor), draft.steps.get(key="first")
    page, opened = offer_page(draft, step), fingerprint(None)
    client.post(page, said(seen=opened))
    late = client.post(page, said(seen=opened, does_en="We draw it.", terms="quote"))
    assert late.status_code == 409
    text = late.content.decode()
    assert "We draw it." in text
    assert "We write it." in text
    step.refresh_from_db()
    assert step.offer["terms"] == "price"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"amount": ""}, "Write the price"),
        ({"currency": ""}, "A price needs a currency"),
        ({"currency": "XXX"}, "Choose one of these currencies."),
        ({"amount": "-1"}, "Write a price of at most 9,999,999.99."),
        ({"days": "0"}, "Write 1 to 250 working days."),
        ({"terms": ""}, "Choose one."),
    ],
)
def test_what_no_partner_could_take_is_not_saved(draft: PlaybookVersion, wrong: dict[str, str], words: str) -> None:
    client, step = desk(draft.playbook.vendor), draft.steps.get(key="first")
    answer = client.post(offer_page(draft, step), said(seen=fingerprint(None), **wrong))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    step.refresh_from_db()
    assert step.offer == {}


@pytest.mark.parametrize(
    ("offer", "words"),
    [
        (make_offer("price", currency=""), "a price without a currency"),
        (make_offer("price", amount=None), "but not how much"),
        (make_offer(days=0), "how many working days"),
        (make_offer(texts={"en": {"does": "It."}}), "does not say in German"),
        (
            make_offer(texts={"en": {"does": "It.", "needs": "X"}, "de": {"does": "Es."}}),
            "in one language what you need",
        ),
    ],
)
def test_checking_says_what_an_offer_lacks(draft: PlaybookVersion, offer: dict[str, Any], words: str) -> None:
    step = draft.steps.get(key="first")
    step.offer = {name: value for name, value in offer.items() if value is not None}
    found = [gap.message for gap in of_offer(step, ["en", "de"])]
    assert any(words in message for message in found), found


def test_it_is_offered_at_steps_of_the_partner_alone(draft: PlaybookVersion) -> None:
    ours = draft.steps.get(key="ours")
    ours.offer = make_offer(texts={"en": {"does": "It."}})
    assert ["not the partner’s step" in gap.message for gap in of_offer(ours, ["en"])] == [True]
    first = draft.steps.get(key="first")
    first.offer, first.asks_for_goal = ours.offer, True
    assert ["nobody can write for them" in gap.message for gap in of_offer(first, ["en"])] == [True]
    client = desk(draft.playbook.vendor)
    assert "not the partner’s own step" in client.get(offer_page(draft, ours)).content.decode()


def test_an_offer_without_days_or_words_is_saved_and_what_it_lacks_is_said(draft: PlaybookVersion) -> None:
    client, step = desk(draft.playbook.vendor), draft.steps.get(key="first")
    bare = {"terms": "included", "seen": fingerprint(None)}
    page = client.post(offer_page(draft, step), bare, follow=True).content.decode()
    assert "Saved, but it cannot be published like this: the offer does not say how many working days it takes." in page
    assert "Included</span>" in page


def test_whatever_is_wrong_with_a_number_is_said_once(draft: PlaybookVersion) -> None:
    client, step = desk(draft.playbook.vendor), draft.steps.get(key="first")
    wrong = said(seen=fingerprint(None), amount="9" * 20, days="0")
    answer = client.post(offer_page(draft, step), wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count('class="pb-error"') == 2
    assert "Write a price of at most" in page
    assert "Write 1 to 250 working days." in page
