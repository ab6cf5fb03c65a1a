"""Names, titles and transcripts that want to become markup, code, formulas or cues of their own in what is written."""

from __future__ import annotations

import csv
import io
import re
import subprocess
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from captioner import style
from captioner.check import check, rates
from captioner.check.report.html import render_report
from captioner.cli.check_output import Result, as_csv
from captioner.formats import FORMATS, CaptionFile, Context, render
from captioner.jobs.events import FileReport, Report
from captioner.jobs.outputs.html_report import page
from captioner.jobs.states import Reason, State
from captioner.model import Cue, Line, Sentence, Transcript, Word
from tests.browser.chromium import _command, browser
from tests.security.doubles import HostileServer, head
from tests.waiting import PATIENCE_S

PAYLOADS = [
    "<script>fetch('/owned')</script>",
    "<img src=/owned onerror=\"fetch('/owned')\">",
    "<svg onload=fetch('/owned')>",
    "</title></style></script><script src=/owned></script>",
    '"><iframe src=/owned></iframe>',
    "' autofocus onfocus=fetch('/owned') x='",
    '<meta http-equiv="refresh" content="0;url=/owned">',
    "<link rel=stylesheet href=/owned>",
    "<!-- --><base href=//evil.example/>",
    "]]><script>fetch('/owned')</script><![CDATA[",
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
    "[click](javascript:fetch('/owned')) ![x](/owned)",
    '=HYPERLINK("http://evil.example";"x")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)",
    "\tx=1",
    "{\\an8\\pos(1,1)\\p1}m 0 0 l 9 9{\\p0}",
    "\\N{\\fnEvil}",
    "00:00:00.000 --> 99:59:59.999\n<c.red>",
    "\n\nSTYLE\n::cue{background:url(/owned)}\n\n",
    "\n\nNOTE x\n\n1\n00:00:00,000 --> 09:00:00,000\nowned",
    "\nDialogue: 0,0:00:00.00,9:59:59.99,Default,,0,0,0,,owned",
    "Name\x00\x1b]0;owned\x07\x9b2J",
]

BINARY = ("docx", "stl", "stl-teletext", "scc")
TEXT_FORMATS = [name for name in FORMATS if name not in (*BINARY, "json")]  # JSON escapes them and keeps all text
XML_FORMATS = ["ttml", "ttml1", "ebu-tt-d", "fcpxml", "itt"]


def talk(payload: str) -> tuple[list[Cue], Context]:
    """A minute in which everything that somebody else decides is a payload."""
    word = Word(payload, "", 1000, 3000)
    cues = [
        Cue(1000, 3000, (Line(payload, (word,), "0", label=f"{payload}:"),), "0"),
        Cue(4000, 6000, (Line("And now the news.", (), "1"),), "1"),
    ]
    sentences = (Sentence(payload, 1000, 3000, (word,), "0"), Sentence("And now the news.", 4000, 6000, (), "1"))
    context = Context(
        names={"0": payload, "1": "Anna"},
        language="en",
        style=style.load_style("web-default"),
        duration_ms=60_000,
        transcript=Transcript(sentences, "en", 60_000),
        title=payload,
        frame_rate=Fraction(25),
        colours=True,
        karaoke="k",
    )
    return cues, context


def written(payload: str, name: str) -> str:
    return render(*talk(payload)[:1], name, talk(payload)[1]).decode("utf-8-sig")


