"""Find sentences in the code that people would read and that nobody marked for translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

WORDS = re.compile(r"[A-Za-z][a-z']+(?:[ ,.;:]+[A-Za-z(][a-z']*){3,}")  # four words in a row
MARKS = {"tr", "ngettext"}


def unmarked(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of every sentence of a file that is neither marked nor a docstring."""
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
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _walk(node: ast.AST, inside: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Yield every node with whether it stands in a marked text; pieces of f-strings come with the whole."""
    yield node, inside
    if isinstance(node, ast.JoinedStr):
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _walk(part.value, inside)
        return
    marked = inside or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS)
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, marked)


def _docstrings(tree: ast.AST) -> Iterator[int]:
    """Yield the identity of every string that stands alone: docstrings of modules, classes, functions, attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)
