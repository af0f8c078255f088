"""Owns the knowledge which elements are no part of an article by their class and id: comments, share bars, sidebars."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["zone_is_furniture"]

_ABOUT_ELSEWHERE = (
    "has-",
    "has_",
    "no-",
    "no_",
    "with-",
    "with_",
    "is-",
    "text-",
    "without",
    "modal-enabled",
    "left-",
    "main-",
)
_ZONE = re.compile(
    r"(?:^|[\s_-])(?:comments?|cmt|tie|reply|replies|review|foot(?:er)?|copyright|bottomnav|nav(?:bar|igation)?|"
    r"menu|breadcrumbs?|crumbs?|sidebar|side|aside|"
    r"relate[ds]?|recommend\w*|tuijian|xiangguan|hot(?:news|list|rank)?|rank(?:ing)?|share\w*|bshare|social|"
    r"toolbar|tools?|login|user|search|"
    r"ad|ads|advert\w*|banner|popup|dialog|modal|toast|links?|pager|pagination|pagenav|prev|next|prevnext|tags?|"
    r"qrcode|ewm|erweima|"
    r"statement|disclaimer|subscribe|newsletter|promo|sponsor\w*|outbrain|taboola|cookie|related-\w+|more-\w+|"
    r"rating|vote)(?=$|[\s_-]|\d)"
)


@lru_cache(maxsize=8192)
def zone_is_furniture(names: str) -> bool:
    """Return whether an element's class and id call it comments, share bar, sidebar, footer or the like."""
    match = _ZONE.search(names)
    if match is None:
        return False
    start = names.rfind(" ", 0, match.start() + 1) + 1
    token = names[start : (names.find(" ", match.end() - 1) + 1 or len(names) + 1) - 1].strip()
    # `has-sidebar`, `text-link`, `lg:side` speak of the page around, of looks, or of one width: not of what is inside.
    return not token.startswith(_ABOUT_ELSEWHERE) and ":" not in token and "[" not in token
