"""Changes of captions, each a plain value that can be taken back. Pure.

The one rule: the recognised words never change. A change replaces some captions next to each other and the corrections
of the words in them, and says what stood there before.
"""
