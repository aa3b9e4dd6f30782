"""All tests: messages are compared in English, whatever the language of the machine."""

from __future__ import annotations

import os

os.environ["JUNHENG_LANG"] = "en"
