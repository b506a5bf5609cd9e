from pytest_altax.text.ngrams import ngrams, words, words_or_signs
from pytest_altax.text.normalize import canonical, plain, straight


def test_words_are_lower_case_and_without_punctuation():
    assert words("Hello, World! It's 3.5") == ["hello", "world", "it", "s", "3", "5"]


def test_scripts_without_spaces_are_cut_into_characters():
    assert words("日本語 abc") == ["日", "本", "語", "abc"]


def test_vowel_signs_stay_within_their_word():
    assert words("हिन्दी भाषा") == ["हिन्दी", "भाषा"]


def test_ngrams_are_counted():
    assert ngrams(["a", "b", "a", "b"], 2) == {("a", "b"): 2, ("b", "a"): 1}


def test_no_ngram_is_longer_than_its_text():
    assert not ngrams(["a"], 2)


def test_a_curly_apostrophe_becomes_straight_and_stays_in_its_place():
    assert straight("can\u2019t “do”") == 'can\'t "do"'
    assert len(straight("\u200bcan\u2019t")) == 6


def test_plain_text_has_no_invisible_characters():
    assert plain("a\u200bb\u00adc") == "abc"


def test_texts_that_differ_in_case_quotes_space_and_numbers_are_canonically_equal():
    assert canonical("I can’t  do 12,5 of THAT.") == canonical("i can't do 7 of that.")


def test_a_text_without_words_is_cut_into_its_signs():
    assert words_or_signs("\U0001f52e !\n") == ["\U0001f52e", "!"]
    assert words_or_signs("Hi! \U0001f52e") == ["hi"]
    assert words_or_signs(" ") == []
