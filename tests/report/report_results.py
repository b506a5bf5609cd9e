"""Made-up results of a run, small enough to read."""

from __future__ import annotations

import dataclasses

from pytest_altax.measurements import Direction, Estimate, Measurement, Metric, Pooling, Sample, Status, Unit, Verdict
from pytest_altax.report.model import Header, LedgerLine, StaleCall, TestResult

HEADER = Header(
    "0.1.0", "2026-01-01T00:00:00+00:00", "3.12.0", "abc", "none", "lexical-1", "rouge1-greedy", "o200k_base"
)
METRICS = {"tax_ratio": Metric("tax_ratio", Unit.RATIO, Direction.LOWER, Pooling.RATIO, "tax in all tokens")}


def verdict(metric: str = "tax_ratio", value: float = 0.36, **fields) -> Verdict:
    message = f"{metric} {value} is above its budget of 0.35\n  set in pyproject.toml (line 14)"
    base = Verdict(metric, Status.FAIL, "max", 0.35, Estimate(metric, value), line=14, fails=True, message=message)
    return dataclasses.replace(base, **fields)


def measured(tokens: int, tax: int, refused: str = "0/8") -> tuple[Measurement, ...]:
    numerator, denominator = refused.split("/")
    return (
        Measurement("cost_usd", (Sample(0.0021),)),
        Measurement("distinct_2", (Sample(0.71, 1, "a"),)),
        Measurement("refusal_rate", (Sample(float(numerator), float(denominator)),)),
        Measurement("tax_ratio", (Sample(tax, tokens),)),
        Measurement("tax_tokens", (Sample(tax),)),
        Measurement("total_tokens", (Sample(tokens),)),
    )


def stale_test() -> TestResult:
    skipped = {"stale": 8}
    kept = [m for m in measured(2142, 1055) if m.metric not in ("refusal_rate", "distinct_2")]
    unmeasured = [Measurement(name, skipped=skipped) for name in ("distinct_2", "refusal_rate")]
    return TestResult(
        "tests/test_tone.py::test_refund[fr]",
        "tests/test_tone.py",
        12,
        calls=8,
        lines=(
            LedgerLine("layer:guardrail", 672, 372, True),
            LedgerLine("task", 900),
            LedgerLine("resent", 48, None, True),
        ),
        measurements=tuple(sorted([*kept, *unmeasured], key=lambda m: m.metric)),
        stale=(StaleCall(0, ("system prompt changed",), "m"),),
    )


def fresh_test(name: str = "de", **fields) -> TestResult:
    lines = (LedgerLine("layer:guardrail", 372, None, True), LedgerLine("idle_tools", 121, None, True))
    base = TestResult(f"tests/test_tone.py::test_refund[{name}]", "tests/test_tone.py", 12, calls=8, lines=lines)
    return dataclasses.replace(base, measurements=measured(1842, 755), **fields)
