"""Every dialect of faces over UDP, by its scheme. A new one is one more line here."""

from protocols import facecap, livelink, meowface, oscblendshapes, vmc, vtsphone
from protocols.dialect import Dialect

DIALECTS: dict[str, Dialect] = {
    dialect.scheme: dialect
    for dialect in (
        vmc.DIALECT,
        livelink.DIALECT,
        oscblendshapes.DIALECT,
        vtsphone.DIALECT,
        meowface.DIALECT,
        facecap.DIALECT,
    )
}
