"""A simple limit on how often one visitor may do something, kept in the cache."""

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest


def too_often(request: HttpRequest, *, what: str, times: int, seconds: int) -> bool:
    """Count this visit; true once the visitor's address has done ``what`` more than ``times`` in ``seconds``.

    Behind proxies the visitor's address is found as allauth finds it (``ALLAUTH_TRUSTED_PROXY_COUNT``).
    """
    key = f"throttle:{what}:{get_adapter(request).get_client_ip(request)}"
    if cache.add(key, 1, timeout=seconds):
        return False
    try:
        return cache.incr(key) > times
    except ValueError:  # it ran out in between
        return False
