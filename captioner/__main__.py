"""`python -m captioner`, and what the `captioner` script calls."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line. Imported here, so that Ctrl-C in the first milliseconds shows no traceback."""
    try:
        from captioner.cli import main as command_line

        command_line()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
