from __future__ import annotations

from pipelines.blocks import read_blocks
from pipelines.body import find_body, text_of, why_no_body
from pipelines.declared import read_declared
from pipelines.title import find_title, read_headings
from pipelines.tree import parse
from pipelines.visibility import read_styles

PROSE = [
    "老人说，这条路他走了一辈子，哪里有坑、哪里有坎，闭着眼睛都知道。",
    "路修好以后，城里的班车开进了村口，孩子们上学再也不用起早贪黑了。",
    "村里人商量着，要在路口立一块碑，把出过力的人的名字都刻上去。",
]


def body_of(html: str) -> tuple[str, str]:
    root = parse(html)
    page = read_blocks(root, read_styles(root))
    found = find_body(page, find_title(read_headings(page, read_declared(root)), None), html)
    return (text_of(page.blocks, found.kept), found.reason) if found else ("", why_no_body(page))


def paragraphs(lines: list[str]) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


def test_a_known_container_is_taken() -> None:
    text, why = body_of(f'<title>路</title><div><h1>路</h1><div class="TRS_Editor">{paragraphs(PROSE)}</div></div>')
    assert (text, why) == ("\n".join(PROSE), "family")


def test_text_between_line_breaks_in_a_table_cell_is_found() -> None:
    nav = "".join(f"<td><a href=/{n}>频道{n}</a></td>" for n in range(9))
    text, _ = body_of(f"<table><tr>{nav}</tr></table><table><tr><td>{'<br>　　'.join(PROSE)}</td></tr></table>")
    assert text == "\n".join(PROSE)


def test_a_feed_behind_a_short_article_is_not_the_article() -> None:
    feed = "".join(f"<li><h4>另一件事{n}</h4><p>{PROSE[n % 3]}{PROSE[(n + 1) % 3]}</p></li>" for n in range(12))
    html = f"<title>路通了</title><h1>路通了</h1><div><p>{PROSE[0]}</p></div><h2>其他人也在看</h2><ul>{feed}</ul>"
    assert body_of(html)[0] == PROSE[0]


def test_a_box_in_the_middle_does_not_end_the_article() -> None:
    box = '<div><h4>相关阅读</h4><ul><li><a href="/1">老桥的故事</a></li></ul></div>'
    html = f"<title>路</title><div id=x>{paragraphs(PROSE)}{box}{paragraphs(PROSE[::-1])}</div>"
    assert body_of(html)[0].split("\n") == PROSE + PROSE[::-1]


def test_short_lines_of_a_poem_are_kept() -> None:
    lines = ["山高水长，", "路远马亡。", "归来的人，", "不问斜阳。"] * 4
    html = f'<title>归来</title><h1>归来</h1><div class="article-content">{paragraphs(lines)}</div>'
    assert body_of(html)[0].split("\n") == lines


def test_a_hidden_body_counts_when_nothing_else_is_there() -> None:
    html = f'<title>路</title><h1>路</h1><div style="display:none">{paragraphs(PROSE)}</div>'
    text, why = body_of(html)
    assert text == "\n".join(PROSE)
    assert why.endswith("hidden until a script runs")


def test_hidden_text_beside_a_visible_body_does_not_count() -> None:
    spam = f'<div style="left:-9999px;position:absolute">{paragraphs([line * 3 for line in PROSE])}</div>'
    assert body_of(f"<title>路</title><h1>路</h1><div>{paragraphs(PROSE)}</div>{spam}")[0] == "\n".join(PROSE)


def test_a_list_page_says_that_it_is_one() -> None:
    html = "<ul>" + "".join(f'<li><a href="/{n}">第{n}条新闻的标题在这里</a></li>' for n in range(40)) + "</ul>"
    text, why = body_of(html)
    assert text == ""
    assert why.startswith("mostly links")


def test_a_labelled_lead_above_the_text_belongs_to_it() -> None:
    lead = "核心提示：一条走了一辈子的路修好了，班车开进了村口。"
    head = "<title>路通了</title><h1>路通了</h1>"
    html = f'{head}<div class=tip>{lead}</div><div class="TRS_Editor">{paragraphs(PROSE * 3)}</div>'
    assert body_of(html)[0].split("\n") == [lead, *PROSE * 3]


def test_a_paragraph_about_who_owns_rights_stays() -> None:
    prose = [*PROSE, "书店老板说，印这张老照片之前，要先得到版权所有者的许可才行。", *PROSE]
    assert body_of(f"<title>路</title><h1>路</h1><div>{paragraphs(prose)}</div>")[0].split("\n") == prose


def test_the_rest_of_a_folded_text_counts_where_a_button_shows_it() -> None:
    rest = f'<div style="display:none">{paragraphs(PROSE[1:])}</div>'
    html = f"<title>路</title><h1>路</h1><div>{paragraphs(PROSE[:1] * 2)}{rest}"
    assert body_of(f"{html}<a>展开全文</a></div>")[0].split("\n") == [*PROSE[:1] * 2, *PROSE[1:]]
    assert body_of(f"{html}<a>更多</a></div>")[0].split("\n") == PROSE[:1] * 2


def test_the_next_article_of_an_endless_page_is_another() -> None:
    def one(title: str, prose: list[str]) -> str:
        return f"<div><h1 class=t>{title}</h1><p>2020-05-19 14:21 青石晚报</p><div>{paragraphs(prose)}</div></div>"

    html = f"<title>路通了</title>{one('路通了', PROSE)}{one('桥也通了', PROSE * 2)}{one('河也清了', PROSE * 2)}"
    assert body_of(html)[0].split("\n") == PROSE


def test_questions_of_an_interview_are_no_bylines() -> None:
    talk = [line for prose in PROSE for line in ("记者：路修了多久？", f"老人：{prose}")]
    assert body_of(f"<title>路</title><h1>路</h1><div>{paragraphs(talk)}</div>")[0].split("\n") == talk


def test_teasers_beside_a_short_article_are_not_the_article() -> None:
    teaser = "".join(
        f'<div class="it"><h4><a href="/{n}">老街的第{n}个故事</a></h4><p>{PROSE[n % 3]}{PROSE[(n + 1) % 3]}</p></div>'
        for n in range(6)
    )
    html = f"<title>路</title><h1>路</h1><div>{paragraphs(PROSE[:2])}</div><div>{teaser}</div>"
    assert body_of(html)[0].split("\n") == PROSE[:2]


def test_linked_headings_within_one_text_are_no_teasers() -> None:
    parts = "".join(f'<h4><a href="#{n}">第{n}段路</a></h4><p>{PROSE[n]}</p>' for n in range(3))
    assert body_of(f"<title>路</title><h1>路</h1><div>{parts}</div>")[0].split("\n")[-1] == PROSE[2]


def test_a_short_notice_above_longer_comments_is_the_article() -> None:
    notice = "城东大桥明日零时起封闭三天，检修桥面，过往车辆请绕行新桥。"
    comments = "".join(f"<div><p>{line}</p></div>" for line in PROSE * 3)
    html = f"<title>大桥封闭</title><h1>大桥封闭</h1><div><p>{notice}</p></div><h3>网友评论</h3><div>{comments}</div>"
    assert body_of(html)[0] == notice
