"""Single values as people write them. Each function returns ours, or raises ``WrongValue`` with the reason."""

import re
from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from typing import Final

from babel import Locale
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from partners.countries import find_country
from partners.importing.checking import WrongValue, quoted
from partners.importing.columns import fold
from partners.models import Partner
from partners.phones import NO_NUMBER, NOTHING, is_number
from partners.places import LANGUAGES, time_zones

MANY: Final = 1024  # a file says few different things in such a column, and says them often
MAX_QUANTITY: Final = 2_147_483_647
MAX_AMOUNT: Final = Decimal("9999999999.99")
# Addresses that are right beyond doubt; Django's own, slower rule judges the others.
PLAIN_ADDRESS: Final = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?\.)+[a-z]{2,24}", re.ASCII | re.IGNORECASE
)
ISO_LENGTH: Final = len("2026-12-31")
ISO_DATE: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
GERMAN_DATE: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})(?: .*)?")
NUMBER: Final = re.compile(r"\d+")
CENT: Final = Decimal("0.01")
PLAIN_AMOUNT: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,2})?")
CURRENCY: Final = re.compile(r"^(?:EUR|USD|CHF|GBP|€|\$|£)\s*|\s*(?:EUR|USD|CHF|GBP|€|\$|£)$", re.IGNORECASE)
GROUPED: Final = re.compile(r"\d{1,3}(?:[.,' ]\d{3})+")
UPPER_BOUNDS: Final = (
    (1, Partner.Size.SOLO),
    (9, Partner.Size.SMALL),
    (49, Partner.Size.MEDIUM),
    (249, Partner.Size.LARGE),
)


def email(text: str) -> str:
    if PLAIN_ADDRESS.fullmatch(text):
        return text.lower()
    try:
        validate_email(text)
    except ValidationError as error:
        raise WrongValue(_("%(value)s is not an e-mail address.") % {"value": quoted(text)}) from error
    return text.lower()


def phone(text: str) -> str:
    if is_number(text):
        return text
    if NOTHING.fullmatch(text):
        return ""
    raise WrongValue(str(NO_NUMBER) % {"value": quoted(text)})


@lru_cache(MANY)
def country(text: str) -> str:
    code = find_country(text)
    if not code:
        reason = _("%(value)s is not a country we know. Write its name, or two letters such as DE.")
        raise WrongValue(reason % {"value": quoted(text)})
    return code


def time_zone(text: str) -> str:
    if text not in time_zones():
        reason = _("%(value)s is not a time zone. Write one such as Europe/Berlin, or leave it empty.")
        raise WrongValue(reason % {"value": quoted(text)})
    return text


@lru_cache(MANY)
def language(text: str) -> str:
    code = _languages().get(fold(text)) or _languages().get(fold(text).split(" ")[0])
    if not code:
        reason = _("%(value)s is not a language of Firstline yet. Write English or German, or leave it empty.")
        raise WrongValue(reason % {"value": quoted(text)})
    return code


@cache
def _languages() -> dict[str, str]:
    codes = [code for code, _name in LANGUAGES]
    names = {fold(Locale.parse(reader).languages[code]): code for reader in codes for code in codes}
    return names | {code: code for code in codes}


@lru_cache(MANY)
def size(text: str) -> str:
    """A band of ``Partner.Size``, from a number of people or from a range; of a range its middle counts."""
    if text in Partner.Size.values:
        return text
    numbers = [int(number) for number in NUMBER.findall(re.sub(r"(?<=\d)[.,' ](?=\d{3}\b)", "", text))]
    if not numbers or len(numbers) > len(("from", "to")):
        reason = _("%(value)s is not a size. Write the number of people, or a range such as 10-49.")
        raise WrongValue(reason % {"value": quoted(text)})
    people = sum(numbers) / len(numbers)
    if people == 0:
        return ""  # what databases export where nobody ever filled it in
    return next((band for limit, band in UPPER_BOUNDS if people <= limit), Partner.Size.CORPORATE)


def day(text: str) -> date:
    """An ISO or a German date; a time of day behind it is left out."""
    if len(text) == ISO_LENGTH and text.isascii() and text[4] == "-":
        with suppress(ValueError):
            return date.fromisoformat(text)
    iso, german = ISO_DATE.fullmatch(text), GERMAN_DATE.fullmatch(text)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if german:
            year = int(german[3])
            return date(year if year > 99 else 2000 + year, int(german[2]), int(german[1]))
    except ValueError:
        pass  # the thirtieth of February: told like any other text that is no date
    reason = _("%(value)s is not a date. Write it as 2026-12-31 or 31.12.2026.")
    raise WrongValue(reason % {"value": quoted(text)})


def quantity(text: str) -> int:
    number = text.removesuffix(".0").removesuffix(",0").removesuffix(".00").removesuffix(",00")
    if not number.isdecimal() or not 1 <= int(number[:20]) <= MAX_QUANTITY:
        raise WrongValue(_("%(value)s is not a quantity. Write a whole number from 1.") % {"value": quoted(text)})
    return int(number)


def amount(text: str) -> Decimal:
    """1.234,56 and 1,234.56 alike. A single mark before exactly three digits marks thousands: 1.234 is 1234."""
    if PLAIN_AMOUNT.fullmatch(text):
        return Decimal(text).quantize(CENT)
    bare = CURRENCY.sub("", text.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")).strip()
    if bare.startswith(("-", "−", "(")):
        reason = _("%(value)s is below zero. Returns and credits are no orders; leave them out.")
        raise WrongValue(reason % {"value": quoted(text)})
    try:
        value = Decimal(_plain(bare)).quantize(CENT)
    except InvalidOperation as error:
        reason = _("%(value)s is not an amount. Write it as 1234.56 or 1.234,56.")
        raise WrongValue(reason % {"value": quoted(text)}) from error
    if value > MAX_AMOUNT:
        raise WrongValue(_("%(value)s is too large an amount.") % {"value": quoted(text)})
    return value


def _plain(text: str) -> str:
    """The number with a point before its decimals and no other mark; "?" where it is none."""
    whole, mark, decimals = _split(text)
    if mark and not decimals.isdecimal():
        return "?"
    if not (whole.isdecimal() or GROUPED.fullmatch(whole) or (whole == "" and mark)):
        return "?"
    digits = re.sub(r"\D", "", whole)
    return f"{digits or 0}.{decimals or 0}"


def _split(text: str) -> tuple[str, str, str]:
    place = max(text.rfind("."), text.rfind(","))
    if place < 0:
        return text, "", ""
    mark = text[place]
    same = text.count(mark)
    has_other = any(other in text for other in ".,' " if other != mark)
    thousands = GROUPED.fullmatch(text) and not text.startswith("0") and (same > 1 or not has_other)
    return (text, "", "") if thousands else (text[:place], mark, text[place + 1 :])
