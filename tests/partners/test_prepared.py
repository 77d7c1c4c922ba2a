"""Queries that are built once answer as if they were built anew."""

import pytest
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries

from partners.models import Member, Vendor
from partners.prepared import Prepared
from tests.factories import make_member, make_vendor

pytestmark = pytest.mark.django_db


def by_slug_and_user(slug: str, user: int) -> QuerySet[Member]:
    return Member.objects.select_related("vendor", "user").filter(vendor__slug=slug, user=user, left_at=None)


def test_each_call_answers_for_its_own_values(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    one, other = make_member(make_vendor("one")), make_member(make_vendor("other"))
    membership = Prepared(by_slug_and_user, str, int)
    assert membership("one", one.user_id) == [one]
    assert membership("other", other.user_id) == [other]
    assert membership("one", other.user_id) == []
    with django_assert_num_queries(1):
        (found,) = membership("one", one.user_id)
        assert (found.vendor, found.user) == (one.vendor, one.user)


def test_what_is_written_meanwhile_is_seen() -> None:
    member = make_member(make_vendor("one"))
    membership = Prepared(by_slug_and_user, str, int)
    assert membership("one", member.user_id)[0].vendor.name != "New name"
    Vendor.objects.update(name="New name")
    assert membership("one", member.user_id)[0].vendor.name == "New name"


def test_it_is_built_once() -> None:
    built = []

    def of(vendor: int) -> QuerySet[Member, int]:
        built.append(vendor)
        return Member.objects.filter(vendor=vendor).values_list("pk", flat=True)

    member = make_member(make_vendor("one"))
    keys = Prepared(of, int)
    assert [keys(member.vendor_id), keys(member.vendor_id), keys(0)] == [[member.pk], [member.pk], []]
    assert len(built) == 1


def test_a_value_may_stand_in_several_places() -> None:
    vendor = make_vendor("one")
    twice = Prepared(lambda slug: Vendor.objects.filter(slug=slug).filter(members__vendor__slug=slug), str)
    assert twice("one") == []
    make_member(vendor)
    assert twice("one") == [vendor]


def test_a_key_beyond_all_keys_finds_nobody(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert Prepared(by_slug_and_user, str, int)("one", 2**63) == []


def test_a_value_that_the_statement_would_alter_is_refused() -> None:
    containing = Prepared(lambda words: Vendor.objects.filter(name__contains=words), str)
    with pytest.raises(ValueError, match="compared as it is"):
        containing("house")


def test_as_many_values_as_were_promised() -> None:
    with pytest.raises(ValueError, match="argument"):
        Prepared(by_slug_and_user, str, int)("one")
