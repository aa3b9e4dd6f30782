"""Keeping freed memory: taken up by glibc, and harmless elsewhere."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys

from junheng.memory import keep_freed_memory

ASK = "from junheng.memory import keep_freed_memory; print(keep_freed_memory())"


def test_glibc_takes_the_options():
    """In a process of its own: it holds until the process ends."""
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(platform.libc_ver()[0] == "glibc")


def test_another_library_or_system_is_left_alone(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert keep_freed_memory() is False
    monkeypatch.setattr(sys, "platform", "darwin")
    assert keep_freed_memory() is False
