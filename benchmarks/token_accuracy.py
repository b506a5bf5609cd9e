"""How well our own count of a request is the input that the provider billed, over a folder of recordings.

    python benchmarks/token_accuracy.py [FOLDER]

A row for each kind of call: how many there are, the share counted to the token, and the median and the ninth decile of
|our count - billed| / billed; beside them those of chars/4, which people use instead. Calls with media, servers or kept
context, whose requests do not hold what is billed, are left out, and so are those without usage.
"""

from __future__ import annotations

import re
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from pytest_altax.capture.storage.formats import looks_like_cassette
from pytest_altax.capture.upkeep.inspect import files
from pytest_altax.capture.upkeep.reading import interactions
from pytest_altax.errors import CassetteError
from pytest_altax.meters.changes import uncountable
from pytest_altax.meters.totals import model_of, own_count
from pytest_altax.providers import wire
from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Call
from pytest_altax.text.families import family
from pytest_altax.text.tokens import Tokens

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
FEWEST = 10
# Where the format's own provider serves it; other hosts put other templates around the same texts.
OWN = {"openai": r"^api\.openai\.com$|\.azure\.com$", "anthropic": r"^api\.anthropic\.com$"}


def calls(folder: Path) -> Iterator[tuple[str, Call]]:
    """The calls below a folder that were billed for what stands in their requests, each with its host."""
    registry = ProviderRegistry()
    for path in files([folder]):
        try:
            found = interactions(path) if looks_like_cassette(path) else ()
        except CassetteError:
            continue
        for one in found:
            call = registry.read(one)
            billed = call.kind == "generation" and call.usage is not None and call.usage.input > 0
            if billed and call.messages and not any(uncountable(call)):
                yield wire.host(one.request.url), call


def kind_of(host: str, call: Call) -> str:
    """The row of a call: the format, who serves it, the family of the model, and what stands beside its messages."""
    own = OWN.get(call.provider)
    served = call.provider if own is None or re.search(own, host) else f"{call.provider}-compatible"
    return f"{served} {call.endpoint}, {family(model_of(call)).name}, {_beside(call)}"


def _beside(call: Call) -> str:
    roles = {message.role for message in call.messages}
    if call.tools:
        return "tools, later turns" if roles & {"assistant", "tool"} else "tools, first turn"
    if "response_format" in call.settings or "schema" in str(call.settings.get("text")):
        return "a schema of the answer"
    return "earlier tool calls" if "tool" in roles else "plain"


def characters(call: Call) -> int:
    """What chars/4 says of a call."""
    texts = [part.text for message in call.messages for part in message.parts]
    return sum(map(len, [*texts, *(tool.schema for tool in call.tools)])) // 4


def main() -> None:
    """Print the table."""
    counter = Tokens()
    rows: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for host, call in calls(Path(sys.argv[1]) if len(sys.argv) > 1 else CORPUS):
        billed = call.usage.input if call.usage else 0
        errors = (abs(own_count(call, counter) - billed) / billed, abs(characters(call) - billed) / billed)
        rows[kind_of(host, call)].append(errors)
    print("calls  exact  median   p90   chars/4 median   p90")
    few = 0
    for kind, errors in sorted(rows.items(), key=lambda row: -len(row[1])):
        if len(errors) < FEWEST:
            few += len(errors)
            continue
        ours, theirs = ([one[side] for one in errors] for side in (0, 1))
        exact = sum(error == 0 for error in ours) / len(ours)
        print(
            f"{len(ours):>5} {exact:>6.1%} {statistics.median(ours):>7.1%} {_ninth(ours):>5.0%}"
            f" {statistics.median(theirs):>16.1%} {_ninth(theirs):>5.0%}   {kind}"
        )
    print(f"{few} calls of kinds with fewer than {FEWEST} are left out")


def _ninth(values: list[float]) -> float:
    return statistics.quantiles(values, n=10)[-1]


if __name__ == "__main__":
    main()
