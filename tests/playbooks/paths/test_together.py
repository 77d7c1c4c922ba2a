"""A step that the partner does together with the sponsor, and the clients it is meant for."""

from typing import Any

import pytest
from django.test import Client

from partners.models import Activity, User, Vendor
from playbooks.models import Enrollment
from playbooks.reading import CannotRead, read
from tests.factories import make_enrollment, make_partner, make_user, make_version

pytestmark = pytest.mark.django_db
STEPS: list[Any] = [{"key": "visit", "with_sponsor": True, "clients": "One who **trusts** you."}, "next"]


@pytest.fixture
def sponsor(vendor: Vendor) -> User:
    return make_user(name="Sam")


@pytest.fixture
def walk(vendor: Vendor, sponsor: User) -> Enrollment:
    mentor = make_partner(vendor, company="Mentor AG", user=sponsor)
    partner = make_partner(vendor, company="Newcomer KG", user=make_user(name="Kim"), sponsor=mentor)
    return make_enrollment(partner, version=make_version(vendor, steps=STEPS))


def signed_in(user: User | None) -> Client:
    assert user is not None
    client = Client()
    client.force_login(user)
    return client


def partner_of(enrollment: Enrollment) -> User | None:
    return enrollment.partner.contacts.get().user


def test_both_see_it_and_are_told_of_each_other(walk: Enrollment, sponsor: User) -> None:
    page = f"/my/steps/{walk.progress.get(position=0).pk}/"
    theirs = signed_in(partner_of(walk)).get(page).content.decode()
    assert "Together with Mentor AG" in theirs.replace("\u2068", "").replace("\u2069", "")
    assert "<strong>trusts</strong>" in theirs
    client = signed_in(sponsor)
    ours = client.get(page).content.decode()
    assert "Together with Newcomer KG" in ours.replace("\u2068", "").replace("\u2069", "")
    assert "You have nothing to do here" not in ours
    assert "Do the visit thing" in client.get("/my/").content.decode()


def test_either_of_them_presses_done(walk: Enrollment, sponsor: User) -> None:
    signed_in(sponsor).post(f"/my/steps/{walk.progress.get(position=0).pk}/done/")
    assert walk.progress.get(position=0).state == "done"
    assert walk.progress.in_play().get().position == 1
    assert Activity.objects.get(kind="done").side == "sponsor"
    assert signed_in(sponsor).get(f"/my/steps/{walk.progress.get(position=1).pk}/").status_code == 404


def test_the_partner_does_it_too_and_it_is_their_turn(walk: Enrollment) -> None:
    first = walk.progress.get(position=0)
    assert first.turn == "partner"
    signed_in(partner_of(walk)).post(f"/my/steps/{first.pk}/done/")
    assert walk.progress.get(position=0).state == "done"


def test_without_a_sponsor_it_is_the_partners_alone(vendor: Vendor) -> None:
    partner = make_partner(vendor, user=make_user())
    enrollment = make_enrollment(partner, version=make_version(vendor, steps=STEPS))
    page = signed_in(partner_of(enrollment)).get(f"/my/steps/{enrollment.progress.get(position=0).pk}/")
    assert "Together with" not in page.content.decode()


def test_only_a_step_of_the_partner_can_be_done_together() -> None:
    step = "      - {key: one, title: One, who: vendor, with_sponsor: true}"
    source = f"format: 1\nkey: p\nlanguages: [en]\nname: P\nstages:\n  - key: s\n    title: S\n    steps:\n{step}\n"
    with pytest.raises(CannotRead, match="Only a step of the partner can be done together"):
        read(source.encode())
