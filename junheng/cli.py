"""The command line: a table of verbs, each loaded from its own file when it is asked for."""

from __future__ import annotations

import gc
import sys
from gettext import gettext as tr
from importlib import import_module
from typing import Annotated, Any

import typer

from experiments.interrupts import signals_as_interrupts
from junheng import __version__
from junheng.failures import explain, plainly
from junheng.global_options import with_global_options
from junheng.language import chosen, speak
from junheng.loudness import one_command
from junheng.streams import plain_streams, settle
from junheng.usage import PARSER_ERROR, Group, Verb, explain_usage

# verb -> "module:function"; the order is the order of the help
VERBS = {
    "run": "junheng.run_scenario:run",
    "experiments": "junheng.experiments:experiments",
    "compare": "junheng.compare:compare",
    "figures": "junheng.figures:figures",
    "export": "junheng.export:export",
    "inspect": "junheng.inspect:inspect",
    "calibrate": "junheng.calibrate:calibrate",
    "selftest": "junheng.selftest:selftest",
}
SHOW = {
    "region": "junheng.show_region:region",
    "year": "junheng.show_year:year",
    "policy": "junheng.show_policy:policy",
    "county": "junheng.show_county:county",
}
LIST = {
    "scenarios": "junheng.list_scenarios:scenarios",
    "regions": "junheng.list_regions:regions",
    "policies": "junheng.list_policies:policies",
    "measures": "junheng.list_measures:measures",
}
HELP = "Simulate regional education equity in China. Example: junheng run guizhou --only 毕节市"
SETTINGS = {"help_option_names": ["-h", "--help"]}


def load_verb(name: str, target: str) -> Any:
    """Return the command that the function at `module:function` makes, with its own help and options."""
    module, function = target.split(":")
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(name, cls=Verb, context_settings=SETTINGS)(
        with_global_options(getattr(import_module(module), function))
    )
    return typer.main.get_command(app)


class LazyGroup(Group):
    """A group of commands whose files are imported when they are listed or called, not before."""

    table: dict[str, str] = {}
    groups: dict[str, Any] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the verbs in the order of the table, then the groups."""
        return [*self.table, *self.groups]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import and return one verb, or None when there is no such verb."""
        if cmd_name in self.groups:
            return typer.main.get_group(self.groups[cmd_name])
        return load_verb(cmd_name, self.table[cmd_name]) if cmd_name in self.table else None

    def invoke(self, ctx: Any) -> Any:
        """Run the verb; Ctrl-C, a closed pipe and a full disk are ours to explain, before the parser's own handling."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, OSError) as error:
            sys.exit(explain(error))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the verb that the arguments name; an unknown one is an error that names the nearest."""
        if args and not args[0].startswith("-") and args[0] not in self.list_commands(ctx):
            from sim.errors import nearest

            ctx.fail(tr("unknown command {name!r}.").format(name=args[0]) + nearest(args[0], self.list_commands(ctx)))
        return super().resolve_command(ctx, args)


def lazy_app(
    verbs: dict[str, str], about: str, groups: dict[str, Any] | None = None, completion: bool = False
) -> typer.Typer:
    """Return an app whose commands are the given table and whose sub-groups are the given apps.

    completion: offer to install completion in the user's shell
    """
    group = type("Group", (LazyGroup,), {"table": verbs, "groups": groups or {}})
    return typer.Typer(
        cls=group,
        help=about,
        add_completion=completion,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        context_settings=SETTINGS,
    )


show_app = lazy_app(
    SHOW,
    "Show a county of your results, a region, the order of a year, or a policy. Example: junheng show region guizhou",
)
list_app = lazy_app(LIST, "List what there is to choose from. Example: junheng list policies")
for group_app in (show_app, list_app):

    @group_app.callback()
    @with_global_options
    def _group() -> None:
        pass


app = lazy_app(VERBS, HELP, {"show": show_app, "list": list_app}, completion=True)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"junheng {__version__}")
        raise typer.Exit


@app.callback(help=HELP)
@with_global_options
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


def main(args: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code: 0, 1 for a failed run, 2 for bad input, 128 + n for a signal."""
    # what imports and results leave in memory is no garbage: looking through it at Python's usual pace costs 0.2 s a run
    gc.set_threshold(20_000)
    words = sys.argv[1:] if args is None else args
    speak(chosen(words))
    with plain_streams(), signals_as_interrupts():
        sys.exit(_run(words))


def _run(words: list[str]) -> int:
    """Run a command; whatever goes wrong, also with writing out what it printed, is explained. Return the exit code."""
    code = 0
    try:
        with one_command():
            got = typer.main.get_command(app)(args=words, prog_name="junheng", standalone_mode=False)
        code = got if isinstance(got, int) else 0
        sys.stdout.flush()
    except SystemExit as error:  # LazyGroup.invoke has explained it
        code = error.code if isinstance(error.code, int) else 1
    except PARSER_ERROR as error:
        typer.echo(plainly(explain_usage(error)), err=True)
        code = getattr(error, "exit_code", 2)
    except (Exception, KeyboardInterrupt) as error:
        code = explain(error)
    settle()
    return code


if __name__ == "__main__":
    main()
