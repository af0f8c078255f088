"""crawler.source_index: the tables of the README."""

from __future__ import annotations

from pathlib import Path

from crawler.source_index import families_table, sources_table
from crawler.sources import load, load_families

SOURCE = """schema = 1
title = "晨|报"
home = "http://h.cn/"
[[lists]]
url = "http://h.cn/a/"
[[lists]]
url = "http://h.cn/b/"
[[feeds]]
url = "http://h.cn/rss.xml"
[[articles]]
match = ["/c"]
"""


def test_a_source_is_a_line_and_its_title_cannot_break_the_table(tmp_path: Path) -> None:
    (tmp_path / "chenbao.toml").write_text(SOURCE, "utf-8")
    source = load(tmp_path / "chenbao.toml")
    assert sources_table({"chenbao": source})[2:] == [
        "| `chenbao` | [晨&#124;报](http://h.cn/) | news | 2 lists, 1 feed | zh | urls |"
    ]


def test_a_family_is_a_line_that_says_what_it_fills_in() -> None:
    lines = families_table(load_families(Path("nowhere")))
    assert "| `trs` | 拓尔思 TRS WCM | `match`, `next`, `pages`, `start` |" in lines
    assert all(line.count(" | ") == 2 for line in lines)
