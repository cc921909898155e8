"""Who listens on a port: this system's own answer, and samples of Windows' and macOS' commands."""

import os
import socket
import sys
from pathlib import Path

import pytest

from bridge.doctor.listeners import Listener, at, from_lsof, from_netstat, listeners

NETSTAT = """
Conexiones activas

  Proto  Dirección local        Dirección remota       Estado           PID
  TCP    0.0.0.0:9464           0.0.0.0:0              LISTENING          4711
  TCP    192.168.1.5:52011      93.184.216.34:443      ESTABLISHED      912
  TCP    [::1]:8765             [::]:0                 LISTENING          4711
  UDP    127.0.0.1:39539        *:*                                    1234
  UDP    [fe80::1%12]:5353      *:*                                    77
"""
TASKLIST = """"Nombre","PID","Nombre de sesión","Núm. de sesión","Uso de memoria"
"VSeeFace.exe","1234","Console","1","512.000 K"
"affect-bridge.exe","4711","Console","1","80.000 K"
"""
LSOF = """p501
cVMagicMirror
f12
PUDP
n*:39539
f13
PTCP
n127.0.0.1:9464
TST=LISTEN
TQR=0
f14
PTCP
n127.0.0.1:5000->127.0.0.1:9464
TST=ESTABLISHED
p502
cPython
f3
PUDP
n[::1]:9130
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
)
def test_this_process_is_named_as_the_holder_of_its_port(family, host):
    if family == socket.AF_INET6 and not Path("/proc/net/if_inet6").exists():
        pytest.skip("no IPv6 here")
    with socket.socket(family, socket.SOCK_DGRAM) as udp, socket.socket(family) as tcp:
        udp.bind((host, 0))
        tcp.bind((host, 0))
        tcp.listen()
        found = listeners()
        for kind, opened in (("udp", udp), ("tcp", tcp)):
            [mine], _ = at(found, kind, host, opened.getsockname()[1])
            assert (mine.host, mine.pid) == (host, os.getpid())


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_socket_that_sends_is_no_listener():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", 9))
        assert at(listeners(), "udp", "127.0.0.1", sender.getsockname()[1]) == ([], [])


def test_windows_commands_are_read_in_any_language():
    assert from_netstat(NETSTAT, TASKLIST) == [
        Listener("tcp", "0.0.0.0", 9464, 4711, "affect-bridge.exe"),
        Listener("tcp", "::1", 8765, 4711, "affect-bridge.exe"),
        Listener("udp", "127.0.0.1", 39539, 1234, "VSeeFace.exe"),
        Listener("udp", "fe80::1", 5353, 77, ""),
    ]
    assert from_netstat(NETSTAT, TASKLIST)[0].is_bridge


def test_lsof_is_read_without_connections():
    assert from_lsof(LSOF) == [
        Listener("udp", "::", 39539, 501, "VMagicMirror"),
        Listener("tcp", "127.0.0.1", 9464, 501, "VMagicMirror"),
        Listener("udp", "::1", 9130, 502, "Python"),
    ]


@pytest.mark.parametrize(
    ("listening", "host", "reaches"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("0.0.0.0", "127.0.0.1", True),
        ("0.0.0.0", "::1", False),
        ("::", "127.0.0.1", True),
        ("::1", "127.0.0.1", False),
        ("192.168.1.5", "127.0.0.1", False),
    ],
)
def test_a_listener_on_another_address_is_not_reached(listening, host, reaches):
    one = Listener("udp", listening, 1)
    assert at([one], "udp", host, 1) == (([one], []) if reaches else ([], [one]))
