"""Proposes rules for the glossary from what people corrected. Pure; nothing is applied by itself.

The one rule: a rule is proposed only where it would change no sentence that stands as it is. What was heard there is
looked for in all captions as they are shown; where it stands uncorrected, or is a common word, the words beside it are
taken in, and where that does not help either, the reason is told.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from itertools import accumulate, groupby

from captioner.alignment.sounds import sound, sounds_of
from captioner.archive import Archive
from captioner.captions.common_words import is_common, is_grammatical, is_title
from captioner.corrections import Correction, pieces_of
from captioner.glossary import Glossary
from captioner.glossary.entries import is_exact
from captioner.glossary.phrase_matcher import Phrase, PhraseMatcher, Token, tokens_of
from captioner.layout.words_zh import split_words

__all__ = ["Learned", "Place", "Proposal", "learn"]

_LONGEST = 5  # words, or twice as many characters: what is longer was put in other words
_EXAMPLES = 3
_BESIDE = 3
_JOINTS = frozenset("-‐‑'’ʼ.&/+·")
_CLAUSE = frozenset(",;:!?，。；：！？、…")
# Likeness that a rule needs, and one with words beside it: below are other words, not other spellings. Between pairs of
# the simulated week (0.4 and more) and changes of fact (0 for London and Paris, 0.25 for big and large, 0.46 for days).
_ALIKE, _ALIKE_BESIDE = 0.3, 0.5
_WIDENINGS = ((1, 0), (0, 1), (2, 0), (1, 1), (0, 2), (2, 1), (1, 2), (2, 2))
"""Words taken in before and after, the fewest first: a name follows its first name or title more often."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place in the captions of a file.

    Attributes:
        file: Name of the archive.
        start_ms: Begin of the sentence.
        heard: The sentence as recognised.
        shown: What is shown in the place of what was heard, or "" where it stands as it was heard.
    """

    file: str
    start_ms: int
    heard: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule that corrections speak for.

    Attributes:
        heard: What is replaced; in lower case for any case.
        written: What is shown.
        count: How often it was corrected so.
        files: In how many files.
        examples: Some of the places.
        conflicts: What else people wrote for it, with how often.
        held: Why it is not proposed, or "".
        against: Places where it stands and is not corrected.
    """

    heard: str
    written: str
    count: int
    files: int
    examples: tuple[Place, ...] = ()
    conflicts: tuple[tuple[str, int], ...] = ()
    held: str = ""
    against: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Learned:
    """Rules that corrections speak for, and those that would break something.

    Attributes:
        proposals: The most frequent first.
        held: Those that would break something, with the reason.
        corrections: Corrections that were looked at.
        files: Files with corrections.
    """

    proposals: tuple[Proposal, ...]
    held: tuple[Proposal, ...] = ()
    corrections: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True)
