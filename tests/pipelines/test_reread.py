from __future__ import annotations

from functools import partial
from pathlib import Path

from pipelines.changes import settle
from pipelines.recover import catch_up
from pipelines.reread import Rereader
from storage.catalogue import Catalogue
from tests.pipelines.crawled import BODY_BYTES, Crawl, open_catalogue, story


def test_after_an_upgrade_a_page_with_other_bytes_and_the_same_text_is_no_edit(tmp_path: Path) -> None:
    first = Crawl(tmp_path, 1)
    first.article(1)
    first.end()
    with open_catalogue(tmp_path) as catalogue:
        catch_up(tmp_path, catalogue, max_body_bytes=BODY_BYTES, source="paper", tell=lambda line: None)
        catalogue.store.run("UPDATE t_version SET extractor = 'shilu/0', body = body || '分享'")
    second = Crawl(tmp_path, 2)
    second.made(
        "/a/1.html", story(1).replace(b"</body>", b"<!-- 7 --></body>").replace(b"Content-Length: ", b"X-Length: ")
    )
    second.end()
    reread = Rereader(tmp_path, BODY_BYTES)
    with Catalogue.open(tmp_path / "catalogue.sqlite", settle=partial(settle, reread=reread)) as catalogue:
        reread.catalogue = catalogue
        catch_up(tmp_path, catalogue, max_body_bytes=BODY_BYTES, source="paper", tell=lambda line: None)
        assert [row["kind"] for row in catalogue.view("event")] == []
        assert [row["versions"] for row in catalogue.view("article")] == [1]


def test_a_version_whose_record_is_gone_is_not_read(tmp_path: Path) -> None:
    crawl = Crawl(tmp_path, 1)
    crawl.article(1)
    crawl.end()
    with open_catalogue(tmp_path) as catalogue:
        catch_up(tmp_path, catalogue, max_body_bytes=BODY_BYTES, source="paper", tell=lambda line: None)
        reread = Rereader(tmp_path / "elsewhere", BODY_BYTES)
        version = type("V", (), {"version_id": catalogue.store.rows("SELECT version_id FROM t_version")[0][0]})()
        assert reread(version) is None
        reread.catalogue = catalogue
        assert reread(version) is None
