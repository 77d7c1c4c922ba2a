"""Whether a file that was sent may be kept: its name, its size, and what it really is.

A name proves nothing, so each kind is looked into: pictures are decoded, archives are read by their directory without
unpacking anything, texts must be text. What a browser could run (HTML, SVG, scripts) is no kind that is taken.
"""

import re
import unicodedata
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any, Final

import puremagic
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

LONGEST_NAME: Final = 120
MOST_PIXELS: Final = 50_000_000  # decoded, some 200 MB
MOST_ENTRIES: Final = 2_000
MOST_UNPACKED: Final = 200 * 1024 * 1024
MOST_TIMES_LARGER: Final = 100  # unpacked, than the archive is; office files come to some 20
LONGEST_ENTRY: Final = 400  # bytes of an archive's directory, on average
SHORTEST_END, LONGEST_END = 22, 22 + 65_535  # of an archive: what it says about itself, and a comment
HEAD: Final = 4096  # bytes that tell what a file is

_CONTROLS: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")  # also what turns the direction of writing
_FORBIDDEN_IN_NAMES: Final = re.compile(r'[<>:"|?*\\/\x00-\x1f]')
_MARKUP: Final = re.compile(rb"<\s*(!doctype|html|head|body|script|svg|iframe|\?xml)", re.IGNORECASE)


class FileRefused(Exception):
    """The file is not kept; the message says why, and what to do."""


@dataclass(frozen=True)
class Checked:
    """A file that may be kept, under the name and with the type that it is given out with."""

    name: str
    content_type: str
    size: int
    content: "UploadedFile[Any]"


def check(upload: "UploadedFile[Any]") -> Checked:
    """Raises ``FileRefused``. The file stands at its beginning afterwards."""
    name = tidy_name(upload.name or "")
    stem, _dot, extension = name.rpartition(".")
    kind = KINDS.get(extension.lower())
    if not stem or kind is None:
        raise FileRefused(_("This kind of file is not taken. Send a PDF, a picture, a document, a table or a text."))
    size = upload.size or 0
    if not size:
        raise FileRefused(_("This file is empty. Choose another one."))
    if size > settings.UPLOAD_MAX_BYTES:
        values = {"size": filesizeformat(size), "most": filesizeformat(settings.UPLOAD_MAX_BYTES)}
        raise FileRefused(
            _("This file has %(size)s; at most %(most)s are taken. Make it smaller, or send a link.") % values
        )
    upload.seek(0)
    head = upload.read(HEAD)
    upload.seek(0)
    kind.look(upload.file, head)  # type: ignore[arg-type]
    upload.seek(0)
    return Checked(name=name, content_type=kind.content_type, size=size, content=upload)


