"""Write the golden tables anew: `python -m tests.golden.update`. Review the diff: every changed line is a changed result."""

from __future__ import annotations

from tests.golden.golden import SCENARIOS, compute, differences, path, read, write


def main() -> None:
    """Compute, tell what changes, write."""
    for scenario in SCENARIOS:
        rows = compute(scenario)
        changed = differences(rows, read(scenario)) if path(scenario).exists() else ["new table"]
        write(scenario, rows)
        print(f"{path(scenario).name}: {len(rows)} rows, {len(changed)} changed")
        for line in changed[:20]:
            print("  " + line)


if __name__ == "__main__":
    main()
