"""What the command line says of itself: help pages, and errors in how a command was typed, in the reader's language.

The parsing library (typer) brings English words of its own; here they are taken apart and said again from our catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import gettext as tr
from inspect import cleandoc
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from junheng.layout import width
from junheng.wrapping import wrapped

WIDEST_NAME = 28  # columns of the names in a help page

# the base of all errors of the parser, wherever the installed version keeps it
PARSER_ERROR: type[Exception] = typer.BadParameter.__mro__[2]


def _said() -> tuple[tuple[str, str], ...]:
    """Return what the parser says, as patterns, and how we say it."""
    return (
        (r"Missing (?:argument|option|parameter) (?P<name>.+?)\.(?: .*)?", tr("{name} is missing.")),
        (r"Missing command\.?", tr("No command given.")),
        (r"No such command (?P<name>.+?)\..*", tr("There is no command {name}.")),
        (r"No such option:? (?P<name>\S+?)\.?(?: \(Possible options?: (?P<near>.+)\)| Did you mean (?P<or>.+)\?)?",
         tr("There is no option {name}.")),
        (r"Option (?P<name>.+) requires an argument\.?", tr("Option {name} needs a value.")),
        (r"Option (?P<name>.+) requires (?P<n>\d+) arguments\.?", tr("Option {name} needs {n} values.")),
        (r"Option (?P<name>.+) does not take a value\.?", tr("Option {name} takes no value.")),
        (r"Got unexpected extra arguments?(?:\(s\))? \((?P<name>.+)\)", tr("These words are too many: {name}.")),
        (r"Invalid value for (?P<name>.+?): (?P<value>.+) is not a valid (?:int|integer)\.?",
         tr("{name}: {value} is not a whole number.")),
        (r"Invalid value for (?P<name>.+?): (?P<value>.+) is not a valid float\.?",
         tr("{name}: {value} is not a number.")),
        (r"Invalid value for (?P<name>.+?): (?P<value>.+) is not a valid bool(?:ean)?\.?",
         tr("{name}: {value} is neither yes nor no.")),
        (r"Invalid value for (?P<name>.+?): Input should be a valid integer, .+", tr("{name}: not a whole number.")),
        (r"Invalid value for (?P<name>.+?): Input should be a valid (?:number|float), .+", tr("{name}: not a number.")),
        (r"Invalid value for (?P<name>.+?): Input should be a valid bool(?:ean)?, .+",
         tr("{name}: neither yes nor no.")),
        (r"Invalid value for (?P<name>.+?): (?:Value error, )?(?P<value>.+) is not one of (?P<known>.+?)\.?",
         tr("{name}: {value} is unknown; allowed: {known}.")),
        (r"Invalid value for (?P<name>.+?): (?P<value>.+) is not in the range (?P<known>.+?)\.?",
         tr("{name}: {value} is outside the range {known}.")),
        (r"Invalid value for (?P<name>.+?): (?P<what>.+)", tr("{name}: this value is not accepted ({what}).")),
    )  # fmt: skip


def say(message: str) -> str:
    """Return what the parser says in our words; a message of ours, or one that is not known, comes back as it is."""
    text = re.sub(r" \(env var: .*?\)", "", " ".join(message.split()))  # some versions add it, even where there is none
    for pattern, ours in _said():
        found = re.fullmatch(pattern, text)
        if found:
            words = {key: value.replace("'", "") for key, value in found.groupdict().items() if value is not None}
            near = words.get("near") or words.get("or")
            return ours.format(**words) + (" " + tr("Did you mean {near}?").format(near=near) if near else "")
    return message


def explain_usage(error: Any) -> str:
    """Return the message for an error of the parser: how the command is used, where its help is, and what was wrong."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        return str(error.format_message())
    if context is not None and error.format_message().startswith("Missing command"):
        return str(context.get_help())
    wrong = tr("Error: {message}").format(message=say(error.format_message()))
    if context is None:
        return wrong
    hint = tr("Try '{command} --help' for help.").format(command=context.command_path)
    return f"{context.get_usage()}\n{hint}\n{wrong}"


