"""Modules of the page that need no browser, run by Node."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[4] / "bridge/web/page"
NODE = shutil.which("node")


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Any]:
    """Runs lines of JavaScript after one of the page's modules, which is `module`. `given` is what
    they are given; returns what they return."""
    if NODE is None:
        pytest.skip("Node.js is not installed")

    def run(name: str, lines: str, given: Any = None) -> Any:
        shutil.copy(PAGE / f"{name}.js", tmp_path / f"{name}.mjs")
        (tmp_path / "given.json").write_text(json.dumps(given))
        (tmp_path / "run.mjs").write_text(
            f"""import * as module from "./{name}.mjs";
            import {{ readFileSync }} from "node:fs";
            const given = JSON.parse(readFileSync(new URL("given.json", import.meta.url)));
            const answer = (() => {{ {lines} }})();
            console.log(JSON.stringify(answer));"""
        )
        done = subprocess.run(
            [NODE, tmp_path / "run.mjs"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
