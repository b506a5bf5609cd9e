"""All measures of the answers to one prompt."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from ...text.ngrams import words_or_signs
from ..base import Embedder
from .bleu import self_bleu
from .classes import distinct_clusters, entropy, homogenization, miller_madow, single_cluster_rate
from .compression import compression_ratio
from .distinct import ORDERS, distinct, ead
from .grams import Grams, grams
from .record import FEWEST, MEASURES, TOO_FEW, GroupVariety, Variety
from .vendi import LARGEST, SIMILARITY, cosine_similarity, ngram_similarity, vendi

_DIGITS = 12


def group_variety(
    name: str,
    texts: Sequence[str],
    refused: Sequence[bool],
    classes: Sequence[Hashable],
    embedder: Embedder | None = None,
) -> GroupVariety:
    """The measures of a prompt group: its answers, which of them are refusals, and the class of each."""
    rest = [place for place, no in enumerate(refused) if not no]
    answered = None
    if len(rest) < len(texts):
        answered = variety([texts[place] for place in rest], [classes[place] for place in rest], embedder)
    return GroupVariety(
        name,
        variety(texts, classes, embedder),
        SIMILARITY if embedder is None else embedder.id,
        refusals=len(texts) - len(rest),
        empty=sum(not text.strip() for text in texts),
        answered=answered,
    )


def variety(texts: Sequence[str], classes: Sequence[Hashable], embedder: Embedder | None = None) -> Variety:
    """The measures of some texts with the class of each; fewer than 5 have none."""
    cut = [words_or_signs(text) for text in texts]
    words = sum(map(len, cut)) / len(cut) if cut else 0.0
    if len(texts) < FEWEST:
        return Variety(len(texts), words, unmeasured=dict.fromkeys(MEASURES, TOO_FEW))
    orders = grams(cut, ORDERS)
    found = {
        "distinct_clusters": distinct_clusters(classes),
        "homogenization": homogenization(classes),
        "single_cluster_rate": single_cluster_rate(classes),
        "semantic_entropy": entropy(classes),
        "semantic_entropy_miller_madow": miller_madow(classes),
        "vendi": _vendi(texts, orders, embedder),
        "ead": ead(orders),
        "distinct_2": distinct(orders[1]),
        "self_bleu": self_bleu(texts),
        "compression_ratio": compression_ratio(texts),
    }
    values = {name: float(value) for name, value in found.items() if value is not None}
    return Variety(len(texts), words, values, {name: _REASONS[name] for name in found if name not in values})


_REASONS = {
    "vendi": f"more than {LARGEST:,} samples",
    "ead": "no words",
    "distinct_2": "no bigrams",
    "compression_ratio": "no text",
}


def _vendi(texts: Sequence[str], orders: Sequence[Grams], embedder: Embedder | None) -> float | None:
    if len(texts) > LARGEST:
        return None
    known = ngram_similarity(orders[:2], len(texts)) if embedder is None else cosine_similarity(embedder.embed(texts))
    # Eigenvalues differ in their last digits from machine to machine; results should not
    return round(vendi(known), _DIGITS)
