"""From key press to the next record, and to "saved": our desk, a bare echo message, molabel and Potato, in one run.

    python benchmarks/desk.py [rounds] [--big]

With stores of 1,000 and 100,000 records (`--big`: 1,000,000, too); molabel, which sends all records to the page, and Potato,
a web server that loads a page per record, with 1,000.
Limits: painted p50 16 ms and p95 33 ms, and at most 0.6 times molabel's; saved at most 1.3 times a bare echo; the first record
painted half a second after its cell was run; the bundle at most 90 kB, gzipped; the state that a front end may save with a
notebook at most 10 kB. A bare echo is what the host itself needs for one message to the kernel and back; it is measured in
the same page, in turns with the desk's keys. In quick succession the host's sockets hold small messages back (Nagle and
delayed acknowledgements, some 40 ms), for the echo as for the desk; after a pause they often do not, so the same pair is
printed once more with pauses, without a limit.
"""

from __future__ import annotations

import gzip
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BUNDLE = ROOT / "feedback_widgets/widgets/static/desk.js"
sys.path.insert(0, str(ROOT / "tests/browser"))

from lab import Lab, Notebook, a_browser, until  # noqa: E402 - the harness is not a package

SIZES = [1_000, 100_000]
BIG = 1_000_000
THEIR_RECORDS = 1_000
PACE = 150  # ms from key to key: a quick annotator
PAUSE = 300  # ms of thinking between two keys, where it matters
PEER = "molabel==0.1.5"
SERVER_PEER = "potato-annotation==2.12.1"
SERVER_ROUNDS = 40  # it takes its time
FIRST_SIZE = 100_000  # the store for which the first record has a limit
LIMITS = {
    "painted p50": 16.0,
    "painted p95": 33.0,
    "painted / molabel p50": 0.6,
    "saved / echo p50": 1.3,
    "saved / echo p95": 1.3,
    "state, kB": 10.0,
    "bundle, kB gzip": 90.0,
}
FIRST_LIMIT = 500.0  # ms

