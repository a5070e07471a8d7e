"""What all tests share: no network, one thread for arithmetic, no clock on property tests, and a PostgreSQL server."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest
from hypothesis import settings

import postgres

# Set before anything imports torch or a hub client; kernels and training runs inherit them.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

# A busy machine must not turn a property into a failure.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


# How a test says that a library is missing: `importorskip`'s own words, and ours.
MISSING = ("could not import", "is not installed", "are not installed")


def _present(report):
    """Where CI is set every extra is there: a test that misses one has failed, it is not skipped."""
    words = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
    if report.skipped and os.environ.get("CI") and any(each in words for each in MISSING):
        report.outcome, report.longrepr = "failed", f"{words} - and CI is set"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return _present((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _present((yield))


@pytest.fixture(scope="session")
def postgres_server():
    """Return the one PostgreSQL server of this run; skip where there is none, fail where CI is set."""
    programs = postgres.find()
    reason = None if programs else f"there is no PostgreSQL here: {postgres.ASK}"
    if find_spec("psycopg") is None:
        reason = "psycopg is not installed: pip install 'feedback_widgets[postgres]'"
    if reason:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    server = postgres.Server(programs)
    yield server
    server.remove()


@pytest.fixture
def postgres_url(postgres_server):
    """Return the address of an empty database, dropped afterwards."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)
