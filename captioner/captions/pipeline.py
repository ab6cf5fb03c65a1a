"""From a transcript to the bytes of every caption file, in plain functions one after another. Does no I/O."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING

from captioner.archive import MediaFacts
from captioner.captions import masking, replace, targets
from captioner.captions.caption_files import Captions
from captioner.captions.channel import fit_to_channel
from captioner.captions.file_language import with_file_language
from captioner.captions.glossary_rules import apply_lists, labelled, occurring_part, sound_alikes
from captioner.captions.look_fit import fit_to_look, look_losses, unused_look
from captioner.captions.options import ARCHIVE_EXTENSION, CaptionOptions, extension_of
from captioner.captions.recorded_options import recorded
from captioner.captions.recut import recut_for
from captioner.captions.rules import merged_corrections, rule_corrections, with_cut_corrections
from captioner.corrections import NO_EDITS, Acceptance, Edits, shifted, shown, speakers_named
from captioner.edit import Linear, move_to_top, retime_transcript
from captioner.errors import ConfigError
from captioner.formats import FORMATS, Context, render
from captioner.formats.capabilities import PLACES, TOP, unsupported
from captioner.formats.text.substitutions import Spelling, spelled
from captioner.layout import Composition, compose, explain
from captioner.layout.frames import shots_from_text
from captioner.layout.postprocess import postprocess
from captioner.layout.speakers import merge_speaker_islands
from captioner.look import Look
from captioner.model import Cue, Issue, Transcript
from captioner.style import Style

if TYPE_CHECKING:
    from captioner.captions.targets import Target

__all__ = [
    "CaptionOptions",
    "Captions",
    "MediaFacts",
    "build_context",
    "check_cues",
    "correct_transcript",
    "explain_layout",
    "find_matched",
    "find_shots",
    "find_unmatched",
    "finish_cues",
    "for_target",
    "lay_out",
    "produce",
    "render_file",
    "revise",
    "with_context_options",
]

#: The archive is written last: it has the digests of the others.
_ARCHIVE = ARCHIVE_EXTENSION
# A short speaker turn: shorter than a second and of no more than two words. Source: guards published for TalkTrack
# (20 %, 1 s, 2 words), of which the two absolute ones are kept.
_SHORT_TURN_MS = 1000
_SHORT_TURN_WORDS = 2
# What a check of the finished captions cannot see: how a word or a label came to be cut.
_LAYOUT_RULES = frozenset({"wide_word", "label"})


def produce(
    transcript: Transcript,
    media: MediaFacts,
    options: CaptionOptions,
    *,
    title: str = "",
    shots: Sequence[int] | None = None,
    check: bool = True,
    edits: Edits = NO_EDITS,
    earlier_files: Mapping[str, str] = MappingProxyType({}),
) -> Captions:
    """Make every caption file that the options ask for.

    Args:
        transcript: What was said.
        media: What is known about the media; `options` win where both say something.
        options: What the captions shall be.
        title: Name of the media for a person.
        shots: Shot changes found in the media, in ms; needed where `options.detect_shots` is set.
        check: Hold the captions against the style; costs about as much as the layout.
        edits: What people corrected in the transcript, and how they cut the captions. Their cuts count for the files
            of `options.style`; other shapes are laid out from the corrected words.
        earlier_files: Files that were written before, extension to SHA-256; the archive remembers those that are not
            written now, so that they are not taken for edited ones.

    Raises:
        ConfigError: An option cannot be carried out; see `options.validate`, which finds most of it beforehand.
        FormatError: A format cannot hold the captions.
    """
    unmatched, matched = find_unmatched(transcript, options), find_matched(transcript, options)
    source = revise(transcript, options, edits)
    transcript, notes, edits = source.transcript, source.notes, source.edits
    has_archive = options.archive or _ARCHIVE in options.all_formats
    made_with = recorded(_without_unused_rules(source, options)) if has_archive else {}
    options = dataclasses.replace(options, names=source.names)
    context = dataclasses.replace(build_context(transcript, media, options, title=title), edits=edits)
    if made_with:
        context = dataclasses.replace(context, recognised=source.recognised, made_with=made_with)
    found = find_shots(options, context.frame_rate, shots)
    notes = (*notes, *_estimated_words(transcript, options))
    cues, composed, issues = _laid_out(transcript, context, options, found, check=check)
    issues, told = _with_acceptances(issues, cues, edits.accepted)
    notes = (*notes, *told)
    notes = (*notes, *unused_look(options.look, options.all_formats))
    files: dict[str, bytes] = {}
    main = _main_files(cues, composed, context, options, found)
    for file in chain(main, _further(transcript, context, options, found)):
        files[file.extension], written = render_file(file.cues, file.format, file.context, file.options)
        notes = _merge_issues(notes, written)
    if options.archive or _ARCHIVE in options.formats:
        left = {name: digest for name, digest in earlier_files.items() if name not in files}
        context = dataclasses.replace(context, files=_digests(files), earlier_files=left)
        files[_ARCHIVE], written = render_file(cues, _ARCHIVE, context, options)
        notes = _merge_issues(notes, written)
    spoken = bool(transcript.sentences)
    return Captions(
        files, cues=len(cues), issues=(*notes, *issues), speech=spoken, unmatched=unmatched, matched=matched
    )


def _laid_out(
    transcript: Transcript, context: Context, options: CaptionOptions, shots: Sequence[int], *, check: bool
) -> tuple[Sequence[Cue], Sequence[Cue] | None, tuple[Issue, ...]]:
    """The captions of the files of the options' style.

    Returns:
        The captions; the same before their times were finished, or None where a person cut them; and what the check
        found, if it was asked for.
    """
    if cues := context.edits.cues:
        return cues, None, check_cues(cues, context, options) if check else ()
    if not check:
        composed = _composed(transcript, options.style, options)
        return finish_cues(composed, options.style, context, options, shots), composed, ()
    composition = explain_layout(transcript, options)
    cues = finish_cues(composition.cues, options.style, context, options, shots)
    return cues, composition.cues, _issues_of(composition, cues, context, options)


@dataclass(frozen=True, slots=True)
class _File:
    """A file that is to be written: its ending, and what `render_file` takes."""

    extension: str
    format: str
    cues: Sequence[Cue]
    context: Context
    options: CaptionOptions


def _main_files(
    cues: Sequence[Cue],
    composed: Sequence[Cue] | None,
    context: Context,
    options: CaptionOptions,
    shots: Sequence[int],
) -> Iterator[_File]:
    """The files in the options' style but for the archive: one for each format, and one for each of several targets."""
    for name in options.formats:
        if name != _ARCHIVE:
            yield _File(extension_of(name), name, cues, context, options)
    for target, name in options.deliveries:
        own = for_target(options, target)
        fitted = cues if composed is None else finish_cues(composed, options.style, context, own, shots)
        yield _File(options.delivered_as(target, name), name, fitted, context, own)


