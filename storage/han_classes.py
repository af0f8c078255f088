"""Owns which Han characters count as one in search: classes of simplified, traditional and regional forms.

`han_classes.txt` holds one class a line, the character that stands for all of them first. A class is closed: where two
traditional characters share a simplified one (乾 and 幹 are both 干), all are in one class, so that whatever a text is
written in is found by whatever it is asked for in. The price is that some words fall together (髮 and 發). The
file is derived from the character tables of OpenCC (Apache-2.0), which `python -m storage.han_classes FOLDER` does
again from the folder of its `STCharacters.txt`, `TSCharacters.txt`, `TWVariants.txt` and `HKVariants.txt`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

__all__ = ["CLASSES_FILE", "han_classes", "pairs_in", "representatives"]

CLASSES_FILE: Final = Path(__file__).with_name("han_classes.txt")

_TABLES: Final = ("STCharacters.txt", "TSCharacters.txt", "TWVariants.txt", "HKVariants.txt")
_HEADER: Final = """\
# Han characters that count as one in search, a class a line, the one that stands for all first.
# Derived from STCharacters.txt, TSCharacters.txt, TWVariants.txt and HKVariants.txt of Open Chinese Convert (OpenCC),
# https://github.com/BYVoid/OpenCC, which is under the Apache License, Version 2.0. Changed: made into classes.
"""


def representatives() -> dict[str, str]:
    """Map every character of a class, but the one that stands for it, to that one."""
    lines = CLASSES_FILE.read_text("utf-8").splitlines()
    return {char: line[0] for line in lines if not line.startswith("#") for char in line[1:]}


def han_classes(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return the classes that (traditional, simplified) pairs make, sorted; the commonest simplified form leads."""
    parents: dict[str, str] = {}
    simplified: Counter[str] = Counter()

    def root(char: str) -> str:
        while (above := parents.setdefault(char, char)) != char:
            char = above
        return char

    for traditional, simple in pairs:
        simplified[simple] += 1
        parents[root(traditional)] = root(simple)
    classes: dict[str, list[str]] = {}
    for char in parents:
        classes.setdefault(root(char), []).append(char)
    ordered = (sorted(one, key=lambda char: (-simplified[char], char)) for one in classes.values() if len(one) > 1)
    return sorted(map("".join, ordered))


def pairs_in(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the (traditional, simplified) pairs of OpenCC's tables in `folder`."""
    for name in _TABLES:
        for line in (folder / name).read_text("utf-8").splitlines():
            if not line or line.startswith("#"):
                continue
            char, _, others = line.partition("\t")
            for other in others.split():
                yield (other, char) if name == "STCharacters.txt" else (char, other)


if __name__ == "__main__":
    CLASSES_FILE.write_text(_HEADER + "\n".join(han_classes(pairs_in(Path(sys.argv[1])))) + "\n", "utf-8")
