"""The bell: how many notes are new, the list, and that only a press marks one as read."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from followups.bell.counting import MOST, Bell
from followups.models import FollowUp, Notification
from partners.models import Contact, Member, Partner, Vendor
from playbooks import walking
from playbooks.models import Progress
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_note, make_partner, make_user

pytestmark = pytest.mark.django_db


def signed_in(who: Member | Contact) -> Client:
    assert who.user is not None
    client = Client()
    client.force_login(who.user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def partner(clock: Clock) -> Partner:
    return make_partner(company="Hafen IT", user=make_user(name="Hanna Hafen"))


@pytest.fixture
def progress(partner: Partner) -> Progress:
    return make_enrollment(partner).progress.get(position=0)


@pytest.fixture
def me(partner: Partner) -> Member:
    return partner.manager


@pytest.fixture
def hanna(partner: Partner) -> Contact:
    return partner.contacts.get()


@pytest.fixture
def vendor(partner: Partner) -> Vendor:
    return partner.vendor


def test_the_bell_counts_what_is_new(progress: Progress, me: Member, vendor: Vendor) -> None:
    page = f"/v/{vendor.slug}/partners/"
    assert "fl-bell-count" not in signed_in(me).get(page).content.decode()
    make_note(progress, member=me)
    make_note(progress, member=make_member(vendor))
    assert 'fl-bell-count" aria-hidden="true">1<' in signed_in(me).get(page).content.decode()


def test_a_person_has_one_bell_over_all_vendors(progress: Progress, hanna: Contact) -> None:
    elsewhere = make_partner(user=hanna.user)
    make_note(progress, contact=hanna)
    make_note(make_enrollment(elsewhere).progress.get(position=0), contact=elsewhere.contacts.get())
    assert hanna.user is not None
    assert Bell(hanna.user, None).unread == 2
    page = signed_in(hanna).get("/my/bell/").content.decode()
    assert elsewhere.vendor.name in page
    assert hanna.partner.vendor.name in page


def test_who_left_hears_nothing_of_that_partner(progress: Progress, hanna: Contact) -> None:
    make_note(progress, contact=hanna)
    Contact.objects.filter(pk=hanna.pk).update(left_at=NOW)
    assert hanna.user is not None
    assert Bell(hanna.user, None).unread == 0
    assert not signed_in(hanna).get("/my/bell/").context["notes"]


def test_a_hundred_are_counted_and_no_more(progress: Progress, me: Member) -> None:
    notes = [make_note(progress, member=me) for _number in range(2)]
    assert Bell(me.user, me).number == "2"
    copies = []
    for number in range(MOST):
        copy = FollowUp.objects.get(notification=notes[0])
        copy.pk, copy.kind = None, f"copy-{number}"
        copies.append(copy)
    made = FollowUp.objects.bulk_create(copies)
    Notification.objects.bulk_create(
        Notification(vendor=me.vendor, followup=one, member=me, progress=progress, made_at=NOW) for one in made
    )
    assert Bell(me.user, me).number == "99+"


def test_a_look_at_the_list_marks_nothing(progress: Progress, me: Member, vendor: Vendor) -> None:
    note = make_note(progress, member=me)
    page = signed_in(me).get(f"/v/{vendor.slug}/bell/")
    assert [one.is_unread for one in page.context["notes"]] == [True]
    assert signed_in(me).get(f"/v/{vendor.slug}/bell/{note.pk}/").status_code == 405
    note.refresh_from_db()
    assert note.read_at is None


def test_opening_one_marks_it_and_leads_on(progress: Progress, me: Member, vendor: Vendor, partner: Partner) -> None:
    note = make_note(progress, member=me)
    answer = signed_in(me).post(f"/v/{vendor.slug}/bell/{note.pk}/")
    assert answer.headers["Location"] == f"/v/{vendor.slug}/partners/{partner.pk}/#talk"
    note.refresh_from_db()
    assert note.read_at == NOW


def test_opened_again_it_keeps_when_it_was_first_read(
    progress: Progress, me: Member, vendor: Vendor, clock: Clock
) -> None:
    note = make_note(progress, member=me)
    signed_in(me).post(f"/v/{vendor.slug}/bell/{note.pk}/")
    clock.move(hours=1)
    signed_in(me).post(f"/v/{vendor.slug}/bell/{note.pk}/")
    note.refresh_from_db()
    assert note.read_at == NOW


def test_a_partners_note_leads_to_its_step(progress: Progress, hanna: Contact) -> None:
    note = make_note(progress, contact=hanna)
    assert signed_in(hanna).post(f"/my/bell/{note.pk}/").headers["Location"] == f"/my/steps/{progress.pk}/"


def test_a_sponsors_note_leads_to_the_first_line(progress: Progress, vendor: Vendor, partner: Partner) -> None:
    sponsor = make_partner(vendor, user=make_user()).contacts.get()
    note = make_note(progress, contact=sponsor)
    leads_to = signed_in(sponsor).post(f"/my/bell/{note.pk}/").headers["Location"]
    assert leads_to == f"/my/first-line/#partner-{partner.pk}"


def test_all_read_reads_ones_own_alone(progress: Progress, me: Member, vendor: Vendor) -> None:
    mine, other = make_note(progress, member=me), make_note(progress, member=make_member(vendor))
    signed_in(me).post(f"/v/{vendor.slug}/bell/read/")
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.read_at, other.read_at) == (NOW, None)


def test_a_colleagues_note_is_not_there(progress: Progress, me: Member, vendor: Vendor) -> None:
    note = make_note(progress, member=make_member(vendor))
    assert signed_in(me).post(f"/v/{vendor.slug}/bell/{note.pk}/").status_code == 404
    note.refresh_from_db()
    assert note.read_at is None


def test_what_is_done_counts_no_more_and_stays_in_the_list(progress: Progress, hanna: Contact) -> None:
    make_note(progress, contact=hanna)
    walking.complete(progress=progress, by=hanna.user, now=NOW)
    assert hanna.user is not None
    assert Bell(hanna.user, None).unread == 0
    [note] = signed_in(hanna).get("/my/bell/").context["notes"]
    assert note.is_over


def test_pages_by_key_and_queries_that_do_not_grow(
    progress: Progress, me: Member, vendor: Vendor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(me)
    make_note(progress, member=me)
    page: Callable[[str], object] = client.get
    with django_assert_max_num_queries(5) as few:  # session, user, member, notes, bell
        page(f"/v/{vendor.slug}/bell/")
    for _number in range(21):
        make_note(
            make_enrollment(make_partner(vendor, manager=me), version=progress.step.version).progress.all()[0],
            member=me,
        )
    with django_assert_max_num_queries(len(few)):
        first = client.get(f"/v/{vendor.slug}/bell/")
    assert len(first.context["notes"]) == 20
    second = client.get(f"/v/{vendor.slug}/bell/{first.context['page'].next}")
    assert len(second.context["notes"]) == 2
