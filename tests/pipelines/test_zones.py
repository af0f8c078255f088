from __future__ import annotations

import pytest

from pipelines.zones import zone_is_furniture


@pytest.mark.parametrize(
    ("names", "furniture"),
    [
        ("comment-list", True),
        ("sidebar", True),
        ("art_share clearfix", True),
        ("footer", True),
        ("article has-sidebar", False),
        ("text-link lg:side", False),
        ("trs_editor", False),
        ("headline", False),
        ("page-content", False),
    ],
)
def test_zones(names: str, furniture: bool) -> None:
    assert zone_is_furniture(names) is furniture
