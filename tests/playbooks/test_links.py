from datetime import timedelta

import pytest

from playbooks.links import LIFETIME, LinkExpired, LinkInvalid, make_token, open_step_link
from playbooks.models import Progress
from tests.factories import NOW, make_contact, make_enrollment, make_partner

pytestmark = pytest.mark.django_db


@pytest.fixture
def step() -> Progress:
    return make_enrollment().progress.get(position=0)


def token_of(step: Progress) -> str:
    return make_token(contact=step.enrollment.partner.contacts.get(), progress=step, now=NOW)


def test_a_link_opens_its_step_for_its_contact(step: Progress) -> None:
    link = open_step_link(token_of(step), now=NOW + timedelta(days=13))
    assert (link.progress, link.contact) == (step, step.enrollment.partner.contacts.get())
    assert link.expires_at == NOW + LIFETIME


def test_a_link_expires_by_the_projects_clock(step: Progress) -> None:
    with pytest.raises(LinkExpired) as caught:
        open_step_link(token_of(step), now=NOW + LIFETIME)
    assert caught.value.link.progress == step


def test_an_altered_link_is_refused(step: Progress) -> None:
    token = token_of(step)
    for altered in ("x", "", token[:-1], "A" + token[1:], token + "x", token.replace(".", ":")):
        with pytest.raises(LinkInvalid):
            open_step_link(altered, now=NOW)


def test_a_link_dies_with_the_address_it_was_mailed_to(step: Progress) -> None:
    token = token_of(step)
    step.enrollment.partner.contacts.update(email="somebody.else@example.com")
    with pytest.raises(LinkInvalid):
        open_step_link(token, now=NOW)


def test_a_link_dies_when_the_contact_leaves(step: Progress) -> None:
    token = token_of(step)
    step.enrollment.partner.contacts.update(left_at=NOW)
    with pytest.raises(LinkInvalid):
        open_step_link(token, now=NOW)


def test_a_contact_of_another_partner_has_no_link_to_this_step(step: Progress) -> None:
    stranger = make_contact(make_partner())
    with pytest.raises(LinkInvalid):
        open_step_link(make_token(contact=stranger, progress=step, now=NOW), now=NOW)


def test_links_to_two_steps_are_two_links(step: Progress) -> None:
    other = step.enrollment.progress.get(position=1)
    assert open_step_link(token_of(other), now=NOW).progress == other
    assert token_of(other) != token_of(step)
