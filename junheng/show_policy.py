"""`junheng show policy`: what a policy does, through what, evidence for and against, and its parameters."""

from __future__ import annotations

from gettext import gettext as tr
from pathlib import Path
from typing import Annotated, Any

import typer

from junheng import completion
from junheng.wrapping import wrapped

WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "how": "How it acts",
        "for": "Evidence for",
        "against": "Evidence against, null, or a warning",
        "none": "none in the table",
        "parameters": "Parameters",
        "head": ("name", "default", "allowed", "unit", "meaning"),
        "sources": "Sources of the defaults",
        "drawn": "uncertain: drawn from its range with --draws",
        "use": "In a scenario:",
    },
    "zh": {
        "how": "作用机制",
        "for": "支持性证据",
        "against": "反面、无效或需警惕的证据",
        "none": "表中没有",
        "parameters": "参数",
        "head": ("名称", "默认值", "范围", "单位", "含义"),
        "sources": "默认值来源",
        "drawn": "不确定：用 --draws 时在范围内抽取",
        "use": "在情景文件中：",
    },
}


def policy(
    name: Annotated[
        str,
        typer.Argument(
            help="Name of a policy, such as rotation (junheng list policies).", autocompletion=completion.policies
        ),
    ],
    policy_file: Annotated[
        list[Path] | None,
        typer.Option(
            help="A Python file with policies of your own; may be given several times.",
            autocompletion=completion.policy_files,
        ),
    ] = None,
    lang: str = "en",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON record.")] = False,
) -> None:
    """Show what a policy does, through which mechanism, the evidence for and against, and its parameters.

    Example: junheng show policy rotation
    """
    from policies.describe import describe
    from policies.registry import load_file, policy_class

    words = WORDS[lang]
    for file in policy_file or ():
        load_file(file)
    record = describe(policy_class(name))
    if json:
        from json import dumps

        typer.echo(dumps(record, ensure_ascii=False, indent=2))
        return
    typer.echo(as_text(record, lang, words))


def as_text(record: dict[str, Any], lang: str, words: dict[str, Any]) -> str:
    """Return the record of `policies.describe.describe` as text for a terminal."""
    from junheng.layout import text_table

    zh = lang == "zh"
    title = f"{record['title_zh']} ({record['title']})" if zh else f"{record['title']} ({record['title_zh']})"
    mechanism = (record["mechanism_zh"] if zh else "") or record["mechanism"] or record["summary"]
    lines = [f"{record['name']}: {title}", "", words["how"], *wrapped(mechanism, "  ")]
    for key, side in (("for", "evidence_for"), ("against", "evidence_against")):
        lines += ["", words[key]]
        for row in record[side]:
            text = f"{row['id']} {tr(row['finding'])} ({row['citation']}; {tr(row['confidence'])})"
            lines += wrapped(text, "  ", "     ")
        lines += [] if record[side] else [f"  {words['none']}"]
    table = [
        (p["name"], value_text(p["default"]), allowed_text(p), tr(p["unit"]), p["meaning_zh"] if zh else p["meaning"])
        for p in record["parameters"]
    ]
    lines += ["", words["parameters"], text_table(words["head"], table), "", words["sources"]]
    for p in record["parameters"]:
        drawn = f"; {words['drawn']}" if p["prior"] != "fixed" else ""
        lines += wrapped(f"{p['name']}: {tr(p['source'])} ({tr(p['confidence'])}{drawn})", "  ", "    ")
    lines += ["", words["use"], "  [[arm.policy]]", f'  name = "{record["name"]}"']
    return "\n".join(lines)


def value_text(value: Any) -> str:
    """Return a default as a user writes it in a scenario."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}" if abs(value) < 1e5 else f"{value:.0f}"
    return "[]" if value == [] else str(value)


def allowed_text(p: dict[str, Any]) -> str:
    """Return the range or the choices of a parameter."""
    if p["choices"]:
        return " | ".join(p["choices"])
    if p["low"] is None or p["high"] is None:
        return "-"
    return tr("{low} to {high}").format(low=value_text(p["low"]), high=value_text(p["high"]))
