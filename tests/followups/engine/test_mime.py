"""The bytes that go over the line, read back by the standard library."""

import re
from base64 import b64decode
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from followups.engine.mime import build, message_id
from followups.models import Message
from tests.factories import NOW

WORDS = {
    "plain": "Hello,\n\nshort lines.\n\n--\nThe end \n.\n",
    "umlauts": "Grüße aus Köln, 5 € – 100 % = alles\n" * 3,
    "one very long line": "word " * 1000,
    "carriage returns": "one\r\ntwo\rthree\n",
    "long and not ASCII": "ä" * 3000,
}


def written(**fields: object) -> tuple[bytes, EmailMessage]:
    given = {"key": "digest:1:a", "to_address": "anna@example.com", "subject": "Hello", "text": "x", **fields}
    content = build(Message(**given), now=NOW)
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return content, mail


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    assert not part.defects
    return str(part.get_content())


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_the_words_come_out_as_they_went_in(words: str) -> None:
    _, mail = written(text=words, html=f"<p>{words}</p>")
    assert mail.get_content_type() == "multipart/alternative"
    assert body(mail, "plain").splitlines() == re.split(r"\r\n|\r|\n", words.rstrip("\r\n"))
    assert words.split(maxsplit=1)[0] in body(mail, "html")


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_every_server_takes_it(words: str) -> None:
    """RFC 5322 and RFC 5321 without extensions: seven bits, lines of at most 998, and no bare CR or LF."""
    content, _ = written(subject="Nächster Schritt " * 12, text=words, html=words)
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", content)


def test_a_mail_without_html_is_plain_text() -> None:
    _, mail = written(text="Your code is 123.")
    assert (mail.get_content_type(), mail.get_content()) == ("text/plain", "Your code is 123.")


def test_the_names_that_programs_know_it_by() -> None:
    _, mail = written()
    assert mail["Message-ID"] == message_id("digest:1:a")
    assert mail["Date"].datetime == NOW.replace(microsecond=0)
    assert (mail["Auto-Submitted"], mail["MIME-Version"]) == ("auto-generated", "1.0")


def test_headers_that_are_not_ascii() -> None:
    headers = {"From": "Müller & Söhne <post@müller.example>", "Reply-To": "Jörg <a@b.example>, c@d.example"}
    _, mail = written(subject="Nächster Schritt: Größe wählen, und zwar heute noch, bitte schön", headers=headers)
    assert mail["Subject"] == "Nächster Schritt: Größe wählen, und zwar heute noch, bitte schön"
    assert mail["From"] == "Müller & Söhne <post@xn--mller-kva.example>"
    assert [address.addr_spec for address in mail["Reply-To"].addresses] == ["a@b.example", "c@d.example"]
    _, mail = written(to_address="anna@müller.example")
    assert mail["To"] == "anna@xn--mller-kva.example"


@pytest.mark.parametrize(
    "subject", ["ä" * 100, "Grüße 😀 " * 20, "x" * 71 + "é", "\u2068Größe\u2069 & mehr =?utf-8?b?"]
)
def test_a_subject_in_any_letters(subject: str) -> None:
    """Each word by itself is whole letters, and no line of the header is longer than 78 (RFC 2047, 2 and 5)."""
    content, mail = written(subject=subject)
    assert mail["Subject"] == subject
    [header] = re.findall(rb"^Subject: .*(?:\r\n .*)*", content, re.MULTILINE)
    assert max(map(len, header.split(b"\r\n"))) <= 78
    for word in re.findall(rb"=\?utf-8\?b\?(.*?)\?=", header):
        b64decode(word).decode()


def test_a_link_in_a_header_stays_on_one_line() -> None:
    link = f"<https://firstline.example/l/u/{'x' * 300}/>"
    content, _ = written(headers={"List-Unsubscribe": link})
    assert f"List-Unsubscribe: {link}\r\n".encode() in content


@pytest.mark.parametrize("value", ["two\nlines", "two\r\nBcc: x@y.example", "ä\nö"])
def test_no_header_smuggles_in_another(value: str) -> None:
    with pytest.raises(ValueError, match="two lines"):
        written(headers={"X-Odd": value})


def test_nobody_can_write_the_boundary_into_a_mail() -> None:
    boundaries = {written(html="<p>x</p>")[1].get_boundary() for _ in range(3)}
    assert len(boundaries) == 3


@pytest.mark.parametrize("html", ["", "<p>x</p>"])
def test_a_calendars_entry_is_the_last_part_and_comes_out_as_it_went_in(html: str) -> None:
    entry = "\r\n".join(["BEGIN:VCALENDAR", "METHOD:REQUEST", "SUMMARY:Größe", "END:VCALENDAR", ""])
    content, mail = written(html=html, calendar=entry)
    assert content.isascii()
    *others, part = mail.iter_parts()
    assert len(others) == (2 if html else 1)
    assert part["Content-Type"] == 'text/calendar; charset="utf-8"; method="REQUEST"'
    assert part.get_payload(decode=True) == entry.encode()
