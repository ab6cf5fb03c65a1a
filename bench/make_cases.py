#!/usr/bin/env python3
"""Makes segmentation cases, as `cases.py` reads them, from people's caption files in public repositories.

    python bench/make_cases.py CLONES OUT [--sources bench/sources.toml] [--languages de,it] [--measured]

CLONES holds a clone of each repository of `sources.toml` (bare or not) as `<owner>+<name>`. OUT gets `index.json`, one
reply of the recogniser and one SRT file a programme. Nothing of it belongs to the project: it is read to learn costs.

Captions are put together and cut again at sentence ends, so that the reply tells nothing about the cuts. Times are
neutral for the same reason: a sentence keeps its begin and end; inside it words get time by their length with 20 %
jitter, a pause follows three commas in four, and one other word in twenty. Everything is seeded by the file's name.

Files are left out that people did not cut: captions whose cells a program made end on articles and prepositions more
often than one in ten (`BOUND_SHARE`), alone or together with the files in other languages that have the same cells, or
last nearly the same (`EVEN_CELLS`). Files with fewer than 15 captions, or without sentence ends, are too small or
cannot be compared.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
import subprocess
import tomllib
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from captioner.languages import language_of
from captioner.layout.lexicon import language_profile
from captioner.layout.no_break import FeatureCache, is_sentence_end
from captioner.layout.width import columns

LEAST_CAPTIONS = 15
LEAST_SENTENCES = 0.12  # sentence ends per caption; fewer mean a file without punctuation
BOUND_SHARE = 0.1  # captions that end on a word which belongs to the next, of all: people 0 to 7 %, programs 15 to 30 %
EVEN_CELLS = 0.55  # shortest tenth of the captions over the longest: people 0.2 to 0.5, programs 0.6 to 0.9
SAME_CELLS = 0.6  # share of equal start times from which two files were cut by one hand
TWO_LINES = 0.1  # share of two-line captions from which line breaks are people's choice
SILENCE_MS = 2000  # a sentence without a final mark ends at such a silence
ENDS = ".?!。？！…؟।॥｡"
INNER = ",;:，、；：،؛—–"
TIME = re.compile(r"(?:(\d+):)?(\d\d?):(\d\d)[.,](\d{1,3})")
TIMES = re.compile(rf"{TIME.pattern}\s*-->\s*{TIME.pattern}")
UNMARKED = ("zh", "ja")  # languages whose captions may have no punctuation
# Polite Japanese ends a sentence on one of these forms, and no caption goes on behind them.
FINAL_FORM = re.compile(r"(?:です|ます|ました|ません|でした|でしょう|ましょう|ください|下さい)[かねよ]?[―ー]?$")
HEADS = re.compile(r"WEBVTT\b|X-TIMESTAMP-MAP\b|NOTE\b")
GOES_ON = "―"  # Japanese captions end on it where the sentence goes on
MARKUP = re.compile(r"<[^>]*>|\{\\[^}]*\}")
NOT_SPOKEN = re.compile(r"[\[(（【♪♫*#].*[\])）】♪♫*#]|[♪♫ ]+")
DASH = re.compile(r"^(?:[-–—]\s*|>>+\s*)")
ENTITIES = {"&nbsp;": " ", "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"'}
INVISIBLE = dict.fromkeys(map(ord, "\u200b\ufeff\u200e\u200f\u202a\u202b\u202c\u00ad"))


@dataclass(slots=True)
class Caption:
    """A caption as people made it: times in ms, lines from top to bottom."""

    start_ms: int
    end_ms: int
    lines: list[str]


@dataclass(slots=True)
class Programme:
    """One caption file."""

    source: str
    series: str
    programme: str
    variant: str
    language: str
    captions: list[Caption]
    sentence_ends_ms: list[int] = field(default_factory=list)  # from the original, for captions without punctuation


Spoken = tuple[int, int, str]  # of a sentence: begin and end in ms, text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sources", type=Path, default=Path(__file__).parent / "sources.toml")
    parser.add_argument("--languages", default="")
    parser.add_argument("--measured", action="store_true", help="the sources that nothing is learned from, alone")
    options = parser.parse_args()
    wanted = {name for name in options.languages.split(",") if name}
    sources = tomllib.loads(options.sources.read_text(encoding="utf-8"))["source"]
    sources = [source for source in sources if bool(source.get("measured")) == options.measured]
    found = [one for source in sources for one in read_source(options.clones, source)]
    kept = [one for one in cut_by_people(found) if not wanted or one.language in wanted]
    (options.out / "cases").mkdir(parents=True, exist_ok=True)
    entries = [
        entry for one in kept for entry in (write_case(one, options.out), write_lines(one, options.out)) if entry
    ]
    text = json.dumps({"cases": entries}, ensure_ascii=False, indent=1)
    (options.out / "index.json").write_text(text, encoding="utf-8")
    print(f"{len(found)} files, {len(kept)} programmes, {sum(len(one.captions) for one in kept)} captions")


def read_source(clones: Path, source: dict[str, object]) -> Iterator[Programme]:
    """The caption files of one repository that its entry names."""
    place = clones / str(source["repository"]).replace("/", "+")
    git = next((path for path in (place / "repo" / ".git", place / "repo", place / ".git", place)
                if (path / "HEAD").is_file()), None)  # fmt: skip
    if git is None:
        print(f"{source['repository']}: no clone at {place}")
        return
    revision, pattern = str(source["revision"]), re.compile(str(source["files"]))
    only = re.compile(str(source.get("only", "")))
    left_out, taken = set(source.get("leave_out", ())), set()  # type: ignore[call-overload]
    for path in listed(git, revision):
        match = pattern.search(path)
        if match is None or not only.search(path):
            continue
        named = match.groupdict()
        tag = str(source.get("language") or named["language"]).replace("_", "-")
        language = language_of(tag).code
        programme = named.get("programme") or Path(path).stem
        key = (programme, named.get("variant") or "", language)
        if not left_out.isdisjoint((programme, f"{language}/{programme}")) or language == "" or key in taken:
            continue
        taken.add(key)
        text = decoded(shown(git, revision, path))
        captions = list(read_ass(text) if path.endswith(".ass") else read_srt(text))
        series, variant = named.get("series") or "", named.get("variant") or ""
        one = Programme(str(source["name"]), series, programme, variant, language, captions)
        if source.get("sentence_times"):
            times = path.rsplit("/", 2)[0] + "/" + str(source["sentence_times"])
            one.sentence_ends_ms = [int(1000 * end) for *_, end in json.loads(shown(git, revision, times) or "[]")]
        if source.get("original") and language in UNMARKED:
            original = decoded(shown(git, revision, str(source["original"]).format(**named)))
            one.sentence_ends_ms = [each.end_ms for each in read_srt(original) if is_marked(each.lines[-1], ENDS)]
        if language == "ja" and few_marks(one):
            one.sentence_ends_ms = [each.end_ms for each in captions if FINAL_FORM.search(each.lines[-1])]
        yield one


def listed(git: Path, revision: str) -> list[str]:
    command = ["git", f"--git-dir={git}", "-c", "core.quotepath=off", "ls-tree", "-r", "--name-only", revision]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()


def shown(git: Path, revision: str, path: str) -> bytes:
    command = ["git", f"--git-dir={git}", "show", f"{revision}:{path}"]
    return subprocess.run(command, capture_output=True, check=False).stdout


def decoded(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeError:
            continue
    return ""


def read_srt(text: str) -> Iterator[Caption]:
    """Captions of an SRT or WebVTT file, without markup, sounds and dialogue dashes."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    heads = [(number, match) for number, line in enumerate(lines) if (match := TIMES.search(line))]
    before = None
    for (number, match), (stop, _) in pairwise([*heads, (len(lines) + 1, None)]):
        body = lines[number + 1 : stop - 1]  # without the number of the next caption
        spoken = [line for line in map(cleaned, itertools.takewhile(lambda line: not HEADS.match(line), body)) if line]
        caption = Caption(milliseconds(match.groups()[:4]), milliseconds(match.groups()[4:]), spoken)
        if spoken and caption != before:  # a stream's segments repeat the caption that stands between them
            yield caption
            before = caption


