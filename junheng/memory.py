"""Keeping the memory that a year frees for the next one: fetching it from the system anew costs up to 5 % of a run."""

from __future__ import annotations

import ctypes
import sys

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # names of settings in glibc's malloc.h
MOST = 2**31 - 1  # bytes


def keep_freed_memory() -> bool:
    """Let glibc keep large freed arrays until the process ends; return whether it does (not on other systems)."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return False
    trim, large = set_option(TRIM_THRESHOLD, MOST), set_option(MMAP_THRESHOLD, MOST)
    return bool(trim == large == 1)
