"""Before the first run: whatever of the policies can be found wrong without running them for years.

Counties that do not exist, and answers that hang on the process: a user's policy is asked its first question in a few new
processes, each with another order of sets and dictionary keys (PYTHONHASHSEED), on one small start world. Ours are not.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from gettext import gettext as tr
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policies.answers import differs, digests
from policies.base import AREAS, Policy
from policies.registry import file_of, installed, load_file, policy_class
from policies.users_code import is_ours, users_code
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.world import World

SEEDS = (
    "1",
    "2",
    "3",
)  # of PYTHONHASHSEED: a choice among three texts agrees by chance in one case of 27, our own answer counted
SAMPLE = 0.002  # of the small world: a fifth of a second
PATIENCE = 180.0  # seconds for an answer, with a kernel or two to compile
NO_FAULT_OF_ITS = 77  # exit code of a process that failed before or beside the policies
CHILD = """
import os, sys
try:
    sys.path[:] = {path!r}
    from policies.trial import answer
    answer()
except BaseException:
    os._exit({code})
"""
_agreed: set[bytes] = set()  # questions whose answers agreed before, in this process


def check_policies(
    named: Sequence[tuple[str, Any]], region: str, years: Sequence[int], births: str = "middle"
) -> list[str]:
    """Look all policies of a command over before its first run; return a sentence about each that never acts, else "".

    named: pairs of what messages begin with, and the policy; years: the school years of the runs
    Raises: InputError for an unknown county, or a user's policy whose answer hangs on the process
    """
    notes = []
    for where, policy in named:
        try:
            check_areas(policy, region)
            silent = silent_for_good(policy, years)
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
        notes.append(f"{where}: {silent}" if silent else "")
    try_elsewhere([policy for _, policy in named], region, years, births)
    return notes


def check_areas(policy: Any, region: str) -> None:
    """Raise InputError when a parameter of a policy names a county or prefecture that the region has not."""
    from sim.area_names import find_all

    if not isinstance(policy, Policy):
        return
    for name, (_, spec) in policy.parameters().items():
        if spec.unit == AREAS:
            find_all(getattr(policy, name), region, ("prefecture", "county"), f"{policy.name}: {name}")


def silent_for_good(policy: Any, years: Sequence[int]) -> str:
    """Return one sentence about a policy that is off in all of these years, "" when it is not."""
    if not isinstance(policy, Policy):
        return ""
    with users_code(tr("policy {name}").format(name=policy.name), tr("Correct the policy's class.")):
        if any(policy.acts(year) for year in years):
            return ""
    return tr(
        "policy {name} is in force from {start} to {end} and never acts in the years {first} to {last} of this run."
    ).format(name=policy.name, start=policy.start, end=policy.end, first=years[0], last=years[-1])


def try_elsewhere(policies: Sequence[Any], region: str, years: Sequence[int], births: str = "middle") -> None:
    """Ask users' policies in other processes and compare: nothing may hang on the order of a set, or on the process.

    policies: any; ours, and those that no file or installed package holds (made in a notebook), are passed over
    Raises: InputError that names the policy, the year and the field that differs, or that it ends the process
    """
    known = [(policy, question) for policy in policies if (question := _question(policy, years)) is not None]
    known = [pair for pair in known if pickle.dumps((pair[1], region, births)) not in _agreed]
    asked = [question for _, question in known]
    if not asked or not sys.executable:
        return
    from sim.start import build

    world = build(region, sample=SAMPLE, births=births, first_year=years[0])
    content = pickle.dumps((asked, pickle.dumps(world)))
    with ThreadPoolExecutor(len(SEEDS)) as pool:
        answers = list(pool.map(lambda seed: _ask(seed, content), SEEDS))
    names = ", ".join(dict.fromkeys(name for _, name, _, _ in asked))
    for code, found in answers:
        if found is None and code is not None:
            raise InputError(
                tr(
                    "policy {names}: asked once in a process of its own, it ended the process (exit code {code}). "
                    "A policy only returns Effects."
                ).format(names=names, code=code)
            )
    here = [_told(policy, world.copy(), question[-1]) for policy, question in known]  # last: it may end the process
    several = [found for _, found in answers if found is not None] + [here]
    for k, (_, name, _, year) in enumerate(asked):
        told = [one for found in several if (one := found[k]) is not None]
        field = next((field for one in told[1:] if (field := differs(told[0], one))), "")
        if field:
            raise InputError(
                tr(
                    "policy {name}, {year}: in processes with another PYTHONHASHSEED it gives other answers: {field} differs. "
                    "It must not depend on the order of a set, on hash() or id(), or on a clock: sort names first, and draw "
                    'luck with see.streams.uniform("my decision", year, persons).'
                ).format(name=name, year=year, field=field)
            )
        if len(told) > len(SEEDS):
            _agreed.add(pickle.dumps((asked[k], region, births)))


Question = tuple[str | None, str, dict[str, Any], int]  # file, name, parameters, year


def _question(policy: Any, years: Sequence[int]) -> Question | None:
    """Return what another process must know to ask a policy in its first year, None for one that is not asked."""
    if not isinstance(policy, Policy) or is_ours(type(policy)):
        return None
    with users_code(tr("policy {name}").format(name=policy.name), tr("Correct the policy's class.")):
        file = file_of(type(policy))
        if file is None and policy.name not in installed():
            return None
        year = next((year for year in years if policy.acts(year)), None)
        values = {name: getattr(policy, name) for name in policy.parameters()}
    return None if year is None else (None if file is None else str(file), policy.name, values, year)


def _ask(seed: str, content: bytes) -> tuple[int | None, list[dict[str, str] | None] | None]:
    """Return (exit code, answers) of a new process; code None when it says nothing about the policies."""
    path = [str(Path(__file__).resolve().parent.parent), *sys.path]
    command = [sys.executable, "-c", CHILD.format(path=path, code=NO_FAULT_OF_ITS)]
    try:
        ended = subprocess.run(
            command, input=content, capture_output=True, timeout=PATIENCE, env={**os.environ, "PYTHONHASHSEED": seed}
        )
    except (OSError, subprocess.TimeoutExpired):
        return None, None
    try:
        return ended.returncode, pickle.loads(ended.stdout)
    except Exception:
        beside = ended.returncode in (NO_FAULT_OF_ITS, -2, -9, -15)  # or stopped by the machine or its owner
        return None if beside else ended.returncode, None


def answer() -> None:
    """Answer the questions on stdin with digests on stdout: what the new process does."""
    out = os.dup(1)
    os.dup2(2, 1)  # what a policy prints is no answer
    asked, packed = pickle.load(sys.stdin.buffer)
    found = [_answer(question, packed) for question in asked]
    with open(out, "wb") as file:
        pickle.dump(found, file)


def _answer(question: Question, packed: bytes) -> dict[str, str] | None:
    """Return the digests of one answer, None when the policy fails here: then the run itself says why."""
    file, name, values, year = question
    try:
        if file is not None:
            load_file(file)
        policy = policy_class(name)(**values)
    except InputError:
        return None
    return _told(policy, pickle.loads(packed), year)


def _told(policy: Policy, world: World, year: int) -> dict[str, str] | None:
    """Return the digests of a policy's answer in a year of a start world, None when it fails."""
    world.open_year(year)
    try:
        return digests(policy.effects(world.read_only(), year))
    except InputError:
        return None
