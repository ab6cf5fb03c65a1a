"""The editor in the browser: a server on this machine, its JSON interface, and the pages that use it.

`editing` changes captions and knows neither files nor requests. An `edit_session` is one open file: the captions, the
journal and the archive on disk, and the windows that look at it. `server` is the only part that knows HTTP.
"""
