"""Owns which commands Scrapy is shown: the one that is typed, or all where none is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

__all__ = ["commands_module"]

_FOLDER: Final = Path(__file__).with_name("commands")
_STOCK: Final = frozenset({"list", "settings", "version"})
"""Scrapy's own that are kept as they are."""


def commands_module(argv: Sequence[str]) -> str:
    """Return what COMMANDS_MODULE is to be when `argv` was typed: dotted, empty when a command of Scrapy's own was.

    Scrapy imports every module in there before it runs one, and each imports what it works with: 0.8 s of CPU for all.
    """
    typed = next((word for word in argv[1:] if not word.startswith("-")), "")  # as Scrapy looks for it
    if typed in _STOCK:
        return ""
    is_ours = typed.isidentifier() and not typed.startswith("_") and (_FOLDER / f"{typed}.py").is_file()
    return f"crawler.commands.{typed}" if is_ours else "crawler.commands"
