"""Owns the forms of a citation: GB/T 7714-2015 with the proof beneath, BibTeX, CSL-JSON, and plain fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, timedelta
from typing import Any, Final
from urllib.parse import quote

from crawler.citation import Citation, Proof
from crawler.terminal import clean, json_line
from storage.stamps import stamp

__all__ = ["FORMS", "fields_of", "reference"]

_AUTHORS_NAMED: Final = 3
"""GB/T 7714-2015 section 8.1.2: the first three, then 等."""
_LANGUAGE: Final = "zh"


def reference(citation: Citation) -> str:
    """Return the line that GB/T 7714-2015 asks for: authors. title[EB/OL]. publication, year(published)[captured]. URL.

    Dates are those of the page and of the source's zone; a page without a title is named by its address.
    """
    named = [clean(author) for author in citation.authors[:_AUTHORS_NAMED]]
    authors = ", ".join(named) + (", 等" if len(citation.authors) > _AUTHORS_NAMED else "")
    title = clean(citation.title or citation.url).strip()
    day = (citation.published or "")[:10]
    issued = f", {day[:4]}({day})" if len(day) > 4 else f", {day}" if day else ""
    lead = f"{authors}. " if authors else ""
    where = f"{clean(citation.publication)}{issued}[{citation.captured:%Y-%m-%d}]"
    return f"{lead}{title}[EB/OL]. {where}. {clean(citation.url)}."


def fields_of(citation: Citation) -> dict[str, Any]:
    """Return every field by name, the proof's among them, as one JSON object has them."""
    plain = {
        **{name: value for name, value in asdict(citation).items() if name not in ("proof", "original", "apart")},
        "captured_local": citation.captured.isoformat(),
        "apart_s": None if citation.apart is None else citation.apart.total_seconds(),
        **_proof_fields(citation.proof),
        "original": None if citation.original is None else _proof_fields(citation.original),
        "reference": reference(citation),
    }
    return plain | {"captured": stamp(citation.captured)}


def _proof_fields(proof: Proof) -> dict[str, Any]:
    return {**asdict(proof), "captured": stamp(proof.captured)}


# --- text --------------------------------------------------------------------------------------


def _text(citation: Citation) -> str:
    lines = [reference(citation), ""]
    lines += [f"{name:<10} {clean(value)}" for name, value in _proof_lines(citation)]
    return "\n".join(lines)


def _proof_lines(citation: Citation) -> Iterator[tuple[str, str]]:
    proof = citation.proof
    yield "published", citation.published or "the page does not say"
    captured = citation.captured.isoformat(timespec="seconds")
    yield "captured", f"{captured} ({stamp(citation.captured)}){_nearest(citation.apart)}"
    if citation.version is not None:
        yield "version", f"{citation.version} of {citation.versions}"
    if citation.origin:
        yield "origin", citation.origin
    yield from _place_lines("record", proof)
    if citation.original is not None:
        says = "the server says so (304)" if citation.status == 304 else "received again"
        yield "revisit", f"of the payload of {citation.original.url} ({stamp(citation.original.captured)}): {says}"
        yield from _place_lines("original", citation.original)


def _place_lines(name: str, proof: Proof) -> Iterator[tuple[str, str]]:
    yield name, proof.capture_id
    yield "  block", proof.block_digest
    yield "  payload", proof.payload_digest
    yield "  lies in", f"{proof.warc_file}, offset {proof.warc_offset}, length {proof.warc_length}"
    yield "  file", f"sha256:{proof.file_sha256}" if proof.file_sha256 else "not sealed yet"


def _nearest(apart: timedelta | None) -> str:
    if apart is None:
        return ""
    seconds = round(abs(apart.total_seconds()))
    far = f"{timedelta(seconds=seconds)} {'before' if apart < timedelta(0) else 'after'} it" if seconds else "at it"
    return f"; the nearest to the time asked for, {far}"


# --- machines ----------------------------------------------------------------------------------


def _note(citation: Citation) -> str:
    proof = citation.proof
    note = f"WARC record {proof.capture_id}, {proof.payload_digest}, in {proof.warc_file} at {proof.warc_offset}"
    original = citation.original
    return note + (f", revisit of {original.capture_id}" if original else "")


def _key(citation: Citation) -> str:
    digits = re.sub(r"[^0-9a-f]", "", citation.proof.capture_id.rpartition(":")[2])
    return f"{citation.source}-{citation.captured:%Y%m%d}-{digits[-8:]}"


def _bibtex(citation: Citation) -> str:
    """Return an entry of biblatex's type @online."""
    fields = {
        "author": " and ".join(f"{{{_tex(author)}}}" for author in citation.authors),
        "title": f"{{{_tex(citation.title or citation.url)}}}",
        "organization": _tex(citation.publication),
        "date": (citation.published or "")[:10],
        "urldate": f"{citation.captured:%Y-%m-%d}",
        "url": quote(clean(citation.url), safe="%/:?#[]@!$&'()*+,;=~-._"),
        "note": _tex(_note(citation)),
        "langid": "chinese",
    }
    said = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@online{{{_key(citation)},\n{said}}}"


def _tex(text: str) -> str:
    return re.sub(r"[\\{}$&#%_~^]", lambda match: _TEX[match[0]], clean(text))


def _csl(citation: Citation) -> str:
    """Return a CSL-JSON list of one item of type webpage."""
    item: dict[str, Any] = {
        "id": _key(citation),
        "type": "webpage",
        "title": citation.title or citation.url,
        "container-title": citation.publication,
        "author": [{"literal": author} for author in citation.authors],
        "issued": _date_parts((citation.published or "")[:10]),
        "accessed": _date_parts(f"{citation.captured:%Y-%m-%d}"),
        "URL": citation.url,
        "archive_location": f"{citation.proof.warc_file}:{citation.proof.warc_offset}",
        "note": f"{_note(citation)}, captured {citation.captured.astimezone(UTC).isoformat()}",
        "language": _LANGUAGE,
    }
    return f"[{json_line({name: value for name, value in item.items() if value})}]"


def _date_parts(day: str) -> dict[str, Any]:
    return {"date-parts": [[int(part) for part in day.split("-")]]} if day else {}


_TEX: Final = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", **{mark: f"\\{mark}" for mark in "$&#%_"},
}  # fmt: skip

FORMS: Final[Mapping[str, Callable[[Citation], str]]] = {"text": _text, "bibtex": _bibtex, "csl-json": _csl}
"""Name of a form -> how it is written."""
