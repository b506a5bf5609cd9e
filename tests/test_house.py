"""The rules of the house: which way imports go, what loads when, how long things may get."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import pytest_altax

ROOT = Path(__file__).parent.parent
PACKAGE = Path(pytest_altax.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
OTHERS = sorted(path for folder in ("tests", "benchmarks", "examples") for path in (ROOT / folder).rglob("*.py"))
LONGEST_FUNCTION, LONGEST_FILE = 80, 500


def python(code: str) -> "subprocess.CompletedProcess[str]":
    """Run a piece of code in a fresh interpreter, which finds the same package as this one."""
    path = f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r})\n"
    return subprocess.run([sys.executable, "-c", path + code], cwd=ROOT, capture_output=True, text=True, check=False)


def name_of(path: Path) -> str:
    """The path as a test id: relative to the package or the repository."""
    return str(path.relative_to(PACKAGE.parent if path.is_relative_to(PACKAGE) else ROOT))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """The name and the number of lines of each function of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1


def imported(path: Path) -> set[str]:
    """The top-level names of the third-party modules that a file imports, at its top or inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").split(".")[0])
    return names - sys.stdlib_module_names - {"pytest_altax"}


def test_imports_go_down_only():
    pytest.importorskip("importlinter", reason="import-linter is not installed: its contracts are not checked here")
    code = "from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    result = python(code)
    assert result.returncode == 0, result.stdout + result.stderr


def test_importing_the_package_imports_nothing_else():
    result = python("before = set(sys.modules)\nimport pytest_altax\nprint(*set(sys.modules) - before)")
    assert result.stdout.split() == ["pytest_altax"], result.stderr


def test_the_entry_module_imports_pytest_alone():
    code = "import pytest\nbefore = set(sys.modules)\nimport pytest_altax.plugin\nprint(*set(sys.modules) - before)"
    result = python(code)
    assert {name.split(".")[0] for name in result.stdout.split()} - sys.stdlib_module_names == {"pytest_altax"}


def test_what_the_package_imports_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = sum(project["optional-dependencies"].values(), project["dependencies"])
    names = {re.split(r"[^\w.-]", requirement)[0].lower().replace("-", "_") for requirement in declared}
    names |= {"_pytest", "vcr", "yaml"}  # modules of pytest, of vcrpy, and of a dependency of vcrpy's
    assert {name for path in MODULES for name in imported(path)} <= names


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", MODULES + OTHERS, ids=name_of)
def test_nothing_grows_too_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    assert {name: lines for name, lines in functions(path) if lines > LONGEST_FUNCTION} == {}
