"""The line of the README with the two hashes of `junheng selftest`.

`python -m tests.selftest_line` writes it anew: only where results were changed on purpose, and CHANGELOG.md says so.
`python -m tests.selftest_line found.json` compares what `junheng selftest --json` found with it, and ends with 1 if they differ.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
LINE = re.compile(r"^`junheng selftest` .*values `([0-9a-f]{64})`.*state `([0-9a-f]{64})`.*$", re.MULTILINE)
WORDS = (
    "`junheng selftest` tells whether a machine computes to the last bit what every other does: values `{values}`,"
    " state `{state}`."
)


def kept(readme: Path = README) -> dict[str, str]:
    """Return the hashes that the README holds, by name."""
    found = LINE.findall(readme.read_text(encoding="utf-8"))
    assert len(found) == 1, f"{readme.name}: want one line with the hashes of `junheng selftest`, found {len(found)}"
    return dict(zip(("values", "state"), found[0], strict=True))


def write(found: Mapping[str, str], readme: Path = README) -> None:
    """Put other hashes into the line."""
    text = readme.read_text(encoding="utf-8")
    readme.write_text(
        LINE.sub(WORDS.format(**{name: found[name] for name in ("values", "state")}), text), encoding="utf-8"
    )


def differences(found: Mapping[str, str], readme: Path = README) -> list[str]:
    """Return one line for each hash that is not that of the README."""
    return [
        f"{name}: README has {want}, this machine {found[name]}"
        for name, want in kept(readme).items()
        if found[name] != want
    ]


def main() -> int:
    """Compare with a file, or run the self-test and write the line; return the exit code."""
    if len(sys.argv) > 1:
        wrong = differences(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
        print("\n".join(wrong) or "values and state are those of the README")
        return 1 if wrong else 0
    from experiments.selftest import selftest

    found = selftest()
    print("\n".join(differences(found)) or "the line is right as it is")
    write(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
