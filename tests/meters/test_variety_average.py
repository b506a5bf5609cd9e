from pytest_altax.meters.variety.average import Average, average, average_answered
from pytest_altax.meters.variety.record import GroupVariety, Variety

TOO_FEW = Variety(4, 9.0, {}, {"vendi": "fewer than 5 samples"})


def group(samples=10, words=2.0, refusals=0, empty=0, answered=None, **values):
    return GroupVariety("g", Variety(samples, words, values), "ngrams", refusals, empty, answered)


def test_values_are_averaged_over_prompts_and_words_over_answers():
    found = average([group(10, 2.0, vendi=1.0), group(30, 4.0, vendi=2.0)])
    assert found == Average(2, 40, 3.5, values={"vendi": 1.5})


def test_a_value_is_averaged_over_the_prompts_that_have_it():
    assert average([group(vendi=1.0, ead=0.5), group(vendi=3.0)]).values == {"vendi": 2.0, "ead": 0.5}


def test_refused_and_empty_are_shares_of_all_answers():
    found = average([group(10, refusals=2, empty=1, vendi=1.0), group(30, refusals=4, vendi=1.0)])
    assert (found.refused, found.empty) == (6 / 40, 1 / 40)


def test_prompts_with_too_few_answers_are_left_out():
    few = GroupVariety("few", TOO_FEW, "ngrams", refusals=3)
    assert average([few, group(vendi=1.0)]) == average([group(vendi=1.0)])
    assert average([few]) == Average(0, 0)


def test_prompts_with_too_few_answers_that_are_no_refusals_are_left_out_of_those():
    answered = Variety(8, 5.0, {"vendi": 4.0})
    some = [group(refusals=2, answered=answered, vendi=1.0), group(refusals=6, answered=TOO_FEW, vendi=1.0)]
    assert average_answered(some) == Average(1, 8, 5.0, values={"vendi": 4.0})
    assert average_answered([group(vendi=2.0)]).values == {"vendi": 2.0}
