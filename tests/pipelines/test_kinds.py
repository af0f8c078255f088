from __future__ import annotations

import pytest

from pipelines.extract import extract

LINE = "河堤上的人一夜没有合眼，天亮时水退了，大家才回到屋里去，孩子们已经睡着。"


def kind(html: str) -> str:
    article = extract(html.encode(), {}, "http://news.example.com/a.html")
    return article.reasons["body"].partition(":")[0] if not article.body else "article"


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ("<script>document.cookie='__jsl_clearance=1';location.href=location.href</script>", "challenge"),
        ("<title>安全验证</title><p>请输入验证码</p><form></form>", "challenge"),
        ("<title>提示</title><h1>抱歉</h1><p>您访问的页面不存在或已被删除！</p>", "gone"),
        ("<title>某报</title><h1>深度</h1><p>请登录后查看全文。</p>", "login wall"),
        ("<h1>现场</h1><video src=a.mp4></video><p>时长</p>", "video"),
        ("<h1>图集</h1><div class=gallery>" + "<img src=p.jpg>" * 5 + "</div>", "gallery"),
        ("<ul>" + "".join(f"<li><a href=/{n}>第{n}条要闻的标题</a></li>" for n in range(30)) + "</ul>", "list"),
        (f"<h1>水退了</h1><p>{LINE}</p><p>{LINE}</p>", "article"),
    ],
)
def test_what_a_page_is_has_a_name(html: str, name: str) -> None:
    assert kind(html) == name


def test_a_long_article_about_missing_pages_is_an_article() -> None:
    assert (
        kind(f"<h1>网页不见了</h1><p>您访问的页面不存在，这句话他见过很多次。</p>{f'<p>{LINE}</p>' * 8}") == "article"
    )
