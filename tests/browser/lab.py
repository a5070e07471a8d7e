"""Drives a real JupyterLab in a real Chromium, and looks into the same kernel from Python.

    with Lab(folder) as lab, a_browser() as browser:
        notebook = lab.open(browser, "demo", ["import feedback_widgets as fw", "..."])
        notebook.run_all()
        assert notebook.kernel.eval("len(ds)") == 50

Every Jupyter folder is redirected below `folder`, the port is free and the token random: nothing of the machine's own
Jupyter is read or written. Settings that shape the product (comms over subshells, say) stay at what users get.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import nbformat
from jupyter_client import BlockingKernelClient

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

from chromium import find

CHROMIUM_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FOLDERS = ("CONFIG", "DATA", "RUNTIME")
# The same server shows a notebook in either front end.
HOSTS = {"lab": "lab/tree/{path}?token={token}&reset", "notebook": "notebooks/{path}?token={token}"}
# No prompts over the page, and every cell really in it.
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
RUN_ALL = """() => {
  window.__ran = null;
  window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => { window.__ran = true; });
}"""
ERRORS = """() => window.jupyterapp.shell.currentWidget.content.widgets.flatMap((cell) =>
  (cell.model.sharedModel.toJSON().outputs ?? []).filter((output) => output.output_type === 'error')
    .map((error) => `${error.ename}: ${error.evalue}`))"""
RUN_CELL = """async (index) => {
  window.jupyterapp.shell.currentWidget.content.activeCellIndex = index;
  await window.jupyterapp.commands.execute('notebook:run-cell');
}"""
# Other cells in the place of those that are there, with nothing selected and nothing put out.
REPLACE = """(sources) => {
  const book = window.jupyterapp.shell.currentWidget.content;
  const model = book.model.sharedModel;
  model.transact(() => {
    model.deleteCellRange(0, model.cells.length);
    model.insertCells(0, sources.map((source) => ({ cell_type: 'code', source, metadata: {} })));
  }, false);
  book.activeCellIndex = 0;
  book.node.scrollTop = 0;
  window.jupyterapp.shell.expandLeft();
}"""
FORGET = """import os, gc, ipywidgets
os.chdir({folder!r})
ipywidgets.Widget.close_all()
gc.collect()
get_ipython().reset(new_session=False)"""
VIEW: Any = {"width": 1280, "height": 900}
RESTART = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
KERNEL_IDLE = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  const kernel = panel?.sessionContext?.session?.kernel;
  return !!kernel && panel.sessionContext.isReady && kernel.status === 'idle';
}"""


@contextlib.contextmanager
def a_browser() -> Iterator[Browser]:
    """Start the machine's Chromium."""
    from playwright.sync_api import sync_playwright  # where it is missing, its tests are skipped, not broken

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


def until(ready: Callable[[], Any], what: str, timeout: float = 20) -> Any:
    """Ask again and again until the answer is true; a click returns long before the kernel has handled it."""
    end = time.monotonic() + timeout
    while not (found := ready()):
        assert time.monotonic() < end, f"after {timeout} s still not: {what}"
        time.sleep(0.05)
    return found


