"""Runs every measurement that needs no argument, one after the other.

python bench/run.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NEEDS_ARGUMENTS = {
    "cross_validate.py", "fuzz.py", "layout.py", "local_speech.py", "make_cases.py", "run.py", "segmentation.py",
    "soak.py",
}  # fmt: skip


def main() -> None:
    """Run the other scripts of this folder; those that learn or need a folder of cases are left out."""
    folder = Path(__file__).parent
    for script in sorted(folder.glob("*.py")):
        if script.name in NEEDS_ARGUMENTS or script.name.startswith("learn"):
            continue
        print(f"\n== {script.name}", flush=True)
        subprocess.run([sys.executable, str(script)], check=False)


if __name__ == "__main__":
    main()