class _Change:
    """One corrected stretch of a sentence: what was heard and written, and the words beside it."""

    heard: str
    written: str
    place: Place
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    is_first: bool = False
    unit: tuple[int, int] = (0, 0)

    def widened(self, before: int, after: int) -> _Change | None:
        """The change with words beside it, None where there are too few."""
        if before > len(self.before) or after > len(self.after):
            return None
        left = "".join(self.before[len(self.before) - before :])
        right = "".join(self.after[:after])
        return replace(
            self,
            heard=(left + self.heard + right).strip(),
            written=(left + self.written + right).strip(),
            is_first=self.is_first and not before,
        )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Changes that one rule would make."""

    heard: str
    written: str
    changes: tuple[_Change, ...] = field(repr=False)


def learn(
    archives: Iterable[tuple[str, Archive]], known: Glossary | None = None, *, times: int = 2, files: int = 1
) -> Learned:
    """Propose rules.

    Args:
        archives: Name and archive of every file, those without corrections among them: what stands there counts.
        known: Its rules, and those rejected in it, are not proposed.
        times: Corrections that a rule needs.
        files: Files that it needs.
    """
    changes: list[_Change] = []
    texts: list[Place] = []
    corrected: set[str] = set()
    for name, archive in archives:
        found = list(_changes(name, archive))
        changes += found
        corrected.update(change.place.file for change in found)
        texts += [Place(name, each.start_ms, each.text) for each in archive.shown.sentences]
    groups = [each for each in _groups(changes) if _is_enough(each.changes, times, files)]
    wider = {id(each): list(_widened(each, times, files)) for each in groups}
    against = _standing([*groups, *(one for every in wider.values() for one in every)], texts)
    written_for = _written_for(changes)
    proposals: list[Proposal] = []
    held: list[Proposal] = []
    for group in groups:
        if _is_known(group, known):
            continue
        made = list(_proposed(group, wider[id(group)], against, written_for, times, files))
        for each in made:
            (held if each.held else proposals).append(each)
    return Learned(_sorted(proposals, known), _sorted(held, known), len(changes), len(corrected))


def _sorted(proposals: Sequence[Proposal], known: Glossary | None) -> tuple[Proposal, ...]:
    once = {(each.heard, each.written): each for each in proposals}
    new = [each for each in once.values() if not _is_in(known, each.heard, each.written)]
    return tuple(sorted(new, key=lambda each: (-each.count, -each.files, each.heard)))


def _is_known(group: _Candidate, known: Glossary | None) -> bool:
    return _is_in(known, group.heard, group.written)


def _is_in(known: Glossary | None, heard: str, written: str) -> bool:
    """Whether a glossary has a rule for what is heard, or rejects this one."""
    if known is None:
        return False
    key = _key(heard)
    heards = [*(each for term in known.terms for each in term.heard), *(each for each, _ in known.listed)]
    return any(each == heard or (_key(each) == key and not is_exact(each)) for each in heards) or any(
        _key(each.heard) == key and _key(each.text) == _key(written) for each in known.rejected
    )


# Changes of an archive


def _changes(name: str, archive: Archive) -> Iterator[_Change]:
    """Changes of people, each stretch of words that differ for itself."""
    sentences = archive.transcript.sentences
    texts = [pieces_of(sentence) for sentence in sentences]
    owner = [index for index, own in enumerate(texts) for _ in own]
    firsts = [0, *accumulate(map(len, texts))]
    made = [each for each in archive.edits.by_people if each.text is not None and each.last <= len(owner)]
    for index, run in groupby(made, key=lambda each: owner[min(each.first, len(owner) - 1)]):
        first, pieces = firsts[index], texts[index]
        own = [_within(each, first, pieces) for each in run if each.last <= firsts[index + 1]]
        stretches = [each for each in own if each is not None]
        offsets = [0, *accumulate(map(len, pieces))]
        spans = [(offsets[start], offsets[end]) for start, end, _ in stretches]
        text = "".join(pieces)
        for (_, _, written), span in zip(stretches, spans, strict=True):
            place = Place(name, sentences[index].start_ms, text.strip(), written)
            yield from _differences(text, span, written, spans, place)


def _within(each: Correction, first: int, pieces: Sequence[str]) -> tuple[int, int, str] | None:
    """First word of a sentence, the one after the last, and what a correction writes there.

    A character that was added or left out, in writing without spaces, counts with the one before it.
    """
    start, end, text = each.first - first, each.last - first, each.text or ""
    if start < end and text:
        return start, end, text
    before = pieces[start - 1].strip() if start > 0 else ""
    return (start - 1, end, before + text) if before and _is_unspaced(before[-1]) else None


def _differences(
    text: str, span: tuple[int, int], written: str, changed: Sequence[tuple[int, int]], place: Place
) -> Iterator[_Change]:
    """The stretches of a correction in which the words differ.

    Args:
        text: The sentence as recognised.
        span: First and one past the last character that the correction replaces.
        written: What it writes.
        changed: The same of every correction in the sentence: their words are no words beside this one.
        place: For examples.
    """
    tokens = _words_of(text)
    others = [each for each in changed if each != span]
    span, written = _whole_words(text, tokens, span, written, others)
    heard = [token for token in tokens if span[0] <= token.start and token.end <= span[1]]
    new = _words_of(written)
    blocks = list(_blocks(heard, new))
    for i1, i2, j1, j2 in blocks:
        one, other = _bare(heard[i1:i2]), _bare(new[j1:j2])
        if not one or not other:
            continue
        said, shown = _without_ending(text[one[0].start : one[-1].end], written[other[0].start : other[-1].end])
        if not _may_be_rule(said, shown):
            continue
        first = next(at for at, token in enumerate(tokens) if token.start == one[0].start)
        end = one[0].start + len(said)
        ranges = [*others, *((heard[a].start, heard[b - 1].end) for a, b, _, _ in blocks if a < b and a != i1)]
        whole = text[: one[0].start] + shown + text[end:]
        yield _Change(
            said,
            shown,
            replace(place, shown=shown),
            _beside(text, tokens[:first], ranges, one[0].start),
            _beside(text, [each for each in tokens if each.start >= end], ranges, -1, end),
            not any(_is_word(token) for token in tokens[:first]),
            _unit_around(whole, one[0].start, one[0].start + len(shown)),
        )


def _whole_words(
    text: str, tokens: Sequence[Token], span: tuple[int, int], written: str, others: Sequence[tuple[int, int]]
) -> tuple[tuple[int, int], str]:
    """A correction of parts of words as one of the whole words, unless others change their rest."""
    under = [token for token in tokens if token.start < span[1] and span[0] < token.end]
    if not under:
        return span, written
    start, end = min(span[0], under[0].start), max(span[1], under[-1].end)
    if any(first < end and start < last for first, last in others):
        return span, written
    return (start, end), text[start : span[0]] + written + text[span[1] : end]


def _words_of(text: str) -> list[Token]:
    """The words of a text; those with a hyphen, an apostrophe or another joint are one, and so is a run of katakana."""
    made: list[Token] = []
    for token in tokens_of(text):
        last = made[-1] if made else None
        if last is not None and last.end == token.start and _is_joined(text, last, token):
            raw = text[last.start : token.end]
            made[-1] = Token(last.start, token.end, raw, raw.lower())
        else:
            made.append(token)
    return made


def _is_joined(text: str, last: Token, token: Token) -> bool:
    if _is_katakana(last.raw[-1]) and _is_katakana(token.raw[0]):
        return True
    if _is_unspaced(last.raw[-1]) or _is_unspaced(token.raw[0]):
        return False
    follows = token.end < len(text) and text[token.end].isalnum() and not _is_unspaced(text[token.end])
    if token.raw == "." and is_title(last.key):
        return True
    if token.raw in _JOINTS:
        return last.raw[-1].isalnum() and follows
    return last.raw[-1] in _JOINTS and len(last.raw) > 1 and not is_title(last.key)


def _is_katakana(char: str) -> bool:
    return "\u30a1" <= char <= "\u30fa" or "\u30fc" <= char <= "\u30ff"


def _blocks(heard: Sequence[Token], new: Sequence[Token]) -> Iterator[tuple[int, int, int, int]]:
    """Stretches that differ; a character that was added or left out counts with the one before it."""
    matcher = SequenceMatcher(None, [each.raw for each in heard], [each.raw for each in new], autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "replace":
            yield i1, i2, j1, j2
        elif kind != "equal" and i1 and j1 and _is_unspaced(heard[i1 - 1].raw[0]):
            yield i1 - 1, i2, j1 - 1, j2


def _is_word(token: Token) -> bool:
    return token.raw[0].isalnum()


def _bare(tokens: Sequence[Token]) -> list[Token]:
    """Tokens without marks at their ends."""
    words = [at for at, token in enumerate(tokens) if _is_word(token)]
    return list(tokens[words[0] : words[-1] + 1]) if words else []


def _unit_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Characters before and after a stretch of Chinese that belong to words with it; (0, 0) for other text."""
    if not all("\u3400" <= char <= "\u9fff" for char in text[start:end]):
        return 0, 0
    at = 0
    bounds = [0]
    for word in split_words(text):
        at += len(word)
        bounds.append(at)
    first = max(bound for bound in bounds if bound <= start)
    last = min(bound for bound in bounds if bound >= end)
    return start - first, last - end


