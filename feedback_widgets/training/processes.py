"""Whose run it is: a process is named so that another kernel, later, can tell whether it still lives."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def name_of(pid: int | None = None) -> str:
    """Return machine, number and start of a process, by default of this one.

    Numbers are given out again; together with the start (where the system tells it) they are not.
    """
    pid = os.getpid() if pid is None else pid
    return f"{socket.gethostname()} {pid} {_started(pid) or ''}".rstrip()


def lives(name: str | None) -> bool:
    """Tell whether a process is still there; one on another machine is believed to be.

    >>> lives(name_of())
    True
    """
    if not name:
        return False
    machine, number, *start = name.split(" ")
    if machine != socket.gethostname():
        return True
    pid = int(number)
    if start:
        return _started(pid) == start[0]
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's: it is there
        return True
    return True


def _started(pid: int) -> str | None:
    """Return when a process began, in the system's own count; None where it is gone, or the system does not tell."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return None
    after_name = told.rpartition(")")[2].split()  # the name may hold blanks and brackets
    return None if after_name[0] == "Z" else after_name[19]
