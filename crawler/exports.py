"""Owns the kinds of export: what each writes, from which captures, and how its file comes to be whole or not at all."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from crawler.user_agent import PRODUCT_TOKEN
from storage import __version__
from storage.archive_files import failed, fsync_directory
from storage.catalogue_selection import Chosen, Selection, Text, chosen, text_of
from storage.catalogue_store import Store
from storage.cdx import cdx_line, is_replayable
from storage.errors import UsageError
from storage.sorted_lines import sorted_lines
from storage.wacz import Label, write_wacz
from storage.wacz_signature import read_key
from storage.warc_copy import WarcCopy

__all__ = ["EXPORTS", "SOFTWARE", "Export", "Order", "export_note", "new_record_id", "whole_file"]

SOFTWARE: Final = f"{PRODUCT_TOKEN}/{__version__}"


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for."""

    archive_dir: Path
    selection: Selection
    words: str
    """The selection in words, for whoever opens the file later."""
    out: Path | None
    """None: standard output."""
    made: datetime
    operator: str | None = None
    with_text: bool = False
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """One kind of export."""

    write: Callable[[Store, Order], Mapping[str, Any]]
    """Writes the order and returns its counts."""
    suffixes: tuple[str, ...]
    """One of these ends the file's name."""
    needs_file: bool = True


def new_record_id() -> str:
    """Return a fresh WARC record id."""
    return f"urn:uuid:{uuid.uuid4()}"


def export_note(words: str, operator: str | None) -> tuple[tuple[str, str], ...]:
    """Return what the warcinfo of copied records says (WARC/1.1 section 6.2)."""
    note = [
        ("software", SOFTWARE),
        ("format", "WARC File Format 1.1"),
        ("conformsTo", "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"),
        ("description", f"records copied byte for byte from an archive: {words}"),
    ]
    return tuple(note + ([("operator", operator)] if operator else []))


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a new file that gets the name `path` when the block ends, durably, and vanishes when it raises.

    Raises:
        UsageError: something of that name exists.
        StorageError: the file cannot be written.
    """
    if path.exists():
        raise UsageError(f"{path}: exists already; give another name")
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with draft.open("xb+") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
        fsync_directory(path.parent)
    except FileExistsError as error:
        raise UsageError(f"{path}: exists already; give another name") from error
    except OSError as error:
        raise failed(path, "written", error) from error
    finally:
        draft.unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    hashed = sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            hashed.update(piece)
    return f"sha256:{hashed.hexdigest()}"


def _cdxj(store: Store, order: Order) -> Mapping[str, Any]:
    counts = {"captures": 0, "left_out": 0}

    def lines() -> Iterator[bytes]:
        for item in chosen(store, order.selection):
            counts["captures" if is_replayable(item.capture) else "left_out"] += 1
            if is_replayable(item.capture):
                yield cdx_line(item.capture)

    if order.out is None:
        sys.stdout.buffer.writelines(sorted_lines(lines()))
    else:
        with whole_file(order.out) as file:
            file.writelines(sorted_lines(lines(), folder=order.out.parent))
    return counts


def _warc(store: Store, order: Order) -> Mapping[str, Any]:
    out = cast(Path, order.out)
    captures = 0
    with whole_file(out) as file:
        copy = WarcCopy(
            order.archive_dir,
            file,
            name=out.name,
            note=export_note(order.words, order.operator),
            made=order.made,
            new_id=new_record_id,
            read_text=_reader(store) if order.with_text else None,
        )
        try:
            for item in chosen(store, order.selection):
                copy.add(item)
                captures += 1
        finally:
            copy.close()
    return {"captures": captures, "conversions": copy.conversions}


def _wacz(store: Store, order: Order) -> Mapping[str, Any]:
    key = read_key(order.key_file) if order.key_file is not None else None
    label = Label(
        title=f"Captures of {order.words}",
        description=f"Made by {SOFTWARE} from an archive of its own: {order.words}.",
        software=SOFTWARE,
        created=order.made,
        note=export_note(order.words, order.operator),
    )
    with whole_file(cast(Path, order.out)) as file:
        packed = write_wacz(
            file,
            order.archive_dir,
            store,
            order.selection,
            label,
            new_id=new_record_id,
            scratch=cast(Path, order.out).parent,
            key=key,
        )
    return {"captures": packed.captures, "pages": packed.pages, "files_whole": packed.files, "signed": key is not None}


def _reader(store: Store) -> Callable[[Chosen], Text | None]:
    return lambda item: None if item.version_id is None else text_of(store, item.version_id)


EXPORTS: Final[Mapping[str, Export]] = {
    "cdxj": Export(_cdxj, (".cdxj", ".cdx"), needs_file=False),
    "wacz": Export(_wacz, (".wacz",)),
    "warc": Export(_warc, (".warc.gz",)),
}
"""Kind -> how it is written."""
