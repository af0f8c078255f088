"""Owns the two pages and the policies under which an archived page is played.

Two origins, both on loopback. The *frame* is ours: a line that says what is shown, and an iframe. The *stage* is where
the player and whatever the archived page brings along run; it can reach nothing but itself. Every document there, those
that the player's service worker makes from the archive too, is under `POLICY`: sandboxed, no popups, no way to the top
window, no request beyond its own origin. The frame's own policy keeps the iframe from going anywhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import urlencode

__all__ = ["STAGE_INDEX", "STAGE_WORKER", "Moment", "frame_page", "frame_policy", "stage_policy", "stage_url"]


_SANDBOX: Final = "allow-scripts allow-same-origin allow-forms allow-modals"


@dataclass(frozen=True, slots=True)
class Moment:
    """One capture that can be shown."""

    timestamp: str
    """17 digits, as in the package's index."""
    text: str
    """For people."""


def stage_policy(frame_origin: str) -> str:
    """Return the Content-Security-Policy of every response of the stage."""
    return (
        f"sandbox {_SANDBOX}; "
        "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; object-src 'none'; base-uri 'self'; "
        f"form-action 'self'; frame-ancestors 'self' {frame_origin}"
    )


def frame_policy(stage_origin: str) -> str:
    """Return the Content-Security-Policy of the frame."""
    return (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors 'none'; frame-src {stage_origin}"
    )


def stage_url(stage: str, package: str, url: str, timestamp: str) -> str:
    """Return where the stage (its address, ending in a slash) shows `url` as of `timestamp` out of `package`."""
    query = urlencode({"source": stage + package, "embed": "default"})
    return f"{stage}?{query}#{urlencode({'url': url, 'ts': timestamp})}"


def frame_page(url: str, shown: Moment, moments: Sequence[Moment], source: str) -> bytes:
    """Return the frame's page: `url` as of `shown`, the other moments to choose from, and the stage at `source`."""
    choices = " ".join(
        f"<b>{escape(moment.text)}</b>"
        if moment == shown
        else f'<a href="?at={escape(moment.timestamp)}">{escape(moment.text)}</a>'
        for moment in moments
    )
    page = _FRAME.format(
        url=escape(url), at=escape(shown.text), choices=choices, source=escape(source), sandbox=_SANDBOX
    )
    return page.encode("utf-8")


_FRAME: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Archived: {url}</title>
<style>
html, body {{ margin: 0; height: 100%; }}
body {{ display: flex; flex-direction: column; font: 14px/1.5 sans-serif; }}
header {{ padding: .3em .8em; background: #f4e9c8; color: #222; max-height: 6em; overflow: auto; }}
iframe {{ flex: 1; border: 0; }}
</style></head><body>
<header>Archived page, not the live one: <code>{url}</code>, as of <b>{at}</b>. Captures: {choices}</header>
<iframe src="{source}" title="archived page" sandbox="{sandbox}"></iframe>
</body></html>
"""

STAGE_INDEX: Final = b"""<!doctype html>
<html><head><meta charset="utf-8"><title>Archived page</title><script src="ui.js"></script></head>
<body><replay-app-main></replay-app-main></body></html>
"""

STAGE_WORKER: Final = """// Runs the player's own worker unchanged, and puts the policy on every response that it makes.
const POLICY = {policy};
const listen = self.addEventListener.bind(self);
async function guarded(promise) {{
  const made = await promise;
  if (!made || made.status < 200 || [204, 205, 304].includes(made.status)) return made;
  const headers = new Headers(made.headers);
  headers.append("Content-Security-Policy", POLICY);
  return new Response(made.body, {{ status: made.status, statusText: made.statusText, headers }});
}}
self.addEventListener = (type, listener, options) => {{
  if (type !== "fetch") return listen(type, listener, options);
  return listen(type, (event) => {{
    const respondWith = event.respondWith.bind(event);
    event.respondWith = (promise) => respondWith(guarded(promise));
    return listener.call(self, event);
  }}, options);
}};
importScripts("player.js");
"""
"""The service worker, and the name under which the player loads it; `{policy}` is a JSON string."""
