"""Start worlds shared by the arms of one seed and draw: built once, let go after the last arm."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

Key = tuple[int, int]  # seed, draw


class Worlds:
    """A keeper of start worlds for worker threads."""

    def __init__(self, build: Callable[[Key], Any], uses: Iterable[Key]) -> None:
        """build(key) makes a world; uses names the key of every run to come."""
        self._build = build
        self._left = Counter(uses)
        self._locks = {key: threading.Lock() for key in self._left}
        self._kept: dict[Key, Any] = {}

    def skip(self, key: Key) -> None:
        """Note that a run needs no world after all: another process has made it."""
        with self._locks[key]:
            self._left[key] -= 1
            if self._left[key] <= 0:
                self._kept.pop(key, None)

    def take(self, key: Key) -> Any:
        """Return a start world of one's own: a copy while other runs still need it, the world itself for the last."""
        with self._locks[key]:
            self._left[key] -= 1
            world = self._kept.pop(key, None)
            if world is None:
                world = self._build(key)
            if self._left[key] > 0:
                self._kept[key] = world
                return world.copy()
            return world