def _further(
    transcript: Transcript, context: Context, options: CaptionOptions, shots: Sequence[int]
) -> Iterator[_File]:
    """The further files, each laid out in a style of its own."""
    for style, name in options.also:
        styled = dataclasses.replace(context, style=style, rtl_marks=style.rtl_marks, look=look_for(options, style))
        cues = lay_out(transcript, style, styled, options, shots)
        yield _File(extension_of(name, style), name, cues, styled, options)


def _estimated_words(transcript: Transcript, options: CaptionOptions) -> Iterator[Issue]:
    """A note where words light up whose times the recogniser did not say."""
    untimed = sum(not sentence.words and bool(sentence.text.strip()) for sentence in transcript.sentences)
    if untimed and options.karaoke:
        spoken = len(transcript.sentences)
        message = f"--karaoke: {untimed} of {spoken} sentences have no times of words; theirs are estimated by length"
        yield Issue("karaoke", "note", None, untimed, 0, message)


def find_unmatched(transcript: Transcript, options: CaptionOptions) -> tuple[str, ...]:
    """Words of the replacement list that occur nowhere in a transcript."""
    if not options.replacements:
        return ()
    return replace.unmatched(transcript, replace.parse(options.replacements, options.replacements_name))


def find_matched(transcript: Transcript, options: CaptionOptions) -> tuple[str, ...]:
    """The forms heard of all rules of the glossary that occur in a transcript, sorted."""
    if not options.glossary:
        return ()
    rules = occurring_part(transcript, options.glossary, {}).rules
    return tuple(sorted({rule.heard for rule in rules if not rule.keeps}))


