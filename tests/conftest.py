"""Owns what all tests share: how Hypothesis searches."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# A deadline judges how busy the machine is; bounds on time stand in the tests that mean them. In CI the same examples
# are tried each time, so that a change is judged and not chance; elsewhere the search goes on.
settings.register_profile("shilu", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("shilu")

# Tables are as wide as in a pipe, whatever terminal the tests were started from.
os.environ.pop("COLUMNS", None)


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Name a case of long bytes by its argument: gzip bytes hold the time, and every process must collect alike."""
    return argname if isinstance(val, bytes) and len(val) > 16 else None
