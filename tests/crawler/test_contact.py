"""crawler.contact: nobody is asked for pages by someone who does not say who asks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crawler.contact import require_contact
from crawler.guard import parse_networks
from crawler.options import Options
from storage.errors import UsageError
from storage.model import Source, SourceCrawl
from tests.in_process import options_of


def source(*hosts: str) -> Source:
    return Source("mine", "晨报", "http://127.0.0.1/", crawl=SourceCrawl(hosts))


@pytest.fixture
def unset(tmp_path: Path) -> Options:
    """Options without a contact, loopback exempt."""
    options = options_of(tmp_path)
    assert options.contact is None
    return options


def test_exempt_hosts_need_no_contact(unset: Options) -> None:
    require_contact(unset, source("127.0.0.1:8000", "127.3.2.1"))


@pytest.mark.parametrize("host", ["192.0.2.7", "192.0.2.7:8080", "[2001:db8::1]:80"])
def test_any_other_host_is_named(unset: Options, host: str) -> None:
    with pytest.raises(UsageError) as refused:
        require_contact(unset, source("127.0.0.1", host))
    assert str(refused.value).startswith("ARCHIVE_CONTACT: is not set") and host in str(refused.value)
    assert "`none`" in str(refused.value)


def test_a_contact_opens_the_way_as_does_none(unset: Options) -> None:
    for contact in ("https://example.org/", "none"):
        require_contact(replace(unset, contact=contact), source("192.0.2.7"))


def test_a_name_without_address_is_left_to_the_run(unset: Options) -> None:
    require_contact(unset, source("nowhere.invalid"))


def test_without_exempt_networks_nothing_may_be_fetched(unset: Options) -> None:
    with pytest.raises(UsageError, match="nothing may be fetched"):
        require_contact(replace(unset, allow_networks=parse_networks("")), source("nowhere.invalid"))
