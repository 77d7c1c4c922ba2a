"""Partners as a file names them: by e-mail address of a contact, by company, or by the vendor's own reference."""

from collections.abc import Iterable

from partners.importing.chunks import chunked
from partners.models import Contact, Partner, Vendor
from partners.models.partner import company_key

AT_ONCE = 5000


def name_key(text: str) -> str:
    """What two ways to write the same name have in common."""
    return text.strip().lower() if "@" in text else company_key(text)


def partners_named(vendor: Vendor, keys: Iterable[str]) -> dict[str, int]:
    """Name to partner, for those that exist. Among partners of one name it is the one who came first."""
    found: dict[str, int] = {}
    for chunk in chunked(keys, AT_ONCE):
        emails = [key for key in chunk if "@" in key]
        contacts = Contact.objects.of(vendor).filter(email__in=emails).order_by("-partner_id")
        found.update(contacts.values_list("email", "partner_id"))
        companies = [key for key in chunk if "@" not in key]
        partners = Partner.objects.of(vendor).filter(company_key__in=companies).order_by("-pk")
        found.update(partners.values_list("company_key", "pk"))
    return found


def partners_referred_to(vendor: Vendor, references: Iterable[str]) -> dict[str, int]:
    """The vendor's own reference to partner, for those that exist."""
    found: dict[str, int] = {}
    for chunk in chunked(references, AT_ONCE):
        partners = Partner.objects.of(vendor).filter(reference__in=chunk).exclude(reference="")
        found.update(partners.values_list("reference", "pk"))
    return found


def partners_meant(vendor: Vendor, texts: Iterable[str]) -> dict[str, int]:
    """Text to partner, for those that exist: a reference first, else an e-mail address or a company."""
    found: dict[str, int] = {}
    for chunk in chunked(texts, AT_ONCE):
        referred = partners_referred_to(vendor, chunk)
        named = partners_named(vendor, {name_key(text) for text in chunk})
        both = {text: referred.get(text) or named.get(name_key(text)) for text in chunk}
        found.update({text: pk for text, pk in both.items() if pk})
    return found
