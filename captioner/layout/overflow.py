"""Makes sure that what must stay together fits on a line, by breaking it at its weakest points where it does not.

The one rule: a tie is given up only when the tied atoms are wider than a line, an atom is cut only when it alone is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from captioner.layout.atoms import PART, Atom
from captioner.layout.width import clusters, columns

__all__ = ["fitted", "runs"]

_WEAK = re.compile(r"(?<=[/._\-?&=@:,;+~–—])(?=[^/._\-?&=@:,;+~–—])")  # where an address or a compound may be cut


def fitted(atoms: Sequence[Atom], width: int) -> tuple[Sequence[Atom], list[int]]:
    """Loosen what is wider than a line.

    Args:
        atoms: Of one turn.
        width: Columns of a line.

    Returns:
        The atoms, and the numbers of those that had to be cut or torn from the one before them. No atom is wider than
        the line, and no run of glued atoms is.
    """
    if all(columns <= width for columns in _run_columns(atoms)):  # the common case, without a copy
        return atoms, []
    found: list[Atom] = []
    torn: list[int] = []
    for run in runs(atoms):
        wide = sum(atom.columns + atom.space for atom in run) - run[0].space
        for number, atom in enumerate(run):
            if wide > width and number:
                atom = atom._replace(glue=_holds(found, atom, width))
                if not atom.glue:
                    torn.append(len(found))
            if atom.columns <= width:
                found.append(atom)
                continue
            for part in _cut(atom, width):
                if part.kind == PART:
                    torn.append(len(found))
                found.append(part)
    return found, torn


def _run_columns(atoms: Sequence[Atom]) -> list[int]:
    """Columns of each run of glued atoms."""
    found: list[int] = []
    for atom in atoms:
        if atom.glue and found:
            found[-1] += atom.columns + atom.space
        else:
            found.append(atom.columns)
    return found


def runs(atoms: Sequence[Atom]) -> Iterator[list[Atom]]:
    """Atoms grouped with those glued to them."""
    run: list[Atom] = []
    for atom in atoms:
        if run and not atom.glue:
            yield run
            run = []
        run.append(atom)
    if run:
        yield run


def _holds(found: Sequence[Atom], atom: Atom, width: int) -> bool:
    """Whether an atom still fits on the line of those it is glued to."""
    total = atom.columns + atom.space
    for before in reversed(found):
        total += before.columns
        if total > width:
            return False
        if not before.glue:
            break
        total += before.space
    return True


def _cut(atom: Atom, width: int) -> Iterator[Atom]:
    """Cut one atom in pieces that fit, each with its share of the time; the tokens stay with the first."""
    texts = [text for text in _pieces(atom.text, width) if text.strip(" ")]
    total = sum(columns(text) for text in texts) or 1
    spent, start, spaced = 0, atom.start_ms, False
    for number, text in enumerate(texts):
        spent += columns(text)
        spaced, inner = text.endswith(" "), spaced or text.startswith(" ")
        text = text.strip(" ")
        end = atom.start_ms + (atom.end_ms - atom.start_ms) * spent // total
        last = number == len(texts) - 1
        yield atom._replace(
            text=text,
            space=inner if number else atom.space,
            glue=atom.glue if not number else False,
            start_ms=start,
            end_ms=end,
            words=atom.words if not number else (),
            columns=columns(text),
            sentence_end=atom.sentence_end and last,
            kind=PART if number else atom.kind,
            segment_end=atom.segment_end and last,
        )
        start = end


def _pieces(text: str, width: int) -> Iterator[str]:
    """Parts of a text no wider than a line: at its weak points where they suffice, else between characters."""
    line = ""
    for part in _WEAK.split(text):
        if columns(line + part) <= width:
            line += part
            continue
        if line:
            yield line
        line = ""
        for cluster in clusters(part) if columns(part) > width else (part,):
            if line and columns(line + cluster) > width:
                yield line
                line = ""
            line += cluster
    if line:
        yield line