def tidy_name(name: str) -> str:
    """The name alone, without a path, without what no reader sees, and with one ending."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    name = "".join(character for character in name if unicodedata.category(character) not in _CONTROLS)
    stem, dot, extension = _FORBIDDEN_IN_NAMES.sub("", name).strip(" .").rpartition(".")
    stem = " ".join(stem.replace(".", "-").split()).strip("- ")
    return f"{stem[: LONGEST_NAME - len(extension) - 1]}{dot}{extension}" if stem else f"{dot}{extension}"


def _not_what_it_says() -> FileRefused:
    return FileRefused(
        _("This file is not what its name says, or it is broken. Open it, save it anew, and choose it once more.")
    )


def _picture(form: str) -> Callable[[IO[bytes], bytes], None]:
    def look(file: IO[bytes], head: bytes) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                with Image.open(file, formats=[form]) as picture:
                    if picture.width * picture.height > MOST_PIXELS:
                        raise _too_many_pixels()
                    picture.verify()
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise _too_many_pixels() from error
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
            raise _not_what_it_says() from error

    return look


def _too_many_pixels() -> FileRefused:
    return FileRefused(_("This picture is too large to be shown. Make it smaller, and send it again."))


def _pdf(file: IO[bytes], head: bytes) -> None:
    if not head.startswith(b"%PDF-") or ".pdf" not in _endings(head):
        raise _not_what_it_says()


def _endings(head: bytes) -> set[str]:
    """The endings of all kinds that begin like this."""
    try:
        return {match.extension for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return set()


def _archive(*parts: str) -> Callable[[IO[bytes], bytes], None]:
    """An archive that has ``parts``; none for a plain one."""

    def look(file: IO[bytes], head: bytes) -> None:
        if not head.startswith(b"PK"):
            raise _not_what_it_says()
        _refuse_long_directory(file)
        try:
            with zipfile.ZipFile(file) as archive:
                entries = archive.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
            raise _not_what_it_says() from error
        _refuse_bomb(entries, _size(file))
        names = {entry.filename for entry in entries}
        if not names.issuperset(parts):
            raise _not_what_it_says()
        if parts and any(name.lower().endswith("vbaproject.bin") for name in names):
            raise FileRefused(_("This document has macros, which are not taken. Save it without them."))

    return look


def _refuse_long_directory(file: IO[bytes]) -> None:
    """Before it is read: ten megabytes of directory would become hundreds in memory."""
    size = _size(file)
    file.seek(-min(size, LONGEST_END), 2)
    end = file.read()
    at = end.rfind(b"PK\x05\x06")
    if at < 0 or len(end) < at + SHORTEST_END:
        raise _not_what_it_says()
    if int.from_bytes(end[at + 12 : at + 16], "little") > MOST_ENTRIES * LONGEST_ENTRY:
        raise _would_be_too_large()


def _would_be_too_large() -> FileRefused:
    return FileRefused(_("This file would become too large when it is unpacked, so it is not taken. Send less."))


def _refuse_bomb(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Nothing is unpacked: the archive's own directory says how large it would become."""
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    # Parts that lie over each other, as bombs have them, add up to more than there is.
    is_bomb = unpacked > MOST_UNPACKED or unpacked > MOST_TIMES_LARGER * max(size, 10_000) or packed > size
    if is_bomb or len(entries) > MOST_ENTRIES:
        raise _would_be_too_large()


def _size(file: IO[bytes]) -> int:
    file.seek(0, 2)
    return file.tell()


def _text(file: IO[bytes], head: bytes) -> None:
    file.seek(0)
    for line in iter(lambda: file.read(1 << 16), b""):
        if b"\0" in line:
            raise _not_what_it_says()
    if head.startswith((b"%PDF-", b"PK\x03\x04", b"MZ", b"\x7fELF", b"#!")) or _MARKUP.search(head):
        raise _not_what_it_says()


@dataclass(frozen=True)
class Kind:
    content_type: str
    look: Callable[[IO[bytes], bytes], None]


_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_OPEN: Final = "application/vnd.oasis.opendocument"
KINDS: Final[Mapping[str, Kind]] = {
    "pdf": Kind("application/pdf", _pdf),
    "png": Kind("image/png", _picture("PNG")),
    "jpg": Kind("image/jpeg", _picture("JPEG")),
    "jpeg": Kind("image/jpeg", _picture("JPEG")),
    "gif": Kind("image/gif", _picture("GIF")),
    "webp": Kind("image/webp", _picture("WEBP")),
    "docx": Kind(f"{_OFFICE}.wordprocessingml.document", _archive("[Content_Types].xml", "word/document.xml")),
    "xlsx": Kind(f"{_OFFICE}.spreadsheetml.sheet", _archive("[Content_Types].xml", "xl/workbook.xml")),
    "pptx": Kind(f"{_OFFICE}.presentationml.presentation", _archive("[Content_Types].xml", "ppt/presentation.xml")),
    "odt": Kind(f"{_OPEN}.text", _archive("mimetype", "content.xml")),
    "ods": Kind(f"{_OPEN}.spreadsheet", _archive("mimetype", "content.xml")),
    "odp": Kind(f"{_OPEN}.presentation", _archive("mimetype", "content.xml")),
    "zip": Kind("application/zip", _archive()),
    "csv": Kind("text/csv", _text),
    "txt": Kind("text/plain", _text),
}
ACCEPTED: Final = ",".join(f".{ending}" for ending in KINDS)  # for a form's field
