from __future__ import annotations

import pytest

from crawler.user_agent import PRODUCT_TOKEN, contact_of, user_agent
from storage import __version__
from storage.errors import UsageError


def test_it_names_product_version_and_contact() -> None:
    assert (
        user_agent("https://archive.example.org/about") == f"shilu/{__version__} (+https://archive.example.org/about)"
    )
    assert user_agent(contact_of("ops@example.org")) == f"shilu/{__version__} (+mailto:ops@example.org)"
    assert user_agent("none") == user_agent(None) == f"{PRODUCT_TOKEN}/{__version__}"


@pytest.mark.parametrize(
    ("text", "contact"), [(None, None), ("", None), ("  ", None), ("None", "none"), ("mailto:a@b.cn", "mailto:a@b.cn")]
)
def test_unset_and_none_differ(text: str | None, contact: str | None) -> None:
    assert contact_of(text) == contact


@pytest.mark.parametrize(
    "text", ["yes", "https://a b", "https://a)\r\nX: y", "ops@例子.cn", "ops@a.cn\nX: y", "ftp://a"]
)
def test_what_is_no_contact_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="ARCHIVE_CONTACT"):
        contact_of(text)
