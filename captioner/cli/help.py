"""Help that fits a screen: options in groups, the common ones first, the rest with `--help-all`; suggestions for typos.

The one rule: `--help` of a command is at most a screen long. An option that most people never need is declared so with
`common=False` and is shown by `--help-all` only.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

__all__ = ["GROUPS", "Command", "Group", "Option", "command", "with_options"]

F = TypeVar("F", bound=Callable[..., Any])

INPUT, RECOGNITION, CAPTIONS, TIMING = "Input", "Recognition", "Captions", "Timing"
OUTPUT, SERVICE, RUN, OTHER = "Output", "Service and storage", "Run", "Options"
#: Groups of options, in the order of the help.
GROUPS = (OTHER, INPUT, RECOGNITION, CAPTIONS, TIMING, OUTPUT, SERVICE, RUN)
#: Widest help; a terminal may be narrower.
WIDTH = 100


class Option(click.Option):
    """An option with its place in the help.

    Args:
        flags: As for `click.Option`.
        group: One of `GROUPS`.
        common: Shown by `--help`; the others are shown by `--help-all`.
        alone: Value of an option with choices where none of them follows it; "" when one has to.
        attributes: As for `click.Option`.
    """

    def __init__(
        self, flags: Sequence[str], *, group: str = OTHER, common: bool = True, alone: str = "", **attributes: Any
    ) -> None:
        words = "|".join(attributes["type"].choices) if alone else ""
        if alone:
            attributes |= {"type": click.Choice([*attributes["type"].choices, alone]), "metavar": f"[{words}]"}
        super().__init__(flags, **attributes)
        self.group = group
        self.common = common
        self.alone = alone

    def get_help_extra(self, ctx: click.Context) -> click.types.OptionHelpExtra:
        """Nothing in brackets: the help says default and range in words."""
        return {}


def with_options(*groups: Iterable[Option]) -> Callable[[F], F]:
    """Give a command every option of some lists; the same option may belong to many commands."""
    options = [option for group in groups for option in group]

    def declare(function: F) -> F:
        declared: list[click.Parameter] = getattr(function, "__click_params__", [])
        function.__click_params__ = [*declared, *reversed(options)]  # type: ignore[attr-defined]
        return function

    return declare


class Command(click.Command):
    """A command whose options are listed in groups."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if any(not _is_common(param) for param in self.params):
            self.params.append(_help_all_option())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; an option that may stand alone takes the next word only if it is one of its choices."""
        for param in self.params:
            if isinstance(param, Option) and param.alone:
                args = _with_value(args, param)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the groups; only their common options unless all were asked for."""
        show_all = ctx.meta.get(_SHOW_ALL, False)
        sections: dict[str, list[tuple[str, str]]] = {group: [] for group in GROUPS}
        more = 0
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is None or _is_help(param) or not isinstance(param, click.Option):
                continue
            if show_all or _is_common(param):
                sections[getattr(param, "group", OTHER)].append(record)
            else:
                more += 1
        for group, records in sections.items():
            if records:
                with formatter.section(group):
                    formatter.write_dl(records, col_max=28)
        if more:
            formatter.write_paragraph()
            formatter.write_text(f"{more} more option{'s' if more > 1 else ''}: {ctx.command_path} --help-all")


class Group(click.Group):
    """A group of commands that shows its help when it is called alone and suggests names for typos."""

    command_class = Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which ones are like the name given.

        Raises:
            click.UsageError: No such command.
        """
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            similar = difflib.get_close_matches(args[0], known, n=3)
            hint = f"did you mean {' or '.join(similar)}?" if similar else f"see {ctx.command_path} --help"
            raise click.UsageError(f"no command {args[0]!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)


def command(name: str | None = None, **attributes: Any) -> Callable[[Callable[..., Any]], Command]:
    """Declare a command with grouped help, as `click.command` does."""
    return click.command(name, cls=Command, **attributes)


def _with_value(args: list[str], option: Option) -> list[str]:
    """Arguments in which an option that stands alone has its value behind an equals sign."""
    choices = option.type.choices if isinstance(option.type, click.Choice) else ()
    found: list[str] = []
    at = 0
    while at < len(args):
        arg = args[at]
        if arg == "--":
            return [*found, *args[at:]]
        if arg in option.opts:
            has_value = at + 1 < len(args) and args[at + 1] in choices
            found.append(f"{arg}={args[at + 1] if has_value else option.alone}")
            at += has_value
        else:
            found.append(arg)
        at += 1
    return found


_SHOW_ALL = "captioner.help_all"


def _help_all_option() -> click.Option:
    def show(ctx: click.Context, param: click.Parameter, value: bool) -> None:
        if value:
            ctx.meta[_SHOW_ALL] = True
            click.echo(ctx.get_help(), color=ctx.color)
            ctx.exit()

    return click.Option(
        ["--help-all"], is_flag=True, is_eager=True, expose_value=False, callback=show, help="Show every option."
    )


def _is_common(param: click.Parameter) -> bool:
    return getattr(param, "common", True)


def _is_help(param: click.Parameter) -> bool:
    return "--help" in param.opts or "--help-all" in param.opts
