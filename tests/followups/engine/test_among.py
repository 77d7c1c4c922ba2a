"""``among`` finds what ``in`` finds, in both databases."""

import pytest

from followups.models import FollowUp
from partners.models import Vendor
from playbooks.models import Progress
from tests.factories import make_vendor

pytestmark = pytest.mark.django_db


def test_it_finds_what_in_finds(vendor: Vendor, progress: Progress) -> None:
    make_vendor("other")
    vendors = Vendor.objects.order_by("pk")
    assert list(vendors.filter(slug__among={"other", "it's % not there"})) == list(vendors.filter(slug="other"))
    assert list(vendors.filter(pk__among=[one.pk for one in vendors])) == list(vendors)
    followups = FollowUp.objects.filter(progress__among={progress.pk, 0})
    assert followups.count() == FollowUp.objects.filter(progress=progress).count() > 0
    assert not FollowUp.objects.filter(progress__among={0}).exists()


def test_nothing_is_among_nothing(vendor: Vendor) -> None:
    assert list(Vendor.objects.filter(pk__among=[])) == []
    assert list(Vendor.objects.exclude(pk__among=[])) == [vendor]
