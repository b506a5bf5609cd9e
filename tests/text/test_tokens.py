import hashlib
import os
import shutil
import subprocess
import sys
import threading

import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_altax.errors import ConfigError
from pytest_altax.text import tokens, vocabulary
from pytest_altax.text.tokens import Tokens

COUNTER = Tokens()
TEXTS = st.text(st.characters(codec=None), max_size=60) | st.text(
    st.sampled_from("aé日本🎉👨‍👩‍👧\u0301 \n\t{}\"'1<|>\ud800"), max_size=60
)
MODELS = st.sampled_from(["gpt-4o", "gpt-4"])

# Runs in a process of its own: any use of the network, and any program started, ends it.
OFFLINE = """
import os, sys
def wall(event, args):
    if event.startswith(("socket.", "subprocess.", "os.exec", "urllib.")):
        raise SystemExit(f"{event} {args}")
sys.addaudithook(wall)
before = {key: value for key, value in os.environ.items()}
from pytest_altax.text.tokens import Tokens
counter = Tokens()
print(counter.count("hello world, naïve 日本", "gpt-4o"), counter.count("hello world", "gpt-4"), end=" ")
print(counter.exact("gpt-4o"))
assert before == dict(os.environ)
"""


def offline(code: str, tmp_path, **variables: str) -> str:
    drop = ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR", "LOCALAPPDATA")
    kept = {key: value for key, value in os.environ.items() if key not in drop}
    env = kept | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "RUST_BACKTRACE": "0"} | variables
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The folder and the output of a first run, which finds no cache, and then uses tiktoken itself."""
    folder = tmp_path_factory.mktemp("first")
    after = "\nimport tiktoken; print(len(tiktoken.encoding_for_model('gpt-4o').encode('hello world')))"
    return folder, offline(OFFLINE + after, folder).splitlines()


def test_counting_opens_no_socket_and_leaves_the_environment_alone(first):
    assert first[1][0] == "6 2 True"


def test_the_code_under_test_can_use_tiktoken_offline_afterwards(first):
    assert first[1][-1] == "2"


@pytest.mark.skipif(sys.platform == "win32", reason="the cache lies elsewhere")
def test_the_rank_files_in_the_cache_are_those_tiktoken_knows(first):
    files = list((first[0] / "cache").rglob("*"))
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.is_file()}
    assert digests == {known.sha256 for known in vocabulary.VOCABULARIES.values()}


@pytest.mark.skipif(sys.platform == "win32", reason="the cache lies elsewhere")
def test_a_damaged_file_in_the_cache_is_made_anew(first, tmp_path):
    shutil.copytree(first[0] / "cache", tmp_path / "cache")
    damaged = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    for path in damaged:
        path.write_bytes(b"damaged")
    assert offline(OFFLINE, tmp_path) == "6 2 True"
    assert len(damaged) == 2
    assert b"damaged" not in [path.read_bytes() for path in damaged]


def test_a_cache_folder_of_the_user_is_not_written_and_nothing_is_downloaded(tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    assert offline(OFFLINE, tmp_path, TIKTOKEN_CACHE_DIR=str(own)) == "6 2 True"
    assert (list(own.iterdir()), (tmp_path / "cache").exists()) == ([], False)


def test_an_empty_cache_variable_which_turns_caching_off_is_no_download(tmp_path):
    assert offline(OFFLINE, tmp_path, TIKTOKEN_CACHE_DIR="") == "6 2 True"


def test_a_folder_that_cannot_be_written_is_no_download(tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert offline(OFFLINE, tmp_path) == "6 2 True"


def test_importing_the_module_loads_no_tokenizer(tmp_path):
    code = "import sys, pytest_altax.text.tokens; print('tiktoken' in sys.modules)"
    assert offline(code, tmp_path) == "False"


@given(TEXTS, st.sampled_from(list(vocabulary.VOCABULARIES)))
@settings(max_examples=60, deadline=None)
def test_an_encoding_built_in_memory_is_tiktokens_own(text, name):
    text = text.replace("\ud800", "?")
    assert BUILT[name].encode_ordinary(text) == tiktoken.get_encoding(name).encode_ordinary(text)


BUILT = {name: vocabulary._build(known) for name, known in vocabulary.VOCABULARIES.items() if vocabulary.load(name)}


@pytest.mark.parametrize(
    ("text", "model", "count"),
    [("", "gpt-4o", 0), ("hello world", "gpt-4o", 2), ("<|endoftext|>", "gpt-4o", 7), ("日本", "gpt-4", 2)],
)
def test_texts_have_the_known_number_of_tokens(text, model, count):
    assert COUNTER.count(text, model) == count


@given(st.text(max_size=60) | st.just("<|endoftext|><|endofprompt|>"), MODELS)
@settings(max_examples=200, deadline=None)
def test_the_tokens_are_those_of_tiktoken(text, model):
    encoding = tiktoken.get_encoding("o200k_base" if model == "gpt-4o" else "cl100k_base")
    assert list(COUNTER.encode(text, model)) == encoding.encode_ordinary(text)


@given(TEXTS, MODELS)
@settings(max_examples=200, deadline=None)
def test_ends_never_fall_and_the_last_is_the_length(text, model):
    ends = COUNTER.ends(text, model)
    assert len(ends) == COUNTER.count(text, model)
    assert list(ends) == sorted(ends)
    assert (ends[-1] if ends else 0) == len(text)


@given(st.text(max_size=60), MODELS)
@settings(max_examples=200, deadline=None)
def test_a_token_begins_in_the_character_at_the_end_of_the_one_before(text, model):
    encoding = tiktoken.get_encoding("o200k_base" if model == "gpt-4o" else "cl100k_base")
    starts, at = [], 0
    for piece in encoding.decode_tokens_bytes(list(COUNTER.encode(text, model))):
        starts.append(at)
        at += len(piece)
    first_bytes = [0]
    for char in text:
        first_bytes.append(first_bytes[-1] + len(char.encode()))
    owners = [max(place for place, first in enumerate(first_bytes) if first <= start) for start in starts]
    assert [0, *COUNTER.ends(text, model)][: len(owners)] == owners


def test_a_character_divided_among_tokens_is_complete_at_the_last_of_them():
    assert list(COUNTER.ends("a𐍈b", "gpt-4")) == [1, 1, 1, 1, 2, 3]


def test_a_lone_surrogate_is_one_character():
    assert COUNTER.ends("a\ud800b", "gpt-4o")[-1] == 3


@pytest.mark.parametrize("letter", ["a", " ", "\n", "\t", "日", "!", "{[("])
def test_a_hundred_thousand_of_one_letter_are_counted(letter):
    text = (letter * 100_000)[:100_000]
    assert COUNTER.ends(text, "gpt-4o")[-1] == 100_000


def test_a_million_blanks_do_not_break_the_tokenizer():
    text = "x" + " " * 1_000_001 + "y"
    assert COUNTER.ends(text, "gpt-4o")[-1] == len(text)


def test_a_text_is_cut_once():
    counter = Tokens()
    assert counter.encode("once upon a time", "gpt-4o") is counter.encode("once upon a time", "gpt-4o-mini")


def test_the_memory_of_texts_is_bounded(monkeypatch):
    monkeypatch.setattr(tokens, "_REMEMBERED", 1_000)
    counter = Tokens()
    for number in range(50):
        counter.encode(f"text {number}", "gpt-4o")
        counter.ends(f"text {number}", "gpt-4o")
    for memory in (counter._tokens, counter._ends):
        assert len(memory._known) < 11
        assert memory._size <= 1_000


def test_threads_may_count_at_once():
    counter, counts = Tokens(), []
    threads = [threading.Thread(target=lambda: counts.append(counter.count("hello world", "gpt-4o"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [2] * 4


@pytest.mark.parametrize(
    ("model", "exact", "slope"),
    [
        ("gpt-4o-2024-08-06", True, 1), ("openai/gpt-5-mini", True, 1), ("gpt-4", True, 1), ("o3-mini", True, 1),
        ("ft:gpt-4o-mini:acme", True, 1), ("gpt-oss:20b", False, 1), ("claude-sonnet-4-5-20250929", False, 1.22),
        ("us.anthropic.claude-opus-4-1-v1:0", False, 1.22), ("claude-opus-4-7", False, 1.58),
        ("claude-sonnet-5", False, 1.58), ("mistral-large-latest", False, 1.17), ("gemini-2.5-flash", False, 1),
        ("llama3.2:3b", False, 1), (None, False, 1),
    ],
)  # fmt: skip
def test_a_model_has_the_slope_and_exactness_of_its_family(model, exact, slope):
    assert (COUNTER.exact(model), COUNTER.slope(model)) == (exact, slope)
    assert (COUNTER.expected_error(model) == 0) == exact


def test_unknown_families_are_expected_to_be_off_by_a_seventh():
    assert COUNTER.expected_error("llama3") == 0.14


class TestWithoutAVocabulary:
    """What happens where no vocabulary can be loaded."""

    @pytest.fixture
    def counter(self, monkeypatch):
        monkeypatch.setattr(vocabulary, "_packed", lambda name: b"damaged")
        monkeypatch.setattr(vocabulary, "_is_cached", lambda known, folder: False)
        return Tokens()

    def test_nothing_is_exact(self, counter):
        assert (counter.exact("gpt-4o"), counter.expected_error("gpt-4o")) == (False, 0.15)

    def test_words_are_counted(self, counter):
        assert counter.count('{"city": "Oslo", "days": 3}', "gpt-4o") in range(8, 15)

    def test_ends_still_reach_the_length(self, counter):
        assert counter.ends("naïve 日本 🎉", "gpt-4o")[-1] == len("naïve 日本 🎉")


class Letters:
    """A vocabulary of letters."""

    name, error = "letters-1", 0.05

    def encode(self, text):
        return [ord(letter) for letter in text]

    def ends(self, text):
        return list(range(1, len(text) + 1))


@pytest.mark.parametrize("model", ["Acme-Large", "openai/acme-7b", "eu.acme-1"])
def test_a_vocabulary_of_ones_own_counts_the_models_it_is_given_for(model):
    counter = Tokens({"acme": Letters()})
    assert (counter.count("hello world", model), counter.count("hello world", "gpt-4o")) == (11, 2)
    assert (counter.exact(model), counter.expected_error(model), counter.slope(model)) == (False, 0.05, 1)


def test_a_vocabulary_without_error_is_exact():
    letters = Letters()
    letters.error = 0.0
    assert Tokens({"acme": letters}).exact("acme")


def test_a_vocabulary_goes_before_the_built_in_ones():
    assert Tokens({"gpt-4o": Letters()}).count("hello world", "gpt-4o-mini") == 11


def test_a_vocabulary_whose_ends_do_not_fit_its_tokens_is_named():
    class Short(Letters):
        def ends(self, text):
            return [1]

    with pytest.raises(ConfigError, match=r"'letters-1' cuts a text of 5 characters into 5 tokens, .* of 1, the last"):
        Tokens({"acme": Short()}).ends("hello", "acme")


def test_an_expression_for_models_that_is_none_is_refused():
    with pytest.raises(ConfigError, match=r"'\(acme', which is no regular expression"):
        Tokens({"(acme": Letters()})
