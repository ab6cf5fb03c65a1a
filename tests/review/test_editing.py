"""Changes of captions: words and times that nobody touched stay, and everything can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from captioner.corrections import shown
from captioner.review.edit_session import Session
from captioner.review.editing.changes import EditError
from captioner.review.editing.operations import OPERATIONS
from tests.review.places import arabic, opened, put_captions, read


@pytest.fixture(params=["interview-en", "interview-zh", "arabic"])
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    name = request.param
    made = (
        put_captions(tmp_path, name="", transcript=arabic()) if name == "arabic" else put_captions(tmp_path, name=name)
    )
    found = opened(made)
    yield found
    found.close()


def do(session: Session, op: str, **fields: object) -> dict[str, Any]:
    return session.patch([{"op": op, **fields}], session.revision)


def texts(session: Session) -> list[list[str]]:
    return [[line.text for line in row.cue.lines] for row in session.document.rows]


def words(session: Session) -> list[tuple[str, int, int]]:
    """All words that the captions show, with their times."""
    return [
        (word.text.strip(), word.start_ms, word.end_ms)
        for row in session.document.rows
        for line in row.cue.lines
        for word in line.words
    ]


def spoken_words(session: Session) -> list[tuple[str, int, int]]:
    """All words that transcript and corrections give."""
    made = shown(session.document.archive.transcript, session.document.corrections)
    return [(word.text.strip(), word.start_ms, word.end_ms) for one in made.sentences for word in one.words]


def letters(found: list[tuple[str, int, int]]) -> str:
    """The layout may cut a word that the recogniser has as one, and keeps marks with it or apart."""
    return "".join(char for text, _, _ in found for char in text if char.isalnum())


def test_unchanged_words_keep_their_times(session: Session) -> None:
    row = session.document.rows[0]
    before = spoken_words(session)
    line = row.cue.lines[0]
    replaced = line.text.split(" ")
    replaced[-1] = "Xyzzy"
    do(session, "text", caption=row.id, lines=[" ".join(replaced), *(other.text for other in row.cue.lines[1:])])
    after = spoken_words(session)
    same = [each for each in before if each in after]
    count = len(line.words) if " " not in line.text else 1
    assert len(same) >= len(before) - count
    assert "Xyzzy" in "".join(text for text, _, _ in after)
    new = [each for each in after if "Xyzzy" in each[0]]
    assert all(row.cue.start_ms <= start <= end <= row.cue.end_ms + 500 for _, start, end in new)


def test_captions_have_the_words_that_the_corrections_give(session: Session) -> None:
    ids = [row.id for row in session.document.rows]
    do(session, "text", caption=ids[0], lines=["Quite another text 2026"])
    do(session, "split", caption=ids[1], line=0, character=len(session.document.rows[1].cue.lines[0].text) // 2)
    do(session, "text", caption=ids[-1], lines=[])
    do(session, "merge", caption=ids[0])
    assert letters(words(session)) == letters(spoken_words(session))


def test_every_step_can_be_taken_back_and_made_again(session: Session) -> None:
    before = texts(session), words(session), list(session.document.corrections), dict(session.document.names)
    ids = [row.id for row in session.document.rows]
    first = session.document.rows[0].cue
    do(session, "text", caption=ids[0], lines=["One", "two"])
    do(session, "times", caption=ids[0], start_ms=first.start_ms + 40, end_ms=first.end_ms)
    do(session, "split", caption=ids[0], line=1, character=0)
    do(session, "rename", speaker="0", name="Anna")
    do(session, "speaker", caption=ids[-1], speaker="", name="Maria")
    do(session, "replace", find="e", by="ee")
    do(session, "accept", caption=ids[-1], rule="cps", reason="live")
    do(session, "relayout", caption=ids[-1])
    after = texts(session), words(session), list(session.document.corrections), dict(session.document.names)
    count = len(session.document.done)
    for _ in range(count):
        session.undo()
    assert (texts(session), words(session), list(session.document.corrections), dict(session.document.names)) == before
    assert session.document.marks.accepted == {}
    for _ in range(count):
        session.undo(again=True)
    assert (texts(session), words(session), list(session.document.corrections), dict(session.document.names)) == after
    with pytest.raises(EditError, match="nothing to redo"):
        session.undo(again=True)


def test_a_split_and_a_merge_give_the_same_caption(session: Session) -> None:
    row = next(row for row in session.document.rows if len(row.cue.lines) == 2)
    do(session, "split", caption=row.id, line=1, character=0)
    at = session.document.place(row.id)
    one, other = session.document.rows[at].cue, session.document.rows[at + 1].cue
    assert one.end_ms <= other.start_ms
    assert other.lines[0].words[0].start_ms == other.start_ms
    do(session, "merge", caption=row.id)
    merged = session.document.rows[at].cue
    assert (merged.start_ms, merged.end_ms) == (row.cue.start_ms, row.cue.end_ms)
    assert [word for line in merged.lines for word in line.words] == [w for line in row.cue.lines for w in line.words]


def test_a_split_at_the_playing_word(session: Session) -> None:
    row = session.document.rows[0]
    spoken = [word for line in row.cue.lines for word in line.words]
    do(session, "split", caption=row.id, at_ms=spoken[-1].start_ms + 10)
    assert session.document.rows[1].cue.lines[0].words == (spoken[-1],)


def test_a_split_at_an_end_is_refused_and_changes_nothing(session: Session) -> None:
    before = session.revision
    with pytest.raises(EditError, match="between two words"):
        do(session, "split", caption=session.document.rows[0].id, line=0, character=0)
    assert session.revision == before


@pytest.mark.parametrize("to", ["next", "line_down"])
def test_a_word_moves_there_and_back(session: Session, to: str) -> None:
    index = next(
        index
        for index, row in enumerate(session.document.rows[:-1])
        if len(row.cue.lines) == 2 and len(row.cue.lines[0].words) > 1 and len(row.cue.lines[1].words) > 1
    )
    row, following = session.document.rows[index], session.document.rows[index + 1]
    before = [word for each in (row, following) for line in each.cue.lines for word in line.words]
    do(session, "move", caption=row.id, to=to)
    rows = session.document.rows[index : index + 2]
    assert [word for each in rows for line in each.cue.lines for word in line.words] == before
    assert texts(session)[index] != [line.text for line in row.cue.lines]
    back = {"next": (following.id, "previous"), "line_down": (row.id, "line_up")}[to]
    do(session, "move", caption=back[0], to=back[1])
    assert [line.words for line in session.document.rows[index].cue.lines] == [line.words for line in row.cue.lines]


def test_a_moved_word_takes_the_voice_of_its_caption(tmp_path: Path) -> None:
    session = opened(put_captions(tmp_path))
    rows = session.document.rows
    index = next(i for i in range(1, len(rows)) if rows[i].cue.speaker != rows[i - 1].cue.speaker)
    word = rows[index].cue.lines[0].words[0]
    do(session, "move", caption=rows[index].id, to="previous")
    made = shown(session.document.archive.transcript, session.document.corrections)
    said = next(one for one in made.sentences if any(each.start_ms == word.start_ms for each in one.words))
    assert said.speaker == rows[index - 1].cue.speaker
    session.close()


def test_a_speaker_is_renamed_everywhere(tmp_path: Path) -> None:
    session = opened(put_captions(tmp_path))
    answer = do(session, "rename", speaker="0", name="Anna Reyes")
    labels = {line.label for row in session.document.rows for line in row.cue.lines if line.speaker == "0"}
    assert labels <= {"", "Anna Reyes:"}
    assert "Anna Reyes:" in labels
    assert next(each for each in answer["speakers"] if each["id"] == "0")["name"] == "Anna Reyes"
    session.write()
    assert "Anna Reyes:" in (tmp_path / "talk.srt").read_text()
    assert read(tmp_path / "talk.json").names["0"] == "Anna Reyes"
    session.close()


def test_from_here_on_changes_later_captions_of_that_voice_only(tmp_path: Path) -> None:
    session = opened(put_captions(tmp_path))
    rows = list(session.document.rows)
    at = next(index for index, row in enumerate(rows) if row.cue.speaker == "1")
    do(session, "speaker", caption=rows[at].id, speaker="", name="Maria", onwards=True)
    now = {row.id: row.cue.speaker for row in session.document.rows}
    assert all(now[row.id] == "Maria" for row in rows[at:] if row.cue.speaker == "1")
    assert all(now[row.id] == row.cue.speaker for row in rows if row.cue.speaker != "1")
    session.close()


def test_a_new_layout_leaves_pinned_captions_alone(tmp_path: Path) -> None:
    session = opened(put_captions(tmp_path))
    pinned = session.document.rows[4]
    do(session, "text", caption=pinned.id, lines=["Yes.", "Well,", "almost."])
    kept = session.document.rows[4].cue
    do(session, "merge", caption=session.document.rows[7].id)
    session.document.rows[7] = session.document.rows[7].__class__(
        session.document.rows[7].id, session.document.rows[7].cue, False
    )
    do(session, "relayout", caption=session.document.rows[0].id)
    assert kept in [row.cue for row in session.document.rows]
    assert letters(words(session)) == letters(spoken_words(session))
    session.close()


def test_find_and_replace_is_one_step(tmp_path: Path) -> None:
    session = opened(put_captions(tmp_path))
    before = texts(session)
    do(session, "replace", find="captions", by="subtitles", words=True)
    assert not any("captions" in text.split() for own in texts(session) for text in own)
    session.undo()
    assert texts(session) == before
    session.close()


def test_a_caption_is_added_where_nothing_was_recognised(tmp_path: Path) -> None:
    session = opened(put_captions(tmp_path))
    do(session, "add", start_ms=10, end_ms=400, lines=["[music]"])
    assert texts(session)[0] == ["[music]"]
    session.write()
    assert "[music]" in (tmp_path / "talk.srt").read_text()
    again = opened(tmp_path / "talk.json")
    assert texts(again)[0] == ["[music]"]
    again.close()


def test_a_finding_is_fixed_and_its_caption_only(tmp_path: Path) -> None:
    session = opened(put_captions(tmp_path))
    row = session.document.rows[5]
    joined = " ".join(line.text for line in row.cue.lines)
    found = do(session, "text", caption=row.id, lines=[joined])["findings"][str(row.id)]
    assert "cpl" in [each["rule"] for each in found]
    answer = do(session, "fix", caption=row.id)
    assert "cpl" not in [each["rule"] for each in answer["findings"][str(row.id)]]
    assert " ".join(texts(session)[5]) == joined
    session.close()


@pytest.mark.parametrize("op", sorted(OPERATIONS))
@pytest.mark.parametrize("value", [None, "x", 1.5, True, [], {}, 10**30, -1, 999])
def test_fields_of_the_wrong_kind_are_refused_in_words(tmp_path: Path, op: str, value: object) -> None:
    session = opened(put_captions(tmp_path))
    names = (
        "caption",
        "lines",
        "start_ms",
        "end_ms",
        "line",
        "character",
        "to",
        "speaker",
        "name",
        "find",
        "by",
        "rule",
    )
    before = session.document.revision
    refused = None
    try:
        do(session, op, **dict.fromkeys(names, value))
    except EditError as error:
        refused = error
    assert session.document.revision >= before
    assert refused is None or "\n" not in refused.message
    session.close()
