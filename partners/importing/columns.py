"""Our columns, and what the exports of customer databases call them.

Names as Salesforce, HubSpot, Pipedrive, Zoho, Dynamics, Odoo, weclapp, CentralStationCRM, CAS genesisWorld and
people's own spreadsheets write them, folded as ``fold`` does; the surest first.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


def fold(name: str) -> str:
    """A header name without case, accents and punctuation: "E-Mail (Büro)" becomes "e mail buro"."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", letters).split())


@dataclass(frozen=True)
class Column:
    """One of our columns."""

    key: str
    label: str | Promise
    names: str  # folded, between commas
    is_required: bool = False
    max_length: int = 200
    hint: str | Promise = ""

    @cached_property
    def folded_names(self) -> list[str]:
        return [name.strip() for name in self.names.split(",")]


@dataclass(frozen=True)
class Kind:
    """What a file can hold. ``instead`` names the columns that together stand in for a required one."""

    key: str
    columns: tuple[Column, ...]
    instead: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def by_key(self) -> dict[str, Column]:
        return {column.key: column for column in self.columns}

    @cached_property
    def max_lengths(self) -> dict[str, int]:
        return {column.key: column.max_length for column in self.columns}

    def missing(self, keys: Mapping[str, int]) -> list[Column]:
        """Required columns for which the file has nothing."""
        return [column for column in self.columns if column.key not in keys and self.needs(column, keys)]

    def needs(self, column: Column, keys: Mapping[str, int]) -> bool:
        """Whether this column is required, and no other one stands in for it."""
        return column.is_required and not any(key in keys for key in self.instead.get(column.key, ()))


PARTNERS: Final = Kind(
    key="partners",
    columns=(
        Column(
            "company",
            _("Company"),
            "company, company name, firma, firmenname, account name, organization name, organisation name, "
            "organization, organisation, unternehmen, unternehmensname, partner name, partner, reseller, "
            "reseller name, account, associated company, company account, person organization, kunde, kundenname, "
            "handler, fachhandler, haendler, fachhaendler, firma 1, name 1, name1, business name, related company, "
            "name",
            is_required=True,
        ),
        Column(
            "contact_name",
            _("Contact name"),
            "contact name, contact, contact person, full name, ansprechpartner, kontakt, kontaktperson, "
            "kontaktname, name des ansprechpartners, person name, primary contact, primary contact name, "
            "main contact, deal contact person, contact full name, vollstandiger name, name",
            is_required=True,
            max_length=150,
        ),
        Column(
            "first_name",
            _("First name"),
            "first name, firstname, given name, vorname, person first name, contact first name, primary contact "
            "first name, vorname ansprechpartner, ansprechpartner vorname",
            max_length=150,
        ),
        Column(
            "last_name",
            _("Last name"),
            "last name, lastname, surname, family name, nachname, familienname, person last name, contact last "
            "name, primary contact last name, nachname ansprechpartner, ansprechpartner nachname",
            max_length=150,
        ),
        Column(
            "contact_email",
            _("Contact e-mail"),
            "contact email, contact e mail, email, e mail, email address, e mail address, e mail adresse, "
            "emailadresse, mail, mailadresse, emailaddress1, email 1, e mail 1, email primary contact, email primary "
            "contact contact, primary contact email, person email work, person email, email work, work email, "
            "business email, e mail geschaftlich, geschaftliche e mail, e mail ansprechpartner, "
            "ansprechpartner e mail, company email, e mail kontakt",
            is_required=True,
            max_length=254,
        ),
        Column(
            "country",
            _("Country"),
            "country, country code, country region, land, landercode, landerkennzeichen, billing country, billing "
            "country code, mailing country, mailing country code, address 1 country region, address1 country, "
            "organization country of address, organization address country, person country of address, shipping "
            "country, staat, rechnungsland, iso country, company country",
            hint=_("A name, or two letters such as DE."),
        ),
        Column(
            "time_zone",
            _("Time zone"),
            "time zone, timezone, zeitzone, tz, time zone id, contact time zone, timezonesidkey",
            hint=_("Such as Europe/Berlin. Guessed from the country where it is empty."),
        ),
        Column(
            "language",
            _("Language"),
            "language, preferred language, sprache, korrespondenzsprache, bevorzugte sprache, contact language, "
            "language code, lang, languagelocalekey, locale, hs language, person language",
            hint=_("English or German. Guessed from the country where it is empty."),
        ),
        Column(
            "size",
            _("Size"),
            "size, company size, employees, number of employees, no of employees, num employees, employee count, "
            "mitarbeiter, mitarbeiterzahl, anzahl mitarbeiter, anzahl der mitarbeiter, grosse, unternehmensgrosse, "
            "firmengrosse, organization employee count, numberofemployees, headcount, staff",
            hint=_("People who work there, as a number or a range."),
        ),
        Column(
            "vertical",
            _("Vertical"),
            "vertical, industry, industry name, industry sector, branche, branchen, wirtschaftszweig, sector, "
            "industriezweig, market segment, industrycode, primary industry, geschaftsfeld",
            hint=_("Whom they work for or what they do, in your words, such as dental practices."),
            max_length=80,
        ),
        Column(
            "sponsor",
            _("Sponsor"),
            "sponsor, sponsor email, sponsor e mail, sponsor company, referred by, recommended by, empfohlen von, "
            "empfehlung von, geworben von, vermittelt durch, vermittler, parent account, parent account name, "
            "parent company, ubergeordnete firma, upline, enroller, mentor, pate, referrer",
            hint=_("The partner who brought this one in, by company or e-mail."),
            max_length=254,
        ),
        Column(
            "manager",
            _("Responsible"),
            "manager, manager email, channel manager, partner manager, owner, account owner, contact owner, company "
            "owner, owner email, account owner email, betreuer, zustandig, zustandiger, verantwortlich, "
            "verantwortlicher, ansprechpartner intern, key account manager, besitzer, record owner, vendor owner, "
            "organization owner, person owner, salesperson",
            hint=_("The name or e-mail address of one of your colleagues."),
            max_length=254,
        ),
        Column(
            "reference",
            _("Your reference"),
            "reference, your reference, ref, partner id, partner number, partner no, account id, account number, "
            "record id, record id company, company id, organization id, customer id, customer number, customer no, "
            "kundennummer, kunden nr, kundennr, partnernummer, partner nr, debitorennummer, debitor, nummer, id, "
            "account id 18, external id, record id contact, contact id",
            max_length=80,
        ),
        Column(
            "phone",
            _("Phone"),
            "phone, phone number, telephone, telefon, telefonnummer, tel, business phone, main phone, mobile phone, "
            "mobile, mobil, person phone work, person phone, work phone, telefon geschaftlich, handy, phone work",
            max_length=40,
        ),
    ),
    instead={"contact_name": ("first_name", "last_name")},
)

