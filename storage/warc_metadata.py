"""Owns what our metadata, warcinfo and crawl-end records say, both ways: values of the model to fields and back.

An attempt's metadata block is `application/warc-fields` (see warc_fields). A field without a value is left out. Only
when bytes came before the final response or after it, `interim-length` and `surplus-length` end the fields, and an
empty line and those bytes, verbatim and in this order, follow. Interim, response and surplus together equal the wire.

Beside a revisit record that leaves its payload out, `response-length` says how long the whole response was, and where
its body was chunked, `framing-length` ends the fields: so many bytes, after the others, are the framing. With the head,
which the revisit record holds, and the payload, whose digest it states, that is the response to the byte.
"""

from __future__ import annotations

import math
import re
from datetime import datetime

from storage.archived import Opening, Place
from storage.block import Block
from storage.http_head import MAX_HEAD_BYTES
from storage.model import Attempt, CrawlEnd, Exchange, Failure, Thresholds, Tls
from storage.payload import Abridged
from storage.warc_fields import NOTE, Described, FieldError, instant, render_fields, timestamp

__all__ = [
    "attempt_block",
    "crawl_end_block",
    "is_attempt",
    "is_crawl_end",
    "read_abridged",
    "read_attempt",
    "read_crawl_end",
    "read_opening",
    "warcinfo_block",
]

CRAWL_END = "crawl-end"
SETTING = "setting-"
_COUNT = re.compile(r"\d{1,18}")


def attempt_block(exchange: Exchange, attempt: Attempt, abridged: Abridged | None = None) -> bytes:
    """Return the block of an attempt's metadata record: all of `attempt`, and of `exchange` all but its two blocks.

    `abridged` is what its revisit record keeps of the response, None when that is there whole.
    """
    fields = [*_attempt_fields(attempt), *_exchange_fields(exchange)]
    framing = b""
    if abridged is not None:
        framing = abridged.framing
        fields.append(("response-length", str(abridged.response_bytes)))
    if exchange.interim or exchange.surplus:
        fields.append(("interim-length", str(len(exchange.interim))))
        fields.append(("surplus-length", str(len(exchange.surplus))))
    if framing:
        fields.append(("framing-length", str(len(framing))))
    after = exchange.interim + exchange.surplus + framing
    return render_fields(fields) + (b"\r\n" + after if after else b"")


def read_attempt(said: Described, *, started: datetime, request: bytes, response: Block) -> tuple[Exchange, Attempt]:
    """Return what `attempt_block` was given, from its fields; `started` is WARC-Date, the blocks are the others'.

    Raises:
        FieldError: the block is not what `attempt_block` writes.
    """
    interim, surplus, _ = _bytes_after(said)
    exchange = Exchange(
        url=said.text("url"),
        method=said.text("method"),
        request=request,
        response=response,
        started=started,
        duration_s=said.read("duration-s", _seconds),
        interim=interim,
        surplus=surplus,
        ip=said.optional("ip"),
        proxy=said.optional("proxy"),
        tls=_tls(said),
        truncated=said.optional("truncated"),
        failure=_failure(said),
        notes=said.notes,
    )
    return exchange, _attempt(said)


def read_abridged(said: Described, head: Block) -> Abridged | None:
    """Return what the block says of a response whose revisit record keeps `head` alone; None when it was whole.

    Raises:
        FieldError: the block is not what `attempt_block` writes.
    """
    if "response-length" not in said:
        return None
    _, _, framing = _bytes_after(said)
    return Abridged(head[:MAX_HEAD_BYTES], framing, said.read("response-length", _count))


def crawl_end_block(end: CrawlEnd) -> bytes:
    """Return the block of the metadata record that ends a crawl."""
    return render_fields(
        [
            ("event", CRAWL_END),
            ("crawl", end.crawl_id),
            ("source", end.source),
            ("started", timestamp(end.started)),
            ("finished", timestamp(end.finished)),
            ("outcome", end.outcome),
            ("not-reached", str(end.not_reached)),
        ]
    )


def is_attempt(said: Described) -> bool:
    """Whether the fields are those of an attempt."""
    return "role" in said


def is_crawl_end(said: Described) -> bool:
    """Whether the fields are those of the end of a crawl."""
    return said.optional("event") == CRAWL_END


def read_crawl_end(said: Described) -> CrawlEnd:
    """Return what `crawl_end_block` was given, from the fields it wrote.

    Raises:
        FieldError: they are not what `crawl_end_block` writes.
    """
    return CrawlEnd(
        crawl_id=said.text("crawl"),
        source=said.text("source"),
        started=said.read("started", instant),
        finished=said.read("finished", instant),
        outcome=said.text("outcome"),
        not_reached=said.read("not-reached", _count),
    )


