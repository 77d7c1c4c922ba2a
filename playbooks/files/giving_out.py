"""Giving a file out: always to be saved, with the type that was found in it, and never to be run."""

from typing import Final

from django.http import FileResponse, Http404

from playbooks.models.file import StoredFile, StoredFileQuerySet

POLICY: Final = "default-src 'none'; sandbox"


def give_out(files: StoredFileQuerySet, key: str) -> FileResponse:
    """The file among those that the reader may see; else 404."""
    stored = files.filter(key=key).first()
    if stored is None:
        raise Http404
    return as_response(stored)


def as_response(stored: StoredFile) -> FileResponse:
    try:
        content = stored.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(content, as_attachment=True, filename=stored.name, content_type=stored.content_type)
    response["Content-Length"] = str(stored.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "private, no-store"
    return response
