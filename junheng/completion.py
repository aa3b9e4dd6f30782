"""What a shell offers after Tab beside verbs and options: names of scenarios, regions, policies, measures.

Each function takes the beginning that was typed and returns the names that go on from it. Completion must be quick and
never fail: nothing heavy is imported, and a table that cannot be read offers nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path


def _offer(names: Callable[[str], Iterable[str]]) -> Callable[[str], list[str]]:
    """Return a completion that offers those names that begin with what was typed."""

    @wraps(names)
    def offer(incomplete: str) -> list[str]:
        try:
            return [name for name in names(incomplete) if name.startswith(incomplete)]
        except Exception:  # whatever is wrong is said by the command itself, not while it is typed
            return []

    offer.__annotations__ = {"incomplete": str, "return": list[str]}
    del offer.__wrapped__  # type: ignore[attr-defined]
    return offer


@_offer
def scenarios(incomplete: str) -> Iterable[str]:
    """Offer built-in scenarios, TOML files, and folders to look into."""
    from experiments.scenario import built_in_scenarios

    return [*built_in_scenarios(), *_files(incomplete, ".toml")]


@_offer
def policy_files(incomplete: str) -> Iterable[str]:
    """Offer Python files, and folders to look into."""
    return _files(incomplete, ".py")


@_offer
def regions(incomplete: str) -> Iterable[str]:
    """Offer the regions that can be simulated."""
    from sim.facts import region_names

    return region_names()


@_offer
def policies(incomplete: str) -> Iterable[str]:
    """Offer the policies that come with the product, and those of installed packages."""
    from importlib.metadata import entry_points

    from policies.built_in import BUILT_IN, GROUP

    return [*BUILT_IN, *sorted(point.name for point in entry_points(group=GROUP))]


@_offer
def measures(incomplete: str) -> Iterable[str]:
    """Offer the names of measures."""
    from results.measures import measures as catalogue

    return catalogue()


@_offer
def arms(incomplete: str) -> Iterable[str]:
    """Offer the arms of the built-in scenarios."""
    from tomllib import loads

    from experiments.scenario import built_in_scenarios

    texts = [path.read_text(encoding="utf-8") for path in built_in_scenarios().values()]
    return dict.fromkeys(arm["name"] for text in texts for arm in loads(text)["arm"])


@_offer
def areas(incomplete: str) -> Iterable[str]:
    """Offer prefectures and counties of all regions, by Chinese name or pinyin."""
    from sim.area_names import area_names
    from sim.facts import region_names

    found = [area for region in region_names() for area in area_names(region).of_level("prefecture", "county")]
    return [area.name for area in found] + [area.pinyin.replace(" ", "") for area in found]


def _files(incomplete: str, ending: str) -> list[str]:
    """Return files with an ending and folders in the folder that was typed; folders end with a slash."""
    folder = incomplete[: incomplete.rfind("/") + 1]
    found = sorted(path for path in Path(folder or ".").iterdir() if not path.name.startswith("."))
    return [f"{folder}{p.name}{'/' if p.is_dir() else ''}" for p in found if p.is_dir() or p.suffix == ending]
