"""Front-end packages as static files: a finder with an allow list, and the storage that names them.

`node_modules` holds thousands of files; pages use about a dozen. The finder serves exactly those,
under `vendor/`, so that no third-party file is ever copied into the repository.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import crispy_bootstrap5  # type: ignore[import-untyped]
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage, Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from onboarding_portal import linking, trimming
from playbooks.certificates.fonts import FONT_FILES

OURS = ("templates", "static", "partners", "playbooks", "followups", "onboarding_portal")
INTER = "@fontsource-variable/inter"
INTER_FILE = "files/inter-{}-wght-normal.woff2"
INTER_SUBSETS = ("cyrillic-ext", "cyrillic", "greek-ext", "greek", "vietnamese", "latin-ext", "latin")

TABLER = "vendor/tabler/tabler.min.css"

VENDOR_FILES: Mapping[str, str] = {
    TABLER: "@tabler/core/dist/css/tabler.min.css",
    "vendor/tabler/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "vendor/sortable/Sortable.min.js": "sortablejs/Sortable.min.js",
    **linking.SERVED,
    "vendor/prosemirror/prosemirror.css": "prosemirror-view/style/prosemirror.css",
    "vendor/inter/inter.css": f"{INTER}/wght.css",
    **{f"vendor/inter/{INTER_FILE.format(subset)}": f"{INTER}/{INTER_FILE.format(subset)}" for subset in INTER_SUBSETS},
}
"""The address of each file below STATIC_URL, and where it lies below node_modules."""


PRINTED = [f"@expo-google-fonts/{file}" for file in FONT_FILES.values()]
"""Read from where they lie and served to nobody: what certificates are set in."""


def trim_tabler(root: Path) -> Path:
    """What the pages use of Tabler, in a file that is written anew where one of its sources is younger."""
    whole, base, target = root / VENDOR_FILES[TABLER], Path(settings.BASE_DIR), settings.VAR_DIR / "tabler.min.css"
    folders = [*(base / name for name in OURS), Path(crispy_bootstrap5.__path__[0])]
    sources = [file for folder in folders for file in trimming.sources_in(folder)]
    styles = sorted((base / "static" / "css").glob("*.css"))
    youngest = max(file.stat().st_mtime for file in (whole, Path(trimming.__file__), *styles, *sources))
    if not target.is_file() or target.stat().st_mtime < youngest:
        read_by = "".join(style.read_text(encoding="utf-8") for style in styles)
        words = trimming.words_in(sources)
        content = trimming.trimmed(whole.read_text(encoding="utf-8"), words=words, read_by=read_by)
        fresh = target.with_name(f"{target.name}.{os.getpid()}")
        fresh.write_text(content, encoding="utf-8")
        fresh.replace(target)
    return Path(target)


def served(root: Path, name: str) -> Path:
    """The file of VENDOR_FILES that is served as ``name``: the package's own, or what is made of it."""
    if name == TABLER:
        return trim_tabler(root)
    if name in linking.SERVED:
        return linking.link(root / VENDOR_FILES[name], settings.VAR_DIR / "modules" / Path(name).name)
    return root / VENDOR_FILES[name]


class PackageStorage(FileSystemStorage):
    """Reads the files of VENDOR_FILES by the name they are served under."""

    def path(self, name: str) -> str:
        return str(served(Path(self.location), name))


class NodePackageFinder(BaseFinder):
    """Finds the files of VENDOR_FILES among the installed npm packages."""

    def __init__(self, app_names: Any = None, *args: Any, **kwargs: Any) -> None:
        self.root = Path(settings.BASE_DIR) / "node_modules"
        self.storage = PackageStorage(location=self.root)
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        needed = [*VENDOR_FILES.values(), *PRINTED]
        missing = [source for source in needed if not (self.root / source).is_file()]
        if not missing:
            return []
        return [
            Error(
                f"{len(missing)} front-end files are missing, the first is node_modules/{missing[0]}.",
                hint="Install the packages of package-lock.json: `npm ci`, or `make install`.",
                id="onboarding_portal.E010",
            )
        ]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The file's path, or a list of it with find_all; an empty list where there is none."""
        source = VENDOR_FILES.get(path)
        if source is None or not (self.root / source).is_file():
            return []
        found = str(served(self.root, path))
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for name in VENDOR_FILES:
            if (self.root / VENDOR_FILES[name]).is_file():
                yield name, self.storage


class ManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Files named by their content and compressed.

    Source maps are not served, so the comments that point at them are dropped: left in, they
    would stop the post-processing with a missing file. What a module imports is named by its content, too.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        *((folder, linking.IMPORTS) for folder in (f"{linking.FOLDER}/*.js", "js/writing/*.js")),
    )

    @cache  # noqa: B019 - there is one storage, and the files do not change while it lives
    def url(self, name: str | None, force: bool = False) -> str:
        return str(super().url(name, force))

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Callable[[re.Match[str]], str]:
        if template is not None and "sourceMappingURL" in template:
            return lambda _comment: ""
        return cast(Callable[[re.Match[str]], str], super().url_converter(name, hashed_files, template))
