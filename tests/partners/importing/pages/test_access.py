"""An upload is the business of whoever sent it, and of nobody else."""

import pytest
from django.test import Client
from django.urls import reverse

from partners.models import Member, Upload, Vendor
from tests.partners.importing.pages.sending import GOOD, SignIn, uploaded

ADDRESSES = ["desk-partners-upload", "desk-partners-problems"]


@pytest.mark.parametrize("name", ADDRESSES)
def test_another_vendor_and_a_colleague_do_not_find_it(
    sign_in: SignIn, manager: Member, owner: Member, stranger: Member, vendor: Vendor, name: str
) -> None:
    uploaded(sign_in(manager), vendor, GOOD)
    token = Upload.objects.get().token
    assert sign_in(stranger).get(reverse(name, args=[vendor.slug, token])).status_code == 404
    assert sign_in(stranger).get(reverse(name, args=[stranger.vendor.slug, token])).status_code == 404
    assert sign_in(owner).get(reverse(name, args=[vendor.slug, token])).status_code == 404
    assert sign_in(manager).get(reverse(name, args=[vendor.slug, token])).status_code == 200


def test_a_file_of_partners_is_no_file_of_orders(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    client = sign_in(manager)
    uploaded(client, vendor, GOOD)
    assert client.get(reverse("desk-orders-upload", args=[vendor.slug, Upload.objects.get().token])).status_code == 404


@pytest.mark.parametrize("kind", ["partners", "orders"])
def test_a_viewer_may_not_and_an_outsider_finds_nothing(
    client: Client, sign_in: SignIn, viewer: Member, stranger: Member, vendor: Vendor, kind: str
) -> None:
    address = reverse(f"desk-{kind}-import", args=[vendor.slug])
    assert client.get(address).status_code == 302
    assert sign_in(viewer).get(address).status_code == 403
    assert sign_in(viewer).post(address).status_code == 403
    assert sign_in(stranger).get(address).status_code == 404
    assert sign_in(stranger).post(address).status_code == 404


def test_the_wrong_method_and_the_wrong_action_are_refused(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    client = sign_in(manager)
    page = uploaded(client, vendor, GOOD)
    assert client.delete(page).status_code == 405
    assert client.post(f"{page}problems.csv").status_code == 405
    assert client.post(page, {"action": "explode"}).status_code == 400
