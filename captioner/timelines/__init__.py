"""Edited timelines: which stretch of which recording plays when, from the lists that editing programs export.

`read(data, name)` finds the kind of list by its content. Edit decision lists (CMX 3600), Final Cut Pro 7 XML (Premiere,
Resolve) and FCPXML (Final Cut Pro, Resolve) are read here, because the adapters of OpenTimelineIO leave out retiming;
OTIO and AAF are read by OpenTimelineIO. Does no I/O but for the AAF adapter, which wants a file.
"""

from captioner.timelines.timeline import Clip, Timeline
from captioner.timelines.timeline_reading import read

__all__ = ["Clip", "Timeline", "read"]
