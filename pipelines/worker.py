"""Owns the extraction process: framed tasks in on one socket, framed page reads out, until the socket ends.

A frame is two big-endian 32-bit lengths, that many bytes of JSON, that many raw bytes; of an answer all is in the
first, as `page_read_to_bytes` says. JSON and not pickle: this process reads strangers' pages, and what it answers must
not be able to run anything in the process that asked. Run as
`python -m pipelines.worker FD MEMORY_BYTES BODY_BYTES LONGEST_S`; one process a worker, because a pool of the standard
library refuses all further work after one crash.
"""

from __future__ import annotations

import gc
import json
import resource
import signal
import socket
import struct
import sys
from typing import Any

from storage.article_json import article_from_json, article_to_json
from storage.model import Article, Failure, Link, PageRead
from storage.source_json import source_from_json

__all__ = ["FRAME", "page_read_from_bytes", "page_read_to_bytes", "serve", "spare_the_collector"]

FRAME = struct.Struct("!II")
_JSON_BYTES = struct.Struct("!I")
_EMPTY = article_to_json(Article(title=None, body="", body_sha256=""))
_NEEDED = ("title", "body_sha256")


def page_read_to_bytes(read: PageRead) -> bytes:
    """Return the page read as a 32-bit length, that many bytes of JSON, and the text of its article as UTF-16, or as
    UTF-32 where it holds surrogates, two of which UTF-16 would make one character of.

    Fields of the article that are empty are left out, and a text of 3,000 characters takes 4 us this way, both ends
    together; in JSON it takes 22.
    """
    article = read.article
    codec, body = _encoded("" if article is None else article.body)
    plain = json.dumps(
        {
            "links": [_link_to_json(link) for link in read.links],
            "next": None if read.next is None else _link_to_json(read.next),
            "failure": None if read.failure is None else [read.failure.stage, read.failure.reason],
            "dropped": read.dropped,
            "canonical": read.canonical,
            "article": None if article is None else _article_to_json(article),
            "codec": codec,
        },
        ensure_ascii=False,
    ).encode("utf-8", "surrogatepass")
    return b"".join((_JSON_BYTES.pack(len(plain)), plain, body))


def _encoded(text: str) -> tuple[str, bytes]:
    try:
        return "utf-16-le", text.encode("utf-16-le")
    except UnicodeEncodeError:
        return "utf-32-le", text.encode("utf-32-le", "surrogatepass")


def page_read_from_bytes(answer: bytes | bytearray) -> PageRead:
    """Return the page read that `page_read_to_bytes` wrote.

    Raises: ValueError, KeyError, TypeError or struct.error when it is none.
    """
    view = memoryview(answer)
    end = _JSON_BYTES.size + _JSON_BYTES.unpack_from(view)[0]
    plain = json.loads(str(view[_JSON_BYTES.size : end], "utf-8", "surrogatepass"))
    article = plain["article"]
    body = str(view[end:], "utf-32-le" if plain["codec"] == "utf-32-le" else "utf-16-le", "surrogatepass")
    return PageRead(
        links=tuple(_link_from_json(link) for link in plain["links"]),
        article=None if article is None else article_from_json({**article, "body": body}),
        failure=None if plain["failure"] is None else Failure(*plain["failure"]),
        next=None if plain["next"] is None else _link_from_json(plain["next"]),
        dropped=plain["dropped"],
        canonical=plain["canonical"],
    )


def _article_to_json(article: Article) -> dict[str, Any]:
    plain = article_to_json(article)
    del plain["body"]
    return {name: value for name, value in plain.items() if name in _NEEDED or value != _EMPTY[name]}


def _link_to_json(link: Link) -> list[Any]:
    return [link.url, link.role, link.relation, link.number, link.method, list(link.headers), link.body]


def _link_from_json(plain: list[Any]) -> Link:
    url, role, relation, number, method, headers, body = plain
    return Link(url, role, relation, number, method, tuple((name, value) for name, value in headers), body)


def serve(connection: socket.socket, max_body_bytes: int, longest_s: float) -> None:
    """Answer tasks on `connection` until its other end is closed; one that takes `longest_s` ends this process.

    The first frame's raw bytes are the source as JSON; each later frame is `{"method", "url", "role", "number"}` with
    the response block as received.
    """
    from pipelines.page import read_page  # 0.15 s that a process which reads no page need not spend

    with connection.makefile("rb") as incoming:
        first = _receive(incoming)
        if first is None:
            return
        source = source_from_json(first[1])
        while (task := _receive(incoming)) is not None:
            head, response = task
            signal.setitimer(signal.ITIMER_REAL, longest_s)
            read = read_page(
                response,
                head["method"],
                head["url"],
                source,
                head["role"],
                head["number"],
                max_body_bytes=max_body_bytes,
            )
            signal.setitimer(signal.ITIMER_REAL, 0)
            answer = page_read_to_bytes(read)
            connection.sendall(FRAME.pack(len(answer), 0) + answer)


def _receive(incoming: Any) -> tuple[dict[str, Any], bytes] | None:
    lengths = incoming.read(FRAME.size)
    if len(lengths) < FRAME.size:
        return None
    head_bytes, blob_bytes = FRAME.unpack(lengths)
    return json.loads(incoming.read(head_bytes)), incoming.read(blob_bytes)


def spare_the_collector() -> None:
    """Look for cycles less often: a page makes thousands of values and next to none. Looking costs 6 % of reading it,
    and 0.2 ms a page in the process that crawls.
    """
    gc.set_threshold(50_000, 20, 50)


def main() -> None:
    """Serve on the inherited socket of argv[1], within argv[2] bytes of address space, argv[3] bytes of body, argv[4]
    seconds a page.
    """
    descriptor, memory_bytes, max_body_bytes, longest_s = (int(argument) for argument in sys.argv[1:5])
    spare_the_collector()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends us in the midst of a regular expression, too
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with socket.socket(fileno=descriptor) as connection:
        try:
            serve(connection, max_body_bytes, longest_s)
        except (BrokenPipeError, ConnectionResetError):
            return


if __name__ == "__main__":
    main()
