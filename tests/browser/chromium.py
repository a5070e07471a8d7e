"""Finds the Chromium that browser tests drive; as a script with --install, gets it from Debian's packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ASK = "install Chromium, or name one in FEEDBACK_WIDGETS_CHROMIUM"


def find() -> str | None:
    """Return the path of the browser to drive, or None where there is none."""
    named = os.environ.get("FEEDBACK_WIDGETS_CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> str | None:
    """Install Debian's Chromium; return None on success, else one sentence on why not."""
    if shutil.which("apt-get") is None:
        return f"Chromium is missing and this machine has no apt-get: {ASK}."
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        return f"Chromium is missing and installing it needs root or password-less sudo: {ASK}."
    environment = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run(
            [*environment, "apt-get", "-qq", *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode:
            return f"apt-get {arguments[0]} failed ({done.stderr.strip()[-300:]}): {ASK}."
    return None if find() else f"apt-get installed chromium, but it is not on PATH: {ASK}."


if __name__ == "__main__":
    trouble = None if find() or "--install" not in sys.argv else install()
    # Not an error here: without a browser its tests say so, and fail only where CI is set.
    print(trouble or find() or f"No Chromium here: {ASK}.")
