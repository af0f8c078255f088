"""Owns a Source as bytes: canonical JSON (sorted keys, no spaces, UTF-8), archived at the head of every WARC file."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from hashlib import sha256
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from storage.errors import SourceError
from storage.model import Source

__all__ = ["SOURCE_NAME", "source_digest", "source_from_json", "source_to_json"]

SOURCE_NAME: Final = re.compile(r"[a-z0-9_-]{1,64}")
"""A source's name; it becomes part of file names."""

_SCHEMA: Final = 1
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_WHERE: Final = "archived source"


def source_to_json(source: Source) -> bytes:
    """Give `source` as canonical JSON; equal sources give equal bytes."""
    tree = {"schema": _SCHEMA, **_plain(source, Source)}
    return json.dumps(tree, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def source_digest(source: Source) -> str:
    """Give `sha256:` and the lower-case hex over `source_to_json(source)`."""
    return "sha256:" + sha256(source_to_json(source)).hexdigest()


def source_from_json(payload: bytes) -> Source:
    """Read what `source_to_json` wrote; keys that an older version did not write take their defaults.

    The form is checked, not whether selectors and patterns compile: readers of pages must bear broken ones anyway.

    Raises: SourceError on anything else, whatever the bytes are.
    """
    tree = _parse(payload)
    if not isinstance(tree, dict) or type(tree.get("schema")) is not int or tree["schema"] != _SCHEMA:
        raise SourceError(f"{_WHERE}: schema: must be {_SCHEMA}; this is no source, or one of a later version")
    del tree["schema"]
    source = _build(Source, tree, "")
    assert isinstance(source, Source)
    if not SOURCE_NAME.fullmatch(source.name):
        raise SourceError(f"{_WHERE}: name: must match {SOURCE_NAME.pattern} (found {source.name[:80]!r})")
    return source


def _parse(payload: bytes) -> Any:
    try:
        return json.loads(payload.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_object)
    except RecursionError as error:
        raise SourceError(f"{_WHERE}: nested too deeply to be a source") from error
    except ValueError as error:  # bad UTF-8, bad JSON, a number of more digits than Python reads
        raise SourceError(f"{_WHERE}: is no JSON in UTF-8: {error}") from error


def _refuse_constant(name: str) -> float:
    raise SourceError(f"{_WHERE}: {name} is no JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) < len(pairs):
        raise SourceError(f"{_WHERE}: the same key twice in one object")
    return tree


_types: Final[Callable[[Any], Mapping[str, Any]]] = cache(get_type_hints)


def _plain(value: Any, kind: Any) -> Any:
    """Turn `value`, declared as `kind`, into what json writes; an int where a float is declared becomes a float."""
    if value is None:
        return None
    if isinstance(kind, UnionType):
        return _plain(value, _some(kind))
    if is_dataclass(value):
        return {name: _plain(getattr(value, name), declared) for name, declared in _types(type(value)).items()}
    if get_origin(kind) is tuple:
        return [_plain(item, declared) for item, declared in zip(value, _members(kind, len(value)), strict=True)]
    return float(value) if kind is float else value


def _some(kind: UnionType) -> Any:
    return next(member for member in get_args(kind) if member is not NoneType)


def _members(kind: Any, length: int) -> tuple[Any, ...]:
    members = get_args(kind)
    return (members[0],) * length if members[1:] == (Ellipsis,) else members


def _build(kind: Any, value: Any, where: str) -> Any:
    """Make `value`, as json read it, into the `kind` the model declares at `where`."""
    if isinstance(kind, UnionType):
        return None if value is None else _build(_some(kind), value, where)
    if is_dataclass(kind):
        return _build_dataclass(kind, value, where)
    if get_origin(kind) is tuple:
        return _build_tuple(kind, value, where)
    if kind is float and type(value) in (int, float):
        return _finite(value, where)
    if type(value) is not kind:
        raise _mismatch(where, kind.__name__, value)
    if kind is str and _SURROGATE.search(value):
        raise SourceError(f"{_WHERE}: {where}: half of a surrogate pair is no text")
    return value


def _build_dataclass(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise _mismatch(where, "object", value)
    declared = _types(kind)
    unknown = sorted(value.keys() - declared.keys())
    if unknown:
        key = _under(where, ascii(unknown[0])[1:-1][:80])
        raise SourceError(f"{_WHERE}: {key}: unknown key, perhaps of a later version")
    for slot in fields(kind):
        if slot.name not in value and slot.default is MISSING and slot.default_factory is MISSING:
            raise SourceError(f"{_WHERE}: {_under(where, slot.name)}: is missing")
    return kind(**{name: _build(declared[name], item, _under(where, name)) for name, item in value.items()})


def _build_tuple(kind: Any, value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _mismatch(where, "array", value)
    members = _members(kind, len(value))
    if len(members) != len(value):
        raise _mismatch(where, f"array of {len(members)}", value)
    pairs = zip(members, value, strict=True)
    return tuple(_build(member, item, f"{where}[{at}]") for at, (member, item) in enumerate(pairs))


def _finite(value: int | float, where: str) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise SourceError(f"{_WHERE}: {where}: must be a finite number")
    return number


def _under(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _mismatch(where: str, wanted: str, value: Any) -> SourceError:
    return SourceError(f"{_WHERE}: {where or 'the whole'}: must be {wanted} (found {type(value).__name__})")
