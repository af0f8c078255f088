from __future__ import annotations

import re
from pathlib import Path

from storage.finding import KINDS, Finding

ROOT = Path(__file__).resolve().parents[2]


def test_a_finding_is_a_line() -> None:
    assert str(Finding("gap", "a.warc.gz", 7, "it is not there")) == "gap: a.warc.gz at 7: it is not there"
    assert str(Finding("unsealed", "a.warc.gz", None, "no line")) == "unsealed: a.warc.gz: no line"


def test_every_kind_that_is_told_is_one_of_the_kinds_and_the_other_way_round() -> None:
    sources = [*(ROOT / "storage").glob("scan*.py"), *(ROOT / "storage").glob("verify*.py")]
    sources += [ROOT / "storage" / "record_ledger.py"]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    quoted = set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"', text))
    assert set(KINDS) <= quoted
    told = set(re.findall(r'(?:Finding|tell|_pass_over)\(\s*"([^"]+)"', text))
    told |= set(re.findall(r'yield \(?\s*"([a-z-]+)",', text)) | set(re.findall(r'append\(\("([^"]+)",', text))
    assert told <= KINDS.keys()
    assert len(told) > 15


def test_the_readme_lists_the_kinds_as_they_are() -> None:
    section = re.search(r"^### What verify finds\n(.*?)^### ", (ROOT / "README.md").read_text("utf-8"), re.S | re.M)
    assert section is not None
    assert dict(re.findall(r"^\| `([^`]+)` \| (.*) \|$", section[1], re.M)) == dict(KINDS)
