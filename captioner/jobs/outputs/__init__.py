"""Outputs of a run: caption files, manifests, reports, and what people edited in them."""
