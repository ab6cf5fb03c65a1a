"""Scenarist closed captions (SCC), which carry CEA-608."""
