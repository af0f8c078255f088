"""That the articles on which reprints are looked for are what is said of them, and that few show the figures."""

from __future__ import annotations

import random
from itertools import combinations
from pathlib import Path

import pytest

from bench.reprint_corpus import KINDS, Press
from bench.reprint_figures import catalogue_in, detect, pieces_of, put
from pipelines.reprints import catch_up
from pipelines.similarity import letters_of


def test_every_kind_of_copy_is_found_and_nothing_invented(tmp_path: Path) -> None:
    pieces = pieces_of(Press(11), random.Random(11), originals=60, planted=4, reports=16)
    with catalogue_in(tmp_path) as catalogue:
        put(catalogue, pieces)
        catch_up(catalogue.store)
        found, invented = detect(catalogue, pieces)
    assert invented == 0
    assert {kind: (one.right, one.wrong) for kind, one in found.items()} == dict.fromkeys(KINDS, (4, 0))


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2])
def test_three_thousand_articles_show_the_figures(tmp_path: Path, seed: int) -> None:
    pieces = pieces_of(Press(seed), random.Random(seed), originals=2400, planted=60, reports=300)
    with catalogue_in(tmp_path) as catalogue:
        put(catalogue, pieces)
        catch_up(catalogue.store)
        found, invented = detect(catalogue, pieces)
    for kind, one in found.items():
        assert one.right >= (0.9 if kind == "excerpt" else 0.99) * one.planted, kind
        assert one.right >= 0.99 * (one.right + one.wrong + invented), kind


def test_reports_share_the_speech_and_little_else() -> None:
    reports = [letters_of(piece.body) for piece in Press(3).reports(12)]
    shared = [
        len(one.shingles & other.shingles) / min(len(one.shingles), len(other.shingles))
        for one, other in combinations(reports, 2)
    ]
    assert 0.2 < sum(shared) / len(shared) < 0.6 and max(shared) > 0.4


def test_strangers_share_what_strangers_do() -> None:
    letters = [letters_of(piece.body) for piece in Press(4).originals(60)]
    shared = [
        len(one.shingles & other.shingles) / min(len(one.shingles), len(other.shingles))
        for one, other in combinations(letters, 2)
    ]
    assert 0 < sum(shared) / len(shared) < 0.1


def test_the_same_seed_writes_the_same() -> None:
    one, other = ([*Press(5).originals(5), *Press(5).reports(3)] for _ in range(2))
    assert one == other
    assert Press(5).copy(one[0], "typos") == Press(5).copy(one[0], "typos")