class _InWords:
    """Help pages in the reader's language: usage, sections, every help text and what the parser adds to it."""

    def format_usage(self: Any, ctx: Any, formatter: Any) -> None:
        """Write the line that shows how the command is called."""
        pieces = [tr("[OPTIONS]") if piece == "[OPTIONS]" else piece for piece in self.collect_usage_pieces(ctx)]
        pieces = [
            tr("COMMAND [ARGS]...") if piece in ("COMMAND [ARGS]...", "[COMMAND] [ARGS]...") else piece
            for piece in pieces
        ]
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=tr("Usage:") + " ")

    def format_help_text(self: Any, ctx: Any, formatter: Any) -> None:
        """Write what the command does."""
        text = tr(cleandoc(self.help or ""))
        for paragraph in text.split("\n\n") if text else ():
            formatter.write_paragraph()
            for line in wrapped(paragraph, "  ", columns=formatter.width):
                formatter.write(line + "\n")

    def get_short_help_str(self: Any, limit: int = 45) -> str:
        """Return the help for a list of commands: its first paragraph, without the example."""
        text = tr(cleandoc(self.help or "")).split("\n\n")[0]
        return " ".join(re.split(r"Example: |示例：", text)[0].split())

    def get_help_option(self: Any, ctx: Any) -> Any:
        """Return the option that prints the help, with its own text in our words."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = tr("Show this help and stop.")
        return option

    def format_options(self: Any, ctx: Any, formatter: Any) -> None:
        """Write arguments, options and, for a group, commands, each under its heading."""
        rows: dict[str, list[tuple[str, str]]] = {"argument": [], "option": []}
        for param in self.get_params(ctx):
            with _translated(param):
                record = param.get_help_record(ctx)
            if record is not None:
                rows[param.param_type_name].append((record[0], _extras(record[1])))
        for heading, kind in ((tr("Arguments"), "argument"), (tr("Options"), "option")):
            if rows[kind]:
                with formatter.section(heading):
                    _write_rows(rows[kind], formatter)
        if isinstance(self, TyperGroup):
            _write_commands(self, ctx, formatter)


def _write_commands(group: Any, ctx: Any, formatter: Any) -> None:
    """Write a line a command of a group."""
    found = [(name, group.get_command(ctx, name)) for name in group.list_commands(ctx)]
    shown = [(name, command) for name, command in found if command is not None and not command.hidden]
    with formatter.section(tr("Commands")):
        _write_rows([(name, command.get_short_help_str()) for name, command in shown], formatter)


def _write_rows(rows: list[tuple[str, str]], formatter: Any) -> None:
    """Write names and what they mean in two columns; a name too long for its column stands on a line of its own."""
    first = min(max(width(name) for name, _ in rows), WIDEST_NAME) + 2
    for name, text in rows:
        lines = wrapped(text, columns=max(formatter.width - first - 2, 20))
        if width(name) > first - 2:
            formatter.write(f"  {name}\n")
            name = ""
        for at, line in enumerate(lines):
            head = "" if at else name
            formatter.write(("  " + head + " " * (first - width(head)) + line).rstrip() + "\n")


@contextmanager
def _translated(thing: Any) -> Iterator[None]:
    """Let a command or parameter have its help in the reader's language for a moment."""
    before = thing.help
    if before:
        thing.help = tr(cleandoc(before))
    try:
        yield
    finally:
        thing.help = before


def _extras(text: str) -> str:
    """Say [default: 1], [required] and the like in the reader's language."""
    body, bracket, extra = text.rpartition("  [")
    if not bracket or not extra.endswith("]"):
        return text
    said = []
    for word in extra[:-1].split("; "):
        key, colon, value = word.partition(": ")
        known = {"default": tr("default: {value}"), "env var": tr("environment variable: {value}")}
        said.append(known[key].format(value=value) if colon and key in known else _required(word))
    return f"{body}  [{'; '.join(said)}]"


def _required(word: str) -> str:
    return tr("required") if word == "required" else word


class Verb(_InWords, TyperCommand):
    """A command whose help speaks the reader's language."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of the command; older parsers stumble over a character that no path can hold."""
        for word in args:
            if "\0" in word:
                name = word.split("=")[0] if word.startswith("-") else self.name
                raise typer.BadParameter(tr("it holds a NUL character"), ctx=ctx, param_hint=name)
        return super().parse_args(ctx, args)


class Group(_InWords, TyperGroup):
    """A group of commands whose help speaks the reader's language."""
