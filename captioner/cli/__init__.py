"""The command line: options to values, one door, report.

Commands are imported when they are called, so that `captioner --help` costs nothing but click. Only this room prints,
asks or exits: results go to stdout, progress and errors to stderr.
"""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module
from typing import Any

import click

from captioner.cli.terminal import LogLines, plain
from captioner.errors import CaptionerError

__all__ = ["main"]

#: Every command: its module, its function there, and its line in `captioner --help`.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "run": ("run", "run", "Caption files, folders or URLs from start to end."),
    "batch": ("batch", "batch", "Caption whole folders, each file once, with an overview."),
    "plan": ("batch", "plan", "Say what a batch would send and cost; send nothing."),
    "watch": ("watch", "watch", "Caption what is put into folders, until stopped."),
    "status": ("status", "status", "Show how far a batch is, from another terminal too."),
    "retry": ("batch", "retry", "Take up again what was refused."),
    "clean": ("clean", "clean", "Find and remove what crashed runs left behind."),
    "ledger": ("ledger", "ledger", "Read the ledger: what was billed."),
    "upload": ("stages", "upload", "Prepare and upload one file; print its presigned link."),
    "transcribe": ("stages", "transcribe", "Recognise a file or URL; save the raw reply."),
    "format": ("format", "format_", "Turn a raw reply or transcript into captions; costs nothing."),
    "check": ("check", "check", "Check caption files, ours or anyone's, against a house style."),
    "convert": ("convert", "convert", "Convert caption files, as they are or laid out anew."),
    "shift": ("resync", "shift", "Move captions earlier or later."),
    "resync": ("resync", "resync", "Bring captions back in step: two points, frame rates, drop-frame."),
    "merge": ("merge", "merge", "Lay the captions of several files on one time line."),
    "split": ("merge", "split", "Part captions where the media was cut."),
    "burn": ("video", "burn", "Draw captions into the picture."),
    "mux": ("video", "mux", "Put captions into a copy of the media as tracks."),
    "styles": ("styles", "styles", "List the house styles, or show one with its sources."),
    "models": ("models", "models", "List the recognition models, or recommend one."),
    "vocabulary": ("vocabulary", "vocabulary", "Create and keep hotword lists."),
    "config": ("config", "config", "Show the configuration and where each value comes from."),
    "doctor": ("doctor", "doctor", "Check key, region, bucket, links and clock."),
    "emulate": ("emulate", "emulate", "Run a local service that speaks the Fun-ASR contract."),
    "demo": ("demo", "demo", "Caption the fixture media with everything on this machine."),
}


_SECRETS = (
    "DASHSCOPE_API_KEY",
    "CAPTIONER_API_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ACCESS_KEY_ID",
)
"""Environment variables whose values no log line shows, whatever library wrote it."""


class _Commands(click.Group):
    """The commands of the table, imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, function, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"captioner.cli.{module}"), function)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"no command {args[0]!r}; there are {', '.join(COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="captioner")
@click.option("-v", "--verbose", is_flag=True, help="Log what is done, one event a line, to stderr.")
def cli(verbose: bool) -> None:
    """Media to captions people can put on air.

    \b
    The first run:
      export DASHSCOPE_API_KEY=...
      captioner run talk.mp4
      captioner --help for each command: captioner run --help

    Exit codes: 0 all done, 1 some files failed, 2 usage or configuration, 3 credentials refused, 130 interrupted.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(LogLines(tuple(os.environ.get(name, "") for name in _SECRETS)))
    logging.basicConfig(level=logging.INFO if verbose else logging.CRITICAL, handlers=[handler])
    for noisy in ("httpx", "httpcore", "boto3", "botocore", "s3transfer", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.ERROR)  # they would log signed URLs


def main(args: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code; no traceback reaches a user."""
    sys.exit(_exit_code(args))


def _exit_code(args: list[str] | None) -> int:
    try:
        result: Any = cli.main(args=args, prog_name="captioner", standalone_mode=False)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        return _complain(error.format_message(), error.exit_code if error.exit_code != 1 else 2)
    except CaptionerError as error:
        return _complain(error.message, error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return _complain("interrupted; the same command goes on where this one stopped", 130)
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        return _complain(f"{error.filename or 'system'}: {error.strerror or error}", 1)
    except Exception as error:  # the last guard: a defect of ours becomes one line, the traceback a log
        logging.getLogger(__name__).info("unexpected error", exc_info=True)
        return _complain(f"internal error ({type(error).__name__}); run with -v before the command and report it", 1)
    return result if isinstance(result, int) else 0


def _complain(message: str, code: int) -> int:
    click.echo(f"captioner: {plain(message)}", err=True)
    return code
