"""Sending a file to the import's pages, and deciding about it."""

from collections.abc import Callable
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from partners.models import Member, Upload, User, Vendor

SignIn = Callable[[Member | User], Client]
GOOD = "Firma;Ansprechpartner;E-Mail;Land\nHafen IT;Hanna Hafen;hanna@hafen.example;AT\n"
MIXED = GOOD + "Nord;;kein\n"


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def send(
    client: Client, vendor: Vendor, content: str | bytes, *, kind: str = "partners", name: str = "list.csv"
) -> HttpResponse:
    file = SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
    return client.post(reverse(f"desk-{kind}-import", args=[vendor.slug]), {"file": file})  # type: ignore[return-value]


def uploaded(
    client: Client, vendor: Vendor, content: str | bytes, *, kind: str = "partners", name: str = "list.csv"
) -> str:
    response = send(client, vendor, content, kind=kind, name=name)
    assert response.status_code == 302, response.content.decode()
    return response["Location"]


def mapping_of(upload: Upload) -> dict[str, str]:
    return {key: str(at) for key, at in upload.mapping.items()}


def decide(client: Client, page: str, action: str, **more: str) -> HttpResponse:
    return client.post(page, {**mapping_of(Upload.objects.latest("pk")), "action": action, **more})  # type: ignore[return-value]
