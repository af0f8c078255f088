"""Owns what becomes of a page: one look after another at it, and the versions, states and events that follow. Pure.

    live ──gone──▶ suspect ──enough gone over enough time──▶ removed
      ▲              │ present: `cleared`                      │ present: `restored`
      └──────────────┴─────────────────────────────────────────┘
    live ──as many unreachable over as long──▶ unobserved ──present──▶ live

One failure is never a removal unless the thresholds say so. An unreachable look says nothing: it neither counts towards
a removal nor ends a run of `gone` ones. Events carry an interval: `after` is the last look that told something
before, so what happened, happened between `after` and `observed`; for `removed`, which states a verdict, it is the last
time the page was seen, and the detail names the first time it was not. For `edited` it is the last look that brought
the page itself: a 304 since then is the server's word, and the detail names the last one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Final, TypeAlias

from pipelines.absence import gone, moved, unreachable
from storage.addresses import is_elsewhere, takes_over
from storage.model import Article, Event, Observation, PageState, Settlement, Thresholds, Version
from storage.stamps import stamp

__all__ = ["Reread", "differences", "settle", "text_digest"]

Reread: TypeAlias = Callable[[Version], Article | None]
"""Extracts the capture of a version again with today's extractor; None when that is not to be had."""

_LINKS_TOLD: Final = 50
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False).encode
_COMPARED: Final = ("title", "authors", "editors", "origin", "published", "body")
"""What makes a text a distinct version (design: "When a text is a new version")."""


def settle(
    state: PageState | None,
    page_id: str,
    url: str,
    observation: Observation,
    thresholds: Thresholds,
    *,
    reread: Reread | None = None,
) -> Settlement:
    """Return what one look does to a page; `state` is None before the first.

    A 304 is the server's claim: it ends no suspicion. A changed text is `edited` only against a text of the same
    extractor. If the extractor changed since, the earlier capture is read again by `reread`; without it a text that
    differs becomes a version of its own without an event. A page of several addresses is judged at the one where it
    was last found; another takes over when it is the main one or has to, and a text that differs there is no edit.
    """
    before = state if state is not None else PageState(page_id)
    if is_elsewhere(before, observation) and not takes_over(before, observation):
        return Settlement(before)
    if observation.verdict == "present" and observation.grade == "server" and before.state != "live":
        return Settlement(replace(before, last_checked=observation.at))
    if observation.verdict == "present" and (before.latest is not None or observation.article is not None):
        return _present(before, url, observation, reread)
    if observation.verdict == "gone":
        return gone(before, url, observation, thresholds)
    if observation.verdict == "moved":
        return moved(before, url, observation)
    return unreachable(before, observation, thresholds)


def differences(one: Article, other: Article) -> tuple[str, ...]:
    """Return which of the fields that make a version differ."""
    return tuple(name for name in _COMPARED if getattr(one, name) != getattr(other, name))


def text_digest(article: Article) -> str:
    """Return 32 hex digits that are equal for equal versions."""
    fields = _ENCODE([getattr(article, name) for name in _COMPARED])
    return sha256(fields.encode("utf-8", "surrogatepass")).hexdigest()[:32]


# --- present -----------------------------------------------------------------------------------


def _present(before: PageState, url: str, look: Observation, reread: Reread | None) -> Settlement:
    events = _return(before, url, look)
    version, edit = _next_version(before, url, look, reread)
    amended = _amended(before, look)
    texts = before.texts if amended is None else (*before.texts[:-1], text_digest(amended.article))
    links, injection = _injection(before, url, look, reread)
    # What is not named is as with a page that was never missed.
    after = PageState(
        before.page_id,
        state="live",
        latest=version or amended or before.latest,
        last_present=look.at,
        last_present_capture=look.capture_id,
        last_payload_digest=look.payload_digest or before.last_payload_digest,
        last_checked=look.at,
        last_bytes=look.at if look.grade != "server" else before.last_bytes,
        last_bytes_capture=look.capture_id if look.grade != "server" else before.last_bytes_capture,
        address=look.address or before.address,
        texts=(*texts, text_digest(version.article)) if version else texts,
        injected=links,
    )
    return Settlement(after, version, (*events, *edit, *injection), amended)


