from __future__ import annotations

from pipelines.blocks import Blocks, read_blocks
from pipelines.candidates import by_chain, by_density, by_family, weigh
from pipelines.tree import parse
from pipelines.visibility import Styles

LINE = "老人说，这条路他走了一辈子，哪里有坑、哪里有坎，闭着眼睛都知道。"
NAV = "".join(f"<li><a href=/{n}>频道第{n}号</a></li>" for n in range(8))


def page_of(html: str) -> Blocks:
    return read_blocks(parse(html), Styles({}))


def test_each_candidate_finds_the_text_its_own_way() -> None:
    page = page_of(
        f"<ul>{NAV}</ul><div id=w><div class=TRS_Editor><p>{LINE}</p><p>{LINE}</p></div></div><ul>{NAV}</ul>"
    )
    worth = weigh(page)
    for find in (by_family, by_density, by_chain):
        found = find(page, worth)
        assert found is not None and (found.start, found.end) == (8, 10)


def test_the_chain_crosses_elements_and_stops_at_links() -> None:
    page = page_of(f"<ul>{NAV}</ul><div><p>{LINE}</p></div><section><p>{LINE}</p></section><ul>{NAV}</ul>")
    found = by_chain(page, weigh(page))
    assert found is not None and (found.start, found.end, found.element) == (8, 10, None)


def test_a_sidebar_is_worth_nothing_unless_it_holds_the_title() -> None:
    html = f"<div class=sidebar><h1>路</h1><p>{LINE}</p></div><div><p>{LINE}</p><p>{LINE}</p><p>{LINE}</p></div>"
    page = page_of(html)
    assert weigh(page).values[1] < 0 < weigh(page, "路", 0).values[1]


def test_hidden_text_counts_only_when_asked_for() -> None:
    page = page_of(f'<div style="display:none"><p>{LINE}</p></div>')
    assert by_chain(page, weigh(page)) is None
    assert by_chain(page, weigh(page, with_hidden=True)) is not None


def test_an_empty_page_has_no_candidate() -> None:
    page = Blocks()
    worth = weigh(page)
    assert (by_family(page, worth), by_density(page, worth), by_chain(page, worth)) == (None, None, None)
