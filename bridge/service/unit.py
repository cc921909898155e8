"""The systemd unit of a bridge. The files in `systemd/` are the units for the usual paths."""

from pathlib import PurePath

USUAL_COMMAND = ("/opt/affect-bridge/.venv/bin/affect-bridge",)
USUAL_CONFIG = "/etc/affect-bridge/config.yaml"
INSTANCE_CONFIG = "/etc/affect-bridge/%i.yaml"

HEADER = "# Written by `affect-bridge install-service`."

_UNIT = """\
{header}{about}
[Unit]
Description=affect-bridge: feelings in, faces out{instance}
Documentation=man:systemd.service(5)
{network}# Give up after five failures within five minutes.
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=notify
NotifyAccess=main
ExecStart={command} run {config}
ExecReload=/bin/kill -HUP $MAINPID
# The frame loop feeds the watchdog. Without a frame for ten seconds systemd restarts the bridge.
WatchdogSec=10
TimeoutStartSec=30
TimeoutStopSec=10
Restart=on-failure
RestartSec=2
# Status 2 is a mistake in the configuration; a restart would not help.
RestartPreventExitStatus=2
StandardInput=null
# For an MQTT password: write it to this file, remove the #, and set
# `password_credential: mqtt-password` in the configuration.
#LoadCredential=mqtt-password:{folder}/mqtt-password
{state}
{hardening}
[Install]
WantedBy={target}
"""

_NETWORK = """\
After=network-online.target
Wants=network-online.target
"""

_STATE = """\
DynamicUser=yes
StateDirectory={name}
StateDirectoryMode=0700
UMask=0077
"""

# These filter system calls. A user's own systemd can do that too.
_HARDENING_ANYWHERE = """\
NoNewPrivileges=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
# AF_NETLINK lists the addresses of this machine, which discovery of VRChat needs.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
# A filtered system call returns an error; it does not end the service.
SystemCallErrorNumber=EPERM
"""

# These need the system's systemd: they restrict what the service sees of the machine.
_HARDENING_SYSTEM = """\
CapabilityBoundingSet=
AmbientCapabilities=
DevicePolicy=closed
KeyringMode=private
PrivateDevices=yes
PrivateTmp=yes
PrivateUsers=yes
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes
"""


def unit(command: tuple[str, ...], config: str, *, user: bool = False) -> str:
    """A unit that runs `command` with the configuration at `config`, for the system's systemd or
    for one user's own. Both arguments are in systemd's syntax with its specifiers: `%i` in
    `config` is the name of an instance. Use `quoted` for paths that come from elsewhere."""
    instance = "%i" in config.replace("%%", "")
    return _UNIT.format(
        header=HEADER,
        about="" if not instance else " One instance for each configuration file.",
        instance=" (%i)" if instance else "",
        network="" if user else _NETWORK,
        command=" ".join(command),
        folder="%h/.config/affect-bridge" if user else "/etc/affect-bridge",
        config=config,
        state=""
        if user
        # Not affect-bridge/%i: with DynamicUser= the folders of two services cannot be nested.
        else _STATE.format(name="affect-bridge-%i" if instance else "affect-bridge"),
        hardening=_HARDENING_ANYWHERE + ("" if user else _HARDENING_SYSTEM),
        target="default.target" if user else "multi-user.target",
    ).replace("\n\n\n", "\n\n")


def quoted(word: str) -> str:
    """A word of a command line in systemd's syntax (systemd.service(5), "Command lines")."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if any(c in escaped for c in " \t;\\\"'") else escaped


def files() -> dict[PurePath, str]:
    """The files in `systemd/`."""
    return {
        PurePath("affect-bridge.service"): unit(USUAL_COMMAND, USUAL_CONFIG),
        PurePath("affect-bridge@.service"): unit(USUAL_COMMAND, INSTANCE_CONFIG),
        PurePath("user/affect-bridge.service"): unit(
            ("%h/.local/bin/affect-bridge",), "%h/.config/affect-bridge/config.yaml", user=True
        ),
    }
