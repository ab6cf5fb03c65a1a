"""EBU STL: open subtitles and teletext."""
