"""Owns what comes before a crawl's first fetch: files left by dead crawls are mended, sealed and catalogued, their
pages read again.

After 50 kills 1,011 of 1,915 pages were only in the WARC (traps.md): to index the captures is not enough, their links
and articles are due too.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.archived_outcomes import CrawlStart, outcomes_of
from pipelines.revisits import Referred
from storage.archive_files import warc_directory
from storage.archived import Opening
from storage.catalogue import Catalogue
from storage.errors import LockedError, WarcError
from storage.locks import recovery_lock, source_lock
from storage.model import CrawlEnd, Outcome
from storage.reader import walk
from storage.recovery import recover
from storage.seals import Seal, seal_lines

__all__ = ["BATCH", "Indexed", "catch_up", "index_file", "sealed_files"]

BATCH = 200
"""Outcomes in one transaction: at 0.3 ms a page the lock is held for well under the busy timeout."""


def catch_up(
    archive_dir: Path, catalogue: Catalogue, *, max_body_bytes: int, source: str, tell: Callable[[str], None]
) -> int:
    """Catalogue every sealed file that the catalogue does not know as sealed, and return how many captures that added.

    The caller holds the lock of `source`; files of other sources are taken only while nobody crawls those.

    Raises:
        StorageError: a file cannot be mended or read, or the catalogue not be written.
    """
    added = 0
    owners: set[str] = set()
    with recovery_lock(archive_dir).acquire(wait=True):
        for mended in recover(archive_dir):
            tell(str(mended))
        known = {row["name"] for row in catalogue.warcs() if row["sealed"] is not None}
        for path, seal in sealed_files(archive_dir):
            if path.name in known or seal is None:
                continue
            with ExitStack() as held:
                try:
                    owner = owner_of(path)
                    if owner != source:
                        held.enter_context(source_lock(archive_dir, owner).acquire())
                except LockedError:
                    continue  # its own crawl catalogues it
                except WarcError as error:
                    tell(f"{error}; left out, `scrapy verify` tells all")
                    continue
                indexed = index_file(path, catalogue, max_body_bytes=max_body_bytes, seal=seal)
                owners.add(owner)
                added += indexed.captures
                if indexed.captures:
                    tell(f"{path.name}: {indexed.captures} captures that were not catalogued are so now")
                if indexed.damage is not None:
                    tell(f"{indexed.damage}; what follows is left out, `scrapy verify` tells all")
        _interrupt(archive_dir, catalogue, owners, source)
    return added


def _interrupt(archive_dir: Path, catalogue: Catalogue, owners: set[str], source: str) -> None:
    """Call the runs of `owners` that never ended interrupted: once all files of a run are in, it can be judged."""
    for owner in sorted(owners):
        with ExitStack() as held:
            try:
                if owner != source:
                    held.enter_context(source_lock(archive_dir, owner).acquire())
            except LockedError:
                continue  # its own crawl has begun
            catalogue.interrupt_crawls(owner)


def sealed_files(archive_dir: Path) -> list[tuple[Path, Seal | None]]:
    """Return every finished WARC file on disk with its seal, None where no line names it; those of one source in
    their order.

    Raises:
        StorageError: the seals cannot be read.
    """
    seals = {line.seal.name: line.seal for line in seal_lines(archive_dir) if line.seal is not None}
    # The name begins with source and time, so sorting puts the files of one source in the order of their writing.
    paths = sorted(warc_directory(archive_dir).glob("*.warc.gz"))
    return [(path, seals.get(path.name)) for path in paths]


def owner_of(path: Path) -> str:
    """Return the name of the source whose crawl wrote the WARC file.

    Raises:
        WarcError: the file does not begin with a warcinfo record of ours.
    """
    for entry in walk(path):
        if isinstance(entry, Opening):
            return entry.source
        break
    raise WarcError(f"{path}: does not begin with a warcinfo record of Shilu")


@dataclass(frozen=True, slots=True)
class Indexed:
    """What cataloguing one file did."""

    captures: int
    """That the catalogue did not have."""
    damage: str | None
    """Where and how the file breaks its format; everything before is catalogued."""


def index_file(path: Path, catalogue: Catalogue, *, max_body_bytes: int, seal: Seal) -> Indexed:
    """Catalogue what `path` holds and the catalogue lacks, then the file itself as its seal says.

    A damaged file is catalogued as far as it is whole: one bad file must not keep the others from being used.

    Raises:
        StorageError: the file cannot be read, or the catalogue not be written.
    """
    batch: list[Outcome] = []
    added, damage = 0, None
    referred = Referred(path.parent.parent, catalogue)
    catalogue.open_warc(seal.name, f"warc/{seal.name}")
    try:
        entries = outcomes_of(path, max_body_bytes=max_body_bytes, unknown=catalogue.lacks, referred=referred)
        for entry in entries:
            if isinstance(entry, CrawlStart):
                opening = entry.opening
                catalogue.start_crawl(opening.crawl_id, entry.source, opening.started, opening.thresholds)
            elif isinstance(entry, CrawlEnd):
                added += _flush(catalogue, batch)
                referred.committed()
                catalogue.end_crawl(entry)
            else:
                batch.append(entry)
                referred.wait(entry)
                if len(batch) >= BATCH:
                    added += _flush(catalogue, batch)
                    referred.committed()
    except WarcError as error:
        damage = str(error)
    added += _flush(catalogue, batch)
    catalogue.seal_warc(seal.name, f"warc/{seal.name}", seal.size_bytes, seal.sha256, seal.sealed)
    return Indexed(added, damage)


def _flush(catalogue: Catalogue, batch: list[Outcome]) -> int:
    fetched = catalogue.commit(batch, now=datetime.now(UTC)).fetched if batch else 0
    batch.clear()
    return fetched