def _may_be_rule(heard: str, written: str) -> bool:
    """Whether a change may recur: words, few of them, no figures, which change with what is told, and no new clause."""
    one, other = tokens_of(heard), tokens_of(written)
    longest = 2 * _LONGEST if all(len(token.raw) == 1 for token in one) else _LONGEST
    if not one or not other or len(_words_of(heard)) > longest or len(_words_of(written)) > longest + 1:
        return False
    if any(token.raw.isdecimal() or token.raw in _CLAUSE for token in (*one, *other)):
        return False
    return heard.lower() != written.lower() or heard[1:] != written[1:]


def _without_ending(heard: str, written: str) -> tuple[str, str]:
    """Both without the ending that they share: an English possessive, or a particle of Korean."""
    for ending in ("'s", "’s"):
        if heard.endswith(ending) and written.endswith(("'s", "’s")):
            return heard[:-2], written[:-2]
    if not (_is_hangul(heard[-1]) and heard[-1] == written[-1]):
        return heard, written
    for shared in (3, 2, 1):
        short = heard[:-shared]
        is_shared = len(short) > 1 and heard[-shared:] == written[-shared:] and len(written) > shared + 1
        if is_shared and next(PhraseMatcher([Phrase(short, is_exact(short))]).find(heard), None):
            return short, written[:-shared]
    return heard, written