class Lab:
    """A JupyterLab server of its own below `root`, started by `with`."""

    def __init__(
        self,
        root: Path,
        *,
        python: str = sys.executable,
        env: Mapping[str, str] | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.root, self.python = root, python
        self.settings = {**SETTINGS, **(settings or {})}
        self.state = root / ".jupyter"
        self.token = secrets.token_hex(16)
        folders = {f"JUPYTER_{name}_DIR": str(self.state / name.lower()) for name in FOLDERS}
        folders |= {
            f"JUPYTERLAB_{name}_DIR": str(self.state / name.lower()) for name in ("SETTINGS", "WORKSPACES")
        }
        self.env = {**os.environ, **folders, "IPYTHONDIR": str(self.state / "ipython"), **(env or {})}

    def __enter__(self) -> Self:
        for folder in ("config", "data", "runtime", "settings", "workspaces", "ipython"):
            (self.state / folder).mkdir(parents=True, exist_ok=True)
        for name, values in self.settings.items():
            file = self.state / "settings/@jupyterlab" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values))
        command = [self.python, "-m", "jupyterlab", "--no-browser", "--port=0", "--allow-root"]
        command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={self.root}"]
        command += [f"--IdentityProvider.token={self.token}", "--LabApp.expose_app_in_browser=True"]
        command += ["--JupyterNotebookApp.expose_app_in_browser=True"]
        with (self.state / "lab.log").open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=self.root, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        until(self._answers, f"JupyterLab is up (see {self.state / 'lab.log'})", 90)
        return self

    def _answers(self) -> bool:
        assert self.process.poll() is None, (self.state / "lab.log").read_text()[-3000:]
        info = self.state / "runtime" / f"jpserver-{self.process.pid}.json"
        try:  # the file appears before the port answers
            self.url = json.loads(info.read_text())["url"]
            return bool(self.api("api/status"))
        except (OSError, ValueError):
            return False

    def __exit__(self, *_: object) -> None:
        for kernel in self.api("api/kernels"):
            self.api(f"api/kernels/{kernel['id']}", "DELETE")
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def api(self, path: str, method: str = "GET") -> Any:
        """Call the server's REST interface."""
        request = urllib.request.Request(
            self.url + path, method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as reply:
            raw = reply.read()
        return json.loads(raw) if raw else None

    def add_kernel(self, name: str, env: Mapping[str, str]) -> None:
        """Offer a kernel of this Python under another environment."""
        folder = self.state / "data/kernels" / name
        folder.mkdir(parents=True, exist_ok=True)
        argv = [self.python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": name, "language": "python", "env": dict(env)}
        spec["metadata"] = {"debugger": False}
        (folder / "kernel.json").write_text(json.dumps(spec))

    def open(
        self, browser: Browser, name: str, cells: Sequence[str], kernel: str = "python3", host: str = "lab"
    ) -> Notebook:
        """Write a notebook into a folder of its own, open it and wait for its kernel."""
        folder = self.root / name
        folder.mkdir(parents=True, exist_ok=True)
        content = nbformat.v4.new_notebook(
            metadata={"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        )
        nbformat.write(content, folder / "notebook.ipynb")
        return self.show(browser, f"{name}/notebook.ipynb", host)

    def show(self, browser: Browser, path: str, host: str = "lab") -> Notebook:
        """Open a notebook that lies below the root already, in JupyterLab or in Notebook 7."""
        context = browser.new_context(viewport=VIEW)
        notebook = Notebook(self, context.new_page(), path, host)
        notebook.load()
        return notebook


class Notebook:
    """One notebook in one page, and the kernel behind it."""

    def __init__(self, lab: Lab, page: Page, path: str, host: str = "lab") -> None:
        self.lab, self.page, self.path, self.host = lab, page, path, host
        self.folder = (lab.root / path).parent
        self.errors: list[str] = []
        self._kernels: list[Kernel] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def load(self) -> None:
        """Open the notebook in a clean workspace and wait for its kernel."""
        self.page.goto(self.lab.url + HOSTS[self.host].format(path=self.path, token=self.lab.token))
        self.page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for(timeout=60_000)
        self.wait_idle()

    def again(self, name: str, cells: Sequence[str]) -> Notebook:
        """Take other cells, in a folder of their own. The page and the kernel stay, with all that they have loaded."""
        self.folder = self.lab.root / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.page.set_viewport_size(VIEW)
        self.page.emulate_media(
            media="null", color_scheme="null", reduced_motion="null", forced_colors="null"
        )
        self.page.evaluate(REPLACE, list(cells))
        self.save()  # a page that is loaded again finds them
        self.kernel.run(FORGET.format(folder=str(self.folder)))
        self.errors.clear()
        return self

    def save(self) -> None:
        """Save the notebook, outputs included, as Ctrl+S does."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")

    def wait_idle(self, timeout: float = 120) -> None:
        """Wait until the kernel has nothing to do."""
        self.page.wait_for_function(KERNEL_IDLE, timeout=timeout * 1000)

    def start_all(self) -> None:
        """Press "Run all" and return at once."""
        self.page.evaluate(RUN_ALL)

    def run_all(self, timeout: float = 120) -> None:
        """Run every cell and wait until the last has finished; an exception there is an assertion error here."""
        self.start_all()
        self.page.wait_for_function("() => window.__ran", timeout=timeout * 1000)
        self.wait_idle(timeout)
        found = self.page.evaluate(ERRORS)
        assert not found, found

    def run_cell(self, index: int) -> None:
        """Run one cell and wait for it."""
        self.page.evaluate(RUN_CELL, index)

    def running(self, index: int) -> bool:
        """Tell whether a cell runs or waits to run. The kernel's own status would not: other threads report to it too."""
        prompt = self.page.locator(".jp-NotebookPanel .jp-Cell").nth(index).locator(".jp-InputPrompt")
        return "*" in prompt.inner_text()

    def wait_finished(self, index: int, timeout: float = 120) -> None:
        """Wait until a cell has run."""
        until(lambda: not self.running(index), f"cell {index} has run", timeout)

    def accept_dialog(self) -> None:
        """Wait for JupyterLab's dialog (a kernel died, say) and agree to it."""
        self.page.locator(".jp-Dialog .jp-mod-accept").click(timeout=30_000)

    @property
    def kernel_id(self) -> str:
        """Return the id the server knows this notebook's kernel by; it outlives restarts."""
        return next(s["kernel"]["id"] for s in self.lab.api("api/sessions") if s["path"] == self.path)

    @property
    def kernel(self) -> Kernel:
        """Return a second client of the notebook's kernel."""
        if not self._kernels:
            runtime = self.lab.state / "runtime"
            self._kernels.append(Kernel(runtime / f"kernel-{self.kernel_id}.json"))
        return self._kernels[0]

    def restart_kernel(self) -> None:
        """Restart the kernel as the menu does: everything in its memory is gone, the page stays.

        Not through the server: a page that did not restart its kernel itself goes on sending widget messages to a
        subshell that is gone (JupyterLab 4.6), whatever the widget does.
        """
        self.page.evaluate(RESTART)
        self.forget_kernel()
        self.wait_idle()

    def forget_kernel(self) -> None:
        """Drop the client of a kernel that was restarted or killed."""
        for kernel in self._kernels:
            kernel.close()
        self._kernels.clear()

    def close(self) -> None:
        """Close the page and end the kernel."""
        self.forget_kernel()
        self.page.context.close()
        for session in self.lab.api("api/sessions"):
            if session["path"] == self.path:
                self.lab.api(f"api/sessions/{session['id']}", "DELETE")


class Kernel:
    """A client of a running kernel. Its code queues behind running cells."""

    def __init__(self, connection: Path) -> None:
        self.client = BlockingKernelClient()
        self.client.load_connection_file(str(connection))
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, code: str, timeout: float = 60) -> str:
        """Run code and return what it printed; an exception there is an assertion error here."""
        messages: list[dict[str, Any]] = []
        self.client.execute_interactive(
            code, timeout=timeout, store_history=False, output_hook=messages.append
        )
        for message in messages:
            assert message["msg_type"] != "error", "\n".join(message["content"]["traceback"])
        return "".join(m["content"]["text"] for m in messages if m["msg_type"] == "stream")

    def eval(self, expression: str) -> Any:
        """Return the value of an expression, by way of JSON."""
        printed = self.run(f"import json as _json; print('\\x02' + _json.dumps({expression}))")
        return json.loads(printed.rsplit("\x02", 1)[1])

    def close(self) -> None:
        """Close the sockets."""
        self.client.stop_channels()
