"""Where no browser can be had, one sentence says why. Nothing here needs one."""

from __future__ import annotations

import subprocess

import pytest

import chromium


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """Make a machine whose PATH is an empty folder; return the folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("FEEDBACK_WIDGETS_CHROMIUM", raising=False)
    return tmp_path


def program(folder, name):
    """Put a program into a folder and return its path."""
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_the_first_browser_on_the_path_is_taken(bare):
    """Debian's name and Google's are both known."""
    assert chromium.find() is None
    chrome = program(bare, "google-chrome")
    assert chromium.find() == chrome
    debians = program(bare, "chromium")
    assert chromium.find() == debians


def test_a_named_browser_goes_first_and_must_be_there(bare, monkeypatch):
    """FEEDBACK_WIDGETS_CHROMIUM names the browser; a name that leads nowhere is not replaced by another."""
    program(bare, "chromium")
    mine = program(bare, "mine")
    monkeypatch.setenv("FEEDBACK_WIDGETS_CHROMIUM", mine)
    assert chromium.find() == mine
    monkeypatch.setenv("FEEDBACK_WIDGETS_CHROMIUM", str(bare / "gone"))
    assert chromium.find() is None


def test_without_apt_the_remedy_is_named(bare):
    """On a machine without apt-get the sentence says what to do instead."""
    assert "FEEDBACK_WIDGETS_CHROMIUM" in chromium.install()


def test_nobody_is_asked_for_a_password(bare, monkeypatch):
    """Without root and without password-less sudo nothing is installed."""
    program(bare, "apt-get")
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(chromium.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 1))
    assert "password-less sudo" in chromium.install()


def test_a_failing_apt_is_quoted(bare, monkeypatch):
    """What apt-get complained about is passed on."""
    program(bare, "apt-get")
    failed = subprocess.CompletedProcess([], 100, "", "no such host")
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
    monkeypatch.setattr(chromium.subprocess, "run", lambda *_, **__: failed)
    assert "apt-get update failed (no such host)" in chromium.install()