class Tags(HTMLParser):
    """Collects what a browser would take for markup."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.attributes: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [f"{name}={value}" for name, value in attrs]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_no_control_character_reaches_a_file(name: str, payload: str) -> None:
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", written(payload, name))


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("name", XML_FORMATS)
def test_no_payload_becomes_an_element_or_an_entity(name: str, payload: str) -> None:
    text = written(payload, name)
    assert "<!ENTITY" not in text
    innocent = {element.tag for element in ElementTree.fromstring(written("Good evening.", name)).iter()}
    found = {element.tag for element in ElementTree.fromstring(text).iter()}
    br = {tag for tag in found if tag.endswith("}br")}  # a payload of two lines breaks, which is no harm
    assert found - br <= innocent


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_is_a_row_or_a_column_of_its_own(payload: str) -> None:
    rows = list(csv.reader(io.StringIO(written(payload, "csv"))))
    assert len(rows) == 3
    assert {len(row) for row in rows} == {6}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_cell_of_the_findings_is_a_formula(payload: str, capsys: pytest.CaptureFixture[str]) -> None:
    netflix = style.load_style("netflix")
    cues = (Cue(0, 100, (Line(payload),)),)
    issues = check(cues, netflix)
    path = Path(payload.replace("/", "_"))
    as_csv(
        [
            Result(
                path,
                CaptionFile(cues, name=path.name, format="srt"),
                issues,
                rates(cues, netflix, None),
                (),
                None,
                None,
            )
        ]
    )
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) > 1
    assert not [cell for row in rows[1:] for cell in row if cell[:1] in ("=", "+", "@", "\t")]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_is_markup_in_markdown(payload: str) -> None:
    html = MarkdownIt("commonmark", {"html": True}).render(written(payload, "md"))
    tags = Tags(html)
    assert not set(tags.seen) & {"script", "img", "svg", "iframe", "meta", "link", "base", "a"}
    assert not [attribute for attribute in tags.attributes if attribute.startswith("on")]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("name", ["srt", "vtt"])
def test_no_payload_is_a_cue_of_its_own(name: str, payload: str) -> None:
    assert written(payload, name).count("-->") == 2


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_is_an_override_or_an_event_in_ass(payload: str) -> None:
    events = written(payload, "ass").partition("[Events]")[2].splitlines()
    dialogue = [line for line in events if line.startswith("Dialogue:")]
    assert len(dialogue) == 2
    for line in dialogue:
        text = line.split(",", 9)[9]
        assert not [tag for tag in re.findall(r"\{[^}]*\}", text) if not re.fullmatch(r"\{\\k\d+\}", tag)]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_style_block_holds_only_what_is_ours(payload: str) -> None:
    blocks = re.split("\n{2,}", written(payload, "vtt"))
    styles = [block for block in blocks if block.startswith("STYLE")]
    assert len(styles) == 1
    assert "owned" not in re.sub(r"\[voice=\"[^\"]*\"\]", "", styles[0])


# --- Pages, in a real browser -----------------------------------------------------------------------------------------


def batch_page() -> str:
    files = [FileReport(text, State.REJECTED, reason=Reason(text, text, kind=text)) for text in PAYLOADS]
    files += [FileReport(text, State.WRITTEN, (Path(text.replace("/", "_")),), cues=1) for text in PAYLOADS]
    return page(Report(tuple(files), leftovers=tuple(PAYLOADS)), 0.0, 60.0)


def check_page() -> str:
    netflix = style.load_style("netflix")
    cues = tuple(Cue(at * 3000, at * 3000 + 500, (Line(text),)) for at, text in enumerate(PAYLOADS))
    captions = CaptionFile(cues, name="".join(PAYLOADS), format="srt")
    return render_report(captions, netflix, check(cues, netflix), rates(cues, netflix, None))


def plain_page() -> str:
    """What would happen without any care: the test has to see it."""
    return f"<!doctype html><title>x</title><body>{PAYLOADS[0]}{PAYLOADS[1]}</body>"


def asked_for(text: str, profile: Path) -> set[str]:
    """What a browser asks for when it opens a page, other than the page and its icon."""
    program = browser()
    assert program is not None
    body = text.encode("utf-8", "replace")
    with HostileServer(
        lambda request: [head(Content_Type="text/html; charset=utf-8"), body if b"GET / " in request else b""]
    ) as server:
        command = [*_command(program, profile), "--virtual-time-budget=3000", "--dump-dom", f"{server.url}/"]
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False)
        assert b"</html>" in done.stdout, done.stderr[-500:]
        paths = {
            line.split()[1].decode() for line in (request.partition(b"\r\n")[0] for request in server.requests) if line
        }
    assert "/" in paths
    return paths - {"/", "/favicon.ico"}


@pytest.mark.process
@pytest.mark.skipif(browser() is None, reason="needs chromium")
@pytest.mark.parametrize("made", [batch_page, check_page, plain_page])
def test_nothing_in_a_page_runs_or_fetches(tmp_path: Path, made: object) -> None:
    found = asked_for(made(), tmp_path)  # type: ignore[operator]
    assert found == ({"/owned"} if made is plain_page else set())
