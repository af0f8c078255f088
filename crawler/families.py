"""Owns template families: what the sites of one content system share, declared once and named by source files."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from crawler import source_values as values
from crawler.source_form import ArticleForm, Form, ListRules
from crawler.source_values import Found

__all__ = ["SHIPPED_FAMILIES", "FamilyForm", "family_path", "family_paths", "resolved"]

SHIPPED_FAMILIES: Final = Path(__file__).parent / "sources" / "families"

Tree = dict[str, Any]


class FamilyForm(Form):
    """A whole family file."""

    version: Annotated[int, BeforeValidator(values.schema)] = Field(alias="schema")
    title: Annotated[str, BeforeValidator(values.text)]
    signs: Annotated[list[str], BeforeValidator(values.some_regexes)]
    """Searched in a page's HTML by whoever asks which family a site is of."""
    lists: ListRules = ListRules()
    articles: ArticleForm


def family_paths(folders: Sequence[Path]) -> dict[str, Path]:
    """Give the file of every family by its name; of two of one name that in the earlier folder."""
    found = (path for folder in reversed(folders) for path in sorted(folder.glob("*.toml")))
    return {path.stem: path for path in found}


def resolved(source: Tree, family: Tree) -> Tree:
    """Give the tree of a source file with what it leaves open filled in from the tree of a family.

    The source's own keys win, one by one. Its lists take the family's keys unless they are of another `format`, or
    POST; without an `[[articles]]` of its own it has the family's.
    """
    tree = dict(source)
    rules, articles = family.get("lists", {}), family["articles"]
    if isinstance(tree.get("lists"), list):
        tree["lists"] = [_with_rules(one, rules) for one in tree["lists"]]
    own = tree.get("articles", [{}])
    if isinstance(own, list):
        tree["articles"] = [_under(one, articles) for one in own or [{}]]
    return tree


def _with_rules(one: Any, rules: Tree) -> Any:
    if not isinstance(one, dict) or one.get("method", "GET") != "GET":
        return one
    form = rules.get("format", "html")
    return _under(one, rules) if one.get("format", form) == form else one


def _under(own: Any, common: Tree) -> Any:
    """Lay `own` over `common`, tables within too; what is no table is left for the form to refuse."""
    if not isinstance(own, dict):
        return own
    both = {key: _under(own[key], common[key]) for key in own if isinstance(common.get(key), dict)}
    return {**common, **own, **both}


def family_path(name: Any, folders: Sequence[Path]) -> Path:
    """Give the file of the family `name`.

    Raises: Found, naming the near ones or all there are.
    """
    known = family_paths(folders)
    if not isinstance(name, str) or name not in known:
        near = difflib.get_close_matches(str(name), known, n=3)
        said = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(sorted(known))}"
        raise Found(f"is no family; {said}", name)
    return known[name]
