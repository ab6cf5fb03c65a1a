"""Transcript in, caption files out: the second half of the path, used by every command that writes captions.

`options.CaptionOptions` says what the captions shall be; `pipeline.produce` makes them, one function after another:

    correct_transcript   replacement list, speaker turns, offset
    lay_out              cues and lines, then times: frames, shot changes, end of the media, target's gap, top
    check                issues, see the package `check`
    render_file          characters the format lacks, the writer, encoding and line ends

The one rule: nothing here costs money, reads a clock or touches a file or a socket, so all of it can be repeated from
the saved reply. What only the media can tell (its facts, its shot changes) comes in as values.
"""
