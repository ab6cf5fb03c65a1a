"""Glossary of a desk: names and terms, what is heard for them, hotwords, masked words and speakers. Pure.

from captioner import glossary

desk = glossary.parse(text, "glossary.toml")
desk.terms[0].text
"""

from captioner.glossary.entries import CaptionRules, Glossary, NamedSpeaker, Rejected, Rule, Term
from captioner.glossary.toml_reading import parse_glossary as parse

__all__ = ["CaptionRules", "Glossary", "NamedSpeaker", "Rejected", "Rule", "Term", "parse"]
