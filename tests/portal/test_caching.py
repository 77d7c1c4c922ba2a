"""Redis is away: people still apply, ask for a code and sign in; only what a cache is for is missing."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.factories import make_user, make_vendor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def redis_is_away(settings: Settings) -> None:
    nowhere = "redis://127.0.0.1:1/0"
    settings.CACHES = {"default": {"BACKEND": "onboarding_portal.caching.ForgivingRedisCache", "LOCATION": nowhere}}


def test_somebody_applies(client: Client) -> None:
    vendor = make_vendor()
    typed = {
        "company": "Hafen IT",
        "contact_name": "Hanna",
        "email": "hanna@hafen.example",
        "country": "DE",
        "language": "en",
    }
    response = client.post(reverse("application-form", args=[vendor.slug]), typed)
    assert response["Location"] == reverse("application-thanks", args=[vendor.slug])


def test_somebody_asks_for_a_code(client: Client) -> None:
    user = make_user("olga@nordlicht.example")
    response = client.post(reverse("account_request_login_code"), {"email": user.email})
    assert response.status_code == 302


def test_it_answers_as_an_empty_cache() -> None:
    cache.set("known", 1)
    assert cache.get("known", "nothing") == "nothing"
    assert cache.add("known", 1) is True
    assert "known" not in cache
    assert cache.get_many(["known"]) == {}
    assert cache.set_many({"known": 1}) == ["known"]
    assert (cache.touch("known"), cache.delete("known")) == (False, False)
    cache.delete_many(["known"])
    cache.clear()
    with pytest.raises(ValueError, match="not found"):
        cache.incr("known")