ORDERS: Final = Kind(
    key="orders",
    columns=(
        Column(
            "customer_id",
            _("Customer number"),
            "customer id, customer number, customer no, customer, customerid, kundennummer, kunden nr, kundennr, "
            "kunde, client id, client, account number, account id, debitorennummer, debitor, buyer id, user id",
            is_required=True,
            max_length=80,
        ),
        Column(
            "ordered_on",
            _("Ordered on"),
            "ordered on, order date, date, ordered at, orderdate, bestelldatum, bestellt am, datum, auftragsdatum, "
            "rechnungsdatum, invoice date, purchase date, created at, created, processed at",
            is_required=True,
            hint=_("Such as 2026-12-31 or 31.12.2026."),
        ),
        Column(
            "quantity",
            _("Quantity"),
            "quantity, qty, menge, anzahl, stuck, stuckzahl, units, items, pieces, lineitem quantity",
            hint=_("1 where it is empty."),
        ),
        Column(
            "amount",
            _("Amount"),
            "amount, total, order total, betrag, summe, gesamtbetrag, umsatz, netto, nettobetrag, total amount, "
            "order amount, revenue, value, price, preis, wert, subtotal, net amount, auftragswert",
        ),
        Column(
            "number",
            _("Order number"),
            "order number, order no, order id, orderid, ordernumber, bestellnummer, bestell nr, auftragsnummer, "
            "auftrags nr, rechnungsnummer, rechnungs nr, invoice number, invoice no, belegnummer, beleg nr",
            max_length=80,
        ),
        Column(
            "partner",
            _("Partner"),
            "partner, partner id, partner number, partner name, partner email, reseller, reseller id, "
            "reseller name, handler, fachhandler, haendler, fachhaendler, partnernummer, partner nr, dealer, "
            "distributor, vertriebspartner",
            hint=_("Whose customer this is: your reference, the company or an e-mail address."),
            max_length=254,
        ),
        Column(
            "customer_name",
            _("Customer name"),
            "customer name, kundenname, name des kunden, client name, name, billing name, company, firma, full name",
        ),
    ),
)
