"""Translations of captions: a sheet with the text, the times and the limits of every caption, and the way back.

`rows.sheet_rows` makes the rows, `sheets.write` and `sheets.read` are their files (CSV, Excel, Word, XLIFF, JSON), and
`take_back.translated` makes captions of them. Pure but for the two libraries that Excel and Word files need.
"""
