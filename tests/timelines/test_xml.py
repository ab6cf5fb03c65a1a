"""Final Cut Pro 7 XML and FCPXML, of the shapes that Premiere, Resolve and Final Cut Pro write."""

from fractions import Fraction

from captioner.timelines import read
from captioner.timelines.timeline import heard

FCP7 = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE xmeml>
<xmeml version="4">
<sequence id="s1"><name>Cut 2</name><duration>300</duration>
 <rate><timebase>30</timebase><ntsc>TRUE</ntsc></rate>
 <media>
  <video><track>
    <clipitem id="c1"><name>A</name><start>0</start><end>100</end><in>50</in><out>150</out>
      <rate><timebase>30</timebase><ntsc>TRUE</ntsc></rate>
      <file id="f1"><name>anna.mov</name><pathurl>file://localhost/Volumes/My%20Disk/anna.mov</pathurl>
        <timecode><reel><name>TAPE1</name></reel><frame>107892</frame></timecode></file></clipitem>
  </track></video>
  <audio>
   <track>
    <clipitem id="c2"><name>A</name><start>0</start><end>-1</end><in>50</in><out>160</out>
      <rate><timebase>30</timebase><ntsc>TRUE</ntsc></rate><file id="f1"/></clipitem>
    <transitionitem><start>90</start><end>110</end><alignment>center</alignment></transitionitem>
    <clipitem id="c3"><name>B</name><start>-1</start><end>200</end><in>25</in><out>135</out>
      <rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate>
      <file id="f2"><name>bo.wav</name><pathurl>file:///C:/media/bo.wav</pathurl></file></clipitem>
    <clipitem id="c4"><name>C</name><start>200</start><end>250</end><in>10</in><out>60</out><file id="f1"/>
      <filter><effect><effectid>timeremap</effectid>
        <parameter><parameterid>variablespeed</parameterid><value>0</value></parameter>
        <parameter><parameterid>speed</parameterid><value>200</value></parameter>
        <parameter><parameterid>reverse</parameterid><value>FALSE</value></parameter></effect></filter></clipitem>
    <clipitem id="c5"><name>D</name><enabled>FALSE</enabled><start>250</start><end>260</end><in>0</in><out>10</out>
      <file id="f1"/></clipitem>
    <clipitem id="c6"><name>E</name><start>260</start><end>270</end><in>0</in><out>10</out>
      <sequence id="s2"><name>inner</name><media><video/></media></sequence></clipitem>
    <clipitem id="c7"><name>F</name><start>270</start><end>280</end><in>0</in><out>10</out><file id="f1"/>
      <filter><effect><effectid>timeremap</effectid>
        <parameter><parameterid>variablespeed</parameterid><value>1</value></parameter></effect></filter></clipitem>
   </track>
   <track>
    <clipitem id="c8"><name>A</name><start>0</start><end>-1</end><in>50</in><out>160</out>
      <rate><timebase>30</timebase><ntsc>TRUE</ntsc></rate><file id="f1"/></clipitem>
    <transitionitem><start>90</start><end>110</end></transitionitem>
   </track>
  </audio>
 </media></sequence></xmeml>
"""
FCPX = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="1.10">
 <resources>
  <format id="r1" frameDuration="1001/30000s" width="1920" height="1080"/>
  <asset id="r2" name="anna" start="3600s" duration="100s" hasVideo="1" hasAudio="1" format="r1">
    <media-rep kind="original-media" src="file:///Volumes/My%20Disk/anna.mov"/></asset>
  <asset id="r3" name="music" src="file:///m.wav" start="0s" duration="100s" hasAudio="1"/>
  <asset id="r4" name="still" src="file:///s.png" hasVideo="1"/>
 </resources>
 <library><event><project name="Cut 2"><sequence format="r1" tcStart="3600s" duration="60s">
  <spine>
   <asset-clip ref="r2" name="anna" offset="3600s" start="3610s" duration="10s">
     <asset-clip ref="r3" name="music" lane="-1" offset="3612s" start="5s" duration="20s"/>
   </asset-clip>
   <gap offset="3610s" start="3600s" duration="2s">
     <asset-clip ref="r2" name="connected" lane="1" offset="3601s" start="3650s" duration="1s"/>
   </gap>
   <asset-clip ref="r2" name="fast" offset="3612s" start="10s" duration="5s">
     <timeMap><timept time="0s" value="3600s" interp="smooth2"/><timept time="50s" value="3700s"/></timeMap>
   </asset-clip>
   <asset-clip ref="r2" name="split" offset="3617s" start="3620s" duration="4s" audioStart="3619s" audioDuration="5s"/>
   <clip name="wrapped" offset="3621s" start="3630s" duration="3s">
     <video ref="r2" offset="3600s" start="3600s" duration="100s">
       <audio lane="-1" ref="r2" offset="3600s" start="3600s" duration="100s"/></video>
   </clip>
   <ref-clip ref="r9" name="compound" offset="3624s" duration="3s"/>
   <asset-clip ref="r2" name="ramped" offset="3627s" start="0s" duration="5s">
     <timeMap>
      <timept time="0s" value="3600s"/><timept time="1s" value="3604s"/><timept time="5s" value="3605s"/>
     </timeMap>
   </asset-clip>
  </spine></sequence></project></event></library>
</fcpxml>
"""
NTSC = Fraction(30000, 1001)


