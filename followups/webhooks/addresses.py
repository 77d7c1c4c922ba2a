"""Which addresses we post to: https, on a port of the web, at a place that anybody on the internet could reach.

A name is looked up for every post, all that it leads to is checked, and what was checked is what is connected to. So
neither a name of somebody's own that points into our network, nor one that points there a second later, leads there.
"""

import re
import socket
import threading
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

LONGEST: Final = 500
LOOK_UP_SECONDS: Final = 5.0
HTTPS: Final = 443
FIRST_FREE_PORT: Final = 1024  # below it lie mail, name and login servers, and 443 is the web's own
NAME: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
LEFT_AS_IT_IS: Final = "/%:@!$&'()*+,;=-._~?"
Address = IPv4Address | IPv6Address

# What the IANA registries of special-purpose addresses do not call globally reachable, multicast, what is reserved,
# and the one public address behind which a cloud keeps its metadata.
CLOSED_4: Final = [
    ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",
    )
]
OPEN_6: Final = ip_network("2000::/3")
CLOSED_6: Final = [
    ip_network(network)
    for network in (*("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3ffe::/16", "3fff::/20"),)
]
NAT64: Final = ip_network("64:ff9b::/96")  # an IPv4 address in the last four bytes, as IPv6-only networks write it


class AddressRefused(ValueError):
    """We do not post there; the text says why, in the language that is active, for whoever typed it."""


class NotFound(Exception):
    """Nobody knows the name just now."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address in its parts: the host as names of the internet are written, and what is asked for there."""

    is_https: bool
    host: str
    port: int
    request: str

    @property
    def header(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (HTTPS if self.is_https else 80) else f"{host}:{self.port}"


def parse(address: str) -> Target:
    """Raises ``AddressRefused``. Asks no name server."""
    if len(address) > LONGEST:
        raise AddressRefused(_("This address is too long: at most 500 characters."))
    if any(letter.isspace() or not letter.isprintable() or letter == "\\" for letter in address):
        raise AddressRefused(_("An address has no spaces, line breaks or backslashes."))
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        host = host if ":" in host else host.encode("idna").decode().lower()
    except ValueError as error:  # UnicodeError is one
        raise AddressRefused(_("This is no address. Write it as https://example.com/hook.")) from error
    if parts.scheme not in ("https", "http") or not (NAME.fullmatch(host) or ":" in host):
        raise AddressRefused(_("This is no address. Write it as https://example.com/hook."))
    if parts.scheme == "http" and not settings.WEBHOOK_ALLOW_LOOPBACK:
        raise AddressRefused(_("Only https: what we post names people, and nobody on the way may read it."))
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(_("Leave name and password out of the address. The signature shows that it is us."))
    if parts.fragment:
        raise AddressRefused(_("Leave out what follows the #: it is never sent."))
    is_https = parts.scheme == "https"
    port = port if port is not None else (HTTPS if is_https else 80)
    if port != HTTPS and port < FIRST_FREE_PORT:
        raise AddressRefused(_("We post to port 443, or to one from 1024 on. The others belong to other services."))
    request = quote(parts.path or "/", safe=LEFT_AS_IT_IS) + (
        f"?{quote(parts.query, safe=LEFT_AS_IT_IS)}" if parts.query else ""
    )
    _check_literal(host)
    return Target(is_https, host, port, request)


def _check_literal(host: str) -> None:
    """A number that was typed instead of a name need not be looked up."""
    if host == "localhost" and not settings.WEBHOOK_ALLOW_LOOPBACK:
        raise AddressRefused(_("This leads into a network that is not open to all (%(where)s).") % {"where": host})
    try:
        found = ip_address(host)
    except ValueError as error:
        if ":" in host:
            raise AddressRefused(_("This is no address. Write it as https://example.com/hook.")) from error
        return
    check(found)


def places_of(target: Target) -> list[Address]:
    """Where the target is now, all of it checked. Raises ``NotFound``, and ``AddressRefused`` if any is not public."""
    found = look_up(target.host, target.port)
    for place in found:
        check(place)
        if not target.is_https and not place.is_loopback:
            raise AddressRefused(_("Only https: what we post names people, and nobody on the way may read it."))
    return found


def look_up(host: str, port: int) -> list[Address]:
    """What the name servers say, asked for no longer than ``LOOK_UP_SECONDS``. Raises ``NotFound``."""
    said: list[str] = []

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        said.extend(str(row[4][0]) for row in rows)

    # The resolver has no limit of its own: whoever does not answer in time is left behind.
    asking = threading.Thread(target=ask, name="webhook-name", daemon=True)
    asking.start()
    asking.join(LOOK_UP_SECONDS)
    if not said:
        raise NotFound
    return [ip_address(each.partition("%")[0]) for each in dict.fromkeys(said)]


def check(place: Address) -> None:
    """Raises ``AddressRefused`` for a place that is not open to all."""
    if not is_public(place) and not (settings.WEBHOOK_ALLOW_LOOPBACK and place.is_loopback):
        raise AddressRefused(_("This leads into a network that is not open to all (%(where)s).") % {"where": place})


def is_public(place: Address) -> bool:
    """Whether anybody on the internet could reach it. An IPv4 address within an IPv6 one is looked at itself."""
    if isinstance(place, IPv4Address):
        return not any(place in network for network in CLOSED_4)
    if place.ipv4_mapped is not None:
        return is_public(place.ipv4_mapped)
    if place in NAT64:
        return is_public(IPv4Address(int(place) & 0xFFFFFFFF))
    return place in OPEN_6 and not any(place in network for network in CLOSED_6)
