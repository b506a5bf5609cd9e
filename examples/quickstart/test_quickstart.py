import pytest
from quickstart import explain


@pytest.mark.parametrize("word", ["compiler", "daemon"])
def test_a_word_is_explained(word):
    assert word in explain(word).lower()
