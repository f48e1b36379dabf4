"""Trusted proxies, however their addresses are spelled."""

from ipaddress import ip_address

import pytest

from config import Settings


@pytest.mark.parametrize("given", ["10.0.0.0/8", "::ffff:10.0.0.0/104", "::ffff:a00:0/104"])
@pytest.mark.parametrize("peer", ["10.0.0.1", "::ffff:10.0.0.1", "::ffff:a00:1"])
def test_ipv4_is_the_same_within_ipv6(given: str, peer: str) -> None:
    networks = Settings(trusted_proxies=given).proxy_networks
    assert any(ip_address(peer) in network for network in networks)
    for stranger in ("11.0.0.1", "::ffff:11.0.0.1", "::1", "a00::1"):
        assert not any(ip_address(stranger) in network for network in networks)


def test_what_is_ipv6_only_stays_so() -> None:
    assert list(map(str, Settings(trusted_proxies="fd00::/8,::1").proxy_networks)) == [
        "fd00::/8",
        "::1/128",
    ]