def _without_unused_rules(source: Revised, options: CaptionOptions) -> CaptionOptions:
    """The options with the part of the glossary that made these captions: an archive need not hold all of it."""
    if not options.glossary:
        return options
    part = occurring_part(source.recognised, options.glossary, source.names).dumps()
    return dataclasses.replace(options, glossary=part, glossary_name=options.glossary_name if part else "")


def _digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {extension: hashlib.sha256(data).hexdigest() for extension, data in files.items()}


@dataclass(frozen=True, slots=True)
class Revised:
    """A transcript with what rules and people corrected in it.

    Attributes:
        recognised: What was recognised, in the media's times.
        transcript: What is shown.
        edits: The corrections of people, with those of the rules and the script of the options.
        names: Display names of speakers: those of the options, with those that people and the script gave.
        notes: A note for every change that a rule made, and one that tells how the script was followed.
    """

    recognised: Transcript
    transcript: Transcript
    edits: Edits
    names: Mapping[str, str]
    notes: tuple[Issue, ...] = ()


def revise(transcript: Transcript, options: CaptionOptions, edits: Edits = NO_EDITS) -> Revised:
    """Carry out the rules of the options and the corrections there are, and follow the script.

    Where two would change a word, a person wins over a rule, and a rule over the script.

    Args:
        transcript: What was recognised; with `edits` in their times.
        options: What the captions shall be; cuts of people are kept for the style they were made in.
        edits: What was changed before; a word in it is changed by no rule.

    Raises:
        ConfigError: The replacement list cannot be understood.
    """
    recognised = _prepared(transcript, options)
    ruled, notes = _with_rules(recognised, options)
    edits = with_cut_corrections(shifted(edits, edits.offset_ms + options.offset_ms))
    if options.replacements or options.glossary:  # rules of the lists before are made anew
        edits = dataclasses.replace(edits, corrections=tuple(each for each in edits.corrections if each.kind != "rule"))
    if options.script:  # it is followed anew
        edits = dataclasses.replace(
            edits, corrections=tuple(each for each in edits.corrections if each.kind != "script")
        )
    rules = rule_corrections(recognised, ruled, options) if notes else ()
    corrections = merged_corrections(edits.corrections, rules)
    if options.script:
        from captioner.captions.script_following import (  # aligns, which most captions do not need
            follow_script,
            report_issue,
        )

        followed = follow_script(
            recognised,
            corrections,
            options.script,
            name=options.script_name,
            policy=options.script_policy,
            names=options.names,
        )
        notes = (*notes, report_issue(followed.report))
        corrections = followed.corrections
        edits = dataclasses.replace(edits, script=followed.report)
    names = {**speakers_named(recognised, corrections), **options.names, **edits.names}
    if not corrections and not edits.cut_with:
        return Revised(recognised, ruled, edits, names, notes)
    made = shown(recognised, corrections) if edits.corrections or options.script else ruled
    return Revised(recognised, made, recut_for(edits, recognised, corrections), names, notes)


def correct_transcript(transcript: Transcript, options: CaptionOptions) -> tuple[Transcript, tuple[Issue, ...]]:
    """Leave out, mask and replace words, merge short speaker turns and move times, as asked for.

    Returns:
        The transcript in the language of the options, and a note for every change.

    Raises:
        ConfigError: The replacement list cannot be understood.
    """
    return _with_rules(_prepared(transcript, options), options)


def _prepared(transcript: Transcript, options: CaptionOptions) -> Transcript:
    """The recognised transcript, in the language, the times and the spacing of the options."""
    if options.language:
        transcript = dataclasses.replace(transcript, language=options.language)
    if options.offset_ms:
        transcript = retime_transcript(transcript, Linear(offset_ms=Fraction(options.offset_ms)))
    if options.style.cjk_latin_even:
        transcript = masking.even_spaces(transcript)
    return masking.drop_speakers(transcript) if options.without_speakers else transcript


