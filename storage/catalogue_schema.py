"""Owns the tables of a new catalogue as SQL: what all migrations together come to, and the revisions there have been.

The models in `storage.tables` and its neighbours say the same in Python, and why each column is there; migrations bring
an older catalogue forward. A new one is made from here: importing SQLAlchemy and Alembic and running every migration
costs 0.4 s of CPU, as much as crawling 150 pages. Tests hold all three to each other.
"""

from __future__ import annotations

from typing import Final

__all__ = ["APPLICATION_ID", "REVISIONS", "SCHEMA"]

APPLICATION_ID: Final = 0x5348494C
"""`SHIL`, in the SQLite header (bytes 68-71): how a catalogue is told from any other SQLite file."""

REVISIONS: Final = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011")
"""Alembic revisions, oldest first; the last is what this program reads and writes."""

SCHEMA: Final = (
    """CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY
        KEY (version_num))""",
    """CREATE TABLE t_crawl (id TEXT NOT NULL, source TEXT NOT NULL, started TEXT NOT NULL, finished TEXT,
        outcome TEXT NOT NULL, not_reached INTEGER, removal_observations INTEGER NOT NULL, removal_span_s INTEGER
        NOT NULL, outage TEXT, judged INTEGER DEFAULT 0 NOT NULL, PRIMARY KEY (id)) STRICT""",
    "CREATE INDEX ix_crawl_source ON t_crawl (source, started)",
    """CREATE TABLE t_frontier (id INTEGER NOT NULL, source TEXT NOT NULL, url TEXT NOT NULL, method TEXT NOT
        NULL, body_digest TEXT NOT NULL, body TEXT, headers TEXT NOT NULL, role TEXT NOT NULL, rank INTEGER NOT
        NULL, via TEXT, relation TEXT NOT NULL, hops INTEGER NOT NULL, number INTEGER NOT NULL, state TEXT NOT
        NULL, worker TEXT, leased_until TEXT, next_due TEXT, due_reason TEXT, attempts INTEGER NOT NULL,
        first_seen TEXT NOT NULL, walk_started TEXT, PRIMARY KEY (id), UNIQUE (source, url, method, body_digest))
        STRICT""",
    """CREATE INDEX ix_frontier_due ON t_frontier (source, rank, next_due, worker) WHERE next_due IS NOT NULL AND
        worker IS NULL""",
    "CREATE INDEX ix_frontier_leased ON t_frontier (worker) WHERE worker IS NOT NULL",
    "CREATE INDEX ix_frontier_redirect ON t_frontier (source, via) WHERE relation = 'redirect'",
    "CREATE INDEX ix_frontier_retry ON t_frontier (source, next_due) WHERE attempts > 0 AND state = 'pending'",
    """CREATE TABLE t_host (host TEXT NOT NULL, granted TEXT, granted_delay_s REAL DEFAULT 0 NOT NULL,
        crawl_delay_s REAL, backoff_until TEXT, PRIMARY KEY (host)) STRICT""",
    """CREATE TABLE t_host_slot (id INTEGER NOT NULL, host TEXT NOT NULL, holder TEXT NOT NULL, until TEXT NOT
        NULL, PRIMARY KEY (id)) STRICT""",
    "CREATE INDEX ix_host_slot ON t_host_slot (host, until)",
    """CREATE TABLE t_page (page_id TEXT NOT NULL, url TEXT NOT NULL, source TEXT NOT NULL, state TEXT NOT NULL,
        versions INTEGER NOT NULL, latest_version TEXT NOT NULL, texts TEXT NOT NULL, first_captured TEXT NOT
        NULL, last_present TEXT NOT NULL, last_present_capture TEXT NOT NULL, last_payload_digest TEXT NOT NULL,
        last_checked TEXT NOT NULL, gone_since TEXT, gone_count INTEGER NOT NULL, last_gone TEXT,
        last_gone_capture TEXT, unreachable_since TEXT, unreachable_count INTEGER NOT NULL, moved_to TEXT, read_by
        TEXT DEFAULT '' NOT NULL, last_bytes TEXT, last_bytes_capture TEXT, injected TEXT DEFAULT '[]' NOT NULL,
        absences TEXT DEFAULT '[]' NOT NULL, address TEXT, PRIMARY KEY (page_id)) STRICT""",
    "CREATE INDEX ix_page_url ON t_page (url)",
    """CREATE TABLE t_redirect (url TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL, PRIMARY
        KEY (url, source, target)) WITHOUT ROWID, STRICT""",
    "CREATE INDEX ix_redirect_target ON t_redirect (source, target)",
    """CREATE TABLE t_robots (host TEXT NOT NULL, fetched TEXT NOT NULL, verdict TEXT NOT NULL, capture_id TEXT,
        crawl_delay_s REAL, rules TEXT NOT NULL, PRIMARY KEY (host)) STRICT""",
    """CREATE TABLE t_warc (name TEXT NOT NULL, location TEXT NOT NULL, size_bytes INTEGER, sha256 TEXT, sealed
        TEXT, PRIMARY KEY (name)) STRICT""",
    """CREATE TABLE t_capture (id TEXT NOT NULL, url TEXT NOT NULL, source TEXT NOT NULL, captured TEXT NOT NULL,
        method TEXT NOT NULL, request_digest TEXT, status INTEGER, mime TEXT, kind TEXT NOT NULL, payload_digest
        TEXT NOT NULL, refers_to TEXT, warc_file TEXT NOT NULL, warc_offset INTEGER NOT NULL, warc_length INTEGER
        NOT NULL, ip TEXT, tls_verified INTEGER, truncated TEXT, crawl_id TEXT NOT NULL, role TEXT NOT NULL,
        page_id TEXT, version_id TEXT, finding TEXT, verdict TEXT, grade TEXT, etag TEXT, last_modified TEXT,
        payload_bytes INTEGER, PRIMARY KEY (id), FOREIGN KEY(crawl_id) REFERENCES t_crawl (id)) STRICT""",
    "CREATE INDEX ix_capture_crawl ON t_capture (crawl_id, finding)",
    "CREATE INDEX ix_capture_place ON t_capture (warc_file, warc_offset)",
    "CREATE INDEX ix_capture_url ON t_capture (url, captured)",
    """CREATE TABLE t_event (id INTEGER NOT NULL, page_id TEXT NOT NULL, url TEXT NOT NULL, kind TEXT NOT NULL,
        grade TEXT NOT NULL, "after" TEXT, observed TEXT NOT NULL, capture_before TEXT, capture_after TEXT, detail
        TEXT NOT NULL, PRIMARY KEY (id), FOREIGN KEY(page_id) REFERENCES t_page (page_id)) STRICT""",
    "CREATE INDEX ix_event_observed ON t_event (observed)",
    "CREATE INDEX ix_event_page ON t_event (page_id, observed)",
    """CREATE TABLE t_failure (id INTEGER NOT NULL, url TEXT NOT NULL, attempted TEXT NOT NULL, source TEXT NOT
        NULL, crawl_id TEXT NOT NULL, stage TEXT NOT NULL, reason TEXT NOT NULL, capture_id TEXT, PRIMARY
        KEY (id), UNIQUE (url, attempted, source, crawl_id, stage), FOREIGN KEY(crawl_id) REFERENCES t_crawl (id))
        STRICT""",
    "CREATE INDEX ix_failure_crawl ON t_failure (crawl_id, stage)",
    """CREATE TABLE t_version (version_id TEXT NOT NULL, page_id TEXT NOT NULL, number INTEGER NOT NULL, captured
        TEXT NOT NULL, capture_id TEXT NOT NULL, payload_digest TEXT NOT NULL, title TEXT, published TEXT,
        published_precision TEXT, published_utc TEXT, published_raw TEXT, origin TEXT, authors TEXT NOT NULL,
        editors TEXT NOT NULL, keywords TEXT NOT NULL, section TEXT, language TEXT, script TEXT, images TEXT NOT
        NULL, page_links TEXT NOT NULL, charset_declared TEXT, charset_used TEXT NOT NULL, undecodable_bytes
        INTEGER NOT NULL, extractor TEXT NOT NULL, reasons TEXT NOT NULL, body_sha256 TEXT NOT NULL, body TEXT NOT
        NULL, details TEXT DEFAULT '{}' NOT NULL, normalised TEXT, PRIMARY KEY (version_id),
        UNIQUE (page_id, number), FOREIGN KEY(page_id) REFERENCES t_page (page_id), FOREIGN KEY(capture_id)
        REFERENCES t_capture (id)) STRICT""",
    """CREATE TABLE t_version_capture (version_id TEXT NOT NULL, part INTEGER NOT NULL, capture_id TEXT NOT NULL,
        PRIMARY KEY (version_id, part), FOREIGN KEY(version_id) REFERENCES t_version (version_id), FOREIGN
        KEY(capture_id) REFERENCES t_capture (id)) WITHOUT ROWID, STRICT""",
    "CREATE INDEX ix_capture_payload ON t_capture (source, payload_digest) WHERE payload_bytes IS NOT NULL",
    "CREATE TABLE t_text (number INTEGER NOT NULL, version_id TEXT NOT NULL, PRIMARY KEY (number)) STRICT",
    """CREATE TABLE t_reprint (page_id TEXT NOT NULL, earliest_page TEXT NOT NULL, similarity REAL NOT NULL,
        basis TEXT NOT NULL, version_id TEXT NOT NULL, earliest_version TEXT NOT NULL, PRIMARY KEY (page_id))
        WITHOUT ROWID, STRICT""",
    "CREATE INDEX ix_reprint_earliest ON t_reprint (earliest_page)",
    """CREATE TABLE t_reprint_text (text_id INTEGER NOT NULL, letters_sha256 TEXT NOT NULL, samples INTEGER NOT
        NULL, PRIMARY KEY (text_id), UNIQUE (letters_sha256)) STRICT""",
    """CREATE TABLE t_reprint_sample (shingle INTEGER NOT NULL, text_id INTEGER NOT NULL, PRIMARY
        KEY (shingle, text_id)) WITHOUT ROWID, STRICT""",
    """CREATE TABLE t_reprint_version (version_id TEXT NOT NULL, page_id TEXT NOT NULL, text_id INTEGER, out_by
        TEXT NOT NULL, captured TEXT NOT NULL, PRIMARY KEY (version_id)) WITHOUT ROWID, STRICT""",
    "CREATE INDEX ix_reprint_version_page ON t_reprint_version (page_id)",
    """CREATE TABLE t_reprint_mark (method TEXT NOT NULL, text_number INTEGER NOT NULL, settled_text INTEGER
        DEFAULT 0 NOT NULL, PRIMARY KEY (method)) STRICT""",
    """CREATE TABLE t_round (page_id TEXT NOT NULL, first TEXT NOT NULL, capture_id TEXT NOT NULL, at TEXT NOT
        NULL, grade TEXT NOT NULL, payload_digest TEXT NOT NULL, read_by TEXT, settled INTEGER NOT NULL, PRIMARY
        KEY (page_id), FOREIGN KEY(page_id) REFERENCES t_page (page_id)) STRICT""",
    """CREATE TABLE t_part (page_id TEXT NOT NULL, url TEXT NOT NULL, looked_for TEXT, capture_id TEXT, seen_at
        TEXT, payload_digest TEXT NOT NULL, settled_digest TEXT NOT NULL, bytes_at TEXT, bytes_capture TEXT,
        before_at TEXT, before_capture TEXT, article TEXT, PRIMARY KEY (page_id, url), FOREIGN KEY(page_id)
        REFERENCES t_page (page_id)) WITHOUT ROWID, STRICT""",
    "CREATE INDEX ix_part_url ON t_part (url)",
    "CREATE INDEX ix_frontier_part ON t_frontier (source, via) WHERE relation = 'part'",
    """CREATE TABLE t_reprint_fresh (shingle INTEGER NOT NULL, text_id INTEGER NOT NULL, PRIMARY
        KEY (shingle, text_id)) WITHOUT ROWID, STRICT""",
    """CREATE TABLE t_address (page_id TEXT NOT NULL REFERENCES t_page (page_id), url TEXT NOT NULL, relation
        TEXT NOT NULL, PRIMARY KEY (page_id, url)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX ix_address_url ON t_address (url)",
    "CREATE INDEX ix_reprint_version_text ON t_reprint_version (text_id, out_by, captured, page_id)",
    f"INSERT INTO alembic_version (version_num) VALUES ('{REVISIONS[-1]}')",
)
"""The statements that make the tables and indexes of the last revision."""
