"""Owns `scrapy reprints`: who had a text first, who copied it, and what they changed."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.text import Text

from crawler.command import ArchiveCommand, print_json
from crawler.compared import caught_up
from crawler.options import Options
from crawler.sources import load_all
from crawler.terminal import clean, console, print_table
from pipelines.deviations import Deviation, deviations, origin_verdict
from storage.catalogue_reprints import Reprint, Side, count_reprints, family, reprints
from storage.errors import UsageError
from storage.urlkey import canonical

_SHOWN: Final = 20
_PLACES: Final = 12
"""Places shown of one copy; `--json` has all."""
_LONGEST: Final = 160
"""Characters shown of what was cut or added in one place."""


class Command(ArchiveCommand):
    """List reprints."""

    takes_arguments = True
    is_paged = True

    def syntax(self) -> str:
        """Return the usage."""
        return "[--json] [-n N] [URL | --source NAME]"

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "Show who copied an article, what they cut and added, and whether they say whom they have it from"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return (
            "With a URL: the earliest archived page with its text, and every page that has it too, each with what it "
            "cut, added and altered. With --source: the latest reprints of or by that source. Texts that came since "
            "the last time are compared first. Exit 1 when there are none. Examples: "
            "scrapy reprints http://www.news.cn/politics/c.html; scrapy reprints --source news_cn -n 50"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the filters."""
        super().add_options(parser)
        parser.add_argument(
            "-n", type=int, dest="limit", metavar="N", help=f"reprints at most ({_SHOWN} by default, all with --json)"
        )
        parser.add_argument("--source", help="reprints of or by this source")

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Print the reprints; 1 when there are none."""
        url = _url(args, opts)
        limit = opts.limit if opts.limit is not None or opts.as_json else _SHOWN
        told = _Told({name: source.title for name, source in load_all(options.sources_dir)[0].items()})
        with caught_up(options.catalogue_path) as catalogue:
            page = None if url is None else catalogue.article(url)
            if url is not None and page is None:
                found: Iterator[Reprint] = iter(())
            elif page is not None:
                found = family(catalogue.store, page["page_id"], limit)
            else:
                found = reprints(catalogue.store, opts.source, limit)
            if opts.as_json:
                return 0 if print_json(map(told.row, found)) else 1
            shown = list(found)
            total = count_reprints(catalogue.store, opts.source) if url is None else len(shown)
        if not shown:
            console().print(
                clean(f"No reprints of {url} are known" if url else "No reprints are known"), soft_wrap=True
            )
            return 1
        told.show(shown, total, at_length=url is not None)
        return 0


def _url(args: Sequence[str], opts: argparse.Namespace) -> str | None:
    """Return the address asked for, None when there is none."""
    if len(args) > 1 or (args and opts.source is not None):
        raise UsageError("reprints: give one URL or --source, for example `scrapy reprints http://www.news.cn/c.html`")
    if opts.limit is not None and opts.limit < 1:
        raise UsageError(f"reprints: -n {opts.limit}: must be at least 1")
    if not args:
        return None
    url = canonical(args[0])
    if url is None:
        raise UsageError(f"reprints: {args[0]}: must be an http or https URL")
    return url


@dataclass(frozen=True, slots=True)
class _Told:
    """How reprints are told."""

    titles: Mapping[str, str]
    """Source -> the publication's title."""

    def row(self, reprint: Reprint) -> dict[str, Any]:
        """Return a reprint as the view has it, and what else is known."""
        copy, earliest = reprint.copy, reprint.earliest
        return {
            "url": copy.url,
            "earliest_url": earliest.url,
            "similarity": reprint.similarity,
            "basis": reprint.basis,
            **_plain(copy),
            **{f"earliest_{name}": value for name, value in _plain(earliest).items()},
            "origin_verdict": self._verdict(reprint),
            "deviations": [asdict(place) for place in deviations(copy.text, earliest.text)],
        }

    def show(self, found: Sequence[Reprint], total: int, *, at_length: bool) -> None:
        """Print a table, and beneath it what every copy changed if `at_length`."""
        changes = [deviations(one.copy.text, one.earliest.text) for one in found]
        earliest = [one.earliest for one in found if one.earliest.page_id not in {each.copy.page_id for each in found}]
        root = earliest[0] if at_length and earliest else None
        title = f"{total} reprints" + (f", the latest {len(found)} of them" if total > len(found) else "")
        if root is not None:
            title += f" of {clean(root.title or root.url)[:200]} ({_when(root)})\n{root.url}"
        columns = ("published", "reprint", "alike", "来源", ">cut", ">added", ">altered")
        lines = [self._line(one, places, root) for one, places in zip(found, changes, strict=True)]
        print_table(console(), title, columns, lines)
        if at_length:
            for one, places in zip(found, changes, strict=True):
                _show_places(one, places)

    def _line(self, reprint: Reprint, places: Sequence[Deviation], root: Side | None) -> tuple[Text | str, ...]:
        copy, earliest = reprint.copy, reprint.earliest
        named = Text(clean(copy.origin or "–"))
        named.append(f"\n{self._verdict(reprint)}", style="dim")
        pages = _page(copy)
        if root is None or earliest.page_id != root.page_id:
            pages.append(f"\nof {_when(earliest)}: ").append_text(_page(earliest))
        counts = Counter(place.kind for place in places)
        alike = Text(f"{reprint.similarity:.2f}\n{reprint.basis}")
        return Text(_when(copy)), pages, alike, named, *(str(counts[kind]) for kind in ("cut", "added", "altered"))

    def _verdict(self, reprint: Reprint) -> str:
        earliest = reprint.earliest
        return origin_verdict(reprint.copy.origin, (earliest.origin, self.titles.get(earliest.source)))


def _plain(side: Side) -> dict[str, Any]:
    names = ("source", "title", "published", "out_by", "dated", "origin", "version_id")
    return {name: getattr(side, name) for name in names}


def _when(side: Side) -> str:
    """Say when a page says that it was published, or when it was first seen where that decided."""
    if side.dated == "captured" or side.published is None:
        return f"seen {side.out_by[:16].replace('T', ' ')}Z"
    return clean(side.published).replace("T", " ")


def _page(side: Side) -> Text:
    shown = Text(clean(side.title or "(no title)")[:200])
    return shown.append(f"\n{clean(side.url)}", style="dim")


def _show_places(reprint: Reprint, places: Sequence[Deviation]) -> None:
    out = console()
    out.print(Text(clean(reprint.copy.url), style="bold"), soft_wrap=True)
    if not places:
        out.print(Text("  every letter is the same", style="dim"))
    for place in places[:_PLACES]:
        shown = Text(f"  {place.kind}: {clean(place.before)}")
        if place.original:
            shown.append(f"[-{_shortened(place.original)}-]", style="red")
        if place.copy:
            shown.append(f"{{+{_shortened(place.copy)}+}}", style="green")
        out.print(shown.append(clean(place.after)), soft_wrap=True)
    if len(places) > _PLACES:
        out.print(Text(f"  and {len(places) - _PLACES} more places; --json has all", style="dim"))


def _shortened(text: str) -> str:
    text = clean(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"
