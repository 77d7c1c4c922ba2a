"""A certificate is issued in the transaction that finishes a playbook; to who finished before, when they ask."""

import secrets
from datetime import datetime

from partners.models import Contact
from playbooks.models import Certificate, Enrollment

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is taken for another when it is typed from paper
GROUPS, LONG = 3, 4  # 58 bits: nobody finds one by trying


def issue(*, enrollment: Enrollment, now: datetime) -> Certificate:
    """The certificate of a finished playbook; twice it is the same. ``enrollment`` is read with partner and vendor."""
    partner = enrollment.partner
    person = Contact.objects.filter(partner=partner, is_primary=True).first()
    said = {
        "vendor_id": enrollment.vendor_id,
        "number": new_number(),
        "company": partner.company,
        "person": person.name if person else "",
        "vendor_name": partner.vendor.name,
        "issued_at": enrollment.ended_at or now,
    }
    certificate, _made = Certificate.objects.get_or_create(enrollment=enrollment, defaults=said)
    return certificate


def new_number() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(LONG)) for _ in range(GROUPS))


def as_number(typed: str) -> str:
    """A number as it stands in the database, however it was typed: small letters, spaces, without its dashes."""
    letters = "".join(letter for letter in typed.upper() if letter in LETTERS)
    return "-".join(letters[at : at + LONG] for at in range(0, len(letters), LONG))
