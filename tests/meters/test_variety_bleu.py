import pytest
from hypothesis import given
from hypothesis import strategies as st
from variety_texts import ODD, SLOGANS

from pytest_altax.meters.variety.bleu import nearest_others, self_bleu, tokens_13a

texts = st.lists(
    st.one_of(st.text(alphabet="ab .,-\n&;9", max_size=25), st.sampled_from(SLOGANS + ODD)), min_size=2, max_size=6
)


def test_self_bleu_is_that_of_sacrebleu():
    # sacrebleu 2.6.0, mean of sentence_bleu(text, others).score
    assert self_bleu(SLOGANS) == pytest.approx(40.2525087313032, abs=1e-9)


@pytest.mark.parametrize(
    ("places", "value"),
    [((0, 1), 15.619699684601276), ((2, 4), 2.8680782092219133), ((3, 4, 3, 5), 75.63851241661793)],
)
def test_self_bleu_of_few_texts_is_that_of_sacrebleu(places, value):
    assert self_bleu([SLOGANS[place] for place in places]) == pytest.approx(value, abs=1e-9)


@given(texts)
def test_self_bleu_of_any_texts_is_that_of_sacrebleu(some):
    sacrebleu = pytest.importorskip("sacrebleu")
    scores = [sacrebleu.sentence_bleu(text, some[:n] + some[n + 1 :]).score for n, text in enumerate(some)]
    assert self_bleu(some) == pytest.approx(sum(scores) / len(scores), abs=1e-9)


@given(st.text())
def test_tokens_are_those_of_sacrebleu(text):
    module = pytest.importorskip("sacrebleu.tokenizers.tokenizer_13a")
    assert tokens_13a(text) == module.Tokenizer13a()(text.rstrip()).split()


@pytest.mark.parametrize(
    ("text", "tokens"),
    # sacrebleu 2.6.0, Tokenizer13a
    [
        ("Don't stop, it's $3.50.", ["Don't", "stop", ",", "it's", "$", "3.50", "."]),
        ("1,000.5-2 &amp; &lt;skipped&gt; co-\noperate", ["1,000.5", "-", "2", "&", "<", "skipped", ">", "cooperate"]),
        ("a.b ,c 2-x", ["a", ".", "b", ",", "c", "2", "-", "x"]),
        ("日本語、です。", ["日本語、です。"]),
    ],
)
def test_tokens_of_mteval_13a(text, tokens):
    assert tokens_13a(text) == tokens


def test_one_text_has_no_others():
    assert self_bleu(["alone"]) is None
    assert self_bleu([]) is None


@given(texts, st.randoms(use_true_random=False))
def test_self_bleu_is_0_to_100_and_does_not_mind_the_order(some, dice):
    value = self_bleu(some)
    assert 0 <= value <= 100
    dice.shuffle(some)
    assert self_bleu(some) == pytest.approx(value, abs=1e-9)


def test_equal_texts_of_four_words_have_100():
    assert self_bleu(["one two three four"] * 5) == 100


@given(st.lists(st.integers(0, 9), min_size=2, max_size=9))
def test_the_nearest_other_length_is_the_shorter_of_two_equally_near(lengths):
    others = [lengths[:n] + lengths[n + 1 :] for n in range(len(lengths))]
    nearest = [min(rest, key=lambda one: (abs(one - own), one)) for own, rest in zip(lengths, others, strict=True)]
    assert nearest_others(lengths) == nearest
