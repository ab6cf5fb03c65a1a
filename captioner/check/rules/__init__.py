"""The check rules: each function yields the findings of one rule."""
