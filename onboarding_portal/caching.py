"""The cache in Redis, without which everything still works: while Redis is away, nothing is in the cache.

Limits on how often somebody may try something do not hold meanwhile, and each fault is logged. Where it hangs, one
waits for it, and all others go without for some seconds: a page is never slow for long.
"""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as RedisIsAway
from redis.exceptions import TimeoutError as RedisIsSlow

from partners.outages import REDIS

T = TypeVar("T")
log = logging.getLogger(__name__)


class ForgivingRedisCache(RedisCache):
    """Answers as an empty cache would while Redis cannot be reached."""

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return _or(True, super().add, *args, **kwargs)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return _or(default, super().get, key, default, version)

    def set(self, *args: Any, **kwargs: Any) -> None:
        _or(None, super().set, *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return _or(False, super().touch, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return _or(False, super().delete, *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return _or({}, super().get_many, *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        return _or(False, super().has_key, *args, **kwargs)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        count: int | None = _or(None, super().incr, key, delta, version)
        if count is None:
            raise ValueError(f"Key {key!r} not found")  # as of any key that is not in the cache
        return count

    def set_many(self, data: Any, *args: Any, **kwargs: Any) -> list[Any]:
        return _or(list(data), super().set_many, data, *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        _or(None, super().delete_many, *args, **kwargs)

    def clear(self) -> None:
        _or(None, super().clear)


def _or(missing: T, ask: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """What the cache answers; ``missing`` while it cannot be reached."""
    if REDIS.is_on():
        return missing
    try:
        answer = ask(*args, **kwargs)
    except (RedisIsAway, RedisIsSlow) as fault:
        log.warning("The cache cannot be reached: %s", fault)
        (REDIS.begin if isinstance(fault, RedisIsSlow) else REDIS.end)()
        return missing
    REDIS.end()
    return answer
