"""Writes entries of a glossary as TOML, at the end of a file, whose text stays as it is. Pure."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence

from captioner.errors import ConfigError
from captioner.glossary.entries import USUAL_WEIGHT, Glossary, NamedSpeaker, Rejected, Term
from captioner.glossary.toml_reading import parse_glossary

__all__ = ["appended", "dumps"]


def dumps(glossary: Glossary) -> str:
    """A glossary as TOML."""
    lines: list[str] = []
    if glossary.speaker_label != "{name}":
        lines.append(f"speaker_label = {_quoted(glossary.speaker_label)}")
    if glossary.masked:
        lines.append(f"mask = {_list(glossary.masked)}")
    speakers = {each.name: each for each in glossary.speakers}
    listed = [Term(written, (heard,)) for heard, written in glossary.listed]
    merged: dict[str, Term] = {}
    for term in listed:
        first = merged.setdefault(term.text, term)
        merged[term.text] = Term(term.text, tuple(dict.fromkeys((*first.heard, *term.heard))))
    parts = ["\n".join(lines)] if lines else []
    terms = [each for each in glossary.terms if each.text not in speakers]
    parts += ["\n".join(_term(each)) for each in (*merged.values(), *terms)]
    own = {each.text: each for each in glossary.terms}
    parts += ["\n".join(_speaker(each, own.get(each.name))) for each in glossary.speakers]
    parts += ["\n".join(_rejected(each)) for each in glossary.rejected]
    return "\n\n".join(parts) + "\n"


def appended(text: str, terms: Sequence[Term], rejected: Sequence[Rejected], name: str, note: str = "") -> str:
    """A glossary's text with further entries at its end; one whose spelling has an entry already adds to it.

    Args:
        text: The file, or "".
        terms: New entries.
        rejected: Rules that are not to be proposed again.
        name: Name of the file, for messages.
        note: Put above the new entries as a comment.

    Raises:
        ConfigError: The entries contradict what is there, or cannot be added to it.
    """
    parts = ["\n".join(_term(each)) for each in terms] + ["\n".join(_rejected(each)) for each in rejected]
    if not parts:
        return text
    head = f"# {note}\n" if note else ""
    before = f"{text.rstrip()}\n\n" if text.strip() else ""
    made = f"{before}{head}" + "\n\n".join(parts) + "\n"
    try:
        tomllib.loads(made.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: terms is one list; write a [[terms]] table for each entry to add to it") from error
    parse_glossary(made, name)
    return made


def _term(term: Term) -> Iterator[str]:
    yield "[[terms]]"
    yield f"text = {_quoted(term.text)}"
    yield from _common(term)


def _common(term: Term) -> Iterator[str]:
    if term.heard:
        yield f"heard = {_list(term.heard)}"
    if term.sounds_like:
        yield f"sounds_like = {_list(term.sounds_like)}"
    if term.weight != USUAL_WEIGHT:
        yield f"weight = {term.weight}"
    if term.language:
        yield f"language = {_quoted(term.language)}"


def _speaker(speaker: NamedSpeaker, term: Term | None) -> Iterator[str]:
    yield "[[speakers]]"
    yield f"name = {_quoted(speaker.name)}"
    if speaker.number:
        yield f"number = {speaker.number}"
    for key in ("role", "label"):
        if value := getattr(speaker, key):
            yield f"{key} = {_quoted(value)}"
    if speaker.also:
        yield f"also = {_list(speaker.also)}"
    if term is not None:
        yield from _common(term)


def _rejected(each: Rejected) -> Iterator[str]:
    yield "[[rejected]]"
    yield f"heard = {_quoted(each.heard)}"
    yield f"text = {_quoted(each.text)}"


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"


def _quoted(text: str) -> str:
    """A basic string; JSON's escapes are TOML's, too, but for U+007F."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
