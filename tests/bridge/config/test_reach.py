"""Groups and networks are refused unless a setting asks for them."""

from collections.abc import Callable

import pytest

from bridge.config.outputs import PushedSection
from bridge.config.settings import Settings

Read = Callable[[str], Settings]
Mistakes = Callable[[str], list[str]]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("vmc://192.168.1.20", ("one", 1, None)),
        ("vmc://studio.local", ("one", 1, None)),
        ("vmc://[fd00::20]", ("one", 1, None)),
        ("vmc://[fe80::1%eth0]", ("one", 1, None)),
        ("vmc://239.1.2.3?reach=multicast&hops=4", ("multicast", 4, None)),
        ("osc://[ff02::1%eth0]:9000?reach=multicast", ("multicast", 1, None)),
        ("vmc://[ff05::1]?reach=multicast", ("multicast", 1, None)),
        ("vmc://a-group?reach=multicast&interface=10.0.0.1", ("multicast", 1, "10.0.0.1")),
        ("livelink://255.255.255.255?reach=broadcast", ("broadcast", 1, None)),
        ("vmc://192.168.1.255?reach=broadcast", ("broadcast", 1, None)),
    ],
)
def test_how_far_an_output_reaches_is_one_setting(
    read: Read, address: str, told: tuple[str, int, str | None]
) -> None:
    [output] = read(f"outputs: ['{address}']").outputs
    assert isinstance(output, PushedSection)
    assert (output.reach, output.hops, output.interface) == told


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("vmc://239.1.2.3", "is a multicast group; set reach: m"),
        ("vmc://[ff05::1]", "is a multicast group; set reach: m"),
        ("vmc://239.1.2.3?reach=broadcast", "set reach: multicast"),
        ("vmc://255.255.255.255", "is the broadcast address; set reach: broadcast"),
        ("vmc://192.168.1.20?reach=multicast", "192.168.1.20 is not a multicast group"),
        ("vmc://[fd00::1]?reach=multicast", "fd00::1 is not a multicast group"),
        ("vmc://[fd00::1]?reach=broadcast", "IPv6 has no broadcast; use reach: multicast"),
        ("vmc://[fe80::1]", "add the zone, as in fe80::1%eth0"),
        ("vmc://[ff02::1]?reach=multicast", "add the zone, as in ff02::1%eth0"),
        ("vmc://[fe80::1%25eth0]", "without the 25"),
        ("vmc://h?hops=2", "hops: 2 needs reach: multicast"),
        ("vmc://239.1.2.3?reach=multicast&hops=0", "greater than or equal to 1"),
        ("vmc://239.1.2.3?reach=multicast&hops=256", "less than or equal to 255"),
        ("vmc://h?reach=everybody", "expected 'one', 'multicast' or 'broadcast'"),
        ("vmc://h?interface=eth0", "expected an IPv4 address of this machine"),
        ("vmc://[fd00::1]?interface=10.0.0.1", "interface is for IPv4"),
    ],
)
def test_a_reach_that_was_not_asked_for_or_cannot_be_is_refused_with_the_setting_to_use(
    mistakes: Mistakes, address: str, expected: str
) -> None:
    [line] = mistakes(f"outputs:\n  - vmc://h\n  - '{address}'\n")
    assert line.startswith("3: outputs[2]")
    assert expected in line
