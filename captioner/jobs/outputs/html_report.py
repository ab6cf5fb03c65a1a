"""The report of a run as one page of HTML that needs nothing else: what failed and why on top. Pure.

Every name and message on it comes from outside, so all of it is escaped, and the page forbids itself scripts and
anything from elsewhere.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape

from captioner.jobs.events import FileReport, Report

__all__ = ["MARK", "page"]

#: Stands in the head of every page, so that the next run knows its own report from other files.
MARK = '<meta name="generator" content="captioner batch">'

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1b1b1b; }
table { border-collapse: collapse; width: 100%; margin: 0 0 2rem; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top; }
td { overflow-wrap: anywhere; } td.n, th.n { text-align: right; } .bad { color: #a40000; } .good { color: #1a6b1a; }
"""


def page(report: Report, started_at: float, ended_at: float) -> str:
    """The page.

    Args:
        report: Of the run.
        started_at: Unix seconds.
        ended_at: Unix seconds.
    """
    failed = [file for file in report.files if not file.done]
    done = [file for file in report.files if file.done]
    return "\n".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            MARK,
            f"<title>captioner: {len(done)} of {len(report.files)} files</title><style>{_STYLE}</style></head><body>",
            f"<h1>{len(done)} of {len(report.files)} files captioned</h1>",
            f"<p>{_when(started_at)} to {_when(ended_at)}; billed {report.billed_s} s; {_verdict(failed)}</p>",
            *_failures(failed),
            *_submitted_again(report.files),
            *_leftovers(report.leftovers),
            *_scripted(done),
            *_captioned(done),
            "</body></html>\n",
        )
    )


def _verdict(failed: Sequence[FileReport]) -> str:
    if not failed:
        return '<span class="good">nothing failed</span>'
    return f'<span class="bad">{len(failed)} not done</span>'


def _failures(failed: Sequence[FileReport]) -> Iterable[str]:
    """The failed by reason, the most frequent first."""
    by_reason: dict[str, list[FileReport]] = defaultdict(list)
    for file in failed:
        by_reason[(file.reason.code or file.reason.kind) if file.reason else file.state.value].append(file)
    for reason, files in sorted(by_reason.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        yield f'<h2 class="bad">{_shown(reason or "left for later")} ({len(files)})</h2>'
        yield "<table><tr><th>file</th><th>state</th><th>why</th></tr>"
        for file in files:
            why = file.reason.message if file.reason else ""
            yield f"<tr><td>{_shown(file.source)}</td><td>{_shown(file.state.value)}</td><td>{_shown(why)}</td></tr>"
        yield "</table>"


def _submitted_again(files: Sequence[FileReport]) -> Iterable[str]:
    """Files that may have been billed twice, and why."""
    twice = [file for file in files if file.submissions > 1]
    if twice:
        yield f'<h2 class="bad">Submitted twice ({len(twice)})</h2><table><tr><th>file</th><th>why</th></tr>'
        yield from (f"<tr><td>{_shown(file.source)}</td><td>{_shown(file.again)}</td></tr>" for file in twice)
        yield "</table>"


def _leftovers(keys: Sequence[str]) -> Iterable[str]:
    if keys:
        yield f'<h2 class="bad">Left in the store ({len(keys)})</h2><ul>'
        yield from (f"<li>{_shown(key)}</li>" for key in keys)
        yield "</ul>"


def _scripted(done: Sequence[FileReport]) -> Iterable[str]:
    """Each file with a script: the shares that matched, and the places that did not."""
    found = [(file, [issue for issue in file.issues if issue.rule == "script"]) for file in done]
    found = [(file, issues) for file, issues in found if issues]
    if not found:
        return
    yield f"<h2>Not as in the script ({len(found)})</h2><table><tr><th>file</th><th>script</th><th>places</th></tr>"
    for file, issues in found:
        lines = "<br>".join(_shown(issue.message) for issue in issues if issue.cue_index is None)
        places = "<br>".join(_shown(issue.message) for issue in issues if issue.cue_index is not None)
        yield f"<tr><td>{_shown(file.source)}</td><td>{lines}</td><td>{places}</td></tr>"
    yield "</table>"


def _captioned(done: Sequence[FileReport]) -> Iterable[str]:
    if not done:
        return
    yield '<h2>Captioned</h2><table><tr><th>file</th><th>outputs</th><th class="n">cues</th><th class="n">billed</th>'
    yield '<th class="n">to look at</th></tr>'
    for file in done:
        outputs = "<br>".join(_shown(path.name) for path in file.outputs)
        billed = "?" if file.billed_s is None else f"{file.billed_s} s"
        cues = f"{file.cues}" if file.speech else "no speech"
        yield (
            f'<tr><td>{_shown(file.source)}</td><td>{outputs}</td><td class="n">{cues}</td>'
            f'<td class="n">{billed}</td><td class="n">{sum(not issue.accepted for issue in file.issues)}</td></tr>'
        )
    yield "</table>"


def _shown(text: str) -> str:
    """Text that neither writes markup nor turns the direction of what follows it."""
    return escape("".join(_visible(character) for character in text))


def _visible(character: str) -> str:
    return (
        f"\\u{ord(character):04x}" if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") else character
    )


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
