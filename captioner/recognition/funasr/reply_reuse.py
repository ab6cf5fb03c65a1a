"""Whether a reply that was paid for serves another request: what can be had from it free, and what it lacks. Pure.

The one rule: only what the reply cannot give is recognised again. Words can be masked and left out, speakers dropped
and the language named in any reply; a word that was masked, a voice that was not told apart and another model cannot be
had.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from functools import lru_cache
from itertools import product
from typing import Any

from captioner.recognition.funasr import catalogue
from captioner.recognition.funasr.options import RecognitionOptions, WordFilter

__all__ = ["as_bought", "describe_options", "different_label", "lacking", "options_asked"]

#: Speaker counts that requests of earlier versions are held against; others are told as "other options".
_SPEAKER_COUNTS = (None, *range(2, 13))


def lacking(wanted: RecognitionOptions, had: RecognitionOptions) -> tuple[str, ...]:
    """Wanted facts that a reply cannot give, as the options that ask for it; () when it serves.

    Args:
        wanted: What is asked now.
        had: What the reply was asked with.
    """
    return tuple(_lacking(wanted, had))


def _lacking(wanted: RecognitionOptions, had: RecognitionOptions) -> Iterator[str]:
    if wanted.model != had.model:
        yield f"--model {wanted.model}"
    if wanted.channels != had.channels:
        yield f"--channels {','.join(map(str, wanted.channels))}" if wanted.channels else "all channels in one"
    if wanted.vocabulary_id and wanted.vocabulary_id != had.vocabulary_id:
        yield f"--vocabulary {wanted.vocabulary_id}"
    if wanted.diarized and not had.diarized and not wanted.by_channel:
        yield "--diarization"
    elif wanted.diarized and wanted.speaker_count is not None and wanted.speaker_count != had.speaker_count:
        yield f"--speaker-count {wanted.speaker_count}"
    yield from _lacking_words(wanted, had)
    if wanted.align_timestamps and not had.align_timestamps:
        yield "aligned timestamps"


def _lacking_words(wanted: RecognitionOptions, had: RecognitionOptions) -> Iterator[str]:
    """Words that are not in the reply, because the service masked them or left them out."""
    now, then = wanted.word_filter or WordFilter(), had.word_filter or WordFilter()
    if now.system != then.system:
        yield "the service's own word list" if now.system else "--no-system-filter"
    for word in then.mask:
        if word not in now.mask:
            yield f"the word {word}, which is masked in it"
    for word in then.remove:
        if word not in now.remove:
            yield f"the word {word}, which is left out of it"
    if had.remove_fillers and not wanted.remove_fillers:
        yield "filler words"


def as_bought(options: RecognitionOptions) -> RecognitionOptions:
    """The options that a reply is bought with: without words to mask and to leave out, which is done in the captions.

    So the reply has every word, and none has to be recognised again when it is to be shown after all.
    """
    words = options.word_filter
    return (
        options if words is None else replace(options, word_filter=None if words.system else WordFilter(system=False))
    )


def different_label(wanted: RecognitionOptions, had: RecognitionOptions) -> str:
    """Difference between the languages expected, in words, or ""; the captions are labelled as is wanted."""
    if not wanted.language_hints or wanted.language_hints == had.language_hints:
        return ""
    then = ",".join(had.language_hints)
    return f"recognised {f'as {then}' if then else 'with the language detected'}, labelled {wanted.language_hints[0]}"


def describe_options(options: RecognitionOptions) -> str:
    """Options as JSON, without what is at its default, for the ledger."""
    defaults = asdict(RecognitionOptions(options.model))
    given = {name: value for name, value in asdict(options).items() if name == "model" or value != defaults[name]}
    return json.dumps(given, ensure_ascii=False, sort_keys=True)


def options_asked(
    asked: str, model: str, digest: str, channels: tuple[int, ...], like: RecognitionOptions
) -> RecognitionOptions | None:
    """The options a reply was asked with: as described in the ledger, or found by their digest; None when unknown.

    Args:
        asked: From `describe_options`, or "" in rows of versions that did not describe them.
        model: Model asked.
        digest: `RecognitionOptions.digest`.
        channels: Channels of the audio that was sent.
        like: Options of now, whose values are tried first.
    """
    if asked:
        return _from_description(json.loads(asked))
    if like.digest == digest:
        return like
    words = () if like.word_filter is None else (like.word_filter,)
    return _table(model, channels, like.language_hints, words, like.vocabulary_id).get(digest)


def _from_description(values: dict[str, Any]) -> RecognitionOptions:
    words = values.pop("word_filter", None)
    if words is not None:
        words = WordFilter(tuple(words["mask"]), tuple(words["remove"]), words["system"])
    values |= {name: tuple(values[name]) for name in ("language_hints", "channels") if name in values}
    return RecognitionOptions(**values, word_filter=words)


@lru_cache(maxsize=64)
def _table(
    model: str, channels: tuple[int, ...], hints: tuple[str, ...], words: tuple[WordFilter, ...], vocabulary: str
) -> Mapping[str, RecognitionOptions]:
    """Requests that an earlier version may have made, by their digests."""
    known = next((each for each in catalogue.all_models() if each.name == model), None)
    if known is None:
        return {}
    languages = dict.fromkeys([(), hints, *((code,) for code in known.languages)])
    every = product(
        languages,
        (True, False),
        _SPEAKER_COUNTS,
        (None, WordFilter(system=False), *words),
        (False, True),
        dict.fromkeys(("", vocabulary)),
    )
    found: dict[str, RecognitionOptions] = {}
    for language_hints, diarization, speakers, word_filter, fillers, vocabulary_id in every:
        if speakers is not None and not diarization:
            continue
        options = RecognitionOptions(
            model=model,
            language_hints=language_hints,
            diarization=diarization,
            speaker_count=speakers,
            channels=channels,
            vocabulary_id=vocabulary_id,
            word_filter=word_filter,
            remove_fillers=fillers,
        )
        found.setdefault(options.digest, options)
    return found
