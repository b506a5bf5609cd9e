"""Which `mark.altax` a file of tests has, to tell whether a change edits them."""

from __future__ import annotations

import ast
from collections.abc import Mapping

_ELSEWHERE = ""


def edited_markers(then: bytes, now: bytes) -> bool:
    """Whether what stood in a file has other markers now; those of new tests and classes do not count.

    Files that are no Python are compared by their lines with `mark.altax`.
    """
    if b"altax" not in then + now:
        return False
    before, after = _markers(then), _markers(now)
    if before is None or after is None:
        return _lines(then) != _lines(now)
    return any(after.get(name, []) != marks for name, marks in before.items())


def _markers(content: bytes) -> Mapping[str, list[str]] | None:
    """The markers of each test and class by name, and those that stand elsewhere; None for what is no Python."""
    found = _Markers()
    try:
        found.visit(ast.parse(content))
    except (SyntaxError, ValueError, RecursionError):
        return None
    return found.found


def _lines(content: bytes) -> list[bytes]:
    return sorted(line.strip() for line in content.splitlines() if b"mark.altax" in line)


class _Markers(ast.NodeVisitor):
    """Gathers markers as they are written, without regard to how they are broken into lines."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {_ELSEWHERE: []}
        self._names: list[str] = []
        self._of = _ELSEWHERE

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        outer = self._of
        self._names.append(node.name)
        self._of = ".".join(self._names)
        self.found.setdefault(self._of, [])
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._of = _ELSEWHERE
        for statement in node.body:
            self.visit(statement)
        self._of = outer
        self._names.pop()

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _definition

    def visit_Call(self, node: ast.Call) -> None:
        """A marker with arguments."""
        if _is_marker(node.func):
            self.found[self._of].append(ast.unparse(node))
        else:
            self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """A marker without arguments, or one that is given another name."""
        if _is_marker(node):
            self.found[self._of].append(ast.unparse(node))
        else:
            self.generic_visit(node)


def _is_marker(node: ast.expr) -> bool:
    if not isinstance(node, ast.Attribute) or node.attr != "altax":
        return False
    owner = node.value
    return (
        owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
    ) == "mark"
