"""The two commands: clear errors, nothing half-done, a summary."""

import re
from collections.abc import Callable
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from partners.models import Member, Partner, User, Vendor
from tests.factories import make_version

TEXT = "Company,Contact,Email\nHafen IT,Hanna,hanna@hafen.example\n"
BAD = TEXT + "Nord,,nobody\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str) -> str:
        path = tmp_path / "list.csv"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def run(file: str, vendor: Vendor, command: str = "import_partners", **options: object) -> str:
    out = StringIO()
    call_command(command, file, vendor=vendor.slug, stdout=out, stderr=out, **options)
    return out.getvalue()


def test_partners_are_loaded_for_the_first_owner(write: Callable[[str], str], vendor: Vendor, owner: Member) -> None:
    said = run(write(TEXT), vendor)
    assert "list.csv: CSV, comma, UTF-8" in said
    assert "Company: column “Company”" in said
    assert "Language: yours where it is empty, English" in said
    assert "1 partner loaded, 0 rows added something to a partner you had, 0 unchanged, 0 playbooks started." in said
    assert Partner.objects.of(vendor).get().manager == owner


def test_it_says_what_is_guessed_from_the_country(write: Callable[[str], str], vendor: Vendor, owner: Member) -> None:
    said = run(write("Company,Contact,Email,Country\nHafen IT,Hanna,hanna@hafen.example,DE\n"), vendor)
    assert "Time zone: guessed from the country where it is empty" in said
    assert "Language: guessed from the country where it is empty" in said
    assert Partner.objects.of(vendor).get().language == "de"


def test_it_says_how_far_it_is_where_it_is_asked_to(write: Callable[[str], str], vendor: Vendor, owner: Member) -> None:
    assert re.search(r"^1 rows in 0\.\d\d s$", run(write(TEXT), vendor, verbosity=2), re.MULTILINE)
    assert "rows in" not in run(write(TEXT), vendor)


def test_a_bad_row_stops_everything(write: Callable[[str], str], vendor: Vendor) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 2 rows are bad, so nothing was loaded"):
        call_command("import_partners", write(BAD), vendor=vendor.slug, stdout=out, stderr=out)
    assert "line 3, column “Contact”: It is empty, and is needed." in out.getvalue()
    assert "line 3, column “Email”: “nobody” is not an e-mail address." in out.getvalue()
    assert not Partner.objects.of(vendor).exists()


def test_bad_rows_can_be_skipped(write: Callable[[str], str], vendor: Vendor) -> None:
    said = run(write(BAD), vendor, on_error="skip")
    assert "1 partner loaded" in said
    assert "1 bad row was left out; it is listed above." in said
    said = run(write(BAD + "Süd,,\n"), vendor, on_error="skip")
    assert "2 bad rows were left out; they are listed above." in said


def test_a_single_bad_row_is_told_in_the_singular(write: Callable[[str], str], vendor: Vendor) -> None:
    with pytest.raises(CommandError, match="1 of 1 row is bad, so nothing was loaded"):
        run(write("Company,Contact,Email\nNord,,nobody\n"), vendor)


def test_columns_that_mean_the_same_are_told(write: Callable[[str], str], vendor: Vendor) -> None:
    said = run(write("Company,Contact,Mail,Email\nA,Anna,old@a.example,new@a.example\n"), vendor)
    assert (
        "More than one column of the file could be “Contact e-mail”: “Mail” (column 3), “Email” (column 4). "
        "Used is “Email” (column 4)."
    ) in said
    assert Partner.objects.of(vendor).get().contacts.get().email == "new@a.example"


def test_the_playbook_is_started_by_the_member_who_is_named(
    write: Callable[[str], str], vendor: Vendor, owner: Member, manager: Member
) -> None:
    with pytest.raises(CommandError, match="has no published playbook that could start"):
        run(write(TEXT), vendor, start_playbook=True)
    assert not Partner.objects.of(vendor).exists()
    make_version(vendor)
    said = run(write(TEXT), vendor, start_playbook=True, by=manager.user.email, manager=owner.user.email)
    assert "1 playbook started" in said
    partner = Partner.objects.of(vendor).get()
    assert (partner.state, partner.accepted_by, partner.manager) == (Partner.State.ACCEPTED, manager.user, owner)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"vendor": "nobody"}, "There is no vendor “nobody”. There are: nordlicht."),
        ({"by": "x@y.example"}, "“x@y.example” is nobody at Nordlicht Backup who leads partners."),
        ({"manager": "vera@nordlicht.example"}, "“vera@nordlicht.example” is nobody"),
    ],
)
def test_who_is_unknown_is_told(
    write: Callable[[str], str], vendor: Vendor, viewer: Member, options: dict[str, str], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("import_partners", write(TEXT), **{"vendor": vendor.slug, **options})


def test_a_vendor_without_anybody_who_leads_is_told(write: Callable[[str], str], now: datetime, db: None) -> None:
    vendor = Vendor.objects.create(slug="empty", name="Empty", created_at=now)
    with pytest.raises(CommandError, match="Empty has nobody yet who could be responsible"):
        run(write(TEXT), vendor)


def test_a_file_that_is_not_there_or_cannot_be_read_is_told(write: Callable[[str], str], vendor: Vendor) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run("/nowhere/list.csv", vendor)
    with pytest.raises(CommandError, match="The file is empty"):
        run(write(""), vendor)
    with pytest.raises(CommandError, match="are recognised as Contact name, Contact e-mail"):
        run(write("Company\nA\n"), vendor)


def test_orders_are_loaded(write: Callable[[str], str], vendor: Vendor, make_user: Callable[[str], User]) -> None:
    said = run(write("customer_id,ordered_on\n7,2026-01-31\n"), vendor, command="import_orders")
    assert "1 order loaded, 1 partner created for them, 0 unchanged." in said
