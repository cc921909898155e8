"""Every dialect of faces over UDP, by its scheme. A new one is one more line here."""

from protocols import (
    facecap,
    facemotion3d,
    ifacialmocap,
    livelink,
    meowface,
    oscblendshapes,
    vmc,
    vrchat,
    vtsphone,
)
from protocols.dialect import Dialect

DIALECTS: dict[str, Dialect] = {
    dialect.scheme: dialect
    for dialect in (
        vmc.DIALECT,
        livelink.DIALECT,
        oscblendshapes.DIALECT,
        vrchat.DIALECT,
        vtsphone.DIALECT,
        meowface.DIALECT,
        ifacialmocap.DIALECT,
        ifacialmocap.PHONE,
        facemotion3d.DIALECT,
        facemotion3d.PHONE,
        facecap.DIALECT,
    )
}
