"""Owns the history of a page as one HTML file: nothing in it runs, nothing is loaded, whatever the pages said."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape
from typing import Any, Final

from crawler.difference import changed_fields, changed_lines
from crawler.terminal import clean
from crawler.timeline import condensed, proof_of, said_of
from pipelines.sentences import Piece
from storage.catalogue import History

__all__ = ["history_page"]

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --gone: #c0392b; --new: #1e7d4f; --soft: #777 }
* { box-sizing: border-box }
body { font: 16px/1.6 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; margin: 0 auto;
  max-width: 62rem; padding: 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.4rem; line-height: 1.35; margin: .2rem 0 }
h2 { font-size: 1.05rem; margin: 2rem 0 .4rem }
.soft { color: var(--soft); font-size: .85rem }
table { border-collapse: collapse; width: 100%; font-size: .85rem }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line) }
td:first-child, td:nth-child(2), th { white-space: nowrap }
td:first-child { font-variant-numeric: tabular-nums }
tr.event td { font-weight: 600 }
code { font-size: .8rem; color: var(--soft) }
p.line { margin: .5rem 0; padding-left: .7rem; border-left: 3px solid var(--line) }
del { color: var(--gone); background: #c0392b1f }
ins { color: var(--new); background: #1e7d4f24; text-decoration-thickness: 2px }
@media (max-width: 40rem) {
  table, tbody, tr, td { display: block } tr.head { display: none }
  tr { border-bottom: 1px solid var(--line); padding: .4rem 0 } td { border: 0; padding: 0 }
}
"""
_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
_TAGS: Final = {"equal": "", "delete": "del", "insert": "ins"}
_TITLE_CHARS: Final = 300


def history_page(
    url: str,
    history: History,
    rows: Sequence[Mapping[str, Any]],
    pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
) -> str:
    """Return the page: what became of `url`, the timeline `rows`, and what changed between each two versions."""
    page = history.page or {}
    title = _safe((page.get("title") or url)[:_TITLE_CHARS])
    return "\n".join(
        [
            '<!doctype html><html lang="zh"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta name="referrer" content="no-referrer"><title>{title}</title><style>{_STYLE}</style></head><body>',
            f'<p class="soft">{_safe(page.get("source") or "")} · {_safe(page.get("state") or "no article")}</p>',
            f"<h1>{title}</h1>",
            *_addresses(url, history),
            *(_table(rows) if rows else ()),
            *(part for pair in pairs for part in _difference(*pair)),
            "</body></html>",
        ]
    )


def _safe(value: object) -> str:
    """Return a stranger's text as HTML: escaped, without controls and marks that turn the direction."""
    return escape(clean(value))


def _addresses(url: str, history: History) -> Iterator[str]:
    for address in history.addresses or ({"url": url, "relation": "first"},):
        also = "" if address["relation"] == "first" else f" ({_safe(address['relation'])})"
        yield f'<p class="soft">{_safe(address["url"])}{also}</p>'


def _table(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield '<h2>Timeline</h2><table><tr class="head"><th>at (UTC)<th>what<th>says<th>proof</tr>'
    for row in condensed(rows):
        cells = (_safe(row["at"]), _safe(row["what"]), _safe(said_of(row)), f"<code>{_safe(proof_of(row))}</code>")
        yield f'<tr class="{row["what"]}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    yield "</table>"


def _difference(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2>Version {earlier['number']} to {later['number']}</h2>"
    yield f'<p class="soft">{_safe(earlier["captured"])} → {_safe(later["captured"])}</p>'
    same = True
    for name, pieces in changed_fields(earlier, later):
        yield f'<p class="line"><span class="soft">{_safe(name)}</span> {_marked(pieces)}</p>'
        same = False
    for pieces in changed_lines(earlier["body"] or "", later["body"] or ""):
        yield f'<p class="line">{_marked(pieces)}</p>'
        same = False
    if same:
        yield '<p class="soft">the same text</p>'


def _marked(pieces: Iterable[Piece]) -> str:
    return "".join(
        f"<{tag}>{_safe(piece.text)}</{tag}>" if (tag := _TAGS[piece.tag]) else _safe(piece.text) for piece in pieces
    )
