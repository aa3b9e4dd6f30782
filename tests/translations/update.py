"""Bring the Chinese catalogue up to date: `python -m tests.translations.update [TRANSLATIONS.json ...]`.

Every text that the product says becomes an entry; a JSON file of {English: Chinese} fills entries in. Prints as JSON what
still has no Chinese.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.translations.catalogue import save, updated


def main(files: list[str]) -> None:
    """Read translations, write the catalogue, print what is missing."""
    given: dict[str, str] = {}
    for file in files:
        given.update(json.loads(Path(file).read_text(encoding="utf-8")))
    catalogue = updated(given)
    save(catalogue)
    missing = [message.id for message in catalogue if message.id and not message.string]
    json.dump(missing, sys.stdout, ensure_ascii=False, indent=1)
    print(f"\n{len(missing)} of {len(catalogue)} texts have no Chinese", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
