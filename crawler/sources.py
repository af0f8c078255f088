"""Owns the reading of source files: TOML that people write, checked whole, every mistake told in a line of its own."""

from __future__ import annotations

import difflib
import json
import tomllib
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

from pydantic import ValidationError

from crawler.families import SHIPPED_FAMILIES, FamilyForm, family_path, family_paths, resolved
from crawler.source_form import RESERVED, Disagreement, Form, SourceForm
from crawler.source_values import Found
from storage.errors import SourceError
from storage.model import Source
from storage.source_json import SOURCE_NAME

__all__ = ["load", "load_all", "load_families"]

F = TypeVar("F", bound=Form)

_MAX_BYTES: Final = 1024 * 1024
_EXAMPLES: Final = {
    "schema": "schema = 1",
    "title": 'title = "新华网"',
    "home": 'home = "http://www.example.cn/"',
    "url": 'url = "http://www.example.cn/politics/"',
    "match": r"match = ['/c_\d+\.html$']",
    "to": r"to = '/a/\1.html'",
}


def load(path: Path) -> Source:
    """Read one source file; its name without `.toml` is the source's.

    Raises: SourceError with one line for each mistake: file, key, what would be right, what was found.
    """
    if not SOURCE_NAME.fullmatch(path.stem) or path.suffix != ".toml":
        raise SourceError(f"{path}: the file's name must be a-z, 0-9, _ and - with .toml, at most 64 before it")
    tree = _toml(path)
    if "family" in tree:
        tree = resolved(tree, _family(path, tree["family"]))
    return _checked(path, tree, SourceForm).source(path.stem)


def load_families(folder: Path) -> dict[str, FamilyForm]:
    """Read every family that source files in `folder` can name: its own `families/*.toml`, and those we ship.

    Raises: SourceError when one of them is wrong.
    """
    paths = family_paths(_family_folders(folder))
    return {name: _checked(path, _toml(path), FamilyForm) for name, path in sorted(paths.items())}


def load_all(folder: Path) -> tuple[dict[str, Source], list[SourceError]]:
    """Read every `*.toml` of a folder: the sources by name, in order, and what is wrong with the other files."""
    if not folder.is_dir():
        return {}, [SourceError(f"{folder}: no such folder of source files (setting ARCHIVE_SOURCES)")]
    sources: dict[str, Source] = {}
    errors: list[SourceError] = []
    for path in sorted(folder.glob("*.toml")):
        if path.name.startswith("."):
            continue
        try:
            sources[path.stem] = load(path)
        except SourceError as error:
            errors.append(error)
    return sources, errors


def _family_folders(folder: Path) -> tuple[Path, ...]:
    return folder / "families", SHIPPED_FAMILIES


def _family(path: Path, name: Any) -> dict[str, Any]:
    """Give the tree of the family that the source file at `path` names, checked."""
    try:
        file = family_path(name, _family_folders(path.parent))
    except Found as error:
        raise SourceError(f"{path}: family: {error} (found {_shown(name)})") from error
    tree = _toml(file)
    _checked(file, tree, FamilyForm)
    return tree


def _checked(path: Path, tree: dict[str, Any], form: type[F]) -> F:
    try:
        return form.model_validate(tree)
    except ValidationError as error:
        lines = [f"{path}: {_line(found, form)}" for found in error.errors(include_url=False)]
        raise SourceError("\n".join(lines)) from error


def _toml(path: Path) -> dict[str, Any]:
    content = _content(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{content[error.start]:02X} in line {line}"
        raise SourceError(f"{path}: is not UTF-8 ({found}); save it as UTF-8") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"{path}: is no TOML: {error}") from error
    except RecursionError as error:
        raise SourceError(f"{path}: is no TOML that can be read: nested too deeply") from error


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            reason = "is no file" if path.exists() else "no such file"
            raise SourceError(f"{path}: {reason}; a source file is <name>.toml in the folder of ARCHIVE_SOURCES")
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(content) > _MAX_BYTES:
        raise SourceError(f"{path}: is longer than {_MAX_BYTES} bytes, which no source file is")
    return content


def _line(found: Any, form: type[Form]) -> str:
    """Turn one of pydantic's findings into `key: what would be right (found …)`."""
    where, kind = list(found["loc"]), found["type"]
    reason = found.get("ctx", {}).get("error")
    if isinstance(reason, Disagreement):
        where.append(reason.key)
    key = _key(where)
    if kind == "extra_forbidden":
        return f"{key}: {_unknown(where, form)}"
    if kind == "missing":
        return f"{key}: is missing; for example {_EXAMPLES.get(str(where[-1]), where[-1])}"
    if isinstance(reason, Found):
        absent = isinstance(reason, Disagreement) and reason.found is None
        return f"{key}: {reason}" + ("" if absent else f" (found {_shown(reason.found)})")
    return f"{key}: {str(found['msg']).lower()} (found {_shown(found['input'])})"


def _key(where: list[Any]) -> str:
    """Write a place as TOML does, tables of an array by their number from 1: `lists #2.every`."""
    return "".join(f" #{part + 1}" if isinstance(part, int) else f".{_shown_key(part)}" for part in where)[1:]


def _shown_key(key: str) -> str:
    return key if key.isprintable() and len(key) <= 60 else repr(key[:60])


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:77] + "..."


def _unknown(where: list[Any], form: type[Form]) -> str:
    key = str(where[-1])
    if key in RESERVED:
        return "is reserved for a later version; take it out"
    known = _known(where, form)
    near = difflib.get_close_matches(key, known, n=1)
    return "unknown key; " + (f"did you mean `{near[0]}`?" if near else f"known here are {', '.join(known)}")


def _known(where: list[Any], whole: type[Form]) -> list[str]:
    """Give the keys that the table holding the last part of `where` in the form `whole` may have."""
    form: Any = whole
    for part in where[:-1]:
        if isinstance(part, str):
            annotation = form.model_fields[part].annotation
            form = next(iter(get_args(annotation)), annotation)  # of list[ListForm], ListForm
    return [field.alias or name for name, field in form.model_fields.items()]