def _with_rules(transcript: Transcript, options: CaptionOptions) -> tuple[Transcript, tuple[Issue, ...]]:
    """A transcript with every rule of the options carried out, and a note for every change; the only place for them."""
    transcript, notes = _without_words(transcript, options)
    if options.replacements or options.glossary:
        ruled = apply_lists(transcript, options.replacements, options.replacements_name, options.glossary)
        transcript = ruled.transcript
        notes += (*ruled.notes, *sound_alikes(transcript, options.glossary))
    if options.smooth_speakers:
        transcript, merged = merge_speaker_islands(transcript, _SHORT_TURN_MS, _SHORT_TURN_WORDS)
        notes += merged
    return transcript, tuple(notes)


def _without_words(transcript: Transcript, options: CaptionOptions) -> tuple[Transcript, list[Issue]]:
    """The transcript without the words and fillers that are not wanted, and a note for each kind."""
    notes: list[Issue] = []

    def note(rule: str, count: int, what: str) -> None:
        if count:
            notes.append(Issue(rule, "note", None, count, 0, f"{count} {what}"))

    if options.remove:
        transcript, count = masking.leave_out(transcript, options.remove)
        note("left_out", count, "words are left out")
    if options.remove_fillers:
        transcript, count = masking.leave_out_fillers(transcript)
        note("left_out", count, "filler words are left out")
    if options.mask:
        transcript, count = masking.mask(transcript, options.mask)
        note("masked", count, "words are masked")
    return transcript, notes


def build_context(transcript: Transcript, media: MediaFacts, options: CaptionOptions, *, title: str = "") -> Context:
    """Build the writers' input beside the cues: facts about the media, and their options."""
    width, height = options.size or (media.width, media.height)
    context = Context(
        names=labelled(options.names, transcript.speakers(), options.glossary),
        language=options.language,
        style=options.style,
        width=width,
        height=height,
        duration_ms=media.duration_ms or transcript.duration_ms,
        transcript=transcript,
        title=title,
        frame_rate=media.frame_rate,
        start_timecode=media.start_timecode,
        sha256=media.sha256,
        rtl_marks=options.style.rtl_marks,
    )
    return with_context_options(context, options)


def with_context_options(context: Context, options: CaptionOptions) -> Context:
    """The context with the options that a writer reads laid over what was known."""
    return dataclasses.replace(
        context,
        frame_rate=options.frame_rate or context.frame_rate,
        start_timecode=options.start_timecode or context.start_timecode,
        karaoke=options.karaoke,
        colours=options.colours or context.colours,
        vertical=options.vertical,
        look=look_for(options, options.style),
    )


def look_for(options: CaptionOptions, style: Style) -> Look | None:
    """The look of the files in a style: the one asked for, else the style's own."""
    return options.look or style.look


def find_shots(options: CaptionOptions, rate: Fraction | None, detected: Sequence[int] | None) -> tuple[int, ...]:
    """Shot changes in ms, from the media or from the list of the options.

    Raises:
        ConfigError: Shots of the media are asked for and there is no media, or the list cannot be read.
    """
    if not options.detect_shots:
        return shots_from_text(options.shot_list, rate) if options.shot_list else ()
    if detected is None:
        raise ConfigError("--shots detect needs the media; give a file with the times of the shot changes instead")
    return tuple(detected)


def explain_layout(transcript: Transcript, options: CaptionOptions) -> Composition:
    """Cues as cut, before their times are finished, with the reason for every cut."""
    return explain(transcript, options.style, labelled(options.names, transcript.speakers(), options.glossary))


def lay_out(
    transcript: Transcript, style: Style, context: Context, options: CaptionOptions, shots: Sequence[int] = ()
) -> tuple[Cue, ...]:
    """Cut a corrected transcript into the cues that are shown, in one style.

    Args:
        transcript: From `correct_transcript`.
        style: One of the styles of the options.
        context: From `build_context`.
        options: What the captions shall be.
        shots: From `find_shots`.
    """
    return finish_cues(_composed(transcript, style, options), style, context, options, shots)


def _composed(transcript: Transcript, style: Style, options: CaptionOptions) -> tuple[Cue, ...]:
    """Cues as cut, before their times are finished."""
    return compose(transcript, style, labelled(options.names, transcript.speakers(), options.glossary))


def for_target(options: CaptionOptions, target: str) -> CaptionOptions:
    """The options of the files that are made for one of several targets."""
    return dataclasses.replace(options, target=target, deliveries=())