def _is_hangul(char: str) -> bool:
    return "\uac00" <= char <= "\ud7a3"


def _beside(
    text: str, tokens: Sequence[Token], changed: Sequence[tuple[int, int]], before: int, after: int = -1
) -> tuple[str, ...]:
    """Some words beside a change, each with the space between it and the change; a mark ends them.

    Args:
        text: The sentence.
        tokens: Those on one side.
        changed: Stretches that were corrected, too.
        before: First character of the change, for the left side; -1 for the right.
        after: One past its last character, for the right side.
    """
    found: list[str] = []
    edge = before if before >= 0 else after
    for token in reversed(tokens) if before >= 0 else tokens:
        free = all(token.end <= start or token.start >= end for start, end in changed)
        if len(found) == _BESIDE or not _is_word(token) or not free:
            break
        if before >= 0:
            found.insert(0, text[token.start : edge])
            edge = token.start
        else:
            found.append(text[edge : token.end])
            edge = token.end
    return tuple(found)


# Groups of changes


def _key(text: str) -> str:
    return " ".join(token.key for token in tokens_of(text))


def _groups(changes: Sequence[_Change]) -> list[_Candidate]:
    found: dict[tuple[str, str], list[_Change]] = defaultdict(list)
    for change in changes:
        found[_key(change.heard), _key(change.written)].append(change)
    return [_candidate(same) for same in found.values()]


def _candidate(changes: Sequence[_Change]) -> _Candidate:
    """A rule for changes that differ by case only: of capitals those count that do not begin a sentence."""
    inside = [change for change in changes if not change.is_first] or changes
    heards = Counter(change.heard for change in inside)
    heard, written = heards.most_common(1)[0][0], Counter(change.written for change in inside).most_common(1)[0][0]
    only_first = all(change.is_first for change in changes)
    if len(heards) > 1 or (only_first and heard[:1].isupper() and not written[:1].isupper()):
        heard = heard.lower()
    return _Candidate(heard, written, tuple(changes))


def _is_enough(changes: Sequence[_Change], times: int, files: int) -> bool:
    return len(changes) >= times and len({change.place.file for change in changes}) >= files


def _widened(group: _Candidate, times: int, files: int) -> Iterator[_Candidate]:
    """Rules with words beside what was heard: whole words of Chinese; then those most often beside it, few first."""
    is_same_begin = sounds_of(group.heard.casefold())[:1] == sounds_of(group.written.casefold())[:1]
    if _likeness(group.heard, group.written) < (_ALIKE if is_same_begin else _ALIKE_BESIDE):
        return
    units = [each.widened(*each.unit) for each in group.changes if each.unit != (0, 0)]
    yield from _enough(_groups([each for each in units if each is not None]), times, files)
    found = []
    for before, after in _WIDENINGS:
        wide = [made for each in group.changes if (made := each.widened(before, after)) is not None]
        found += [(before + after, each) for each in _enough(_groups(wide), times, files) if _has_anchor(each, group)]
    yield from (each for _, each in sorted(found, key=lambda pair: (-len(pair[1].changes), pair[0])))


def _enough(groups: Sequence[_Candidate], times: int, files: int) -> list[_Candidate]:
    return [each for each in groups if _is_enough(each.changes, times, files)]


def _likeness(heard: str, written: str) -> float:
    """Likeness of two words by sound or by letters, 0 to 1.

    It is 1 where neither can be told: between writing systems, and in those without spaces.
    """
    one, other = (
        unicodedata.normalize("NFC", "".join(filter(str.isalnum, each.casefold()))) for each in (heard, written)
    )
    if _script(one) != _script(other) or _is_unspaced(one[:1] or " "):
        return 1.0
    a, b = sound(one), sound(other)
    by_sound = 2 * (a.pairs & b.pairs).bit_count() / max(1, a.count + b.count)
    return max(by_sound, SequenceMatcher(None, one, other, autojunk=False).ratio())


def _letters(text: str) -> str:
    return unicodedata.normalize("NFC", "".join(filter(str.isalnum, text.casefold())))


def _script(text: str) -> str:
    """First word of the Unicode name of a letter: the writing system."""
    return unicodedata.name(text[:1], " ").split()[0] if text else ""


