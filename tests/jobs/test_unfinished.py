"""Names of media that another program has not finished."""

from __future__ import annotations

import pytest

from captioner.jobs.inputs.unfinished import companions, is_unfinished_folder, unfinished_name

BY_NAME = [
    "talk.mp4.part", "talk.mp4.crdownload", "Unconfirmed 12345.crdownload", "talk.mp4.partial", "talk.mp4.a1b2.partial",
    "talk.mp4.opdownload", "talk.mp4.!qB", "talk.mp4.!ut", "talk.mp4.bc!", "talk.mp4.filepart", "talk.mp4.aria2",
    "talk.mp4.ytdl", "talk.mp4.part-Frag12", "talk.mp4.part-Frag12.part", "talk.f137.mp4.part", "talk.f137.mp4",
    "talk.f251-drc.webm", "talk.f140.m4a", "talk.temp.mp4", "talk.tmp.mov", "talk.mov.tmp", "talk.rendering.mov",
    "~talk.mov", "~syncthing~talk.mp4.tmp", "talk.mov.sb-1a2b3c4d-AbCdEf.tmp", "talk.mp4.fdmdownload", "talk.mp4.xltd",
    "talk.MP4.PART", "talk.mp4.dtapart", "talk.mp4.downloading", "talk.mp4.!sync",
]  # fmt: skip
FINISHED = [
    "talk.mp4", "film.part.mp4", "film.part2.mkv", "talk.v2.mov", "take.f4.mov", "party.mp4", "temp.mp4", "f137.mp4",
    "interview.final.mov", "talk.hls.mp4", "talk.fhd.mp4", "talk.faudio.mp4", "5.1.mix.wav", "talk.st.mov",
]  # fmt: skip
COMPANIONS = [
    "talk.mp4.aria2", "talk.mp4.ytdl", "talk.mp4.part", "talk.mp4.crdownload", "talk.mp4.st", "talk.mp4.tmp",
    "talk.mp4.lftp-pget-status", "talk.mp4.aspx", "talk.mp4.sb-1a2b3c4d-AbCdEf", "talk.mp4.download", "talk.mp4.td.cfg",
    "TALK.MP4.ARIA2", "talk.mp4.part-Frag3",
]  # fmt: skip


@pytest.mark.parametrize("name", BY_NAME)
def test_a_name_shows_that_a_file_is_unfinished(name: str) -> None:
    assert unfinished_name(name, companions([name]))


@pytest.mark.parametrize("name", FINISHED)
def test_names_that_people_give_are_finished(name: str) -> None:
    assert unfinished_name(name, companions([name, "talk.srt", "other.mp4.part"])) == ""


@pytest.mark.parametrize("companion", COMPANIONS)
def test_a_file_beside_it_shows_that_a_file_is_unfinished(companion: str) -> None:
    beside = companions(["Talk.mp4", companion, "other.mp4"])
    assert companion in unfinished_name("Talk.mp4", beside)
    assert unfinished_name("other.mp4", beside) == ""


def test_streams_of_other_sites_are_known_by_each_other() -> None:
    names = ["talk.fhls-720.mp4", "talk.fhls-audio.m4a"]
    assert all(unfinished_name(name, companions(names)) for name in names)
    assert not unfinished_name(names[0], companions(names[:1]))


def test_picture_and_sound_of_a_render_are_waited_for_together() -> None:
    beside = companions(["Talk.m4v", "talk.AAC", "other.m4v", "sound.aac"])
    assert "not joined" in unfinished_name("Talk.m4v", beside)
    assert "not joined" in unfinished_name("talk.AAC", beside)
    assert not unfinished_name("other.m4v", beside)
    assert not unfinished_name("sound.aac", beside)


@pytest.mark.parametrize("name", ["talk.mp4.download", "talk.mov.sb-1a2b3c4d-AbCdEf", "x.tmp", ".tmp.drivedownload"])
def test_folders_of_a_download_or_a_save_are_not_entered(name: str) -> None:
    assert is_unfinished_folder(name)
    assert not is_unfinished_folder("talk.mp4")
    assert not is_unfinished_folder("downloads")
