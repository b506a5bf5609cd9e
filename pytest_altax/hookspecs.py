"""The hooks of pytest-altax: how a third party adds a provider, meter, detector, clusterer or reporter.

Implement them in a `conftest.py`, in a pytest plugin, or in a module named by an entry point of the group `altax`
(the command line reads that group, and knows no conftest).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from .meters.base import Clusterer, Detector, Meter
    from .providers.base import Provider
    from .report.base import Reporter
    from .text.tokens import Vocabulary

hookspec = pluggy.HookspecMarker("pytest")


@hookspec
def pytest_altax_providers() -> Iterable[Provider]:
    """Give provider modules for wire formats that are not built in.

    They are asked before the built-in ones::

        class Acme:
            name = "acme"
            def claims(self, request): return "api.acme.test" in request.url
            def read(self, interaction): return Call(provider="acme", endpoint="chat", ...)

        def pytest_altax_providers():
            return [Acme()]
    """
    raise NotImplementedError


@hookspec
def pytest_altax_meters() -> Iterable[Meter]:
    """Give meters. Their metrics can then be budgeted, stand in every report and are explained by `altax explain`.

    An example::

    class Shouting:
        '''Share of answers in capitals. ...the page...'''
        metrics = (Metric("shouting_rate", Unit.RATIO, Direction.LOWER, Pooling.RATE, "answers in capitals"),)
        def measure(self, reading):
            yield Measurement("shouting_rate", tuple(
                Sample(choice.text.isupper(), 1, str(number))
                for number, call in enumerate(reading.calls) for choice in call.choices))

    def pytest_altax_meters():
        return [Shouting()]
    """
    raise NotImplementedError


@hookspec
def pytest_altax_detectors() -> Mapping[str, Detector]:
    """Give refusal detectors by the name that `detector = "NAME"` selects.

    An example::

    def pytest_altax_detectors():
        return {"strict": StrictDetector()}
    """
    raise NotImplementedError


@hookspec
def pytest_altax_clusterers() -> Mapping[str, Clusterer]:
    """Give clusterers by the name that `clusterer = "NAME"` selects.

    An example::

    def pytest_altax_clusterers():
        return {"embedding": EmbeddingClusterer()}
    """
    raise NotImplementedError


@hookspec
def pytest_altax_vocabularies() -> Mapping[str, Vocabulary]:
    r"""Give tokenizers by a regular expression for the beginning of the names of their models.

    They go before the built-in ones. `error` is the relative error that you expect of a count against the bill, 0 for
    none; `name` stands in the header of the results, and runs with other vocabularies are not compared.

    An example, with Hugging Face's `tokenizers` and a `tokenizer.json` of your own::

    class Llama:
        name, error = "llama-3.1", 0.01
        def __init__(self): self.tokenizer = tokenizers.Tokenizer.from_file("llama/tokenizer.json")
        def encode(self, text): return self.tokenizer.encode(text, add_special_tokens=False).ids
        def ends(self, text):
            offsets = self.tokenizer.encode(text, add_special_tokens=False).offsets
            return [end for _, end in offsets]

    def pytest_altax_vocabularies():
        return {r"(meta-)?llama-?3": Llama()}
    """
    raise NotImplementedError


@hookspec
def pytest_altax_reporters() -> Mapping[str, Reporter]:
    """Give report formats by the name that `--altax-report=NAME[:DEST]` selects.

    An example::

    def pytest_altax_reporters():
        return {"csv": CsvReporter()}
    """
    raise NotImplementedError


@hookspec
def pytest_altax_redact() -> Iterable[Callable[[str], str]]:
    r"""Give functions that take secrets out of a text, for what `[tool.pytest-altax.secrets] redact` cannot say.

    Each gets the URL, the body and the failure of every request and response, recorded or live, before anything is
    kept, matched or shown; the client gets what the server sent. It gives the text back without the secrets, each
    replaced by something that does not change from run to run, and gives its own result back as it is.

    An example::

    def pytest_altax_redact():
        return [lambda text: re.sub(r"customer-\d+", "customer-0", text)]
    """
    raise NotImplementedError
