"""Made-up TOML documents in every style that TOML has, written for hypothesis."""

import json
import re
from datetime import date, datetime, time

from hypothesis import strategies as st

BARE = re.compile(r"[A-Za-z0-9_-]+")
SIGNS = st.characters(exclude_categories=["Cs", "Cc"])
NAMES = st.one_of(
    st.sampled_from(["tool", "pytest-altax", "budget", "a", "b", "1"]),
    st.from_regex(BARE, fullmatch=True),
    st.text(SIGNS, max_size=4),
    st.sampled_from(['"', "'", "#", "a.b", "a = 1", "[x]", "\\", ""]),
)
TEXTS = st.one_of(
    st.text(SIGNS, max_size=8), st.sampled_from(['"""', "''", "# no comment", "a = 1\n[b]", "]}", "\\\n", '\\"'])
)
LEAVES = st.one_of(
    st.integers(-999, 999),
    st.floats(-1e6, 1e6).map(lambda number: round(number, 3)),
    st.booleans(),
    TEXTS,
    st.sampled_from([date(2026, 1, 2), time(3, 4, 5), datetime(2026, 1, 2, 3, 4, 5)]),
)


def tables(depth):
    """Nested dicts of leaves, arrays, tables and arrays of tables."""
    values = (
        LEAVES if depth == 0 else st.one_of(LEAVES, st.lists(LEAVES, max_size=3), tables(depth - 1), arrays(depth - 1))
    )
    return st.dictionaries(NAMES, values, max_size=4)


def arrays(depth):
    return st.lists(tables(depth), min_size=1, max_size=3)


class Writer:
    """Writes a dict as TOML, each part in a style that is drawn."""

    def __init__(self, draw):
        self.draw, self.lines = draw, []

    def document(self, data):
        self.table(data, ())
        return self.draw(st.sampled_from(["\n", "\r\n"])).join(self.lines) + self.draw(st.sampled_from(["", "\n"]))

    def choose(self, *styles):
        return self.draw(st.sampled_from(styles))

    def table(self, data, path):
        """The pairs of a table, then the tables below it under headers of their own."""
        below = []
        for name, value in data.items():
            headed = isinstance(value, dict) or (
                isinstance(value, list) and value and all(isinstance(v, dict) for v in value)
            )
            style = self.choose("header", "inline", "dotted") if headed else "inline"
            if style == "header":
                below.append((name, value))
            elif style == "dotted" and isinstance(value, dict) and value:
                for inner, item in value.items():
                    dot = self.choose(".", " . ", "\t.")
                    self.pair(f"{self.name(name)}{dot}{self.name(inner)}", item)
            else:
                self.pair(self.name(name), value)
        for name, value in below:
            self.headed((*path, name), value)

    def headed(self, path, value):
        header = self.choose(".", " . ").join(self.name(part) for part in path)
        for table in [value] if isinstance(value, dict) else value:
            self.noise()
            self.lines.append(f"[{header}]" if isinstance(value, dict) else f"[[ {header}]]")
            self.table(table, path)

    def pair(self, key, value):
        self.noise()
        indent, equals = self.choose("", "  ", "\t"), self.choose("=", " = ", "\t=")
        comment = self.choose("", " ", ' # a = [1, "')
        self.lines.append(f"{indent}{key}{equals}{self.value(value)}{comment}")

    def noise(self):
        self.lines += self.choose([], [], [""], ["# x = '''", "  # [y]"])

    def name(self, name):
        if BARE.fullmatch(name) and self.choose(True, True, False):
            return name
        return f"'{name}'" if "'" not in name and self.choose(True, False) else json.dumps(name, ensure_ascii=False)

    def value(self, value):
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return self.array(value)
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.name(k)} = {self.value(v)}" for k, v in value.items()) + "}"
        if isinstance(value, datetime):
            return value.isoformat(self.choose(" ", "T"))
        return repr(value) if isinstance(value, int | float) else value.isoformat()

    def text(self, value):
        style = self.choose("basic", "literal", "long", "long literal")
        if style == "literal" and "'" not in value and "\n" not in value:
            return f"'{value}'"
        if style == "long literal" and "'''" not in value:
            return f"'''\n{value}'''"
        if style == "long":
            escaped = value.replace("\\", "\\\\").replace('"""', '""\\"')
            return f'"""\n{escaped}"""'
        return json.dumps(value, ensure_ascii=False)

    def array(self, items):
        comma = self.choose(", ", ",\n  ", " , # ]\n")
        return (
            "["
            + self.choose("", "\n")
            + comma.join(self.value(item) for item in items)
            + self.choose("", "\n # ]\n")
            + "]"
        )


@st.composite
def documents(draw):
    """(text, data): a valid TOML document and what it says."""
    data = draw(tables(3))
    return Writer(draw).document(data), data
