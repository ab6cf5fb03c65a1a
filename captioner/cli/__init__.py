"""The command line: options to values, one function that does the work, and a report.

Commands are imported when they are called, so that `captioner --help` costs nothing but click. Only this package
prints, asks or exits: results go to stdout, progress and errors to stderr.
"""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module
from typing import Any

import click

from captioner.cli.help import WIDTH, Group
from captioner.cli.terminal import LogLines, escape_control
from captioner.errors import CaptionerError

__all__ = ["COMMANDS", "main"]

_MAKE, _EDIT, _STEPS = "Make captions", "Work with caption files", "Single steps"
_LOOK_UP, _MANAGE = "Look up", "Set up and manage"

#: Every command: its group in `captioner --help`, its module, its function there, and its line.
COMMANDS: dict[str, tuple[str, str, str, str]] = {
    "run": (_MAKE, "run", "run", "Caption files, folders or URLs."),
    "batch": (_MAKE, "batch", "batch", "Caption whole folders unattended, with an overview and a report."),
    "plan": (_MAKE, "plan", "plan", "Show what a batch would send and cost; send nothing."),
    "watch": (_MAKE, "watch", "watch", "Caption what is put into folders, until stopped."),
    "status": (_MAKE, "status", "status", "Show how far a batch is, from any terminal."),
    "retry": (_MAKE, "retry", "retry", "Process rejected files again."),
    "review": (_EDIT, "review", "review", "Edit captions in the browser, beside picture and sound."),
    "adopt": (_EDIT, "adopt", "adopt_files", "Take over edited captions; write all formats anew."),
    "history": (_EDIT, "history", "history", "List what was corrected, when and by whom."),
    "learn": (_EDIT, "learn", "learn_rules", "Propose glossary rules from what people corrected."),
    "diff": (_EDIT, "diff", "diff", "Show two versions or files side by side."),
    "check": (_EDIT, "check", "check", "Check caption files against a house style; fix them."),
    "convert": (_EDIT, "convert", "convert", "Convert caption files to another format or style."),
    "shift": (_EDIT, "shift", "shift", "Move captions earlier or later."),
    "resync": (_EDIT, "resync", "resync", "Synchronise captions: two points, frame rates, drop-frame."),
    "merge": (_EDIT, "merge_files", "merge", "Put the captions of several files on one time line."),
    "conform": (_EDIT, "conform", "conform", "Fit captions to media that was cut again, by its EDL."),
    "markers": (_EDIT, "markers", "markers", "Findings, places to hear and chapters as markers for editors."),
    "translate-sheet": (_EDIT, "translate_sheet", "translate_sheet", "A sheet for a translator, and captions of it."),
    "split": (_EDIT, "split_file", "split", "Split captions where the media was cut."),
    "burn": (_EDIT, "burn_in", "burn", "Draw captions into the picture."),
    "preview": (_EDIT, "preview", "preview", "Show on one picture what captions will look like."),
    "mux": (_EDIT, "mux_tracks", "mux", "Add captions to a copy of the media as tracks."),
    "upload": (_STEPS, "upload_file", "upload", "Prepare and upload one file; print its presigned link."),
    "transcribe": (_STEPS, "transcribe", "transcribe", "Recognise files or URLs; save the raw replies."),
    "format": (_STEPS, "format", "format_", "Turn a raw reply or transcript into captions; costs nothing."),
    "styles": (_LOOK_UP, "styles", "styles", "List the house styles, or show one with its sources."),
    "looks": (_LOOK_UP, "looks", "looks", "List the looks, or show one with the reasons for its values."),
    "models": (_LOOK_UP, "models", "models", "List the recognition models, or recommend one."),
    "config": (_MANAGE, "show_config", "config", "Show the configuration and where each value comes from."),
    "doctor": (_MANAGE, "doctor", "doctor", "Check key, region, bucket, links and clock."),
    "glossary": (_MANAGE, "glossary", "glossary", "Check the glossary of names and terms, or make it of older lists."),
    "vocabulary": (_MANAGE, "vocabulary", "vocabulary", "Create and manage hotword lists."),
    "ledger": (_MANAGE, "ledger", "ledger", "Show what was billed."),
    "clean": (_MANAGE, "clean", "clean", "Find and remove what crashed runs left behind."),
    "worker": (_MANAGE, "worker", "worker", "Do media steps for a batch elsewhere, in a Dask cluster."),
    "emulate": (_MANAGE, "emulate", "emulate", "Run a local service that speaks the Fun-ASR contract."),
    "demo": (_MANAGE, "demo", "demo", "Caption the fixture media with everything on this machine."),
}


_SECRETS = (
    "DASHSCOPE_API_KEY",
    "CAPTIONER_API_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ACCESS_KEY_ID",
)
"""Environment variables whose values no log line shows, whatever library wrote it."""


class _Commands(Group):
    """The commands of the table, imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        _, module, function, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"captioner.cli.commands.{module}"), function)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for group in dict.fromkeys(row[0] for row in COMMANDS.values()):
            with formatter.section(group):
                rows = [(f"{name:<10}", row[3]) for name, row in COMMANDS.items() if row[0] == group]
                formatter.write_dl(rows)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDTH})
@click.version_option(package_name="captioner")
@click.option("-v", "--verbose", is_flag=True, help="Log what is done to stderr, one event per line.")
def cli(verbose: bool) -> None:
    """Media to captions people can put on air.

    \b
    The first run:
      export DASHSCOPE_API_KEY=...
      captioner run talk.mp4
      For help on one command: captioner run --help

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
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return error.exit_code
    except click.ClickException as error:
        return _complain(_with_hint(error), error.exit_code if error.exit_code != 1 else 2)
    except CaptionerError as error:
        return _complain(error.message, error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return _complain("interrupted; the same command continues where this one stopped", 130)
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        return _complain(f"{error.filename or 'system'}: {error.strerror or error}", 1)
    except Exception:  # the last guard: a defect of ours becomes one line, the traceback a log
        logging.getLogger(__name__).info("unexpected error", exc_info=True)
        return _complain("internal error; repeat it with captioner -v COMMAND and report what that prints", 1)
    return result if isinstance(result, int) else 0


def _with_hint(error: click.ClickException) -> str:
    """The message of a wrong command line, with the help that says what is right."""
    message = error.format_message().removesuffix(".")
    if (
        not isinstance(error, click.UsageError)
        or error.ctx is None
        or "--help" in message
        or "did you" in message.lower()
    ):
        return message
    return f"{message}; see {error.ctx.command_path} --help"


def _complain(message: str, code: int) -> int:
    click.echo(f"captioner: {escape_control(message)}", err=True)
    return code
