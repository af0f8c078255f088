"""Owns the report at the end of a run: what was fetched, new, changed, unchanged, failed with reasons, not reached."""

from __future__ import annotations

from crawler.options import Options
from crawler.terminal import clean, console, print_table
from storage.catalogue import CrawlReport

__all__ = ["print_report"]

_COLUMNS = ("fetched", "new", "changed", "unchanged", "failed", "not_reached")
_REASONS_SHOWN = 12


def print_report(report: CrawlReport, options: Options) -> None:
    """Print one run as a table, its failures by stage and reason beneath."""
    row = report.row
    out = console()
    title = f"{row['source']}: {row['outcome']} ({row['started']} to {row['finished'] or 'not finished'})"
    print_table(out, title, [f">{name.replace('_', ' ')}" for name in _COLUMNS], [[row[name] for name in _COLUMNS]])
    if report.failures:
        shown = report.failures[:_REASONS_SHOWN]
        print_table(out, "Failures", (">times", "stage", "reason"), [(n, stage, reason) for stage, reason, n in shown])
    if len(report.failures) > _REASONS_SHOWN:
        out.print(f"and {len(report.failures) - _REASONS_SHOWN} further reasons: see the view `failure`")
    out.print(f"Archive: {clean(options.archive_dir)}", soft_wrap=True)
