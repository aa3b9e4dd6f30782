"""The rules of the house, read from the sources: who imports whom, no cycles, no path of anyone's machine."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# folder -> what it may import of ours, besides itself
ALLOWED = {
    "sim": set(),
    "results": set(),
    "policies": {"sim"},
    "calibration": {"sim", "policies", "results"},
    "experiments": {"sim", "policies", "results"},
    "junheng": {"sim", "policies", "results", "calibration", "experiments"},
}
MOST_LINES = 400
LONGEST_FUNCTION = 60
TEXTS = {".py", ".md", ".toml", ".csv", ".cff", ".txt", ".cfg", ""}


def sources(folder):
    return sorted((ROOT / folder).rglob("*.py"))


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def waits(node):
    """Whether what stands in a node is imported later (in a function) or never (for types only)."""
    typing = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    return typing or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


def imported(path, *, lazy):
    """Yield the modules that a file imports; lazy=False leaves out imports inside functions and TYPE_CHECKING."""
    stack = list(ast.parse(path.read_text(encoding="utf-8")).body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full, not relative"
            yield from {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif lazy or not waits(node):
            stack.extend(ast.iter_child_nodes(node))


@pytest.mark.parametrize("folder", ALLOWED)
def test_who_imports_whom(folder):
    broken = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(folder)
        for name in imported(path, lazy=True)
        if (top := name.split(".")[0]) in ALLOWED and top != folder and top not in ALLOWED[folder]
    ]
    assert not broken, f"{folder} may import {sorted(ALLOWED[folder]) or 'nothing of ours'}: {broken}"


def test_no_module_imports_itself_in_a_circle():
    paths = {module_name(path): path for folder in ALLOWED for path in sources(folder)}
    graph = {
        name: {m for m in imported(path, lazy=False) if m in paths and m != name and not name.startswith(m + ".")}
        for name, path in paths.items()
    }
    done: set[str] = set()

    def walk(name, trail):
        assert name not in trail, f"circle: {' -> '.join([*trail[trail.index(name) :], name])}"
        if name not in done:
            for other in sorted(graph[name]):
                walk(other, [*trail, name])
            done.add(name)

    for name in sorted(graph):
        walk(name, [])


def test_every_folder_of_the_product_is_in_the_table_and_in_the_package():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages == set(ALLOWED)
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name in ALLOWED:
        assert f'"{name}"' in text


@pytest.mark.parametrize("folder", ALLOWED)
def test_files_and_functions_stay_small(folder):
    long = []
    for path in sources(folder):
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > MOST_LINES:
            long.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and (n := node.end_lineno - node.lineno + 1) > LONGEST_FUNCTION:
                long.append(f"{path.relative_to(ROOT)}: {node.name} has {n} lines")
    assert not long, f"at most {MOST_LINES} lines a file and {LONGEST_FUNCTION} a function: {long}"


def test_public_things_say_what_they_mean():
    silent = []
    for folder in ALLOWED:
        for path in sources(folder):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            if path.name != "__init__.py" and not ast.get_docstring(tree):
                silent.append(str(path.relative_to(ROOT)))
            silent += [
                f"{path.relative_to(ROOT)}: {node.name}"
                for node in tree.body
                if isinstance(node, ast.FunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and not ast.get_docstring(node)
            ]
    assert not silent, f"no docstring: {silent}"


def test_no_global_random_state():
    loose = re.compile(
        r"np\.random\.(seed|rand|randn|normal|uniform|choice|shuffle|permutation|random)\(|^import random"
    )
    found = [
        f"{path.relative_to(ROOT)}:{n}"
        for folder in ALLOWED
        for path in sources(folder)
        if path != ROOT / "policies" / "guard.py"  # it looks at the global generators to see that nobody moved them
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if loose.search(line)
    ]
    assert not found, f"draws are keyed, never from a global generator: {found}"


def test_no_path_of_a_machine_and_nothing_left_to_do():
    # the words are put together here so that this file does not find itself
    words = ["/" + "home/", "/" + "root/", "/" + "Users/", "/" + "work/", "TO" + "DO", "FIX" + "ME", "X" * 3]
    bad = re.compile("|".join(rf"(?<![\w.]){re.escape(word)}" for word in words))
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    names = (
        listed.stdout.split("\0") if listed.returncode == 0 else [str(p.relative_to(ROOT)) for p in ROOT.rglob("*.py")]
    )
    found = []
    for name in filter(None, names):
        path = ROOT / name
        if path.suffix in TEXTS and path.is_file() and ".venv" not in path.parts:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            found += [f"{name}:{n}: {line.strip()[:80]}" for n, line in enumerate(lines, 1) if bad.search(line)]
    assert not found, found


def test_readme_has_the_two_commands_and_ci_runs_them():
    commands = [
        c for c in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if c.startswith("python3 -m venv")
    ]
    assert len(commands) == 2
    assert commands[0].endswith("junheng run guizhou") and commands[1].endswith("python -m pytest")
    assert "README.md" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
