"""From an edited file to the corrections it holds, and the captions of every format made anew. Does no I/O.

The door of adoption: it finds out what the edited file was before (which format, which shape), has it compared, and
holds the person's cuts against those that the corrected words would give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from captioner.archive import Archive
from captioner.captions.adoption import Adopted, Shape, adopt_captions, pinned_among
from captioner.captions.options import CaptionOptions, extension_of
from captioner.captions.pipeline import build_context, find_shots, for_target, lay_out, render_file, revise
from captioner.captions.recorded_options import restored
from captioner.captions.recut import recut
from captioner.captions.rewording import EditedLine, ShownLine
from captioner.captions.text_adoption import adopt_text, line_places
from captioner.captions.word_places import word_places
from captioner.corrections import Edits, Renaming, Revision, to_units
from captioner.errors import FormatError, ReplyError
from captioner.formats import ALL_FORMATS, FORMATS, CaptionFile, Context, ReadOptions, read, render
from captioner.formats.prose import ENDINGS, Paragraph, format_of, is_document, read_prose
from captioner.formats.text.speaker_names import display_names
from captioner.model import Cue, Transcript
from captioner.style import Style

__all__ = ["Adoption", "State", "adopt", "options_of", "state_of"]


@dataclass(frozen=True, slots=True)
class State:
    """An archive as it stands, with everything that follows from it.

    Attributes:
        archive: The archive, with texts that were edited by hand as corrections.
        options: What its files are made with; times are those of the archive.
        transcript: What is shown.
        edits: All corrections.
        context: For the writers.
        cues: The captions in the style of the options.
        names: Display names of speakers, those that people and a script gave among them.
        shots: Shot changes in ms.
    """

    archive: Archive
    options: CaptionOptions
    transcript: Transcript
    edits: Edits
    context: Context
    cues: tuple[Cue, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    shots: tuple[int, ...] = ()

    @property
    def named_options(self) -> CaptionOptions:
        """The options with the names that are shown."""
        return replace(self.options, names=self.names)


@dataclass(frozen=True, slots=True)
class Adoption:
    """Changes that an edited file makes.

    Attributes:
        adopted: The changes.
        edits: All corrections and cuts, for `pipeline.produce`.
        options: The options, with new names of speakers.
        notes: What was decided, a line each.
    """

    adopted: Adopted
    edits: Edits
    options: CaptionOptions
    notes: tuple[str, ...] = ()


def options_of(archive: Archive, otherwise: CaptionOptions) -> CaptionOptions:
    """The options that an archive's files were made with, for a transcript that has its offset already.

    Args:
        archive: Archives of version 1 do not say.
        otherwise: Options for those; formats, style and layout are taken from it.
    """
    if archive.options:
        return replace(restored(archive.options), offset_ms=0, archive=True)
    return replace(otherwise, language=archive.language or otherwise.language, offset_ms=0, archive=True)


def state_of(archive: Archive, options: CaptionOptions, shots: Sequence[int] | None = None) -> State:
    """The captions of an archive as they are written.

    Args:
        archive: As read.
        options: From `options_of`.
        shots: Shot changes found in the media, or None.
    """
    revised = revise(archive.transcript, options, archive.edits)
    named = replace(options, names=revised.names)
    context = build_context(revised.transcript, archive.media, named, title=archive.title)
    found = find_shots(options, context.frame_rate, shots)
    written = archive.cues if archive.options and not archive.hand_edits else ()
    cues = revised.edits.cues or written or lay_out(revised.transcript, options.style, context, named, found)
    return State(archive, options, revised.transcript, revised.edits, context, cues, revised.names, found)


def adopt(
    state: State,
    data: bytes,
    name: str,
    extension: str,
    revision: Revision,
    *,
    reading: ReadOptions | None = None,
    relayout: bool = False,
) -> Adoption:
    """Take over an edited file.

    Args:
        state: What was written before, from `state_of`.
        data: Bytes of the edited file.
        name: Its name, for messages.
        extension: What stands behind the name of the media, such as "srt" or "social-vertical.ass".
        revision: Number, time and origin of the change.
        reading: What the user knows of the file.
        relayout: Lay the captions out anew instead of keeping the person's cuts, line breaks and times.

    Raises:
        ReplyError: The file cannot be read, or has no text.
    """
    reading = reading or ReadOptions()
    reading = replace(reading, language=reading.language or state.context.language)
    variant = next((style for style, each in state.options.also if extension_of(each, style) == extension), None)
    if _is_prose(data, name):
        adopted = _adopt_prose(state, data, name, variant, revision, reading)
        return _settled(state, adopted, has_cuts=False, relayout=relayout)
    edited = read(data, name, reading)
    if not edited.cues:
        raise ReplyError(f"{name}: there are no captions in it; nothing is taken over")
    cues, style = state.cues, state.options.style
    if variant is not None:
        style = variant
        styled = replace(state.context, style=variant, rtl_marks=variant.rtl_marks)
        cues = lay_out(state.transcript, variant, styled, state.named_options, state.shots)
    target = _target_of(state.options, extension)
    if target and variant is None and not state.edits.cues:
        cues = lay_out(state.transcript, style, state.context, for_target(state.named_options, target), state.shots)
    written = _read_back(state, cues, edited, extension, reading)
    said = {note.message for note in written.notes} if written else set[str]()
    told = tuple(note.message for note in edited.notes if note.message not in said)
    before = written.cues if written is not None and len(written.cues) == len(cues) else None
    has_own_shape = variant is not None or cues != state.cues
    if before is None or has_own_shape:
        adopted = _adopt_words(state, cues, before, edited, revision)
        note = (
            () if not has_own_shape else (f"cuts of {name} are not kept; those of the other shapes follow the words",)
        )
        return _settled(
            state, replace(adopted, notes=(*told, *adopted.notes, *note)), has_cuts=False, relayout=relayout
        )
    step_ms = ALL_FORMATS[edited.format].time_step_ms
    shape = Shape(cues, before, style, step_ms)
    names = {**display_names(cues, state.context), **state.names}
    adopted = adopt_captions(
        state.archive.transcript, state.edits, names, shape, edited.cues, revision, state.context.language
    )
    return _settled(state, replace(adopted, notes=(*told, *adopted.notes)), has_cuts=not relayout, relayout=relayout)


def _target_of(options: CaptionOptions, extension: str) -> str:
    """The target that a file was made for, "" for none."""
    own = (target for target, each in options.deliveries if options.delivered_as(target, each) == extension)
    return next(own, options.target)


def _is_prose(data: bytes, name: str) -> bool:
    """Whether a file is read as paragraphs: by its ending, unless captions are in it."""
    if name.lower().rpartition(".")[2] not in ENDINGS:
        return False
    if is_document(name):
        return True
    try:
        return not read(data, "-").cues
    except ReplyError:
        return True


def _read_back(
    state: State, cues: Sequence[Cue], edited: CaptionFile, extension: str, reading: ReadOptions
) -> CaptionFile | None:
    """The captions as they read back from the format of the edited file; None where it cannot hold them."""
    format = _written_format(state.options, edited.format, extension)
    target = _target_of(state.options, extension)
    bare = replace(state.options, target=target, deliveries=(), encoding="", newline="", also=())
    try:
        data, _ = render_file(cues, format, state.context, bare)
        return read(data, f"x.{FORMATS[format].extension}", replace(reading, encoding=""))
    except (FormatError, ReplyError):
        return None


def _written_format(options: CaptionOptions, read_format: str, extension: str) -> str:
    """The format that was written where now a file of `read_format` is; SRT for formats that are only read."""
    own = [each for each in options.all_formats if extension.endswith(FORMATS[each].extension)]
    reader = ALL_FORMATS[read_format].reader
    same = [each for each in own if FORMATS[each].reader == reader]
    if same:
        return same[0]
    return read_format if read_format in FORMATS else "srt"


def _adopt_words(
    state: State, cues: Sequence[Cue], read_cues: Sequence[Cue] | None, edited: CaptionFile, revision: Revision
) -> Adopted:
    """Take over the words of captions whose cuts do not count."""
    units = to_units(state.archive.transcript, state.edits.corrections)
    before = []
    for index, (cue, places) in enumerate(zip(cues, word_places(units, cues), strict=True)):
        text = (read_cues[index] if read_cues is not None else cue).text
        before.append(ShownLine(text, tuple(place for line in places for place in line)))
    after = [EditedLine(cue.text, None, cue.start_ms, cue.end_ms) for cue in edited.cues]
    transcript, language = state.archive.transcript, state.context.language
    return adopt_text(transcript, state.edits, before, after, revision, language)


def _adopt_prose(
    state: State, data: bytes, name: str, variant: Style | None, revision: Revision, reading: ReadOptions
) -> Adopted:
    """Take over the words and speakers of paragraphs."""
    edited = read_prose(data, name, encoding=reading.encoding, language=reading.language)
    if not edited:
        raise ReplyError(f"{name}: there is no text in it; nothing is taken over")
    ending = format_of(name)
    written = read_prose(render(state.cues, ending, state.context), f"x.{ending}")
    units = to_units(state.archive.transcript, state.edits.corrections)
    places = line_places(units, [each.text for each in written])
    before = [ShownLine(each.text, own) for each, own in zip(written, places, strict=True)]
    ids = _ids_of_names(state, written, places)
    after = [_edited_line(each, ids) for each in edited]
    names = {each.speaker: each.speaker for each in edited if each.speaker and each.speaker not in ids}
    ids.update(names)
    after = [_edited_line(each, ids) for each in edited]
    found = adopt_text(state.archive.transcript, state.edits, before, after, revision, state.context.language)
    return replace(found, names=names, notes=tuple(f"new speaker: {each}" for each in names))


def _ids_of_names(state: State, written: Sequence[Paragraph], places: Sequence[Sequence[int]]) -> dict[str, str]:
    units = to_units(state.archive.transcript, state.edits.corrections)
    speakers = [unit.speaker for unit in units for _ in unit.words]
    ids: dict[str, str] = {}
    for paragraph, own in zip(written, places, strict=True):
        if paragraph.speaker and own and (speaker := speakers[own[0]]) is not None:
            ids.setdefault(paragraph.speaker, speaker)
    return ids


def _edited_line(paragraph: Paragraph, ids: dict[str, str]) -> EditedLine:
    start_ms = paragraph.start_ms or 0
    return EditedLine(paragraph.text, ids.get(paragraph.speaker) if paragraph.speaker else None, start_ms, start_ms)


def _settled(state: State, adopted: Adopted, *, has_cuts: bool, relayout: bool = False) -> Adoption:
    """The change with cuts only where they are not what the words would give."""
    new = _new_names(state, adopted)
    options = replace(state.options, names={**state.options.names, **new})
    renamed = {**state.edits.renamed, **{speaker: _renaming(state, speaker, name) for speaker, name in new.items()}}
    if adopted.is_empty and not (relayout and state.edits.cues):
        return Adoption(adopted, state.edits, options, adopted.notes)
    edits = replace(adopted.edits, cues=adopted.edits.cues if has_cuts else (), pinned=(), renamed=renamed)
    if not has_cuts and not relayout and state.edits.cues:
        units = to_units(state.archive.transcript, state.edits.corrections)
        edits = replace(edits, cues=recut(state.edits.cues, units, state.archive.transcript, edits.corrections))
    if edits.cues:
        revised = revise(state.archive.transcript, options, edits)
        named = replace(options, names=revised.names)
        context = build_context(revised.transcript, state.archive.media, named, title=state.archive.title)
        derived = lay_out(revised.transcript, options.style, context, named, state.shots)
        with_times = bool(adopted.times or state.edits.pinned)
        pinned = pinned_among(edits.cues, derived, with_times=with_times)
        if adopted.cuts and not pinned:
            pinned = pinned_among(edits.cues, derived, with_times=True)
        edits = replace(edits, pinned=pinned, cues=edits.cues if pinned else ())
    return Adoption(adopted, edits, options, adopted.notes)


def _new_names(state: State, adopted: Adopted) -> dict[str, str]:
    """Names that a person gave; names that captioner made up are not among them."""
    known = display_names(state.cues, state.context)
    return {key: name for key, name in adopted.names.items() if known.get(key) != name}


def _renaming(state: State, speaker: str, name: str) -> Renaming:
    """A new name of a speaker, with the one that the options gave before any person did."""
    before = state.edits.renamed.get(speaker)
    return Renaming(name, before.given if before else state.options.names.get(speaker, ""))
