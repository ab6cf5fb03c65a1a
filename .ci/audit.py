#!/usr/bin/env python3
"""Hold the locked packages against the advisory database of PyPI: `.ci/audit.py [--allow-unreached]`.

Exits with 1 when a package has a known vulnerability, with 2 when the database did not answer for every package (with
`--allow-unreached` that is only said). Needs pip-audit in the Python that runs it; `make audit` sees to that.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).with_name("constraints.txt")


def main() -> int:
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--no-deps", "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    found = _packages(done.stdout)
    unreached = [package["name"] for package in found if "vulns" not in package]
    guilty = [package for package in found if package.get("vulns")]
    for package in guilty:
        for vulnerability in package["vulns"]:
            fixed = ", ".join(vulnerability["fix_versions"]) or "no version yet"
            _say(f"{package['name']} {package['version']}: {vulnerability['id']}, mended in {fixed}")
    audited = len(found) - len(unreached)
    _say(f"audit: {audited} of {_locked()} packages held against the database, {len(guilty)} of them vulnerable")
    if guilty:
        return 1
    if audited < _locked():
        _say("audit: the advisory database did not answer for the others; NOT audited here")
        return 0 if "--allow-unreached" in sys.argv else 2
    return 0


def _packages(text: str) -> list[dict[str, Any]]:
    """pip-audit's list; empty when it did not come that far."""
    try:
        found: list[dict[str, Any]] = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return []
    return found


def _locked() -> int:
    return sum("==" in line for line in LOCK.read_text(encoding="ascii").splitlines() if not line.startswith("#"))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
