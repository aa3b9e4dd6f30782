"""Find sentences in the code that people would read and that nobody marked for translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

WORDS = re.compile(r"[A-Za-z][a-z']+(?:[ ,.;:]+[A-Za-z(][a-z']*){3,}")  # four words in a row
CHINESE = re.compile(r"[\u3400-\u9fff]")
MARKS = {"tr", "ngettext"}
# What is declared once and shown from its table: help of the command line (collected from the verbs themselves), columns
# and fields of tables, parameters and measures (collected from their tables where a verb prints them).
DECLARED = {"Option", "Argument", "lazy_app", "column", "Column", "Table", "param", "Anchor", "row", "Declared", "Item"}
LOGGED = {"debug", "info", "warning"}  # lines of the log, for whoever looks into a run
ATTRIBUTES = {"mechanism", "title_en", "HELP"}  # printed from the class, beside `mechanism_zh`; help of the root


def unmarked(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of every sentence of a file that is neither marked, nor declared, nor a docstring.

    A sentence that stands beside its Chinese (in one tuple, call, dictionary or condition) is carried in both languages.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skip = set(_docstrings(tree))
    for node, inside in _walk(tree, False):
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in skip and not inside:
            text = _text(node)
            if text is not None and WORDS.search(text):
                yield node.lineno, text


def _text(node: ast.AST) -> str | None:
    """Return what a string says; the fields of an f-string as {}."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _walk(node: ast.AST, inside: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Yield every node with whether it needs no mark; pieces of f-strings come with the whole."""
    yield node, inside
    if isinstance(node, ast.JoinedStr):
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _walk(part.value, inside)
        return
    covered = inside or _declares(node) or _in_both_languages(node)
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, covered)


def _declares(node: ast.AST) -> bool:
    """Whether a node is a marked text, a declaration, or an attribute that is printed beside its Chinese."""
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        return name in MARKS | DECLARED | LOGGED
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return any(isinstance(target, ast.Name) and target.id in ATTRIBUTES for target in targets)


def _in_both_languages(node: ast.AST) -> bool:
    """Whether strings of a node stand beside Chinese ones, or a dictionary has the languages as its keys."""
    if isinstance(node, ast.Dict):
        keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
        if {"en", "zh"} <= keys:
            return True
    if not isinstance(node, ast.Tuple | ast.Call | ast.Dict | ast.IfExp | ast.List):
        return False
    return any(CHINESE.search(_text(child) or "") for child in _parts(node))


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield from _parts(child) if isinstance(child, ast.Tuple | ast.keyword | ast.BinOp) else (child,)


def _docstrings(tree: ast.AST) -> Iterator[int]:
    """Yield the identity of every string that stands alone: docstrings of modules, classes, functions, attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)
