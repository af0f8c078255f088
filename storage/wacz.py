"""Owns the WACZ package (version 1.1.1): chosen captures with all that a player needs, in one file.

    archive/*.warc.gz            sealed files as they are, when all their captures are chosen; the rest copied into one
    indexes/index.cdx.gz, .idx   CDXJ in blocks, timestamps to the millisecond
    pages/pages.jsonl            every capture that shows an article, with its title; with our text where it is new
    datapackage.json             each of these with its SHA-256
    datapackage-digest.json      the SHA-256 of that, and the signature if there is a key

What a revisit refers to is always in the package. Nothing is held in memory that grows with every capture.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final

from storage.archive_files import warc_directory
from storage.catalogue_selection import Chosen, Selection, captures_in, chosen, chosen_by_file, text_of
from storage.catalogue_store import Store
from storage.cdx import cdx_line, cdx_timestamp, is_replayable, write_blocks
from storage.digest import sha256_of
from storage.errors import StorageError
from storage.seals import Seal, seal_lines
from storage.sorted_lines import sorted_lines
from storage.wacz_signature import VERSION, SigningKey
from storage.wacz_zip import WaczZip
from storage.warc_copy import WarcCopy, copy_range
from storage.warc_fields import timestamp
from storage.warc_members import open_warc
from storage.warc_records import target_uri

__all__ = ["Label", "Packed", "write_wacz"]

_DIGITS: Final = 17
_INDEX_NAME: Final = "index.cdx.gz"
_META: Final = b'!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n'


@dataclass(frozen=True, slots=True)
class Label:
    """What a package says of itself."""

    title: str
    description: str
    software: str
    created: datetime
    note: tuple[tuple[str, str], ...]
    """What the warcinfo of copied records says."""
    main_url: str | None = None
    """The page that a player opens."""
    main_date: datetime | None = None


@dataclass(frozen=True, slots=True)
class Packed:
    """What a package holds."""

    captures: int
    pages: int
    files: int
    """Of these, copied whole."""


def write_wacz(
    out: BinaryIO,
    archive_dir: Path,
    store: Store,
    selection: Selection,
    label: Label,
    *,
    new_id: Callable[[], str],
    scratch: Path | None = None,
    key: SigningKey | None = None,
) -> Packed:
    """Write the package of `selection` to `out`, a seekable file; `new_id` gives record ids.

    Parts are made in temporary files in the folder `scratch` (by default where the system has them).

    The same selection of the same archive with the same label and ids gives the same bytes. For one view of a catalogue
    that is being written, hold a read transaction.

    Raises:
        WarcError: the archive does not hold what the catalogue says.
        StorageError: a file is not as it was sealed, cannot be read, or `out` cannot be written.
    """
    package = WaczZip(out)
    try:
        with ExitStack() as stack:
            spools = [stack.enter_context(tempfile.TemporaryFile(dir=scratch)) for _ in range(4)]
            filler = _Filler(package, archive_dir, store, *spools[:3])
            filler.fill(selection, label, new_id)
            _write_index(package, spools[0], spools[3], scratch)
            package.add_file("pages/pages.jsonl", spools[1], packed=True)
            _write_manifest(package, label, key)
            package.close()
    except OSError as error:
        raise StorageError(f"the package cannot be written ({error.strerror or error})") from error
    return Packed(filler.captures, filler.pages, filler.files)


class _Filler:
    """Puts the WARC files in, and notes a line of the index and perhaps a page for each capture."""

    def __init__(
        self,
        package: WaczZip,
        archive_dir: Path,
        store: Store,
        index: BinaryIO,
        pages: BinaryIO,
        copied: BinaryIO,
    ) -> None:
        self._package = package
        self._archive_dir = archive_dir
        self._store = store
        self._index = index
        self._pages = pages
        self._copied = copied
        self.captures = 0
        self.pages = 0
        self.files = 0
        pages.write(_json_line({"format": "json-pages-1.0", "id": "pages", "title": "All Pages", "hasText": True}))

    def fill(self, selection: Selection, label: Label, new_id: Callable[[], str]) -> None:
        whole = self._whole(selection)
        for seal in whole.values():
            self._copy_whole(seal)
        rest = (item for item in chosen(self._store, selection) if self._is_left(item, whole))
        first = next(rest, None)
        if first is not None:
            self._copy_some(chain([first], rest), label, new_id)

    def _is_left(self, item: Chosen, whole: Iterable[str]) -> bool:
        if item.capture.warc_file not in whole:
            return True
        self._note(item, item.capture.warc_file, item.capture.warc_offset)
        return False

    def _whole(self, selection: Selection) -> dict[str, Seal]:
        """Return the seals of the files of which every capture is chosen, in order of name."""
        seals = {line.seal.name: line.seal for line in seal_lines(self._archive_dir) if line.seal is not None}
        counts = chosen_by_file(self._store, selection)
        return {
            name: seals[name]
            for name, count in counts.items()
            if name in seals and count == captures_in(self._store, name)
        }

    def _copy_whole(self, seal: Seal) -> None:
        path = warc_directory(self._archive_dir) / seal.name
        with open_warc(path) as file:
            pieces = copy_range(file, path, 0, seal.size_bytes)
            added = self._package.add(f"archive/{seal.name}", pieces, seal.size_bytes)
        if added.hash != f"sha256:{seal.sha256}":
            raise StorageError(f"{path}: is not as it was sealed; run `scrapy verify`")
        self.files += 1

    def _copy_some(self, items: Iterable[Chosen], label: Label, new_id: Callable[[], str]) -> None:
        name = f"shilu-export-{cdx_timestamp(label.created, _DIGITS)}.warc.gz"
        copy = WarcCopy(self._archive_dir, self._copied, name=name, note=label.note, made=label.created, new_id=new_id)
        try:
            for item in items:
                self._note(item, name, copy.add(item))
        finally:
            copy.close()
        self._package.add_file(f"archive/{name}", self._copied)

    def _note(self, item: Chosen, filename: str, offset: int) -> None:
        self.captures += 1
        if not is_replayable(item.capture):
            return
        self._index.write(cdx_line(item.capture, filename=filename, offset=offset, digits=_DIGITS))
        page = self._page(item)
        if page is not None:
            self._pages.write(_json_line(page))
            self.pages += 1

    def _page(self, item: Chosen) -> dict[str, Any] | None:
        capture = item.capture
        text = text_of(self._store, item.version_id) if item.version_id is not None else None
        if text is None:
            return None
        page = {
            "id": capture.id.rpartition(":")[2],
            "url": target_uri(capture.url),
            "ts": _rfc3339(capture.captured),
            "title": text.title or capture.url,
        }
        is_first = capture.kind == "response" or capture.id == item.version_id
        return page | ({"text": text.body} if is_first else {})


def _write_index(package: WaczZip, lines: BinaryIO, blocks: BinaryIO, scratch: Path | None) -> None:
    lines.seek(0)
    index = [_META]
    for block in write_blocks(sorted_lines(lines, folder=scratch), blocks):
        place = {"offset": block.offset, "length": block.length, "digest": block.digest, "filename": _INDEX_NAME}
        index.append(f"{block.first} {json.dumps(place)}\n".encode("ascii"))
    package.add_file(f"indexes/{_INDEX_NAME}", blocks)
    package.add("indexes/index.idx", index, sum(map(len, index)), packed=True)


def _write_manifest(package: WaczZip, label: Label, key: SigningKey | None) -> None:
    created = _rfc3339(label.created)
    main = {
        "mainPageUrl": label.main_url,
        "mainPageDate": label.main_date and _rfc3339(label.main_date),
    }
    manifest = {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": label.title,
        "description": label.description,
        "created": created,
        "software": label.software,
        **{name: value for name, value in main.items() if value is not None},
        "resources": [{"name": resource.path.rpartition("/")[2], **asdict(resource)} for resource in package.resources],
    }
    content = json.dumps(manifest, ensure_ascii=False, indent=2).encode("utf-8")
    digest: dict[str, Any] = {"path": "datapackage.json", "hash": sha256_of(content)}
    if key is not None:
        digest["signedData"] = {
            "hash": digest["hash"],
            "created": created,
            "software": label.software,
            "version": VERSION,
            "signature": key.sign(digest["hash"]),
            "publicKey": key.public,
        }
    for path, body in (
        ("datapackage.json", content),
        ("datapackage-digest.json", json.dumps(digest, indent=2).encode("ascii")),
    ):
        package.add(path, [body], len(body), packed=True)


def _json_line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _rfc3339(at: datetime) -> str:
    """Return `at` as UTC to the millisecond, cut as the index cuts it, so that a player finds one by the other."""
    return timestamp(at)[:-4] + "Z"
