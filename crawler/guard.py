"""Owns which addresses may be connected to: judged on what a name resolved to; that very address is then dialled."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from storage.errors import DnsFailed, GuardDenied, UsageError

__all__ = ["Guard", "Network", "Networks", "Target", "addresses", "parse_networks"]

Network = IPv4Network | IPv6Network
Networks = tuple[Network, ...]
Address = IPv4Address | IPv6Address

# Threads of their own: a name server that does not answer holds one for 10 s and more, and the loop's default pool, for
# which others wait, has six on a small machine.
_RESOLVERS = ThreadPoolExecutor(max_workers=16, thread_name_prefix="resolve")

# IANA IPv4 Special-Purpose Address Registry, written out because what `ipaddress` calls private changes with Python's
# minor releases. 198.18/15 is also what the "fake IP" resolvers of some transparent proxies hand out: whoever sits
# behind one must exempt it knowingly.
_REFUSED_V4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared (RFC 6598)"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "cloud metadata"),
        ("169.254.169.254/32", "cloud metadata"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "reserved"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)

# Of IPv6 only 2000::/3 is global unicast; everything else is refused, these are merely named.
_GLOBAL_V6 = IPv6Network("2000::/3")
_REFUSED_V6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), kind)
    for network, kind in (
        ("::1/128", "loopback"),
        ("::/128", "unspecified"),
        ("64:ff9b:1::/48", "local-use NAT64"),
        ("2001:db8::/32", "documentation"),
        ("2001::/23", "reserved"),
        ("3fff::/20", "documentation"),
        ("fd00:ec2::254/128", "cloud metadata"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)

# Where an IPv4 address sits inside an IPv6 one: network, right shift to reach it.
_EMBEDDED: tuple[tuple[IPv6Network, int], ...] = (
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped, RFC 4291 2.5.5.2
    (IPv6Network("::ffff:0:0:0/96"), 0),  # translated, RFC 2765
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64, RFC 6052
    (IPv6Network("::/96"), 0),  # compatible, RFC 4291 2.5.5.1
    (IPv6Network("2002::/16"), 80),  # 6to4, RFC 3056
    (IPv6Network("2001::/32"), 64),  # Teredo's server, RFC 4380
)
_TEREDO = IPv6Network("2001::/32")
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214 6.1, in bits 64 to 95


@dataclass(frozen=True, slots=True)
class Target:
    """One checked address, as the socket module wants it."""

    family: int
    address: str
    """The literal that was checked; dialling it cannot be rebound."""
    sockaddr: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Guard:
    """Judges addresses; `exempt` networks pass whatever they are, public ones only if `allow_public`."""

    exempt: Networks = ()
    allow_public: bool = True
    """False while ARCHIVE_CONTACT is unset: nobody is asked for pages by someone who does not say who asks."""

    def refusal(self, address: str) -> str | None:
        """Say why the literal `address` may not be connected to, or None if it may; IPv4 inside IPv6 is judged too."""
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return f"{address} is no address"
        judged = (parsed, *_inner_addresses(parsed))
        unexempt = [one for one in judged if not self._exempts(one)]
        if parsed not in unexempt:
            return None
        kind = next((kind for kind in map(_refused_kind, unexempt) if kind), None)
        if kind is not None:
            return f"{address} is not a public address ({kind}); ARCHIVE_ALLOW_NETWORKS does not exempt it"
        if self.allow_public or (_embeds(parsed) and unexempt == [parsed]):
            return None
        return f"ARCHIVE_CONTACT is not set, so only ARCHIVE_ALLOW_NETWORKS may be fetched; {address} is not in it"

    async def resolve(self, host: str, port: int) -> tuple[Target, ...]:
        """Resolve `host` (a name or a literal in any spelling, no brackets) and give the addresses that may be dialled.

        Raises: DnsFailed when there is no address; GuardDenied when none of them may be connected to.
        """
        found = await addresses(host, port)
        permitted = tuple(target for target in found if self.refusal(target.address) is None)
        if not permitted:
            raise GuardDenied(_refused(host, self.refusal(found[0].address)))
        return permitted

    async def judge_unresolved(self, host: str, port: int) -> None:
        """Judge a host that a proxy will resolve: every address that it has for us must be permitted.

        What the proxy makes of the name cannot be checked; a name without an address here is left to it.

        Raises: GuardDenied when an address may not be connected to, or nothing is known and public is not allowed.
        """
        try:
            found = await addresses(host, port)
        except DnsFailed:
            if self.allow_public:
                return
            raise GuardDenied(
                f"{host}: no address here, and without ARCHIVE_CONTACT no proxy is asked for it"
            ) from None
        refusal = next(filter(None, (self.refusal(target.address) for target in found)), None)
        if refusal is not None:
            raise GuardDenied(_refused(host, refusal))

    def _exempts(self, address: Address) -> bool:
        return any(address in network for network in self.exempt if network.version == address.version)


async def addresses(host: str, port: int) -> tuple[Target, ...]:
    """Resolve `host`, a name or a literal in any spelling that the system reads, without judging what it finds.

    Raises: DnsFailed when there is no address.
    """
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    try:
        found = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, look_up)
    except (OSError, UnicodeError) as error:
        raise DnsFailed(f"{host}: {getattr(error, 'strerror', None) or error}") from error
    return tuple(Target(family, str(sockaddr[0]), sockaddr) for family, *_, sockaddr in found)


def parse_networks(text: str) -> Networks:
    """Read ARCHIVE_ALLOW_NETWORKS: CIDRs separated by commas, empty for none.

    Raises: UsageError, naming the entry that is no CIDR.
    """
    networks: list[Network] = []
    for entry in filter(None, (part.strip() for part in text.split(","))):
        try:
            networks.append(ipaddress.ip_network(entry))
        except ValueError as error:
            raise UsageError(
                f"ARCHIVE_ALLOW_NETWORKS: {entry!r} is no network ({error}); give CIDRs such as 127.0.0.0/8,::1/128"
            ) from error
    return tuple(networks)


def _refused(host: str, reason: str | None) -> str:
    return str(reason) if str(reason).startswith(host) else f"{host}: {reason}"


def _inner_addresses(address: Address) -> Iterator[IPv4Address]:
    if not isinstance(address, IPv6Address):
        return
    number = int(address)
    for network, shift in _EMBEDDED:
        # `::` and `::1` lie in the compatible range but are their own kinds.
        if address in network and number > 1:
            yield IPv4Address(number >> shift & 0xFFFFFFFF)
    if address in _TEREDO:
        yield IPv4Address(~number & 0xFFFFFFFF)
    if number >> 32 & 0xFFFFFFFF in _ISATAP:
        yield IPv4Address(number & 0xFFFFFFFF)


def _embeds(address: Address) -> bool:
    return isinstance(address, IPv6Address) and any(address in network for network, _ in _EMBEDDED)


def _refused_kind(address: Address) -> str | None:
    if isinstance(address, IPv4Address):
        return next((kind for network, kind in _REFUSED_V4 if address in network), None)
    named = next((kind for network, kind in _REFUSED_V6 if address in network), None)
    if _embeds(address):
        # Only a road to the inner address, which is judged for itself; `::` and `::1` stay what they are.
        return named if int(address) <= 1 else None
    return named or (None if address in _GLOBAL_V6 else "reserved")
