"""Owns `scrapy replay URL`: an archived page in the browser, as it looked, from this machine alone."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from crawler.command import ArchiveCommand
from crawler.options import Options
from crawler.player import load_player
from crawler.replay_package import pack_page
from crawler.replay_server import ReplayServer
from crawler.terminal import clean, console
from crawler.typed_time import read_time
from storage.catalogue import Catalogue
from storage.errors import UsageError
from storage.urlkey import canonical


class Command(ArchiveCommand):
    """Play an archived page."""

    takes_arguments = True

    def syntax(self) -> str:
        """Return the usage."""
        return "[--at TIME] [--port N] [--no-browser] URL"

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "Open an archived page in the browser, from a small server on this machine"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return (
            "Packs the captures of one page with what they lean on and plays them with ReplayWeb.page, which npm gets "
            "once. Nothing goes to the network, and the page reaches nothing but itself. Ctrl-C ends it. "
            "Example: scrapy replay http://www.news.cn/c.html --at 20261122134500"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what is shown and where."""
        super().add_options(parser)
        parser.add_argument(
            "--at", metavar="TIME", help="the newest capture not after this time; the newest of all by default"
        )
        parser.add_argument("--port", type=int, default=0, metavar="N", help="port of 127.0.0.1; a free one by default")
        parser.add_argument("--no-browser", action="store_true", help="print the address and open no browser")

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Serve until Ctrl-C; 1 when nothing is known of the address."""
        if len(args) != 1:
            raise UsageError("replay: give one URL, for example `scrapy replay http://www.news.cn/politics/c.html`")
        url = canonical(args[0])
        if url is None:
            raise UsageError(f"replay: {args[0]}: must be an http or https URL")
        if not 0 <= opts.port <= 65535:
            raise UsageError(f"replay: --port {opts.port}: must be 0 to 65535")
        at = None if opts.at is None else read_time(opts.at, "replay: --at")
        with tempfile.TemporaryDirectory(prefix="shilu-replay-") as folder:
            catalogue = Catalogue.open(options.catalogue_path, read_only=True)
            try:
                show = pack_page(
                    catalogue, options.archive_dir, url, at, Path(folder) / "page.wacz", lambda: datetime.now(UTC)
                )
            finally:
                catalogue.close()
            if show is None:
                console().print(f"Nothing to show is archived of {clean(url)}", soft_wrap=True)
                return 1
            player = load_player(lambda line: print(line, file=sys.stderr))
            with ReplayServer(show, player, opts.port) as server, _until_interrupted() as interrupted:
                print(f"{clean(show.url)} as of {show.shown.text}: {server.url} (Ctrl-C ends)", flush=True)
                if not opts.no_browser:
                    webbrowser.open(server.url)
                interrupted.wait()
        return 0


@contextlib.contextmanager
def _until_interrupted() -> Iterator[threading.Event]:
    """Give an event that SIGINT and SIGTERM set."""
    interrupted = threading.Event()
    before = {number: signal.signal(number, lambda *_: interrupted.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
