"""Owns the samples of texts in the catalogue: which texts share enough of them to be worth comparing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from storage.catalogue_store import Store

__all__ = ["ReprintSamples"]

_COMMON: Final = 500
"""Texts that share one sample, from which on it is a stock phrase: it counts, but alone it leads to nobody."""

_GATHER: Final = 4000
"""Texts whose samples gather before they are moved."""

_STEPS: Final = 32
"""Transactions in which they are: a crawl that commits meanwhile waits for one."""


class ReprintSamples:
    """The samples of one catalogue: small whole numbers, of which alike texts have many in common."""

    def __init__(self, store: Store) -> None:
        """Use the samples in `store`."""
        self._store = store

    def add(self, text_id: int, samples: Sequence[int]) -> None:
        """Put in the samples of a text that has none yet; inside `store.write`."""
        self._store.run(_NEW_SAMPLES, {"text_id": text_id, "samples": json.dumps(samples)})

    def sharing(self, samples: Sequence[int], least: int, share: float) -> list[int]:
        """Return the texts that share at least `least` of `samples`, and `share` (0..1) of the samples of either.

        Samples that more than 500 texts have lead to nobody, unless so many are such that they must: none is missed
        that has as many samples as are given here.
        """
        leading = self._leading(samples, share)
        asked = {
            "leading": json.dumps(leading),
            "common": json.dumps([*set(samples).difference(leading)]),
            "commons": len(samples) - len(leading),
            "given": len(samples),
        }
        rows = self._store.rows(_SHARING, {**asked, "least": least, "share": share})
        return [int(row.text_id) for row in rows]

    def _leading(self, samples: Sequence[int], share: float) -> list[int]:
        rows = self._store.rows(_FREQUENCIES, {"samples": json.dumps(samples), "common": _COMMON + 1})
        by_rarity = sorted((int(row.frequency), int(row.shingle)) for row in rows)
        # Whoever shares a given number of samples has one among all but that many of the rarest, less one.
        needed = len(samples) - max(1, int(share * len(samples))) + 1
        return [shingle for place, (times, shingle) in enumerate(by_rarity) if times <= _COMMON or place < needed]

    def settle(self) -> None:
        """Move the samples that have gathered to those that are settled, in steps; not to be called inside `write`.

        A sample of a new text goes anywhere among all that there are, and for each a page of the file is written. So
        they gather in a small table, and those of some thousand texts are moved together, in their order.
        """
        rows = self._store.rows(_GATHERED)
        if not rows or rows[0].last - rows[0].settled < _GATHER:
            return
        ends = self._store.rows("SELECT min(shingle) AS low, max(shingle) + 1 AS high FROM t_reprint_fresh")[0]
        step = (ends.high - ends.low) // _STEPS + 1
        for low in range(ends.low, ends.high, step):
            with self._store.write():
                for statement in (_MOVE, _MOVED):
                    self._store.run(statement, {"low": low, "high": low + step})
        self._store.run(_SETTLED, {"last": rows[0].last})


_NEW_SAMPLES: Final = (
    "INSERT INTO t_reprint_fresh (shingle, text_id) SELECT value, :text_id FROM json_each(:samples) ORDER BY value"
)
_FREQUENCIES: Final = (
    "SELECT value AS shingle, "
    "(SELECT count(*) FROM (SELECT 1 FROM t_reprint_sample s WHERE s.shingle = value LIMIT :common)) + "
    "(SELECT count(*) FROM (SELECT 1 FROM t_reprint_fresh s WHERE s.shingle = value LIMIT :common)) AS frequency "
    "FROM json_each(:samples)"
)
_SHARING: Final = """
    SELECT text_id FROM
        (SELECT t.text_id, least, n.shared + CASE WHEN :commons > 0 THEN
            (SELECT count(*) FROM json_each(:common) c CROSS JOIN t_reprint_sample s
            WHERE s.shingle = c.value AND s.text_id = t.text_id) +
            (SELECT count(*) FROM json_each(:common) c CROSS JOIN t_reprint_fresh s
            WHERE s.shingle = c.value AND s.text_id = t.text_id) ELSE 0 END AS shared
        FROM (SELECT text_id, count(*) AS shared FROM
                (SELECT s.text_id FROM json_each(:leading) l CROSS JOIN t_reprint_sample s WHERE s.shingle = l.value
                UNION ALL
                SELECT s.text_id FROM json_each(:leading) l CROSS JOIN t_reprint_fresh s WHERE s.shingle = l.value)
            GROUP BY text_id HAVING count(*) + :commons >= :least) n
        CROSS JOIN (SELECT text_id, max(:least, :share * min(samples, :given)) AS least FROM t_reprint_text) t
        WHERE t.text_id = n.text_id AND n.shared + :commons >= t.least)
    WHERE shared >= least"""
_GATHERED: Final = (
    "SELECT settled_text AS settled, coalesce((SELECT max(text_id) FROM t_reprint_text), 0) AS last FROM t_reprint_mark"
)
_MOVE: Final = (
    "INSERT INTO t_reprint_sample (shingle, text_id) SELECT shingle, text_id FROM t_reprint_fresh "
    "WHERE shingle >= :low AND shingle < :high ORDER BY shingle, text_id"
)
_MOVED: Final = "DELETE FROM t_reprint_fresh WHERE shingle >= :low AND shingle < :high"
_SETTLED: Final = "UPDATE t_reprint_mark SET settled_text = :last"
