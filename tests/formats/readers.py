"""Parsers that are not ours, each reduced to what the tests compare: start, end, text."""

import html
import io
import re
import warnings
from dataclasses import dataclass
from xml.etree import ElementTree

import av
import pysubs2
import ttconv.imsc.reader as imsc_reader
import ttconv.model
import ttconv.scc.reader as scc_reader
import ttconv.stl.config as stl_config
import ttconv.stl.reader as stl_reader
import webvtt


@dataclass(frozen=True)
class Shown:
    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    voice: str = ""
    style: str = ""


def pysubs2_srt(data):
    """pysubs2 1.8.1 on SRT; breaks are its own backslash-N, so a literal one cannot be told apart (its fault)."""
    events = pysubs2.SSAFile.from_string(data.decode("utf-8"), format_="srt") if data else []
    return [(event.start, event.end, event.text) for event in events]


def pysubs2_ass(data):
    events = pysubs2.SSAFile.from_string(data.decode("utf-8"), format_="ass")
    return [
        Shown(
            event.start,
            event.end,
            tuple(re.sub(r"\{\\(r|fs)\w*\}", "", event.text).split("\\N")),
            event.name,
            event.style,
        )
        for event in events
    ]


def webvtt_py(data):
    """webvtt-py 0.6.0; it hands on the text as written, so tags and references are taken out here."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        captions = webvtt.from_string(data.decode("utf-8"))
    return [
        Shown(
            caption.start_time.in_milliseconds(),
            caption.end_time.in_milliseconds(),
            tuple(html.unescape(re.sub("<[^>]*>", "", line)) for line in caption.lines),
            html.unescape(caption.voice or ""),
        )
        for caption in captions
    ]


def ffmpeg(data, demuxer):
    """FFmpeg's demuxer and decoder; every decoder answers with an ASS event, its text behind the eighth comma."""
    shown = []
    with av.open(io.BytesIO(data), format=demuxer) as container:
        stream = container.streams.subtitles[0]
        for packet in container.demux(stream):
            for event in packet.decode() if packet.size else ():
                text = event.ass.decode("utf-8").split(",", 8)[8]
                start = round(packet.pts * packet.time_base * 1000)
                shown.append(Shown(start, start + round(packet.duration * packet.time_base * 1000), (text,)))
    return shown


def ttconv_ttml(data):
    """ttconv 1.2.3: start, end and the text of every paragraph, from its own model of the document."""
    return _ttconv_paragraphs(imsc_reader.to_model(ElementTree.ElementTree(ElementTree.fromstring(data))))


def _text_of(element):
    if isinstance(element, ttconv.model.Text):
        return element.get_text()
    if isinstance(element, ttconv.model.Br):
        return "\n"
    return "".join(_text_of(child) for child in element)


def ttconv_stl(data):
    """ttconv 1.2.3 on EBU STL, its times counted from the programme's start (TCP)."""
    config = stl_config.STLReaderConfiguration(program_start_tc="TCP")
    return _ttconv_paragraphs(stl_reader.to_model(io.BytesIO(data), config))


def ttconv_scc(data):
    """ttconv 1.2.3 on SCC."""
    return _ttconv_paragraphs(scc_reader.to_model(data.decode("ascii")))


def _ttconv_paragraphs(document):
    body = document.get_body()
    if body is None:
        return []
    return [
        Shown(round((p.get_begin() or 0) * 1000), round(p.get_end() * 1000), tuple(_text_of(p).split("\n")))
        for div in body
        for p in div
    ]


def ttconv_text(data, module):
    """ttconv 1.2.3 on SRT or WebVTT, by its reader's module."""
    return _ttconv_paragraphs(module.to_model(io.StringIO(data.decode("utf-8"))))


def pycaption_reader(data, reader):
    """pycaption 2.3.14, by its reader's class; it warns of what it does itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        captions = reader().read(data.decode("utf-8"))
    return [
        Shown(round(caption.start / 1000), round(caption.end / 1000), tuple(caption.get_text().split("\n")))
        for language in captions.get_languages()
        for caption in captions.get_captions(language)
    ]


def pysubs2_any(data):
    """pysubs2 1.8.1, which finds the format out by itself."""
    return [
        Shown(event.start, event.end, tuple(event.text.split("\\N")))
        for event in pysubs2.SSAFile.from_string(data.decode("utf-8"))
    ]


def webvtt_py_sbv(data):
    """webvtt-py 0.6.0 on SBV."""
    return [
        Shown(caption.start_time.in_milliseconds(), caption.end_time.in_milliseconds(), tuple(caption.lines))
        for caption in webvtt.from_buffer(io.StringIO(data.decode("utf-8")), format="sbv")
    ]


def webvtt_py_srt(data):
    """webvtt-py 0.6.0 on SRT."""
    return [
        Shown(caption.start_time.in_milliseconds(), caption.end_time.in_milliseconds(), tuple(caption.lines))
        for caption in webvtt.from_buffer(io.StringIO(data.decode("utf-8")), format="srt")
    ]