def read_ass(text: str) -> list[Caption]:
    found = []
    for line in text.splitlines():
        if not line.startswith("Dialogue:"):
            continue
        fields = line.split(",", 9)
        spoken = [part for part in map(cleaned, re.split(r"\\[Nn]", fields[9])) if part]
        times = [TIME.search(value + "0") for value in fields[1:3]]
        if spoken and all(times):
            begin, end = (milliseconds(match.groups()) for match in times if match)
            found.append(Caption(begin, end, spoken))
    return sorted(found, key=lambda caption: caption.start_ms)


def milliseconds(parts: Sequence[str | None]) -> int:
    hours, minutes, seconds, rest = parts
    return ((int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)) * 1000 + int(
        (rest or "0").ljust(3, "0")
    )


def cleaned(line: str) -> str:
    """One line of a caption as spoken; "" for sounds and music."""
    line = MARKUP.sub("", line)
    for entity, sign in ENTITIES.items():
        line = line.replace(entity, sign)
    line = DASH.sub("", " ".join(line.translate(INVISIBLE).split())).removesuffix(GOES_ON)
    return "" if NOT_SPOKEN.fullmatch(line) or not any(map(str.isalnum, line)) else line


def cut_by_people(found: Sequence[Programme]) -> list[Programme]:
    """The files whose cuts are people's: see the top of this file."""
    usable = [one for one in found if len(one.captions) >= LEAST_CAPTIONS and has_sentences(one)]
    together: dict[tuple[str, str], list[Programme]] = {}
    for one in usable:
        together.setdefault((one.source, one.programme), []).append(one)
    kept = []
    for one in usable:
        same = [other for other in together[one.source, one.programme] if alike(starts(one), starts(other))]
        copied = any(other.language == one.language and other in kept for other in same)
        if max(bound_share([one]), bound_share(same)) <= BOUND_SHARE and not is_even(one) and not copied:
            kept.append(one)
    return kept


