"""Owns the name of today's extractor."""

from __future__ import annotations

from typing import Final

__all__ = ["EXTRACTOR"]

EXTRACTOR: Final = "shilu/4"
"""Rises with every change that can alter an article, so that texts are only compared under one extractor."""
