"""The systemd unit of a bridge. The files in `systemd/` are what this makes for the usual place."""

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
{network}# Five failures within five minutes are no passing trouble.
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=notify
NotifyAccess=main
ExecStart={command} run {config}
ExecReload=/bin/kill -HUP $MAINPID
# Fed by the frame loop alone: no frames for ten seconds, and the bridge is started anew.
WatchdogSec=10
TimeoutStartSec=30
TimeoutStopSec=10
Restart=on-failure
RestartSec=2
# Status 2 is a mistake in the configuration, which starting again does not mend.
RestartPreventExitStatus=2
StandardInput=null
# A password for MQTT: put it into that file, and say `password_credential: mqtt-password`.
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

# These filter system calls, which a user's own systemd can do too.
_HARDENING_ANYWHERE = """\
NoNewPrivileges=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
# What is filtered out is an error for whoever asked, not the end of the service.
SystemCallErrorNumber=EPERM
"""

# These need a system's systemd: they give the service a view of the machine of its own.
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
    """A unit that runs `command` with the configuration at `config`, for the system or for one
    user's own systemd. Both are written as systemd reads them, with its specifiers: a `%i` in
    `config` is an instance's name. `quoted` writes what comes from elsewhere so."""
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
        # Not affect-bridge/%i: with DynamicUser= two services cannot have folders in each other.
        else _STATE.format(name="affect-bridge-%i" if instance else "affect-bridge"),
        hardening=_HARDENING_ANYWHERE + ("" if user else _HARDENING_SYSTEM),
        target="default.target" if user else "multi-user.target",
    ).replace("\n\n\n", "\n\n")


def quoted(word: str) -> str:
    """A word of a command line as systemd reads it (systemd.service(5), "Command lines")."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if any(c in escaped for c in " \t;\\\"'") else escaped


def files() -> dict[PurePath, str]:
    """The files that stand in `systemd/`."""
    return {
        PurePath("affect-bridge.service"): unit(USUAL_COMMAND, USUAL_CONFIG),
        PurePath("affect-bridge@.service"): unit(USUAL_COMMAND, INSTANCE_CONFIG),
        PurePath("user/affect-bridge.service"): unit(
            ("%h/.local/bin/affect-bridge",), "%h/.config/affect-bridge/config.yaml", user=True
        ),
    }