def is_even(one: Programme) -> bool:
    lengths = sorted(caption.end_ms - caption.start_ms for caption in one.captions)
    tenth = len(lengths) // 10
    return lengths[tenth] > EVEN_CELLS * lengths[-1 - tenth]


def starts(one: Programme) -> set[int]:
    return {caption.start_ms // 100 for caption in one.captions}


def alike(one: set[int], other: set[int]) -> bool:
    return len(one & other) >= SAME_CELLS * min(len(one), len(other))


def has_sentences(one: Programme) -> bool:
    if one.sentence_ends_ms and one.language in UNMARKED:
        return True
    ended = sum(is_marked(caption.lines[-1], ENDS) for caption in one.captions)
    return ended >= LEAST_SENTENCES * len(one.captions)


def is_marked(text: str, marks: str) -> bool:
    bare = text.rstrip("\"'”’»›)]）」』】》 ")
    return bare[-1:] in marks or (";" in marks and text[-1:] in marks)


def bound_share(together: Sequence[Programme]) -> float:
    """Share of captions that end, without a mark, on a word which belongs to the next; languages without a file say
    nothing."""
    bound = whole = 0
    for one in together:
        words = language_profile(one.language)
        if words.spaces and words.no_break_after:
            plain = [caption.lines[-1] for caption in one.captions if caption.lines[-1][-1:].isalnum()]
            bound += sum(text.split()[-1].lower().strip("\"“«'(") in words.no_break_after for text in plain)
            whole += len(one.captions)
    return bound / whole if whole else 0.0


def write_case(one: Programme, out: Path) -> dict[str, object] | None:
    """Write one programme; returns its entry in the index, None if it has no words."""
    return write(one, "full", one.captions, list(sentences_of(one, unmarked=is_unmarked(one))), out)


def write_lines(one: Programme, out: Path) -> dict[str, object] | None:
    """Write the two-line captions of a programme as sentences of their own, 4 s apart."""
    two = [caption for caption in one.captions if len(caption.lines) == 2]
    if two_line_share(one) < TWO_LINES or len(two) < LEAST_CAPTIONS:
        return None
    joint, now, captions, sentences = joint_of(one.language), 1000, [], []
    for caption in two:
        end = now + max(1000, caption.end_ms - caption.start_ms)
        captions.append(Caption(now, end, caption.lines))
        sentences.append((now, end, joined(caption.lines, joint)))
        now = end + 4000
    return write(one, "lines", captions, sentences, out)


def write(
    one: Programme, kind: str, captions: Sequence[Caption], sentences: Sequence[Spoken], out: Path
) -> dict[str, object] | None:
    """Write the reply and the captions of a case; returns its entry in the index."""
    if not sentences:
        return None
    identity = "-".join(part for part in (one.language, one.source, one.programme, one.variant) if part)
    chance, file = random.Random(zlib.crc32(identity.encode())), f"{identity}.{kind}"
    spoken = [timed(number, sentence, one.language, chance) for number, sentence in enumerate(sentences, 1)]
    reply = {"transcripts": [{"channel_id": 0, "sentences": spoken}]}
    (out / "cases" / f"{file}.json").write_text(json.dumps(reply, ensure_ascii=False), encoding="utf-8")
    (out / "cases" / f"{file}.srt").write_text(as_srt(captions), encoding="utf-8")
    judged = two_line_share(one) >= TWO_LINES
    return {
        "id": identity, "group": one.language + "-np" * is_unmarked(one), "lang": one.language, "kind": kind,
        "source": one.source, "series": one.series, "programme": one.programme,
        "max_cpl": line_limit(one, judged=judged), "max_lines": 2, "line_scored": judged, "synthetic_times": False,
        "inputs": {"neutral": f"cases/{file}.json"}, "ref": f"cases/{file}.srt",
    }  # fmt: skip


def two_line_share(one: Programme) -> float:
    return sum(len(caption.lines) > 1 for caption in one.captions) / len(one.captions)


def joint_of(language: str) -> str:
    """What stands between two lines or captions of one sentence."""
    return " " if language_profile(language).spaces or language == "th" else ""


def is_unmarked(one: Programme) -> bool:
    """Whether it has no punctuation, and its sentence ends are known from elsewhere."""
    return one.language in UNMARKED and bool(one.sentence_ends_ms) and few_marks(one)


def few_marks(one: Programme) -> bool:
    return sum(is_marked(caption.lines[-1], ENDS + INNER) for caption in one.captions) < 0.2 * len(one.captions)


def line_limit(one: Programme, *, judged: bool) -> int:
    """Columns that a style sheet would state: of nearly the widest line, or half of the widest one-line caption."""
    if judged:
        widths = sorted(columns(line) for caption in one.captions for line in caption.lines)
        at = widths[int(0.97 * (len(widths) - 1))]
    else:
        widths = sorted(columns(" ".join(caption.lines)) for caption in one.captions)
        at = widths[int(0.97 * (len(widths) - 1))] // 2 + 2
    return max(26, min(64, at + at % 2))


def sentences_of(one: Programme, *, unmarked: bool) -> Iterator[Spoken]:
    """The text of the captions cut at sentence ends and long silences; a part's times follow its characters."""
    begun, text, ended = 0, "", 0
    joint = joint_of(one.language)
    ends = iter_ends(one) if unmarked else None
    for caption in one.captions:
        if text and caption.start_ms - ended > SILENCE_MS:
            yield begun, ended, text
            text = ""
        said = joined(caption.lines, joint)
        whole, at = max(1, len(said)), 0
        length = max(1, caption.end_ms - caption.start_ms)
        for part in parts_of(said, one.language) if ends is None else [said]:
            if not text:
                begun = max(ended, caption.start_ms + length * at // whole)
            text = joined([text, part], joint) if text else part
            at += len(part)
            ended = max(begun + 1, caption.start_ms + length * min(at, whole) // whole)
            if (ends is None and is_marked(part, ENDS)) or (ends is not None and caption.end_ms in ends):
                yield begun, ended, text
                text = ""
    if text:
        yield begun, ended, text


def iter_ends(one: Programme) -> set[int]:
    """Ends of the captions that are nearest to the ends of the original's sentences."""
    ends = [caption.end_ms for caption in one.captions]
    return {min(ends, key=lambda end: abs(end - sentence)) for sentence in one.sentence_ends_ms}


def joined(lines: Iterable[str], joint: str) -> str:
    text = ""
    for line in lines:
        latin = text[-1:].isascii() and line[:1].isascii() and text[-1:].isalnum() and line[:1].isalnum()
        text += (joint or (" " if latin else "")) + line if text else line
    return text


def parts_of(text: str, language: str) -> list[str]:
    """A caption's text cut after each sentence end inside it."""
    words = language_profile(language)
    if not words.spaces:
        return [part for part in re.split(rf"(?<=[{ENDS}])(?![{ENDS}\"'”’»)）」』】》])\s*", text) if part]
    facts, found, begun = FeatureCache(words), [], 0
    pieces = text.split(" ")
    for number, (one, other) in enumerate(pairwise(pieces), 1):
        if is_sentence_end(facts[one], facts[other], words, lower_case=text.islower(), cut=False, named=True):
            found.append(" ".join(pieces[begun:number]))
            begun = number
    return [*found, " ".join(pieces[begun:])]


def timed(number: int, spoken: Spoken, language: str, chance: random.Random) -> dict[str, object]:
    """A sentence of the reply, with neutral times of its words."""
    begin, end, text = spoken
    words = list(tokens(text, language))
    weights = [max(1.5, sum(map(str.isalnum, word))) * chance.uniform(0.8, 1.2) for word, _ in words]
    pauses = [
        chance.uniform(2, 8) * (chance.random() < (0.75 if mark[:1] in INNER and mark else 0.05)) for _, mark in words
    ]
    pauses[-1] = 0.0
    unit, at, found = (end - begin) / (sum(weights) + sum(pauses)), float(begin), []
    for (word, mark), weight, pause in zip(words, weights, pauses, strict=True):
        found.append({"begin_time": int(at), "end_time": int(at + unit * weight), "text": word, "punctuation": mark})
        at += unit * (weight + pause)
    return {"sentence_id": number, "begin_time": begin, "end_time": end, "text": text, "speaker_id": 0, "words": found}


def tokens(text: str, language: str) -> Iterator[tuple[str, str]]:
    """Words with the marks after them: at spaces, or the words of a dictionary in writing without spaces."""
    found: list[list[str]] = []
    for piece in split_words(text, language):
        core = piece.rstrip("".join(sorted({c for c in piece if unicodedata.category(c)[0] in "PSZ"})))
        mark = piece[len(core) :]
        if core.strip() or not found:
            found.append([core.strip(), mark])
        else:
            found[-1][1] += mark
    return ((word, mark) for word, mark in found)


def split_words(text: str, language: str) -> Iterable[str]:
    if language == "zh":
        import rjieba

        return list(rjieba.cut(text))
    if language == "ja":
        from janome.tokenizer import Tokenizer  # needed here only

        global _japanese
        _japanese = _japanese or Tokenizer()
        return [str(word.surface) for word in _japanese.tokenize(text)]
    if language == "th":
        from captioner.layout.words_th import split_words as thai

        return list(thai(text))
    return text.split(" ")


_japanese = None


def as_srt(captions: Sequence[Caption]) -> str:
    return "".join(
        f"{number}\n{clock(caption.start_ms)} --> {clock(caption.end_ms)}\n" + "\n".join(caption.lines) + "\n\n"
        for number, caption in enumerate(captions, 1)
    )


def clock(ms: int) -> str:
    return f"{ms // 3600000:02d}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"


if __name__ == "__main__":
    main()
