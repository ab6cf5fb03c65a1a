"""Files of markers, as editing programs read them.

Resolve reads an EDL whose events last a frame, with `|C:` colour, `|M:` name and `|D:` length behind each. Premiere
(and Resolve) read the markers of a Final Cut Pro 7 sequence. Media Composer reads lines of user, time code, track,
colour, text and length, parted by tabs. CSV is for people and other programs.

Sources: DaVinci Resolve manual, "Importing markers with an EDL"; Apple, "Final Cut Pro XML Interchange Format"; Avid
Media Composer, "Importing markers".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence

from captioner.formats.text.xml import escape
from captioner.markers.marker import Marker, MarkerFacts
from captioner.timecode import ms_to_vtt, nominal_rate

__all__ = ["ENDINGS", "KINDS", "written"]

#: Ending of a file to the kind that it is, where nothing else is said.
ENDINGS = {".edl": "resolve", ".xml": "premiere", ".txt": "avid", ".csv": "csv"}

_RESOLVE = {"error": "Red", "warning": "Yellow", "note": "Sand", "hear": "Blue", "chapter": "Green"}
_AVID = {"error": "red", "warning": "yellow", "note": "white", "hear": "blue", "chapter": "green"}
_TITLES = ("time", "end", "timecode", "frame", "frames", "kind", "name", "text")


def written(markers: Sequence[Marker], kind: str, facts: MarkerFacts) -> bytes:
    """The file of one of `KINDS`, its markers by time.

    Raises:
        FormatError: A time has no time code.
    """
    ordered = sorted(markers, key=lambda marker: (marker.at_ms, marker.kind))
    return KINDS[kind](ordered, facts).encode("utf-8")


def _resolve(markers: Sequence[Marker], facts: MarkerFacts) -> str:
    lines = [f"TITLE: {_line(facts.title)}", f"FCM: {'DROP FRAME' if facts.drops else 'NON-DROP FRAME'}", ""]
    for number, marker in enumerate(markers, 1):
        frame, length = _span(marker, facts)
        begin, end = facts.timecode(frame), facts.timecode(frame + 1)
        lines.append(f"{number:03d}  001      V     C        {begin} {end} {begin} {end}  ")
        # A bar would begin the next field.
        named = _line(_whole(marker)).replace("|", "/")
        lines += [f" |C:ResolveColor{_RESOLVE[marker.kind]} |M:{named} |D:{length}", ""]
    return "\n".join(lines)


def _fcp7(markers: Sequence[Marker], facts: MarkerFacts) -> str:
    base = nominal_rate(facts.rate)
    ntsc = "TRUE" if facts.rate != base else "FALSE"
    rate = f"<rate><timebase>{base}</timebase><ntsc>{ntsc}</ntsc></rate>"
    last = max([facts.duration_ms, *(marker.end_ms for marker in markers), *(marker.at_ms for marker in markers)])
    count = "DF" if facts.drops else "NDF"
    rows = []
    for marker in markers:
        frame, length = _span(marker, facts)
        end = frame + length if length > 1 else -1  # -1 is a point
        rows.append(
            f"<marker><name>{escape(marker.name)}</name><comment>{escape(marker.text)}</comment>"
            f"<in>{frame}</in><out>{end}</out></marker>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n<xmeml version="4"><sequence>'
        f"<name>{escape(facts.title)}</name><duration>{facts.frame(last) + 1}</duration>{rate}"
        f"<timecode>{rate}<string>{facts.timecode(0)}</string><displayformat>{count}</displayformat></timecode>"
        f"<media><video><track/></video></media>\n{chr(10).join(rows)}\n</sequence></xmeml>\n"
    )


def _avid(markers: Sequence[Marker], facts: MarkerFacts) -> str:
    rows = []
    for marker in markers:
        frame, length = _span(marker, facts)
        rows.append(
            f"captioner\t{facts.timecode(frame)}\tTC1\t{_AVID[marker.kind]}\t{_line(_whole(marker))}\t{length}\n"
        )
    return "".join(rows)


def _csv(markers: Sequence[Marker], facts: MarkerFacts) -> str:
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(_TITLES)
    for marker in markers:
        frame, length = _span(marker, facts)
        times = (ms_to_vtt(marker.at_ms), ms_to_vtt(max(marker.at_ms, marker.end_ms)))
        table.writerow((*times, facts.timecode(frame), frame, length, marker.kind, marker.name, marker.text))
    return text.getvalue()


def _span(marker: Marker, facts: MarkerFacts) -> tuple[int, int]:
    """First frame and number of frames."""
    frame = facts.frame(marker.at_ms)
    return frame, max(1, facts.frame(max(marker.at_ms, marker.end_ms - 1)) - frame + 1)


def _whole(marker: Marker) -> str:
    return f"{marker.name}: {marker.text}" if marker.text else marker.name


def _line(text: str) -> str:
    return " ".join(text.split())


#: Kind of file by its name; `--to` takes it.
KINDS: Mapping[str, Callable[[Sequence[Marker], MarkerFacts], str]] = {
    "resolve": _resolve,
    "premiere": _fcp7,
    "avid": _avid,
    "csv": _csv,
}
