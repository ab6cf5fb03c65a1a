"""Shell completion of styles, looks, targets, formats, models and languages; each is loaded when the shell asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

__all__ = ["Completer", "formats", "languages", "looks", "models", "shapes", "styles", "targets"]

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def styles(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """House styles; a TOML file where the text looks like a path."""
    from captioner.style import style_names

    if "/" in incomplete or incomplete.startswith("."):
        return [CompletionItem(incomplete, type="file")]
    return _beginning_with(incomplete, style_names())


def looks(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Looks; a TOML file where the text looks like a path."""
    from captioner.look import look_names

    if "/" in incomplete or incomplete.startswith("."):
        return [CompletionItem(incomplete, type="file")]
    return _beginning_with(incomplete, look_names())


def targets(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Programs and platforms."""
    from captioner.captions.targets import target_names

    return _beginning_with(incomplete, target_names())


def formats(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Caption formats; the last one of a list with commas."""
    from captioner.formats import FORMATS

    listed, comma, last = incomplete.rpartition(",")
    taken = listed.split(",")
    return _beginning_with(last, (name for name in FORMATS if name not in taken), prefix=listed + comma)


def shapes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """`STYLE:FORMAT`: first the style, then the format behind the colon."""
    from captioner.formats import FORMATS
    from captioner.style import style_names

    style, colon, format = incomplete.rpartition(":")
    if colon:
        return _beginning_with(format, FORMATS, prefix=f"{style}:")
    return _beginning_with(incomplete, (f"{name}:" for name in style_names()))


def models(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Recognition models."""
    from captioner.recognition.funasr.catalogue import all_models

    return _beginning_with(incomplete, (model.name for model in all_models()))


def languages(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Languages that some model recognises."""
    from captioner.recognition.funasr.catalogue import all_models

    codes = sorted({code for model in all_models() for code in model.languages})
    return _beginning_with(incomplete, codes)


def _beginning_with(incomplete: str, names: Iterable[str], prefix: str = "") -> list[CompletionItem]:
    return [CompletionItem(f"{prefix}{name}") for name in names if name.startswith(incomplete)]
