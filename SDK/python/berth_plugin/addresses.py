"""Choosing subnets and addresses of IPv4."""

import ipaddress
from collections.abc import Iterable

from .errors import BerthError


def choose_subnet(pool: str, prefix: int, taken: Iterable[str], wanted: str | None = None) -> str:
    """The subnet that is wanted, or the first of the prefix length in the pool; it overlaps none of those taken.

    Raises `invalidArgument` for what is no subnet, `conflict` when the wanted one is in use, `resourceExhausted` when
    nothing is left.
    """
    used = [ipaddress.IPv4Network(subnet) for subnet in taken]
    if wanted is not None:
        chosen = parse_subnet(wanted)
        if any(chosen.overlaps(other) for other in used):
            raise BerthError("conflict", f"subnet {chosen} is in use")
        return str(chosen)
    for candidate in parse_subnet(pool).subnets(new_prefix=prefix):
        if not any(candidate.overlaps(other) for other in used):
            return str(candidate)
    raise BerthError("resourceExhausted", f"no free /{prefix} is left in {pool} ({len(used)} in use)")


def parse_subnet(text: str) -> ipaddress.IPv4Network:
    """Raises `invalidArgument` for what is no subnet, and for one that is too large or too small for anything."""
    try:
        subnet = ipaddress.IPv4Network(text)
    except ValueError as error:
        raise BerthError("invalidArgument", f"subnet {text!r}: {error}") from None
    if not 8 <= subnet.prefixlen <= 30:
        raise BerthError("invalidArgument", f"a subnet has a prefix from 8 to 30, not {subnet.prefixlen}")
    if subnet.is_loopback or subnet.is_multicast or subnet.is_reserved or subnet.is_link_local or text.startswith("0."):
        raise BerthError("invalidArgument", f"subnet {subnet} is not for hosts")
    return subnet


def choose_block(subnet: str, taken: Iterable[str], address: str | None = None) -> str:
    """The /30 of a subnet whose second address was asked for, or the first /30 that is not taken: for a pair of links,
    the host's end with the first address, the container's with the second. Raises as `choose_subnet`.
    """
    if address is None:
        return choose_subnet(subnet, 30, taken)
    try:
        block = ipaddress.IPv4Interface(f"{address}/30").network
    except ValueError as error:
        raise BerthError("invalidArgument", f"address {address!r}: {error}") from None
    if not block.subnet_of(ipaddress.IPv4Network(subnet)) or address != str(block[2]):
        raise BerthError("invalidArgument", f"{address} is not the second address of a /30 in {subnet}")
    return choose_subnet(subnet, 30, taken, str(block))
