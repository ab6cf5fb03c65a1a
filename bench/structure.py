"""How the code is built: function lengths, lambdas, closures, names that occur twice, and how far a step is away.

python bench/structure.py                # the package beside this script
python bench/structure.py OTHER/captioner    # another version; the distance of a step is not measured there
"""

from __future__ import annotations

import ast
import inspect
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

#: Names of modules that may occur in several packages, because the package says what they are.
USUAL = frozenset({"__init__.py", "errors.py", "options.py", "reader.py", "writer.py", "base.py"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted in some modules.

    Attributes:
        modules: How many.
        lines: Lines of all of them.
        functions: Lines of each function, docstring and inner functions included.
        lambdas: How many.
        closures: Functions that hold other functions.
        longest: The longest functions, each with its lines.
    """

    modules: int
    lines: int
    functions: tuple[int, ...]
    lambdas: int
    closures: int
    longest: tuple[tuple[int, str], ...]

    def per_thousand(self, number: int) -> float:
        """A number for each thousand lines."""
        return 1000 * number / self.lines


def main(arguments: Sequence[str]) -> None:
    """Print the figures, each with what was asked for."""
    package = Path(arguments[0]) if arguments else ROOT / "captioner"
    files = sorted(path for path in package.rglob("*.py") if "__pycache__" not in path.parts)
    told("captioner", count(files, package))
    jobs = [path for path in files if path.relative_to(package).parts[0] in ("jobs", "batch")]
    told("jobs", count(jobs, package))
    twice = {name: number for name, number in Counter(path.name for path in files).items() if number > 1}
    unusual = {name: number for name, number in twice.items() if name not in USUAL}
    print(f"names of modules that occur twice: {len(unusual)} (asked: at most 5): {', '.join(sorted(unusual))}")
    full = Counter(path.parent for path in files)
    folder, number = full.most_common(1)[0]
    print(f"modules in the fullest folder: {number}, in {folder.relative_to(package.parent)}")
    if not arguments:
        print(f"frames from the scheduler to a media step: {frames_to_a_step()} (asked: at most 6)")


def told(name: str, found: Counted) -> None:
    """Print what was counted."""
    functions = sorted(found.functions)
    ninth = functions[len(functions) * 9 // 10]
    print(f"{name}: {found.modules} modules, {found.lines} lines, {len(functions)} functions")
    print(f"  median function {statistics.median(functions):.0f} lines, nine in ten at most {ninth}")
    print(f"  lambdas for each 1,000 lines: {found.per_thousand(found.lambdas):.1f}")
    print(f"  functions that hold functions, for each 1,000 lines: {found.per_thousand(found.closures):.1f}")
    print(f"  longest: {', '.join(f'{where} ({lines})' for lines, where in found.longest)}")


def count(files: Sequence[Path], package: Path) -> Counted:
    """Count in modules."""
    lines = lambdas = closures = 0
    functions: list[tuple[int, str]] = []
    for path in files:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        lines += text.count("\n")
        lambdas += sum(isinstance(node, ast.Lambda) for node in ast.walk(tree))
        for node in ast.walk(tree):
            if isinstance(node, Function):
                functions.append((length_of(node), f"{path.relative_to(package)}:{node.name}"))
                closures += any(True for _ in inner_functions(node))
    ordered = sorted(functions, reverse=True)
    return Counted(len(files), lines, tuple(one for one, _ in functions), lambdas, closures, tuple(ordered[:3]))


def length_of(node: Function) -> int:
    """Lines of the body without the docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


def inner_functions(node: Function) -> Iterator[ast.AST]:
    """Functions defined inside one, lambdas not counted."""
    for inner in ast.walk(node):
        if inner is not node and isinstance(inner, Function):
            yield inner


def frames_to_a_step() -> int:
    """Frames from the scheduler to the first media step of a run in one thread, the step's own included."""
    from captioner.model import Media
    from tests.jobs.doubles import House, describe

    depths: list[int] = []

    def noting(path: Path) -> Media:
        frames = [(Path(frame.filename).name, frame.function) for frame in inspect.stack()]
        step = next(at for at, frame in enumerate(frames) if frame == ("steps.py", "probe"))
        outermost = max(at for at, (file, _) in enumerate(frames) if file == "scheduler.py")
        depths.append(outermost - step + 1)
        return describe(path)

    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder))
        house.describe = noting
        house.run(house.media("talk.mp4"))
    return depths[0]


if __name__ == "__main__":
    main(sys.argv[1:])
