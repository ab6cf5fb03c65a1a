"""WebVTT."""