def _return(before: PageState, url: str, look: Observation) -> tuple[Event, ...]:
    """State that a page which was gone is there again."""
    kind = {"suspect": "cleared", "removed": "restored"}.get(before.state)
    if kind is None:
        return ()
    detail = {"gone_observations": before.gone_count, "gone_since": _text(before.gone_since)}
    return (
        Event(
            before.page_id,
            url,
            kind,
            look.grade,
            before.last_gone,
            look.at,
            before.last_gone_capture,
            look.capture_id,
            detail,
        ),
    )


def _next_version(
    before: PageState, url: str, look: Observation, reread: Reread | None
) -> tuple[Version | None, tuple[Event, ...]]:
    latest, article = before.latest, look.article
    if article is None or look.capture_id is None:
        return None, ()
    if latest is None:
        return _version(before, 1, look, article), ()
    if look.others == "filled" or _is_as_before(before, look):
        return None, ()
    if not differences(latest.article, article):
        return None, ()
    version = _version(before, latest.number + 1, look, article)
    earlier = _comparable(latest, article, reread)
    if earlier is None or (is_elsewhere(before, look) and differences(earlier, article)):
        return version, ()
    changed = differences(earlier, article)
    return (version, (_edited(before, url, look, earlier, version, changed),)) if changed else (None, ())


def _amended(before: PageState, look: Observation) -> Version | None:
    """Return the latest version with the pages that it lacked: the site said the same all the time, so no event."""
    latest, article = before.latest, look.article
    if look.others != "filled" or latest is None or article is None:
        return None
    return replace(latest, article=article)


def _is_as_before(before: PageState, look: Observation) -> bool:
    """`edited` needs two different payloads: an equal one that reads differently was read by another extractor."""
    latest = before.latest
    if latest is None or look.others != "same":
        return False
    return look.payload_digest in (latest.payload_digest, before.last_payload_digest)


def _comparable(latest: Version, article: Article, reread: Reread | None) -> Article | None:
    """Return the text of `latest` as the extractor of `article` reads it, None when nothing can say."""
    if latest.article.extractor == article.extractor:
        return latest.article
    again = reread(latest) if reread else None
    return again if again is not None and again.extractor == article.extractor else None


def _injection(
    before: PageState, url: str, look: Observation, reread: Reread | None
) -> tuple[tuple[str, ...], tuple[Event, ...]]:
    """Return the hidden links to remember, and the event that new ones are: an equal payload never is one."""
    latest, article = before.latest, look.article
    if article is None or _is_as_before(before, look):
        return before.injected, ()
    links = tuple(dict.fromkeys(link.url for link in article.injected))
    known = set(before.injected)
    if latest is not None and latest.article.extractor != article.extractor:
        earlier = _comparable(latest, article, reread)
        if earlier is None:
            return links, ()
        known |= {link.url for link in earlier.injected}
    fresh = [link for link in article.injected if link.url not in known]
    if not fresh:
        return links, ()
    detail: dict[str, object] = {"links": [[link.url, link.text] for link in fresh[:_LINKS_TOLD]], "count": len(fresh)}
    after, capture = before.last_bytes or before.last_present, before.last_bytes_capture or before.last_present_capture
    grade = fresh[0].hidden
    return links, (Event(before.page_id, url, "injected", grade, after, look.at, capture, look.capture_id, detail),)


def _version(before: PageState, number: int, look: Observation, article: Article) -> Version:
    assert look.capture_id is not None
    return Version(
        version_id=look.capture_id,
        page_id=before.page_id,
        number=number,
        captured=look.at,
        capture_id=look.capture_id,
        payload_digest=look.payload_digest or "",
        article=article,
    )


def _edited(
    before: PageState, url: str, look: Observation, earlier: Article, version: Version, changed: tuple[str, ...]
) -> Event:
    detail: dict[str, object] = {
        "changed": list(changed),
        "version": version.number,
        "body_chars": [len(earlier.body), len(version.article.body)],
    }
    digest = text_digest(version.article)
    if digest in before.texts:
        detail["reverts_to"] = before.texts.index(digest) + 1
    after, capture_before = before.last_bytes or before.last_present, before.last_bytes_capture
    if after != before.last_present:
        detail["server_said_unchanged"] = _text(before.last_present)
    return Event(
        before.page_id,
        url,
        "edited",
        "+".join(changed),
        after,
        look.at,
        capture_before or before.last_present_capture,
        look.capture_id,
        detail,
    )


def _text(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)