def frames(count: int, rate: Fraction = NTSC) -> Fraction:
    return count * 1000 / rate


def test_final_cut_7_clips_have_the_frames_of_sequence_and_media() -> None:
    timeline = read(FCP7.encode(), "cut.xml")
    assert (timeline.title, timeline.rate) == ("Cut 2", NTSC)
    first, second, fast = heard(timeline)  # the second track of a stereo pair counts once
    assert (first.at_ms, first.length_ms, first.source_ms) == (0, frames(110), frames(50))
    assert first.names == ("A", "anna.mov", "TAPE1")
    assert (second.at_ms, second.length_ms, second.source_ms) == (frames(90), frames(110), 1000)
    assert second.names == ("B", "bo.wav")
    assert (fast.speed, fast.source_ms) == (2, frames(20))
    assert not any(clip.by_timecode for clip in timeline.clips)


def test_what_cannot_be_followed_in_final_cut_7_is_told() -> None:
    notes = read(FCP7.encode(), "cut.xml").notes
    assert [note.split(": ", 1)[1] for note in notes] == [
        "clip D is switched off and left out",
        "clip E is a nested sequence, which is not opened; flatten it",
        "clip F is played at a changing speed and is left out",
    ]


def test_fcpxml_clips_lie_where_their_parents_put_them() -> None:
    timeline = read(FCPX.encode(), "cut.fcpxml")
    assert (timeline.title, timeline.rate) == ("Cut 2", NTSC)
    found = {clip.number: clip for clip in timeline.clips}
    placed = {name: (clip.source_ms, clip.at_ms, clip.length_ms) for name, clip in found.items()}
    assert placed["clip anna"] == (10_000, 0, 10_000)
    assert placed["clip music"] == (5000, 2000, 20_000)
    assert placed["clip connected"] == (50_000, 11_000, 1000)
    assert placed["clip fast"] == (20_000, 12_000, 5000)
    assert found["clip fast"].speed == 2
    assert placed["clip split"] == (19_000, 16_000, 5000)  # the sound begins a second before the picture
    assert found["clip anna"].names == ("anna", "anna.mov")
    heard_inside = [clip for clip in heard(timeline) if clip.at_ms == 21_000]
    assert [(clip.source_ms, clip.length_ms) for clip in heard_inside] == [(30_000, 3000)]


def test_what_cannot_be_followed_in_fcpxml_is_told() -> None:
    notes = [note.split(": ", 1)[1] for note in read(FCPX.encode(), "cut.fcpxml").notes]
    assert notes == [
        "clip compound is a compound clip, which is not opened; break it apart",
        "clip ramped is played at a changing speed and is left out",
    ]


def test_a_subclip_counts_from_its_own_begin() -> None:
    whole = "<name>A</name><start>0</start><end>100</end><in>50</in><out>150</out>"
    info = "<subclipinfo><startoffset>300</startoffset><endoffset>0</endoffset></subclipinfo>"
    (clip,) = heard(read(FCP7.replace(whole, whole + info).encode(), "cut.xml"), "V1")
    assert clip.source_ms == 350 * Fraction(1001, 30)


def test_an_item_without_a_start_begins_where_its_asset_does() -> None:
    document = """<fcpxml version="1.10"><resources>
    <asset id="r2" name="talk" start="3600s" duration="120s" hasAudio="1" src="file:///m/talk.mov"/></resources>
    <library><event><project name="P"><sequence tcStart="0s" duration="40s"><spine>
    <clip name="talk" offset="0s" start="3640s" duration="10s"><video ref="r2" offset="3600s" duration="120s">
    <audio ref="r2" lane="-1" offset="3600s" duration="120s"/></video></clip>
    <asset-clip ref="r2" name="whole" offset="10s" duration="30s"/>
    </spine></sequence></project></event></library></fcpxml>"""
    sound, whole = heard(read(document.encode(), "cut.fcpxml"))
    assert (sound.source_ms, sound.at_ms, sound.length_ms) == (40_000, 0, 10_000)
    assert (whole.source_ms, whole.at_ms, whole.length_ms) == (0, 10_000, 30_000)


def test_numbers_too_long_to_be_frames_are_none() -> None:
    document = FCP7.replace("<end>100</end>", f"<end>{'9' * 5000}</end>").replace(
        "<value>200</value>", "<value>1e9</value>"
    )
    notes = read(document.encode(), "cut.xml").notes
    assert any("changing speed" in note for note in notes)
