"""An answer is on the disk, not on its way there, when it is acknowledged: as the kernel of the system sees it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ANSWERING = Path(__file__).parent / "answering.py"
CALL = re.compile(r"^\d+ +(?P<call>\w+)\(\d+<(?P<file>[^>]*)>")


@pytest.fixture
def traced(place, tmp_path):
    """Return (call, file) of everything an annotator wrote and forced to the disk, in order, over 300 answers."""
    if shutil.which("strace") is None:
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing("strace, which shows what reaches the disk, is not installed")
    trace, outbox = tmp_path / "trace", tmp_path / "outbox"
    command = ["strace", "-f", "-y", "-e", "trace=write,pwrite64,fsync,fdatasync", "-o", trace]
    script = (
        f"import sys; sys.path.insert(0, {str(ANSWERING.parent)!r}); import answering; "
        f"answering.annotate({str(place)!r}, 'ann', {str(outbox)!r}, [1] * 200 + [50] * 2)"
    )
    done = subprocess.run(
        [*command, sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    if "ptrace" in done.stderr:
        pytest.skip(f"this system does not let strace look: {done.stderr.strip().splitlines()[0]}")
    assert done.returncode == 0, done.stderr
    found = [CALL.match(line) for line in trace.read_text().splitlines()]
    return [(each["call"], Path(each["file"]).name) for each in found if each]


def test_what_is_acknowledged_was_forced_to_the_disk(traced):
    """Between an answer's last byte in the journal and its reply, the journal is synced: a power cut cannot take it back."""
    unsynced, synced, replies, answers = set(), 0, 0, 0
    for call, file in traced:
        if call in ("fsync", "fdatasync"):
            unsynced.discard(file)
            synced += file == "feedback.db-wal"
        elif file.startswith("feedback.db"):
            unsynced.add(file)
        elif file == "outbox":
            answers += 1
        elif file == "outbox.replies":
            replies += 1
            assert "feedback.db-wal" not in unsynced, (
                f"reply {replies} left before its answer was on the disk"
            )
    assert answers == replies == 202
    assert synced >= replies
