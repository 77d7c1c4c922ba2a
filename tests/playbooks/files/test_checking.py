"""What a file says it is, and what it is."""

import io
import struct
import zipfile
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pytest_django import Settings

from playbooks.files.checking import FileRefused, check, tidy_name

WORD = ("[Content_Types].xml", "word/document.xml")


def picture(form: str = "PNG", size: tuple[int, int] = (4, 4)) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size).save(made, form)
    return made.getvalue()


def archive(*names: str, content: bytes = b"x", **more: Any) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in names:
            packed.writestr(name, content)
    return made.getvalue()


def huge_picture() -> bytes:
    """A PNG of a few bytes that says it has 100,000 by 100,000 pixels."""
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def overlapping() -> bytes:
    """An archive whose two hundred entries are all the same bytes of it."""
    made = archive(*(f"{number:03}" for number in range(200)), content=bytes(200_000))
    first, directory = made.index(b"PK\x03\x04"), made.index(b"PK\x01\x02")
    entries = bytearray(made[directory:])
    at = 0
    while (at := entries.find(b"PK\x01\x02", at)) >= 0:
        entries[at + 42 : at + 46] = struct.pack("<I", first)
        at += 4
    end = entries.rindex(b"PK\x05\x06")
    length = made.index(b"PK\x03\x04", 4)
    entries[end + 16 : end + 20] = struct.pack("<I", length)
    return made[:length] + bytes(entries)


def sent(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/png")  # what a browser says proves nothing


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("a.png", picture(), "image/png"),
        ("a.JPG", picture("JPEG"), "image/jpeg"),
        ("a.gif", picture("GIF"), "image/gif"),
        ("a.webp", picture("WEBP"), "image/webp"),
        ("a.pdf", b"%PDF-1.7\n%%EOF", "application/pdf"),
        ("a.zip", archive("b.txt"), "application/zip"),
        ("a.docx", archive(*WORD), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.csv", b"name;sum\nK\xfchn;3", "text/csv"),
        ("a.txt", "Grüße".encode(), "text/plain"),
    ],
)
def test_what_is_taken_has_the_type_that_was_found(name: str, content: bytes, content_type: str) -> None:
    upload = sent(name, content)
    checked = check(upload)
    assert (checked.name, checked.content_type, checked.size) == (name, content_type, len(content))
    assert upload.read() == content


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.svg", SVG, "This kind of file is not taken"),
        ("a.html", b"<html></html>", "This kind of file is not taken"),
        ("a.exe", b"MZ", "This kind of file is not taken"),
        ("a.pdf.exe", b"%PDF-1.7", "This kind of file is not taken"),
        ("a.docm", archive(*WORD), "This kind of file is not taken"),
        ("pdf", b"%PDF-1.7", "This kind of file is not taken"),
        (".pdf", b"%PDF-1.7", "This kind of file is not taken"),
        ("a.png", SVG, "not what its name says"),
        ("a.txt", SVG, "not what its name says"),
        ("a.csv", b"<!DOCTYPE html><script>", "not what its name says"),
        ("a.txt", b"a\0b", "not what its name says"),
        ("a.txt", b"MZ\x90", "not what its name says"),
        ("a.png", picture("JPEG"), "not what its name says"),
        ("a.png", picture()[:40], "not what its name says"),
        ("a.pdf", b"<html>%PDF-1.7", "not what its name says"),
        ("a.docx", archive("a.txt"), "not what its name says"),
        ("a.docx", b"PK\x03\x04 broken", "not what its name says"),
        ("a.zip", picture(), "not what its name says"),
        ("a.docx", archive(*WORD, "word/vbaProject.bin"), "has macros"),
        ("a.png", huge_picture(), "too large to be shown"),
        ("a.zip", archive("a", content=bytes(20_000_000)), "too large when it is unpacked"),
        ("a.docx", archive(*WORD, content=bytes(9_000_000)), "too large when it is unpacked"),
        ("a.zip", archive(*map(str, range(2001))), "too large when it is unpacked"),
        ("a.zip", overlapping(), "too large when it is unpacked"),
    ],
)
def test_what_lies_or_could_harm_is_refused_in_words(name: str, content: bytes, words: str) -> None:
    with pytest.raises(FileRefused, match=words):
        check(sent(name, content))


def test_a_file_has_a_size_and_a_limit(settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 10
    with pytest.raises(FileRefused, match="at most 10"):
        check(sent("a.txt", b"eleven bytes"))
    with pytest.raises(FileRefused, match="empty"):
        check(sent("a.txt", b""))


@pytest.mark.parametrize(
    ("name", "tidied"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\kim\\offer.pdf", "offer.pdf"),
        ("offer v1.2.pdf", "offer v1-2.pdf"),
        ("photo.php.jpg", "photo-php.jpg"),
        ("in\u202egpj.txt", "ingpj.txt"),
        ('a"b\r\nSet-Cookie: x.txt', "abSet-Cookie x.txt"),
        ("  .hidden.txt ", "hidden.txt"),
        ("Gru\u0308\u00dfe.txt", "Grüße.txt"),
        ("x" * 300 + ".txt", "x" * 116 + ".txt"),
    ],
)
def test_a_name_is_a_name_and_no_more(name: str, tidied: str) -> None:
    assert tidy_name(name) == tidied
