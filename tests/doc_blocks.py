"""The code blocks of a page: what each one is, and a runner that does what a reader does, in order, in one folder.

The words behind the three back quotes say what a block is; a reader of the page sees none but the language:
    bash                commands, run from top to bottom; each has to end with exit code 0
    python              run in one name space a page, after the commands above it
    toml my.toml        a scenario, loaded as one, and saved under this name for the commands below
    toml pyproject.toml how a package offers its policies
    python my_policy.py, csv schools.csv ...  a file that the page tells the reader to make
    json shape          the shape of some output, not content
    text                output to look at
and after them, where it is so:
    long                takes minutes: run as written, by the long test only
    short               takes many minutes: run by the long test only, cut short
    ci                  run by .ci/run, in a copy of its own
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import chdir, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
LANGUAGES = ("bash", "python", "toml", "csv", "json", "text")
SHELL = re.compile(r"[|<>;&$`]")
SMALL = {
    "guizhou": "织金县",
    "xinjiang": "博湖县",
}  # counties of 130,000 children and of 5,000; pages look into the first
MEANT_SMALL = ("--only", "--sample")  # a command with one of these says itself how much it simulates


@dataclass(frozen=True)
class Block:
    """One code block. line: that of its first line in the page; words: what stands behind the language."""

    page: Path
    line: int
    language: str
    words: tuple[str, ...]
    text: str

    @property
    def where(self) -> str:
        """Return page and line for people."""
        return f"{self.page.name}:{self.line}"

    @property
    def file(self) -> str:
        """Return the name under which a reader saves the block, or "" when it is no file."""
        return next((word for word in self.words if "." in word), "")


def blocks(page: Path) -> Iterator[Block]:
    """Yield the code blocks of a page in their order, also those inside a list."""
    text = page.read_text(encoding="utf-8")
    pattern = r"^(?P<pad> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^ *```[ ]*$"
    for found in re.finditer(pattern, text, flags=re.MULTILINE | re.DOTALL):
        words = found["info"].split()
        body = re.sub(rf"^{found['pad']}", "", found["body"], flags=re.MULTILINE)
        yield Block(
            page, text[: found.start("body")].count("\n") + 1, words[0] if words else "", tuple(words[1:]), body
        )


def commands(text: str) -> list[str]:
    """Return the commands of a bash block: lines that end with a back slash are one with the next, comments go."""
    joined = re.sub(r"\s*\\\n\s*", " ", text)
    lines = [re.sub(r"(^|\s)#.*", "", line).strip() for line in joined.splitlines()]
    return [line for line in lines if line]


def shorter(args: list[str]) -> list[str]:
    """Return a command that simulates for a quick test: two years, two seeds or one draw, one small county.

    args: without `junheng`. What is added comes last, and the last of two equal options holds.
    """
    if args[-1:] == ["--make"]:
        return [*args, "--years", "2024:2025", "--draws", "1:2", "--small"]
    if args[:1] != ["run"]:
        return args
    more = ["--years", "2024:2025"]
    for option, few in (("--seeds", "1:2"), ("--draws", "1")):
        if option in args and ":" in args[args.index(option) + 1]:
            more += [option, few]
    small = any(option in args for option in MEANT_SMALL)
    county = next((c for region, c in SMALL.items() if len(args) > 1 and region in args[1]), SMALL["guizhou"])
    if "--only" in args:
        at = args.index("--only") + 1
        args = [*args[:at], county, *args[at + 1 :]]
    return [*args, *more, *([] if small else ["--only", county])]


@dataclass
class Reader:
    """Somebody who follows a page in a folder of his own, which holds the examples that come with the sources.

    quick: shorten runs, and leave out blocks that take minutes
    """

    folder: Path
    quick: bool
    space: dict[str, Any] = field(default_factory=lambda: {"__name__": "reader"})
    printed: dict[str, str] = field(default_factory=dict)  # what commands of the shell wrote to stdout

    def __post_init__(self) -> None:
        shutil.copytree(ROOT / "docs" / "examples", self.folder / "docs" / "examples")

    def follow(self, block: Block) -> None:
        """Do what one block asks for; raises AssertionError, or what the block raises, when it does not work."""
        if block.language not in LANGUAGES:
            raise AssertionError(f"{block.where}: a block says its language, one of {', '.join(LANGUAGES)}")
        if "ci" in block.words or (self.quick and {"long", "short"} & set(block.words)):
            return
        with chdir(self.folder):
            if block.file:
                Path(block.file).write_text(block.text, encoding="utf-8")
            getattr(self, f"_{block.language}")(block)

    def _bash(self, block: Block) -> None:
        cut = shorter if self.quick or "short" in block.words else list
        for command in commands(block.text):
            args = shlex.split(command)
            plain = args[0] == "junheng" and not SHELL.search(command)
            if plain:
                with one_figure() if self.quick else nullcontext():
                    code, said = in_process(cut(args[1:]))
            else:
                code, said, out = in_shell(command if SHELL.search(command) else shlex.join(cut(args)))
                self.printed[command] = out
            assert code == 0, f"{block.where}: `{command}` ends with exit code {code}: {said}"

    def _python(self, block: Block) -> None:
        if block.file:
            compile(block.text, block.file, "exec")
            return
        padded = "\n" * (block.line - 1) + block.text  # so that a traceback names the line of the page
        exec(compile(padded, str(block.page), "exec"), self.space)

    def _toml(self, block: Block) -> None:
        if block.file == "pyproject.toml":
            check_entry_points(tomllib.loads(block.text))
            return
        from experiments.scenario import load_scenario

        Path("block.toml").write_text(block.text, encoding="utf-8")
        check_scenario(load_scenario("block.toml"), Path("docs/examples").glob("my_*.py"))

    def _csv(self, block: Block) -> None:
        lines = block.text.splitlines()
        wide = {line.count(",") for line in lines}
        assert len(wide) == 1, f"{block.where}: rows of unequal length"

    def _json(self, block: Block) -> None:
        if "shape" not in block.words:
            import json

            json.loads(block.text)

    def _text(self, block: Block) -> None:
        """Output to look at."""


def in_process(args: list[str]) -> tuple[int, str]:
    """Run a junheng command here; return its exit code and what it wrote to stderr."""
    from contextlib import redirect_stderr, redirect_stdout
    from io import BytesIO, StringIO, TextIOWrapper

    from junheng import cli

    out, err = TextIOWrapper(BytesIO(), encoding="utf-8"), StringIO()
    with policies_of_files(), redirect_stdout(out), redirect_stderr(err):
        try:
            cli.main(args)
        except SystemExit as stop:
            return (stop.code if isinstance(stop.code, int) else int(stop.code is not None)), err.getvalue()
    return 0, err.getvalue()


@contextmanager
def one_figure() -> Iterator[None]:
    """Let `junheng figures` draw one picture instead of eight: they have tests of their own."""
    from results.figures import FIGURES

    before = dict(FIGURES)
    for name in before.keys() - {"costs"}:
        del FIGURES[name]
    try:
        yield
    finally:
        FIGURES.clear()
        FIGURES.update(before)


@contextmanager
def policies_of_files() -> Iterator[None]:
    """Forget afterwards which policies were loaded from files inside: each command is a process of its own."""
    from policies import registry

    before = dict(registry._FROM_FILES)
    try:
        yield
    finally:
        registry._FROM_FILES.clear()
        registry._FROM_FILES.update(before)


def in_shell(command: str) -> tuple[int, str, str]:
    """Run any other command with bash, with the installed junheng first on the path; exit code, stderr, stdout."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    bash = ["bash", "-euo", "pipefail", "-c", command]
    done = subprocess.run(bash, env=os.environ | {"PATH": path}, capture_output=True, text=True, timeout=600)
    return done.returncode, done.stderr, done.stdout


def check_scenario(scenario: Any, policy_files: Iterable[Path]) -> None:
    """Raise InputError unless the scenario's policies are known; those of the examples may be among them."""
    from policies.registry import load_file, make_policy

    with policies_of_files():
        for path in policy_files:
            load_file(path)
        scenario.make_policies(make_policy)


def check_entry_points(content: dict[str, Any]) -> None:
    """Raise AssertionError unless the group is the one that is read and the class is one of the example's."""
    from policies import registry

    for group, offered in content["project"]["entry-points"].items():
        assert group == registry.GROUP
        for name, target in offered.items():
            module, kind = target.split(":")
            with policies_of_files():
                assert registry.load_file(Path("docs/examples") / f"{module.split('.')[-1]}.py") == [name]
                assert registry.policy_class(name).__name__ == kind
