"""Texts that were edited by hand in captioner's JSON become corrections. Pure."""

from __future__ import annotations

from dataclasses import replace

from captioner.archive import Archive
from captioner.captions.recorrect import Token, corrections_of, tokens_of_units, with_origins
from captioner.captions.recut import recut
from captioner.captions.rewording import EditedLine, ShownLine, reword
from captioner.corrections import Revision, Unit, sentence_texts, to_units

__all__ = ["with_hand_edits"]


def with_hand_edits(archive: Archive, revision: Revision) -> Archive:
    """The archive with every sentence whose text was edited as corrections of its words.

    Args:
        archive: As read.
        revision: Number, time and origin of the change.

    Returns:
        An archive without edits by hand. Its captions are those of a person with the new words, or none where they
        follow from the words.
    """
    if not archive.hand_edits:
        return archive
    units = to_units(archive.transcript, archive.corrections)
    owners = [index for index, unit in enumerate(units) for _ in unit.words]
    texts = sentence_texts(archive.transcript, archive.corrections)
    tokens = tokens_of_units(units)
    gone = set[int]()
    fresh: list[Token] = []
    for number, (index, text) in enumerate(archive.hand_edits):
        places = _places(units, owners, index)
        gone.update(places)
        before = ShownLine(texts.get(index, archive.transcript.sentences[index].text), places)
        if text.strip() and places:
            made = reword(units, owners, [before], [EditedLine(text)], archive.language, number)
            fresh += [token for own in made.tokens for token in own]
    kept = [token for place, token in enumerate(tokens) if place not in gone]
    found = corrections_of(archive.transcript, units, [*kept, *fresh])
    corrections, replaced = with_origins(archive.transcript, found, archive.corrections, revision)
    noted = replace(revision, corrections=sum(each.revision == revision.number for each in corrections))
    cues = recut(archive.cues, units, archive.transcript, corrections) if archive.pinned else ()
    return replace(
        archive,
        corrections=corrections,
        replaced=(*archive.replaced, *replaced),
        revisions=(*archive.revisions, noted),
        cues=cues,
        hand_edits=(),
    )


def _places(units: list[Unit], owners: list[int], sentence: int) -> tuple[int, ...]:
    return tuple(place for place, owner in enumerate(owners) if units[owner].sentence == sentence)
