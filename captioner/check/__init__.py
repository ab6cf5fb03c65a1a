"""Would a desk sign this off? Captions in, findings and figures out.

Every rule is one small function in the table of `table.py` and one paragraph in `rules.toml`. The one rule: a check
never changes what it checks; `fix` returns new captions and says what it did.
"""

from __future__ import annotations

from captioner.check.captions import Captions
from captioner.check.fixing import Mended, fix, mend
from captioner.check.rates import Rates, rates
from captioner.check.readers import read
from captioner.check.rules import SEVERITIES, Rule, find, rules
from captioner.check.table import CHECKS, check, fails, summary

__all__ = [
    "CHECKS",
    "SEVERITIES",
    "Captions",
    "Mended",
    "Rates",
    "Rule",
    "check",
    "fails",
    "find",
    "fix",
    "mend",
    "rates",
    "read",
    "rules",
    "summary",
]
