"""What the preview says of a file before anything is loaded."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.importing import uploads
from partners.models import Member, Partner, Upload, Vendor
from tests.factories import make_version
from tests.partners.importing.pages.sending import GOOD, MIXED, SignIn, decide, uploaded
from tests.partners.importing.test_reading import workbook


def test_the_preview_shows_the_columns_the_first_rows_and_every_mistake(
    sign_in: SignIn, manager: Member, vendor: Vendor
) -> None:
    client = sign_in(manager)
    text = client.get(uploaded(client, vendor, MIXED)).content.decode()
    assert "CSV, semicolon, UTF-8" in text
    assert "1 row can be loaded" in text
    assert "Vienna" in text
    assert text.count("guessed from the country</span>") == 2  # the zone and the language
    assert "<td>German<br>" in text
    for words in ("<td>3</td>", "<td>Ansprechpartner</td>", "<td>E-Mail</td>", "“kein” is not an e-mail address."):
        assert words in text
    assert not Partner.objects.of(vendor).exists()


def test_all_mistakes_can_be_downloaded_and_none_is_a_formula(
    sign_in: SignIn, manager: Member, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "KEPT", 1)
    client = sign_in(manager)
    page = uploaded(
        client, vendor, GOOD.replace("E-Mail", "=cmd()|Mail").replace("Firma", "Company") + "A;B\n;C;c@x.example\n"
    )
    upload = Upload.objects.get()
    client.post(page, {"company": "0", "contact_name": "1", "contact_email": "2", "action": "look"})
    assert "These are the first 1 mistakes." in client.get(page).content.decode()
    response = client.get(reverse("desk-partners-problems", args=[vendor.slug, upload.token]))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    lines = response.content.decode("utf-8-sig").splitlines()
    assert lines == [
        "Line,Column,Reason,Company",
        '3,\'=cmd()|Mail,"It is empty, and is needed.",A',
        '4,Company,"It is empty, and is needed.",',
    ]


def test_mistakes_name_the_company_and_can_be_downloaded_after_loading(
    sign_in: SignIn, manager: Member, vendor: Vendor
) -> None:
    client = sign_in(manager)
    page = uploaded(client, vendor, GOOD + "".join(f"Hafen {at};N;nobody\n" for at in range(60)))
    shown = client.get(page).content.decode()
    assert "Hafen 49" in shown
    assert "Hafen 50" not in shown
    assert "These are the first 50 mistakes." in shown
    decide(client, page, "load")
    assert "Download all mistakes as CSV" in client.get(page).content.decode()
    response = client.get(reverse("desk-partners-problems", args=[vendor.slug, Upload.objects.get().token]))
    lines = response.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 61
    assert lines[-1].endswith(",Hafen 59")


def test_a_spreadsheet_is_read_from_its_right_sheet(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    content = workbook(Info=[["Stand", "heute"]], Partner=[["Firma", "Name", "E-Mail"], ["Hafen", "H", "h@x.example"]])
    client = sign_in(manager)
    page = uploaded(client, vendor, content, name="Liste.xlsx")
    assert "XLSX, sheet “Partner”" in client.get(page).content.decode()
    decide(client, page, "load")
    assert Partner.objects.of(vendor).get().company == "Hafen"


def test_the_preview_costs_the_same_for_many_rows(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    client = sign_in(manager)

    def queries(count: int) -> int:
        rows = "".join(f"Company {at};N;nobody\n" for at in range(count))
        page = uploaded(client, vendor, GOOD + rows)
        with CaptureQueriesContext(connection) as captured:
            client.get(page)
        return len(captured)

    assert queries(3) == queries(60)


def test_what_is_known_already_and_what_stands_there_twice_is_told(
    sign_in: SignIn, manager: Member, vendor: Vendor
) -> None:
    client = sign_in(manager)
    decide(client, uploaded(client, vendor, GOOD), "load")
    more = "Nord;N;n@nord.example;DE\nNord;N;n@nord.example;DE\nNord;M;m@nord.example;DE\n"
    text = client.get(uploaded(client, vendor, GOOD + more)).content.decode()
    assert "4 rows can be loaded" in text
    assert "1 is a new partner." in text
    assert (
        "1 names the same person at the same company as an earlier one and counts once with it: line 4 with line 3."
    ) in text
    assert "counts as one partner with it: line 5 with line 3." in text
    assert "1 is known already and changes nothing." in text
    assert "will change" not in text


def test_the_same_file_again_says_that_nothing_would_change_and_offers_to_go_on(
    sign_in: SignIn, manager: Member, vendor: Vendor
) -> None:
    client = sign_in(manager)
    decide(client, uploaded(client, vendor, GOOD), "load")
    page = uploaded(client, vendor, GOOD)
    text = client.get(page).content.decode()
    assert "Loading this file would change nothing" in text
    assert "1 is known already and changes nothing." in text
    assert 'value="load"' not in text
    assert 'value="other">Choose another file</button>' in text
    make_version(vendor)  # now there is something that it could do: they wait as signed
    page = uploaded(client, vendor, GOOD)
    text = client.get(page).content.decode()
    assert "1 of these partners is signed and waits for your yes." in text
    assert 'value="load">Accept and start</button>' in text
    decide(client, page, "load", start_playbook="on")
    assert Partner.objects.of(vendor).get().state == Partner.State.ACCEPTED
    text = client.get(uploaded(client, vendor, GOOD)).content.decode()
    assert "waits for your yes" not in text
    assert 'value="load"' not in text


def test_looking_through_a_file_costs_the_same_for_many_rows(sign_in: SignIn, manager: Member, vendor: Vendor) -> None:
    client = sign_in(manager)

    def queries(count: int) -> int:
        rows = "".join(f"Company {at};N;n{at}@x.example;DE\n" for at in range(count))
        with CaptureQueriesContext(connection) as captured:
            uploaded(client, vendor, GOOD + rows)
        return len(captured)

    assert queries(3) == queries(200)
