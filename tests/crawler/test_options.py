"""Settings are checked once, and a bad one is named with what would be right."""

from __future__ import annotations

import pytest

from crawler.options import read_options
from crawler.settings import ARCHIVE_DEFAULTS
from storage.errors import UsageError


def test_the_defaults_are_valid() -> None:
    options = read_options({})
    assert options.thresholds.removal_observations == 3
    assert options.archive_dir.is_absolute()
    assert options.contact is None
    assert options.workers >= 1


@pytest.mark.parametrize("name", sorted(ARCHIVE_DEFAULTS))
def test_every_setting_reaches_the_options(name: str) -> None:
    texts = {
        "ARCHIVE_ALLOW_NETWORKS": "10.0.0.0/8",
        "ARCHIVE_CONTACT": "none",
        "ARCHIVE_PROXY": "http://127.0.0.1:3128",
    }
    text = texts.get(name, "4099")
    assert read_options({name: text}) != read_options({})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ARCHIVE_TIMEOUT_S", "soon"),
        ("ARCHIVE_TIMEOUT_S", "nan"),
        ("ARCHIVE_TIMEOUT_S", "inf"),
        ("ARCHIVE_COMMIT_CAPTURES", "0"),
        ("ARCHIVE_COMMIT_CAPTURES", "1.5"),
        ("ARCHIVE_REMOVAL_SPAN_S", "-1"),
        ("ARCHIVE_ALLOW_NETWORKS", "loopback"),
        ("ARCHIVE_CONTACT", "a\nb"),
        ("ARCHIVE_PROXY", "socks5://127.0.0.1:1080"),
        ("ARCHIVE_MAX_RESPONSE_BYTES", str(1 << 33)),
        ("ARCHIVE_MAX_BODY_BYTES", str((1 << 30) + 1)),
    ],
)
def test_a_bad_setting_is_named(name: str, text: str) -> None:
    with pytest.raises(UsageError, match=f"^{name}: "):
        read_options({name: text})


def test_there_are_as_many_workers_as_cores_that_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, workers in ((1, 1), (2, 2), (4, 4), (64, 4)):
        monkeypatch.setattr("os.sched_getaffinity", lambda pid, count=cores: set(range(count)), raising=False)
        assert read_options(ARCHIVE_DEFAULTS).workers == workers
    assert read_options({**ARCHIVE_DEFAULTS, "ARCHIVE_WORKERS": "7"}).workers == 7
