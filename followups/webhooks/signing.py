"""The secret that a vendor and we share: how it is made, kept, and used to sign.

It is kept sealed with a key that is derived from SECRET_KEY: a copy of the database alone does not give it away.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

BEGINNING = "whsec_"


class Unreadable(Exception):
    """It was sealed with a SECRET_KEY that is neither the current one nor among the fallbacks."""


def make_secret() -> str:
    return BEGINNING + secrets.token_urlsafe(32)


def seal(secret: str) -> str:
    return _box(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises ``Unreadable``."""
    try:
        return _box(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


@lru_cache(maxsize=4)
def _box(*keys: str) -> MultiFernet:
    digests = (hashlib.sha256(b"followups.webhooks.signing:" + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def signature(secrets_in_use: Iterable[str], *, timestamp: int, body: bytes) -> str:
    """The header's value: the time, and a signature by each secret, ``t=1700000000,v1=<hex>,v1=<hex>``."""
    signed = b"%d." % timestamp + body
    made = (hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets_in_use)
    return ",".join([f"t={timestamp}", *(f"v1={each}" for each in made)])