def warcinfo_block(opening: Opening) -> bytes:
    """Return the block of a warcinfo record; the first seven fields are named as WARC/1.1 section 6.2 names them."""
    return render_fields(
        [
            ("software", opening.software),
            ("format", "WARC File Format 1.1"),
            ("conformsTo", "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"),
            ("isPartOf", opening.crawl_id),
            ("operator", opening.operator),
            ("http-header-user-agent", opening.user_agent),
            ("robots", opening.robots_policy),
            ("crawl", opening.crawl_id),
            ("source", opening.source),
            ("started", timestamp(opening.started)),
            ("removal-observations", str(opening.thresholds.removal_observations)),
            ("removal-span-s", str(opening.thresholds.removal_span_s)),
            *((SETTING + name, value) for name, value in opening.settings),
        ]
    )


def read_opening(block: bytes, *, place: Place, name: str, opened: datetime) -> Opening:
    """Return what `warcinfo_block` was given; `name` and `opened` are WARC-Filename and WARC-Date.

    Raises:
        FieldError: the block is not what `warcinfo_block` writes.
    """
    said = Described(block)
    return Opening(
        place=place,
        name=name,
        opened=opened,
        crawl_id=said.text("crawl"),
        source=said.text("source"),
        started=said.read("started", instant),
        thresholds=Thresholds(said.read("removal-observations", _count), said.read("removal-span-s", _count)),
        software=said.text("software"),
        operator=said.text("operator"),
        user_agent=said.text("http-header-user-agent"),
        robots_policy=said.text("robots"),
        settings=said.beginning(SETTING),
    )


def _attempt_fields(attempt: Attempt) -> list[tuple[str, str]]:
    fields = [
        ("source", attempt.source),
        ("rules", attempt.rules_digest),
        ("crawl", attempt.crawl_id),
        ("role", attempt.role),
        ("relation", attempt.relation),
        ("hops", str(attempt.hops)),
        ("number", str(attempt.number)),
    ]
    return fields if attempt.via is None else [*fields, ("via", attempt.via)]


def _exchange_fields(exchange: Exchange) -> list[tuple[str, str]]:
    tls, failure = exchange.tls, exchange.failure
    fields: list[tuple[str, str | None]] = [
        ("url", exchange.url),
        ("method", exchange.method),
        ("duration-s", repr(float(exchange.duration_s))),
        ("ip", exchange.ip),
        ("proxy", exchange.proxy),
        ("tls-version", tls.version if tls else None),
        ("tls-cipher", tls.cipher if tls else None),
        ("tls-verified", ("yes" if tls.verified else "no") if tls else None),
        ("tls-reason", tls.reason if tls else None),
        ("tls-chain-sha256", tls.chain_sha256 if tls else None),
        ("truncated", exchange.truncated),
        ("failure-stage", failure.stage if failure else None),
        ("failure-reason", failure.reason if failure else None),
        *((NOTE, note) for note in exchange.notes),
    ]
    return [(name, value) for name, value in fields if value is not None]


def _attempt(said: Described) -> Attempt:
    return Attempt(
        source=said.text("source"),
        crawl_id=said.text("crawl"),
        role=said.text("role"),
        via=said.optional("via"),
        relation=said.text("relation"),
        hops=said.read("hops", _count),
        number=said.read("number", _count),
        rules_digest=said.text("rules"),
    )


def _tls(said: Described) -> Tls | None:
    if "tls-version" not in said:
        return None
    return Tls(
        version=said.text("tls-version"),
        cipher=said.text("tls-cipher"),
        verified=said.read("tls-verified", _yes_or_no),
        reason=said.optional("tls-reason"),
        chain_sha256=said.optional("tls-chain-sha256"),
    )


def _failure(said: Described) -> Failure | None:
    if "failure-stage" not in said:
        return None
    return Failure(said.text("failure-stage"), said.text("failure-reason"))


def _bytes_after(said: Described) -> tuple[bytes, bytes, bytes]:
    """Return the interim, surplus and framing bytes behind the fields."""
    framing = said.read("framing-length", _count) if "framing-length" in said else 0
    interim = surplus = 0
    if "interim-length" in said or len(said.rest) > framing:
        interim, surplus = said.read("interim-length", _count), said.read("surplus-length", _count)
    declared = interim + surplus + framing
    if declared != len(said.rest):
        raise FieldError(f"interim-, surplus- and framing-length: {len(said.rest)} bytes follow, not {declared}")
    return said.rest[:interim], said.rest[interim : interim + surplus], said.rest[interim + surplus :]


def _count(text: str) -> int:
    if not _COUNT.fullmatch(text):
        raise ValueError(f"no count: {text[:40]!r}")
    return int(text)


def _seconds(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"no finite number: {text[:40]!r}")
    return value


def _yes_or_no(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError(f"neither yes nor no: {text[:40]!r}")
    return text == "yes"
