"""Speech recognition services."""