def finish_cues(
    cues: Sequence[Cue], style: Style, context: Context, options: CaptionOptions, shots: Sequence[int]
) -> tuple[Cue, ...]:
    """Give laid-out cues the style's typography and their final times and places."""
    target = _target_of(options)
    on_frames = options.snap_frames
    if on_frames is None and target is not None and target.on_frames:
        on_frames = True
    finished = postprocess(
        cues,
        style,
        language=context.language,
        duration_ms=context.duration_ms,
        frame_rate=context.frame_rate,
        on_frames=on_frames,
        shots=shots,
        rounding=options.ms_rounding,
    )
    if options.top:
        finished = move_to_top(finished, options.top)
    return targets.with_gaps(finished, target, context.frame_rate)


def render_file(
    cues: Sequence[Cue], format: str, context: Context, options: CaptionOptions
) -> tuple[bytes, tuple[Issue, ...]]:
    """Write cues in one format, with the encoding and line ends that were asked for.

    Returns:
        The bytes of the file, and what the format could not hold: characters replaced, places lost.

    Raises:
        ConfigError: The format rules the encoding out.
        FormatError: The format or the encoding cannot hold the captions.
    """
    spelling = Spelling(options.substitute, dict(options.spellings))
    written, issues = spelled(cues, FORMATS[format], spelling)
    target = _target_of(options)
    context = targets.with_target_defaults(context, target)
    context, named = with_file_language(written, format, context)
    issues = (*issues, *named, *targets.unknown_rate_notes(written, target, context.frame_rate, FORMATS[format]))
    if FORMATS[format].is_sent:
        written, moved = fit_to_channel(written, context)
        issues = (*issues, *moved)
    if context.look is not None:
        written, fitted = fit_to_look(written, context) if FORMATS[format].libass_draws_it else (written, ())
        issues = (*issues, *fitted, *look_losses(context.look, format))
    data = render(written, format, context)
    encoded = targets.encode_for(
        data, format, target, encoding=options.encoding or None, newline=options.newline or None
    )
    return encoded, (*issues, *_lost_places(cues, format, options))


def _target_of(options: CaptionOptions) -> Target | None:
    return targets.find_target(options.target) if options.target else None


def _lost_places(cues: Sequence[Cue], format: str, options: CaptionOptions) -> Iterator[Issue]:
    """Issues for captions at the top in a format that has no place there."""
    if not options.top:
        return
    lost = unsupported(cues, FORMATS[format], Context())
    places = lost.get(PLACES, ()) or lost.get(TOP, ())
    if places:
        message = f"{format} has no captions at the top; {len(places)} stay where the others are"
        yield Issue("top", "warning", places[0], len(places), 0, message)


def _issues_of(
    composition: Composition, cues: Sequence[Cue], context: Context, options: CaptionOptions
) -> tuple[Issue, ...]:
    """Issues of the layout and of the rules of the style."""
    layout = (issue for issue in composition.issues if issue.rule in _LAYOUT_RULES)
    return (*layout, *check_cues(cues, context, options))


def check_cues(cues: Sequence[Cue], context: Context, options: CaptionOptions) -> tuple[Issue, ...]:
    """Hold finished cues against the rules of the style."""
    from captioner.check import check  # loads every rule, which captions without a check do not need

    return check(
        cues,
        options.style,
        transcript=context.transcript,
        language=context.language,
        duration_ms=context.duration_ms,
        frame_rate=context.frame_rate,
        script=context.edits.script,
    )


def _with_acceptances(
    issues: tuple[Issue, ...], cues: Sequence[Cue], accepted: Sequence[Acceptance]
) -> tuple[tuple[Issue, ...], tuple[Issue, ...]]:
    """Issues with the reasons of those that were accepted, and a note where a caption of one changed."""
    if not accepted:
        return issues, ()
    from captioner.check.acceptance import changed_note, mark_accepted, unmatched_acceptances

    note = changed_note(unmatched_acceptances(cues, accepted))
    return mark_accepted(issues, cues, accepted), (Issue("acceptance", "note", None, 0, 0, note),) if note else ()


def _merge_issues(issues: tuple[Issue, ...], further: Sequence[Issue]) -> tuple[Issue, ...]:
    """Issues with those of a further file; each message once."""
    known = {issue.message for issue in issues}
    return (*issues, *(issue for issue in further if issue.message not in known))