def _written_for(changes: Sequence[_Change]) -> Mapping[str, Counter[str]]:
    """The texts that people wrote for each form heard."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for change in changes:
        found[_key(change.heard)][change.written] += 1
    return found


def _standing(candidates: Sequence[_Candidate], texts: Sequence[Place]) -> Mapping[str, list[Place]]:
    """Places of the captions as shown that candidates would change, by the form heard.

    A right spelling in which it occurs does not count, as no rule changes that.
    """
    heards = list(dict.fromkeys(each.heard for each in candidates))
    writtens = list(dict.fromkeys(each.written for each in candidates))
    phrases = [Phrase(each, is_exact(each)) for each in heards] + [Phrase(each, exact=True) for each in writtens]
    own = defaultdict(set)
    for each in candidates:
        own[each.heard].add(each.written)
    matcher = PhraseMatcher(phrases)
    found: dict[str, list[Place]] = defaultdict(list)
    for place in texts:
        matches = list(matcher.find(place.heard))
        right = [(match.start, match.end, writtens[match.phrase - len(heards)]) for match in matches
                 if match.phrase >= len(heards)]  # fmt: skip
        for match in matches:
            if match.phrase >= len(heards):
                continue
            heard = heards[match.phrase]
            if not any(start <= match.start and match.end <= end and text in own[heard] for start, end, text in right):
                found[heard].append(place)
    return found


# Proposals


def _proposed(
    group: _Candidate,
    wider: Sequence[_Candidate],
    against: Mapping[str, Sequence[Place]],
    written_for: Mapping[str, Counter[str]],
    times: int,
    files: int,
) -> Iterator[Proposal]:
    """The rule itself where it breaks nothing, else rules with words beside it, else the reason."""
    why = _objection(group, against, written_for)
    if not why:
        yield _proposal(group, written_for)
        return
    left = list(group.changes)
    for each in wider:
        own = [change for change in each.changes if change.place in [one.place for one in left]]
        if not _is_enough(own, times, files) or _objection(each, against, {}):
            continue
        taken = {change.place for change in own}
        left = [change for change in left if change.place not in taken]
        yield _proposal(each, {})
    if _is_enough(left, times, files):
        yield _proposal(replace(group, changes=tuple(left)), written_for, why, against.get(group.heard, ()))


def _objection(
    candidate: _Candidate, against: Mapping[str, Sequence[Place]], written_for: Mapping[str, Counter[str]]
) -> str:
    """Reason for which a rule would break something, or ""."""
    words = [token for token in tokens_of(candidate.heard) if token.raw[0].isalnum()]
    is_unspaced = all(_is_unspaced(token.raw[0]) for token in words)
    if is_unspaced and len(words) == 1:
        return "one character"
    if is_common("".join(token.raw for token in words) if is_unspaced else words[0].key) and (
        is_unspaced or len(words) == 1
    ):
        return "a common word"
    if not is_unspaced and all(is_grammatical(token.key) for token in words):
        return "common words"
    if _likeness(candidate.heard, candidate.written) < _ALIKE:
        return "the two do not sound alike"
    if standing := against.get(candidate.heard):
        return f"stands {len(standing)} time{'s' if len(standing) > 1 else ''} uncorrected"
    others = written_for.get(_key(candidate.heard), Counter())
    own = sum(count for text, count in others.items() if _key(text) == _key(candidate.written))
    if sum(others.values()) > own:
        return "people wrote different things for it"
    return ""


def _has_anchor(wide: _Candidate, group: _Candidate) -> bool:
    """Whether the words taken in hold more than words of grammar, which stand beside anything."""
    inner = [token.key for token in tokens_of(group.heard)]
    words = [token.key for token in tokens_of(wide.heard) if token.raw[0].isalnum()]
    for key in inner:
        if key in words:
            words.remove(key)
    return any(not is_common(word) or is_title(word) for word in words)


def _is_unspaced(char: str) -> bool:
    return "\u0e00" <= char <= "\u0eff" or "\u3040" <= char <= "\u30ff" or "\u3400" <= char <= "\u9fff"


def _proposal(
    candidate: _Candidate,
    written_for: Mapping[str, Counter[str]],
    held: str = "",
    against: Sequence[Place] = (),
) -> Proposal:
    own = _key(candidate.written)
    others = written_for.get(_key(candidate.heard), Counter())
    conflicts = [(text, count) for text, count in others.most_common() if _key(text) != own]
    return Proposal(
        candidate.heard,
        candidate.written,
        len(candidate.changes),
        len({change.place.file for change in candidate.changes}),
        tuple(change.place for change in candidate.changes[:_EXAMPLES]),
        tuple(conflicts),
        held,
        tuple(against[:_EXAMPLES]),
    )
