"""What holds for the sources of the Python binding: no module needs one that needs it, and no line is too
long.

Run by tests/python_binding.rs.
"""

import ast
import pathlib
import unittest

import ferry

FOLDER = pathlib.Path(ferry.__file__).parent


def imports_of(source, package):
    """The modules of the package that a module imports: at its top, in functions and under TYPE_CHECKING."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[1] for name in node.names if name.name.startswith(f"{package}.")}
        elif isinstance(node, ast.ImportFrom) and (
            node.level == 1 or (node.module or "").split(".")[0] == package
        ):
            path = (node.module or "").split(".")
            path = path if node.level == 1 else path[1:]
            found |= {path[0]} if path and path[0] else {name.name for name in node.names}
    return found


def cycle_in(needs):
    """Modules that need each other in a circle, the first one again at the end; None if there are none."""
    done = set()

    def walk(module, path):
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done or module not in needs:
            return None
        for other in sorted(needs[module]):
            found = walk(other, [*path, module])
            if found:
                return found
        done.add(module)
        return None

    return next(filter(None, (walk(module, []) for module in sorted(needs))), None)


class SourceTest(unittest.TestCase):
    def test_every_form_of_an_import_is_seen(self):
        source = """
from . import a, b as other
from .c import d
import p.e
from p import f
from p.g import h
import q.x
from q import y
if TYPE_CHECKING:
    from .i import j
def function():
    from .k import l
"""
        self.assertEqual(imports_of(source, "p"), {*"abcefgik"})

    def test_a_circle_is_found(self):
        self.assertEqual(cycle_in({"a": {"b", "x"}, "b": {"c"}, "c": {"b"}}), ["b", "c", "b"])
        self.assertEqual(cycle_in({"a": {"a"}}), ["a", "a"])
        self.assertIsNone(cycle_in({"a": {"b", "c"}, "b": {"c"}, "c": {"errno"}}))

    def test_no_module_imports_one_that_imports_it(self):
        needs = {
            path.stem: imports_of(path.read_text(encoding="utf-8"), "ferry") for path in FOLDER.glob("*.py")
        }
        self.assertLess({"client", "session", "_tasks", "_call"}, set(needs))
        self.assertIn("_abi", needs["_library"])
        self.assertIsNone(cycle_in(needs))

    def test_no_line_is_longer_than_110_characters(self):
        for path in [*FOLDER.glob("*.py"), *FOLDER.parent.glob("*.py"), *FOLDER.parent.glob("examples/*.py")]:
            lines = path.read_text(encoding="utf-8").splitlines()
            long = [f"{path.name}:{number}" for number, line in enumerate(lines, 1) if len(line) > 110]
            self.assertEqual(long, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