TEXTS = """
words = "the model answered with a short and partly correct reply that cites one source".split()
texts = [f"record {i} : " + " ".join(words[(i * 7 + k) % len(words)] for k in range(80)) for i in range(COUNT)]
"""
OURS = f"""{TEXTS}
import json
import feedback_widgets as fw
ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.LabelQuestion(name="verdict", labels=["yes", "no"])])
ds.add_records([{{"fields": {{"text": text}}}} for text in texts])
ds = ds.save("benchmark", store="store.db")
"""
LOAD = (
    "import json\nimport feedback_widgets as fw\nds = fw.FeedbackDataset.load('benchmark', store='store.db')"
)
SHOW = 'desk = ds.annotate(user="bench")\ndesk'
# From "run this cell" to the frame that shows a record.
FIRST = """async (index) => {
  window.jupyterapp.shell.currentWidget.content.activeCellIndex = index;
  const start = performance.now();
  const painted = new Promise((done) => {
    const look = () => {
      if (!document.querySelector('.fw-desk [data-fw=record]')) return requestAnimationFrame(look);
      const channel = new MessageChannel();
      channel.port1.onmessage = () => done(performance.now() - start);
      channel.port2.postMessage(0);
    };
    requestAnimationFrame(look);
  });
  window.jupyterapp.commands.execute('notebook:run-cell');
  return painted;
}"""
ECHO = '''
import anywidget

class Echo(anywidget.AnyWidget):
    _esm = """export default { render({ model, el }) {
      el.textContent = "echo";
      globalThis.echo = () => new Promise((done) => {
        const start = performance.now();
        model.on("msg:custom", function back() { model.off("msg:custom", back); done(performance.now() - start); });
        model.send({ kind: "echo" });
      });
    } };"""

echo = Echo()
if hasattr(echo.comm, "_reply_subshell_for"):
    echo.comm._reply_subshell_for = None  # the same route as the desk's messages
echo.on_msg(lambda widget, content, buffers: widget.send(content))
echo
'''
THEIRS = f"""{TEXTS.replace("COUNT", str(THEIR_RECORDS))}
from html import escape
from molabel import SimpleLabel
keys = {{"1": "yes", "2": "no", "3": "skip", "0": "prev"}}
SimpleLabel(examples=[{{"text": text}} for text in texts], render=lambda r: f"<p>{{escape(r['text'])}}</p>",
            notes=False, shortcuts=keys)
"""
POTATO = """annotation_task_name: bench
server_name: bench
task_dir: .
output_annotation_dir: annotation_output/
output_annotation_format: json
annotation_codebook_url: ""
data_files: [records.json]
item_properties: {id_key: id, text_key: text}
user_config: {allow_all_users: true, users: []}
require_password: false
alert_time_each_instance: 10000000
annotation_schemes:
  - annotation_type: radio
    name: verdict
    description: verdict
    labels: [{name: "yes", key_value: "1"}, {name: "no", key_value: "2"}]
    sequential_key_binding: true
site_dir: default
"""
# A page per record: the key and the paint are in different documents, so both are noted as times of day.
ACROSS = """() => {
  const now = () => performance.timeOrigin + performance.now();
  window.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowRight') sessionStorage.setItem('pressed', performance.timeOrigin + event.timeStamp);
  }, true);
  const look = () => {
    const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    let found = false;
    while (!found && texts.nextNode())
      found = /record \\d+ :/.test(texts.currentNode.data) && texts.currentNode.parentElement.checkVisibility();
    if (!found) return requestAnimationFrame(look);
    const channel = new MessageChannel();
    channel.port1.onmessage = () => sessionStorage.setItem('painted', now());
    channel.port2.postMessage(0);
  };
  requestAnimationFrame(look);
}"""
# Watches from outside, the same way for both: a key goes down, another record's text is painted, the badge says saved.
# Painted means: the frame after the change has been drawn (a message posted in its animation frame comes after it).
WATCH = """([place, badge]) => {
  const number = () => {
    for (const found of document.querySelectorAll(place)) {
      const match = /record (\\d+) :/.exec(found.textContent);
      if (match) return match[1];
    }
    return null;
  };
  const w = window.watched = { painted: [], saved: [] };
  window.addEventListener('keydown', (event) => {
    if (!'12'.includes(event.key)) return;
    const start = event.timeStamp, before = number();
    const look = () => {
      if (number() === before) return requestAnimationFrame(look);
      const channel = new MessageChannel();
      channel.port1.onmessage = () => w.painted.push(performance.now() - start);
      channel.port2.postMessage(0);
    };
    requestAnimationFrame(look);
    const element = badge && document.querySelector(badge);
    if (!element) return;
    let waited = false;
    const changed = () => {
      if (element.dataset.state !== 'saved') waited = true;
      else if (waited) { w.saved.push(performance.now() - start); seen.disconnect(); }
    };
    const seen = new MutationObserver(changed);
    seen.observe(element, { attributes: true, attributeFilter: ['data-state'] });
  }, true);
}"""


