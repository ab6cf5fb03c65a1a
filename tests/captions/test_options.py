"""Caption options: plain values with a digest that stays the same from version to version."""

from __future__ import annotations

import pickle
from dataclasses import fields
from fractions import Fraction

import pytest

from captioner.captions.options import CaptionOptions, legacy_digest, validate
from captioner.errors import ConfigError
from captioner.formats.script_reading import ScriptLine
from captioner.glossary import CaptionRules, Rule
from captioner.look import Look
from captioner.style import Style

HOUSE = Style(name="house", languages={"zh": {"max_columns": 32}}, severity={"cps": "error"}, colours=("#FF0000",))
TALL = Style(name="tall", max_columns=24)
PLAIN = CaptionOptions(style=HOUSE)

#: Options by name, with the digest that 0.1.0 stored (from its own code) and that of now.
CASES: dict[str, tuple[CaptionOptions, str, str]] = {
    "plain": (
        PLAIN,
        "aa8290b9bdee75af139d2a2ddb911ff45b1a7ff20d841f4850063e182a158de5",
        "d2e17c147f2f5a560736cafec435f56bae5bf0711574beab9ce4e10bcd73b3db",
    ),
    "formats and names": (
        CaptionOptions(formats=("srt", "vtt"), names={"1": "Bo", "0": "Änna"}, language="zh-Hans", style=HOUSE),
        "7a4fed91f99c0e0add6cfe3554c4c375ff8410636c1e49bb606a777de1d9ea59",
        "0a656f74f6a96283403aa98d26f4a82639af88c1a9df86c4a875dfcdffe69df0",
    ),
    "smooth and start": (
        CaptionOptions(
            smooth_speakers=True, start_timecode="10:00:00:00", also=((TALL, "ass"), (TALL, "srt")), style=HOUSE
        ),
        "fad2a17c53cf468799a111961d2133e48588bac2d3a219924a4ba493ef1f1f14",
        "02618af54789fb9840f247962cac4e7758249a16a4fc589bd419f51054aafe62",
    ),
    "text": (
        CaptionOptions(
            replacements='[replace]\n"fun asr" = "Fun-ASR"\n',
            replacements_name="names.toml",
            substitute=True,
            spellings=(("♫", "#"), ("☂", "it's")),
            style=HOUSE,
        ),
        "7a2e264fb41f2ecfe05c53dd52b956a1e1de81efc714f05ecdd801fffe22baec",
        "6b595d67491c37d5dfff42bac8c7d5e415068340abbac37859e61224386b73c1",
    ),
    "timing": (
        CaptionOptions(
            frame_rate=Fraction(30000, 1001),
            snap_frames=False,
            detect_shots=True,
            shot_list="0.92\n",
            ms_rounding="ceil",
            top=((12000, 18000),),
            style=HOUSE,
        ),
        "0483ef0386ef8c8ed9aae8b33e25976c28f740a6b0f7b466c25610f6c582847f",
        "84719b7940b66f52bb370bd56db59b1788f1312aa15147f9b943fb66999ea67a",
    ),
    "output": (
        CaptionOptions(
            target="premiere",
            encoding="utf-16le",
            newline="crlf",
            karaoke="kf",
            colours=True,
            vertical=True,
            style=HOUSE,
        ),
        "649fd193955f3c32b16a8e72d21bffe81477218f55437b0d776a663469a44ae5",
        "8e946d06f3c6caf292ed655543e504d503a7db2188a102027dda02a5ba581699",
    ),
    "new since 0.1.0": (
        CaptionOptions(offset_ms=-40, size=(1080, 1920), style=HOUSE),
        "",
        "2bf6223a47eda868e1e70a7bd0d6bb766f3dad9b37fc5802c2d755a510001c9a",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_digests_stay_what_they_are(name: str) -> None:
    options, then, now = CASES[name]
    assert options.digest == now
    assert legacy_digest(options, by_channel=False) == then


def test_several_channels_were_part_of_the_old_digest() -> None:
    then = "e8e439f459e82aeed1668bb02827f8301d4b9268c0acb73db24c92a18a3c39d2"
    assert legacy_digest(PLAIN, by_channel=True) == then


def test_the_digest_of_a_style_stays_what_it_is() -> None:
    assert (HOUSE.digest, TALL.digest) == ("7fba3d721a45cd04", "01656830cfaebe2f")


#: A value of every field that differs from its default.
OTHERS: dict[str, object] = {
    "formats": ("vtt",),
    "style": TALL,
    "look": Look(name="brand", size=6),
    "also": ((TALL, "srt"),),
    "language": "en",
    "names": {"0": "Anna"},
    "smooth_speakers": True,
    "replacements": "[replace]\n",
    "glossary": CaptionRules((Rule("a", "b"),)).dumps(),
    "offset_ms": 1,
    "frame_rate": Fraction(25),
    "start_timecode": "10:00:00:00",
    "snap_frames": False,
    "detect_shots": True,
    "shot_list": "1\n",
    "ms_rounding": "ceil",
    "target": "premiere",
    "deliveries": (("premiere", "srt"), ("youtube", "srt")),
    "encoding": "utf-8-sig",
    "newline": "crlf",
    "size": (1080, 1920),
    "karaoke": "k",
    "colours": True,
    "vertical": True,
    "top": ((0, 1),),
    "substitute": True,
    "spellings": (("♫", "#"),),
    "mask": ("damn",),
    "remove": ("actually",),
    "remove_fillers": True,
    "without_speakers": True,
    "strict_names": True,
    "script": (ScriptLine("Good evening."),),
    "script_policy": "script",
}


def test_every_field_that_shapes_captions_is_in_the_digest() -> None:
    assert set(OTHERS) | {"replacements_name", "glossary_name", "script_name", "archive"} == {
        field.name for field in fields(CaptionOptions)
    }
    digests = {CaptionOptions(**{"style": HOUSE, name: value}).digest for name, value in OTHERS.items()}
    assert len(digests | {PLAIN.digest}) == len(OTHERS) + 1
    assert CaptionOptions(replacements_name="names.toml", style=HOUSE).digest == PLAIN.digest
    assert CaptionOptions(glossary_name="glossary.toml", style=HOUSE).digest == PLAIN.digest
    assert CaptionOptions(script_name="talk.docx", style=HOUSE).digest == PLAIN.digest
    assert CaptionOptions(archive=True, style=HOUSE).digest == PLAIN.digest


def test_the_archive_is_a_file_of_its_own_and_only_one() -> None:
    assert CaptionOptions(archive=True).extensions == ("srt", "json")
    assert CaptionOptions(formats=("json", "srt"), archive=True).extensions == ("json", "srt")


def test_options_can_be_sent_to_another_process() -> None:
    for options, _, _ in CASES.values():
        assert pickle.loads(pickle.dumps(options)) == options


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vertical": True, "formats": ("ass", "srt"), "language": "ja"}, "srt has no vertical writing"),
        ({"vertical": True, "karaoke": "kf", "formats": ("ass",)}, "use --karaoke k"),
        ({"vertical": True, "top": ((0, 1000),), "formats": ("ass",)}, "leave out --top"),
        ({"encoding": "gb18030", "formats": ("srt", "vtt")}, "vtt cannot be written in gb18030"),
        ({"newline": "cr"}, "line end 'cr' is unknown"),
        ({"formats": ("stl", "stl-teletext")}, "both be named <stem>.stl"),
        ({"also": ((TALL, "srt"), (Style(name="tall"), "srt"))}, "both be named <stem>.tall.srt"),
        ({"also": ((Style(name="asr"), "json"),)}, "both be named <stem>.asr.json"),
        ({"replacements": "[replace", "replacements_name": "names.toml"}, "replacements names.toml: not valid TOML"),
        ({"shot_list": "soon\n"}, "shot change 'soon'"),
        ({"start_timecode": "10 o'clock"}, "is not HH:MM:SS:FF"),
        ({"start_timecode": "10:00:00:25", "frame_rate": Fraction(25)}, "does not exist at 25"),
        (
            {
                "formats": (),
                "deliveries": (("netflix", "ttml"), ("web", "ttml")),
                "also": ((Style(name="web"), "ttml"),),
            },
            "both be named <stem>.web.ttml",
        ),
        (
            {"formats": (), "deliveries": (("avid", "ttml"),), "encoding": "gb18030"},
            "ttml cannot be written in gb18030",
        ),
    ],
)
def test_options_that_could_never_be_written_are_refused_before_anything_is_paid_for(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        validate(CaptionOptions(**changes))


def test_options_that_can_be_written_are_not_refused() -> None:
    validate(CaptionOptions(vertical=True, karaoke="k", encoding="gb18030", formats=("ass",), language="ja"))
    validate(CaptionOptions(target="premiere", formats=("srt", "stl", "docx")))
    validate(CaptionOptions(start_timecode="10:00:00;00"))
    validate(CaptionOptions(start_timecode="10:00:00:59"))
    validate(CaptionOptions(shot_list="00:00:12:24, 13.5\n", replacements='[replace]\na = "b"\n'))


def test_names_counted_from_1_have_the_digests_that_they_had_when_counted_from_0() -> None:
    before = CaptionOptions(names={"0": "Anna", "1": "Bo", "#3": "Cy"})
    now = CaptionOptions(names={"1": "Anna", "2": "Bo", "#3": "Cy"})
    assert now.digest == before.digest
    assert legacy_digest(now, by_channel=False) == legacy_digest(before, by_channel=False)
    assert now.as_dict()["names"] == {"1": "Anna", "2": "Bo", "#3": "Cy"}
