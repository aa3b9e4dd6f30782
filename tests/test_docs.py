"""The pages of the documentation: what they show runs, and what they link to is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(ROOT.glob("docs/*.md")) + [ROOT / "README.md"]


def blocks(page, language):
    """The code blocks of a page, each with the line it begins in."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for found in re.finditer(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL):
        yield text[: found.start(1)].count("\n") + 1, found.group(1)


def test_the_notebook_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    space: dict[str, object] = {"__name__": "notebook"}
    for line, code in blocks("docs/notebook.md", "python"):
        exec(compile("\n" * (line - 1) + code, "docs/notebook.md", "exec"), space)
    out = capsys.readouterr().out
    assert "2024 2025 True" in out and "['baseline', 'plan']" in out and "Guizhou" in out
    assert len(space["rows"]) == 4 and len(space["by_county"]) == 2 and len(space["village"]) > 0
    assert set(space["sizes"]["level"]) == {"county"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    missing = [link for link in links if link and not (page.parent / link).exists()]
    assert not missing, f"{page.name}: {missing}"


def test_every_page_is_in_the_table_of_contents():
    contents = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    assert [
        page.name for page in ROOT.glob("docs/*.md") if page.name != "README.md" and f"]({page.name})" not in contents
    ] == []


def test_the_design_page_names_every_file_with_its_first_line():
    page, wrong = (ROOT / "docs" / "design.md").read_text(encoding="utf-8"), []
    for folder in ("sim", "policies", "calibration", "experiments", "results", "junheng"):
        for path in (ROOT / folder).rglob("*.py"):
            line = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]
            if path.name != "__init__.py" and f"- `{path.relative_to(ROOT).as_posix()}`: {line}\n" not in page:
                wrong.append(path.relative_to(ROOT).as_posix())
    assert wrong == []