def quantile(values: list[float], share: float) -> float:
    """Return the value below which `share` of all values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def count_bytes(notebook: Notebook) -> Callable[[], int]:
    """Count what the page sends over its websockets; return a reader of the sum."""
    sent = [0]

    def on_frame(payload: str | bytes) -> None:
        sent[0] += len(payload)

    notebook.page.on("websocket", lambda socket: socket.on("framesent", on_frame))
    notebook.load()  # sockets that were open before are not seen
    return lambda: sent[0]


def forget(notebook: Notebook) -> None:
    """Begin to measure anew."""
    notebook.page.evaluate("() => { window.watched.painted = []; window.watched.saved = []; }")


def key(done: int) -> str:
    """Return the two keys in turns: a desk may take the same key twice at once for a bounce."""
    return "12"[done % 2]


def paint(notebook: Notebook, rounds: int, sent: Callable[[], int]) -> dict[str, list[float]]:
    """Press a key every PACE ms; return the ms from each key to the paint, and the bytes that it sent."""
    forget(notebook)
    weights: list[float] = []
    for done in range(rounds):
        before = sent()
        notebook.page.keyboard.press(key(done))
        notebook.page.wait_for_timeout(PACE)
        weights.append(sent() - before)
    found: list[float] = notebook.page.evaluate("() => window.watched.painted")
    if len(found) != rounds:
        sys.exit(f"{rounds} keys were pressed, but {len(found)} times another record was painted.")
    return {"painted": found, "bytes": weights}


def save(notebook: Notebook, rounds: int, pause: int) -> dict[str, list[float]]:
    """Press a key and wait for "saved", send a bare echo and wait for it, in turns; return the ms of both."""
    forget(notebook)
    echoes: list[float] = []
    for done in range(rounds):
        notebook.page.keyboard.press(key(done))
        count = f"() => window.watched.saved.length > {done}"
        notebook.page.wait_for_function(count, timeout=20_000, polling=10)
        notebook.page.wait_for_timeout(pause)
        echoes.append(notebook.page.evaluate("() => window.echo()"))
        notebook.page.wait_for_timeout(pause)
    return {"saved": notebook.page.evaluate("() => window.watched.saved"), "echo": echoes}


def measure_ours(folder: Path, rounds: int, records: int) -> dict[str, Any]:
    """Measure our desk, with a store of so many records on disk, and a bare echo in the same page."""
    with Lab(folder) as lab, a_browser() as browser:
        notebook = lab.open(browser, "ours", [OURS.replace("COUNT", str(records)), SHOW, ECHO])
        sent = count_bytes(notebook)
        notebook.run_cell(0)
        notebook.wait_finished(0, timeout=900)
        first = [notebook.page.evaluate(FIRST, 1)]
        for _ in range(4):  # as after lunch: a fresh kernel, the same store
            notebook.restart_kernel()
            notebook.page.evaluate(
                "() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')"
            )
            notebook.kernel.run(LOAD, timeout=300)
            notebook.wait_idle()
            first.append(notebook.page.evaluate(FIRST, 1))
        notebook.run_cell(2)
        notebook.page.wait_for_function("() => !!window.echo")
        notebook.page.evaluate(WATCH, ["[data-fw=record]", "[data-fw=badge]"])
        notebook.page.locator(".fw-desk").focus()
        return {
            **paint(notebook, rounds, sent),
            **save(notebook, rounds, 0),
            "paused": save(notebook, rounds // 2, PAUSE),
            "first": first,
            "state": notebook.kernel.eval("len(json.dumps(desk.get_state(), default=str))"),
        }


def measure_theirs(folder: Path, rounds: int) -> dict[str, Any]:
    """Measure molabel in a virtual environment of its own."""
    home = ROOT / ".cache/peers/molabel"
    python = home / "bin/python"
    if not (home / ".ready").exists():
        venv.create(home, with_pip=True)
        wanted = [PEER, "jupyterlab", "ipykernel"]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
        (home / ".ready").touch()
    with Lab(folder, python=str(python)) as lab, a_browser() as browser:
        notebook = lab.open(browser, "theirs", [THEIRS])
        sent = count_bytes(notebook)
        notebook.run_all()
        text = notebook.page.get_by_text("record 0 :").first
        text.wait_for()
        notebook.page.evaluate(WATCH, [".jp-OutputArea-output", None])
        text.click()
        return paint(notebook, rounds, sent)


def measure_server(folder: Path, rounds: int) -> list[float]:
    """Return the ms from "next" to the next record painted in Potato, which saves the answer on the way."""
    home = ROOT / ".cache/peers/potato"
    if not (home / ".ready").exists():
        venv.create(home, with_pip=True)
        subprocess.run([home / "bin/python", "-m", "pip", "install", "--quiet", SERVER_PEER], check=True)
        (home / ".ready").touch()
    folder.mkdir()
    made: dict[str, Any] = {"COUNT": THEIR_RECORDS}
    exec(TEXTS, made)
    lines = [json.dumps({"id": f"r{at}", "text": text}) for at, text in enumerate(made["texts"])]
    (folder / "records.json").write_text("\n".join(lines))
    (folder / "config.yaml").write_text(POTATO)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [home / "bin/potato", "start", "config.yaml", "-p", str(port), "--host", "127.0.0.1"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, "Potato answers", timeout=60)
        with a_browser() as browser:
            return page_by_page(browser.new_page(), f"http://127.0.0.1:{port}", rounds)
    finally:
        server.terminate()
        server.wait()


def page_by_page(page: Any, address: str, rounds: int) -> list[float]:
    """Log in, answer, go on; return the ms of each step."""
    page.add_init_script(f"({ACROSS})()")
    page.goto(address)
    page.locator("input:visible").first.fill("bench")
    page.keyboard.press("Enter")
    found = []
    for done in range(rounds):
        page.get_by_text(f"record {done} :").first.wait_for()
        page.wait_for_function("() => sessionStorage.getItem('painted')")
        page.keyboard.press(key(done))
        page.wait_for_timeout(PACE)
        page.evaluate("() => sessionStorage.removeItem('painted')")
        page.keyboard.press("ArrowRight")
        page.get_by_text(f"record {done + 1} :").first.wait_for()
        page.wait_for_function("() => sessionStorage.getItem('painted')")
        times = page.evaluate(
            "() => ['painted', 'pressed'].map((each) => Number(sessionStorage.getItem(each)))"
        )
        found.append(times[0] - times[1])
    return found


def row(name: str, values: list[float]) -> str:
    """Return one line of the table."""
    return f"{name:<42}{quantile(values, 0.5):>8.1f}{quantile(values, 0.95):>8.1f}{len(values):>6}"


def print_ours(records: int, ours: dict[str, Any]) -> None:
    """Print what was measured with one store."""
    print(row(f"{records:,} records, key to painted", ours["painted"]))
    print(row(f"{records:,} records, key to saved", ours["saved"]))
    print(row("  bare echo on the same page", ours["echo"]))
    print(row(f"  key to saved, {PAUSE} ms apart", ours["paused"]["saved"]))
    print(row(f"  bare echo, {PAUSE} ms apart", ours["paused"]["echo"]))
    print(row("  cell run to first record painted", ours["first"]))


def found_of(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, float]:
    """Return what the limits are about."""
    return {
        "painted p50": quantile(ours["painted"], 0.5),
        "painted p95": quantile(ours["painted"], 0.95),
        "painted / molabel p50": quantile(ours["painted"], 0.5) / quantile(theirs["painted"], 0.5),
        "saved / echo p50": quantile(ours["saved"], 0.5) / quantile(ours["echo"], 0.5),
        "saved / echo p95": quantile(ours["saved"], 0.95) / quantile(ours["echo"], 0.95),
        "state, kB": ours["state"] / 1000,
        "bundle, kB gzip": len(gzip.compress(BUNDLE.read_bytes(), 9)) / 1000,
    }


def judge(name: str, value: float, limit: float) -> bool:
    """Print one limit and say whether it holds."""
    print(f"{name:<46}{value:>9.2f}   at most {limit:<6}{'ok' if value <= limit else 'MISSED'}")
    return value <= limit


def report(ours: dict[int, dict[str, Any]], theirs: dict[str, Any], server: list[float]) -> bool:
    """Print the tables and say whether every limit holds."""
    print(f"\n{'ms':<42}{'p50':>8}{'p95':>8}{'n':>6}")
    for records, run in ours.items():
        print_ours(records, run)
    print(row(f"molabel 0.1.5, {THEIR_RECORDS:,} records, key to painted", theirs["painted"]))
    print(row(f"Potato 2.12.1, {THEIR_RECORDS:,} records, next to painted", server))
    print("\nbytes sent per answer             first 10   last 10")
    for name, run in (
        *((f"{records:,} records", run) for records, run in ours.items()),
        ("molabel 0.1.5", theirs),
    ):
        first, last = sum(run["bytes"][:10]) / 10, sum(run["bytes"][-10:]) / 10
        print(f"{name:<32}{first:>9.0f}{last:>10.0f}")
    print("\nlimits")
    held = []
    for records, run in ours.items():
        found = found_of(run, theirs)
        held += [judge(f"{records:,} records: {name}", found[name], limit) for name, limit in LIMITS.items()]
        if records == FIRST_SIZE:
            held.append(
                judge(f"{records:,} records: first record, ms", quantile(run["first"], 0.5), FIRST_LIMIT)
            )
    return all(held)


def main() -> None:
    """Run everything and print it."""
    numbers = [int(each) for each in sys.argv[1:] if each.isdigit()]
    rounds = numbers[0] if numbers else 200
    sizes = [*SIZES, *([BIG] if "--big" in sys.argv else [])]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    names = ("jupyterlab", "ipykernel", "anywidget", "ipywidgets")
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {load}, Python {platform.python_version()}")
    print(", ".join(f"{name} {version(name)}" for name in names), f"- {rounds} keys")
    with tempfile.TemporaryDirectory() as folder:
        ours = {size: measure_ours(Path(folder) / f"ours-{size}", rounds, size) for size in sizes}
        theirs = measure_theirs(Path(folder) / "theirs", rounds)
        server = measure_server(Path(folder) / "server", SERVER_ROUNDS)
    sys.exit(not report(ours, theirs, server))


if __name__ == "__main__":
    main()
