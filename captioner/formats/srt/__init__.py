"""SubRip (SRT)."""
