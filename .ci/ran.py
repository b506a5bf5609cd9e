"""Fails unless a JUnit report holds a test of a given name that ran: `python ran.py WORD REPORT`.

Tests that need recordings from outside the repository skip themselves where those are absent. Where they are present,
a run in which all were skipped must not pass for one that tested something.
"""

import sys
from collections.abc import Iterator
from xml.etree import ElementTree


def ran(word: str, report: str) -> Iterator[str]:
    """The tests with `word` in their module, class or name (parameters left aside) that were not skipped."""
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}".partition("[")[0]
        if word in name and case.find("skipped") is None:
            yield name


def main() -> None:
    """Print how many ran; exit 1 when none did."""
    word, report = sys.argv[1:]
    count = len(list(ran(word, report)))
    print(f"tests with {word!r} in their name that ran: {count}")
    sys.exit(count == 0)


if __name__ == "__main__":
    main()
