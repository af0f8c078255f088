"""Owns every knob: Scrapy's own as this project needs them, and the `ARCHIVE_` settings with unit and reason.

An `ARCHIVE_` setting is taken from `-s NAME=VALUE`, else from the environment variable of the same name, else from
here. `crawler.options` checks them once and hands them on typed.
"""

from __future__ import annotations

import os
import sys
from typing import Final

from crawler.typed_command import commands_module

ARCHIVE_DEFAULTS: Final[dict[str, str]] = {
    # Where everything is kept: warc/, seals.jsonl, catalogue.sqlite, quarantine/, locks/.
    "ARCHIVE_DIR": "archive",
    # Folder of the source files, one publication each.
    "ARCHIVE_SOURCES": os.path.join(os.path.dirname(__file__), "sources"),
    # URL or address put into User-Agent and warcinfo, so that a site can reach the operator; `none` says it on purpose.
    "ARCHIVE_CONTACT": "",
    # Comma-separated CIDRs that the address guard lets through (a loopback test site, say).
    "ARCHIVE_ALLOW_NETWORKS": "",
    # http://[user:password@]host:port of the HTTP proxy to go through; only when given here, never http_proxy. A
    # password belongs in the environment variable; it is sent and never archived.
    "ARCHIVE_PROXY": "",
    # `gone` observations in a row before a page counts as removed: one failure is never a removal.
    "ARCHIVE_REMOVAL_OBSERVATIONS": "3",
    # Seconds that those observations must span: a day outlasts most outages.
    "ARCHIVE_REMOVAL_SPAN_S": "86400",
    # Captures that wait for or are in a group commit at most: a commit begins at half of them, and the other half is
    # fetched and read meanwhile. Also the most that a kill can make us catalogue again.
    "ARCHIVE_COMMIT_CAPTURES": "128",
    # Milliseconds that a capture waits at most for its group commit.
    "ARCHIVE_COMMIT_INTERVAL_MS": "400",
    # A WARC file is sealed at this size, bytes; 1 GiB is what IA and most libraries use.
    "ARCHIVE_WARC_BYTES": "1073741824",
    # ... and at this age, seconds: a day's captures are sealed the same day.
    "ARCHIVE_WARC_AGE_S": "86400",
    # Wire bytes of one response at most; the rest is cut and the record marked `WARC-Truncated: length`. What is beyond
    # 1 MiB waits on the disk, so memory does not limit it.
    "ARCHIVE_MAX_RESPONSE_BYTES": "33554432",
    # Content-decoded bytes of one page at most: a 3 KB brotli bomb otherwise costs gigabytes.
    "ARCHIVE_MAX_BODY_BYTES": "33554432",
    # Seconds for one exchange, connect to last byte.
    "ARCHIVE_TIMEOUT_S": "60",
    # Exchanges under way at once in this process, all hosts together.
    "ARCHIVE_CONCURRENCY": "16",
    # Processes that extract; the reactor never does. 0: as many as the cores that may be used, four at most. On two
    # cores two read 275 light pages a second where one read 225; the coordinator takes half their time for a page.
    "ARCHIVE_WORKERS": "0",
    # Seconds that one page may be extracted for; then its worker is ended and the page is a failure row.
    "ARCHIVE_EXTRACT_TIMEOUT_S": "30",
    # MiB of address space of one worker.
    "ARCHIVE_WORKER_MEMORY_MB": "2048",
    # Further tries after a passing failure (network, 429, 5xx) within a run.
    "ARCHIVE_RETRIES": "2",
    # Seconds before the first further try; each later one waits three times as long.
    "ARCHIVE_RETRY_DELAY_S": "5",
    # Seconds that a run waits for a retry to become due before it leaves it to the next run.
    "ARCHIVE_RETRY_WAIT_S": "60",
    # Pages that one run of a source fetches at most: a trap ends here at the latest.
    "ARCHIVE_MAX_PAGES": "50000",
    # Redirects followed in a row.
    "ARCHIVE_MAX_REDIRECTS": "10",
}

globals().update({name: os.environ.get(name, value) for name, value in ARCHIVE_DEFAULTS.items()})

BOT_NAME = "shilu"
SPIDER_MODULES: list[str] = []
SPIDER_LOADER_CLASS = "crawler.loader.SourceLoader"
COMMANDS_MODULE = commands_module(sys.argv)
SCHEDULER = "crawler.scheduler.FrontierScheduler"
DOWNLOADER = "crawler.downloader.FrontierDownloader"
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

# Only the web, and only through the handler that archives.
DOWNLOAD_HANDLERS = {
    "http": "crawler.handler.ArchiveHandler",
    "https": "crawler.handler.ArchiveHandler",
    "file": None,
    "ftp": None,
    "s3": None,
    "data": None,
}

# Scrapy 2.19 listens for Python on a local port by default; an archive has no use for it.
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False

# Redirects, retries and robots are frontier rows and captures of their own, so Scrapy's middlewares stay out:
# they re-enter through the scheduler with copied meta (and cost 1.4-1.7 ms a page, traps.md).
DOWNLOADER_MIDDLEWARES_BASE: dict[str, int] = {}
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
EXTENSIONS_BASE = {"scrapy.extensions.feedexport.FeedExporter": 0, "crawler.live.LiveLine": 10}
COOKIES_ENABLED = False
ROBOTSTXT_OBEY = False

# 100, the default, makes 101 asyncio tasks per response (846 against 37 µs); a page yields one item.
CONCURRENT_ITEMS = 1
ITEM_PIPELINES = {"pipelines.store.StorePipeline": 100}

# The frontier grants each fetch per host across processes; Scrapy's own slots must not add to it.
DOWNLOAD_DELAY = 0
DOWNLOAD_DELAY_JITTER = 0
CONCURRENT_REQUESTS = 1024
CONCURRENT_REQUESTS_PER_DOMAIN = 1024
# Pages awaiting the group commit count as active; at the default of 5 MB large pages crawled at 15 a second.
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 268_435_456

LOG_LEVEL = "INFO"
LOG_FORMATTER = "crawler.log_formatter.LogFormatter"
LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"
LOGSTATS_INTERVAL = 0
STATS_DUMP = False
FEED_EXPORT_ENCODING = "utf-8"
