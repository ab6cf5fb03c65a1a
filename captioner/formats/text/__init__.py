"""Text of captions, shared by all formats: lines, markup, speakers, characters, encodings."""
