"""The table of clients in README.md, from what the tests reported.

    pytest tests/clients --junitxml=FILE && python tests/clients/matrix.py FILE...

Several files, of environments with other versions, give one table with the range of versions that passed.
"""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

WAYS = ("sync", "async", "streamed", "async streamed", "threads", "gathered")
HEADS = ("client", "versions", "sync", "async", "streamed", "async streamed", "16 threads", "50 at once", "scenarios")
STANDARD = "Python "
START, END = "<!-- clients -->", "<!-- /clients -->"


@dataclass(frozen=True)
class Outcome:
    """How one scenario of a client came out under one version of it."""

    client: str
    name: str
    way: str
    version: str
    passed: bool


def outcomes(path: str) -> Iterator[Outcome]:
    """What a JUnit report says of the scenarios that were run; those skipped are not in it."""
    for case in ElementTree.parse(path).iter("testcase"):
        told = {one.get("name", ""): one.get("value", "") for one in case.iter("property")}
        if "way" in told and case.find("skipped") is None:
            passed = case.find("failure") is None and case.find("error") is None
            yield Outcome(told["client"], case.get("name", ""), told["way"], told["version"], passed)


def table(found: Sequence[Outcome], versions: Mapping[str, str] | None = None) -> str:
    """The table, its rows in the order in which clients first come. `versions` are shown in place of those found."""
    clients = list(dict.fromkeys(one.client for one in found))
    rows = [_row(client, [one for one in found if one.client == client], versions or {}) for client in clients]
    lines = [HEADS, tuple("---" for _ in HEADS), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def versions_in(text: str) -> dict[str, str]:
    """The versions that a table shows, by client."""
    rows = [[cell.strip() for cell in line.strip("| \n").split(" | ")] for line in text.splitlines()[2:]]
    return {row[0].strip("`"): row[1] for row in rows}


def shown(readme: str) -> str:
    """The table that stands in a README; empty where there is none."""
    return readme.partition(f"{START}\n")[2].partition(END)[0]


def _row(client: str, found: Sequence[Outcome], versions: Mapping[str, str]) -> tuple[str, ...]:
    version = versions.get(client) or _range({one.version for one in found if one.passed})
    failed = {one.name for one in found if not one.passed}
    scenarios = {one.name: one.way for one in found}
    cells = (_cell([name not in failed for name, its in scenarios.items() if its == way]) for way in WAYS)
    count = f"{len(scenarios)}" if not failed else f"{len(scenarios) - len(failed)} of {len(scenarios)}"
    return (f"`{client}`", version, *cells, count)


def _cell(passed: Sequence[bool]) -> str:
    if not passed:
        return ""
    return "yes" if all(passed) else f"{sum(passed)} of {len(passed)}"


def _range(versions: Iterable[str]) -> str:
    known = sorted(versions, key=lambda version: [int(number) for number in re.findall(r"\d+", version)])
    if not known:
        return "none"
    prefix = STANDARD if known[0].startswith(STANDARD) else ""
    first, last = known[0], known[-1].removeprefix(prefix)
    return first if first.removeprefix(prefix) == last else f"{first} – {last}"


if __name__ == "__main__":
    sys.stdout.write(table([one for path in sys.argv[1:] for one in outcomes(path)]))
