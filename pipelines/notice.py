"""Owns what official notices state of themselves: 文号, 发布机构, 成文日期, 索引号. Metadata, never the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.blocks import Blocks
from pipelines.dates import find_dates
from pipelines.labels import fold, foldings
from pipelines.text import collapse

__all__ = ["Notice", "read_notice"]

_LABELS = {
    "index_number": r"(?:信息)?索引号",
    "document_number": r"(?:发文字号|发文文号|公文字号|公文文号|文件编号|文号|发文号)",
    "issuer": r"(?:发布机构|发文机关|发文机构|发布单位|发文单位|制发机关|公开责任部门|信息来源单位)",
    "written": r"(?:成文日期|发文日期|生成日期|印发日期|签发日期)",
}
_LABEL = re.compile("|".join(f"(?P<{name}>{label})" for name, label in _LABELS.items()))
_HINT = re.compile(
    r"[索文字机機单責责成发發](?:(?<=索)\s*引|(?<=[文字])\s*[号號]|(?<=文)件编号|(?<=机)\s*[构關关]|(?<=機)\s*[構關]"
    r"|(?<=单)\s*位|(?<=責)任部門|(?<=责)任部门|(?<=[文成发發])\s*日\s*期)"
)
"""Without one of these no label is in a line, and it is not folded. A pattern that begins with a class of characters is
found five times faster than a choice of words.
"""

_NUMBER = re.compile(
    r"^[(（]?(?P<value>[\u4e00-\u9fff]{1,12}[〔\[【(](?:19|20)\d\d[〕\]】)]\s?(?:第\s?)?\d{1,5}\s?号)[)）]?$"
)
"""政办发〔2020〕7号 on a line of its own."""

_NUMBERED = re.compile(foldings("号"))
_MOST = 60


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notice says; None where it is silent."""

    index_number: str | None = None
    document_number: str | None = None
    issuer: str | None = None
    written: str | None = None
    """Day of the document, `2020-02-05`."""


def _pairs(page: Blocks) -> dict[str, str]:
    """Return the values behind labels: in the same block behind a colon, or alone in the next (cells of a table)."""
    found: dict[str, str] = {}
    blocks = page.blocks
    short = [(n, block) for n, block in enumerate(blocks) if block.length <= 120 and not block.hidden]
    if not _HINT.search("\n".join([block.text for _, block in short])):
        return {}
    for number, block in short:
        if not _HINT.search(block.text):
            continue
        line = fold(block.text)
        bare = re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", line)
        labels = list(_LABEL.finditer(bare))
        for place, label in enumerate(labels):
            before, colon = bare[: label.start()].rstrip(), bare[label.end() : label.end() + 3].lstrip()[:1]
            last = place + 1 == len(labels)
            if colon == ":":
                rest = bare[label.end() : None if last else labels[place + 1].start()]
                value = re.split(r"\s{1,}[\u4e00-\u9fff]{2,6}:|[|丨]", rest.lstrip()[1:])[0]
            elif not before and last and bare[label.end() :].strip() == "":
                value = ""
            else:
                continue
            if not value.strip() and last and number + 1 < len(blocks) and blocks[number + 1].length <= _MOST:
                value = blocks[number + 1].text
            value = collapse(value).strip(" :：[]【】")
            name = label.lastgroup or ""
            if value and len(value) <= _MOST and not _LABEL.match(re.sub(r"\s", "", fold(value))):
                found.setdefault(name, value)
    return found


def read_notice(page: Blocks, lines: tuple[str, ...]) -> Notice:
    """Read a notice's own statements; `lines` are those between title and text and the first of the text."""
    found = _pairs(page)
    if "document_number" not in found:
        numbers = (_NUMBER.match(collapse(fold(line))) for line in lines if _NUMBERED.search(line))
        found["document_number"] = next((match["value"] for match in numbers if match), "")
    dates = find_dates(found.get("written", ""))
    written = next((f"{d.year:04}-{d.month:02}-{d.day:02}" for d in dates if d.month and d.day), None)
    # A lone date or number is no notice's: where there is no label of its own kind, nothing is claimed.
    number = found.get("document_number", "")
    return Notice(
        found.get("index_number"),
        number if re.search(r"\d", number) else None,
        found.get("issuer"),
        written,
    )
