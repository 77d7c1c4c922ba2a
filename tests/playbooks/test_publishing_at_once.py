"""Two people publish a vendor's first two playbooks at the same moment: one of them becomes the default."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from playbooks.models import Playbook
from playbooks.publishing import publish
from tests.factories import NOW, make_vendor, make_version
from tests.waiting import ON_POSTGRESQL, begin

pytestmark = [pytest.mark.django_db(transaction=True), ON_POSTGRESQL]


def test_the_first_to_publish_has_the_default() -> None:
    vendor = make_vendor()
    first, second = (make_version(vendor, slug=slug, default=False, published=False) for slug in ("first", "second"))
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            publish(version=first, by=None, now=NOW)
            publishing = begin(pool, lambda: publish(version=second, by=None, now=NOW))
        publishing.result(timeout=30)
    assert dict(Playbook.objects.values_list("slug", "is_default")) == {"first": True, "second": False}
