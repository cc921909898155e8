"""All dialects of faces over UDP, by scheme. To add one, add a line here."""

from protocols import facecap, facemotion3d, ifacialmocap, livelink, meowface, vmc, vts_phone
from protocols.dialect import Dialect
from protocols.osc import blendshapes as osc
from protocols.vrchat import encoder as vrchat

DIALECTS: dict[str, Dialect] = {
    dialect.scheme: dialect
    for dialect in (
        vmc.DIALECT,
        livelink.DIALECT,
        osc.DIALECT,
        vrchat.DIALECT,
        vts_phone.DIALECT,
        meowface.DIALECT,
        ifacialmocap.DIALECT,
        ifacialmocap.PHONE,
        facemotion3d.DIALECT,
        facemotion3d.PHONE,
        facecap.DIALECT,
    )
}
