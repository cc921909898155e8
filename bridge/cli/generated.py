"""The files of the project that are generated from its code. `make docs` writes them. A test fails
when one of them is out of date."""

import json
from pathlib import Path

from bridge.config.json_schema import json_schema
from bridge.config.reference import markdown
from bridge.service import unit as service_unit

ROOT = Path(__file__).parent.parent.parent


def files() -> dict[Path, str]:
    """The text of each file."""
    schema = json.dumps(json_schema(), indent=2, ensure_ascii=False)
    return {
        ROOT / "docs/configuration.md": markdown(),
        ROOT / "docs/configuration.schema.json": f"{schema}\n",
        **{ROOT / "systemd" / name: text for name, text in service_unit.files().items()},
    }


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8", newline="\n")
