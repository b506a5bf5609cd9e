import pytest

TABLE = "[tool.pytest-altax.refusals]\n"
PATTERNS = "phrases = ['we are legally unable', 'no way']\nnot-phrases = ['legal footer']\n"


def test_phrases_are_regular_expressions_that_ignore_case(project):
    found = project.load(TABLE + PATTERNS).phrases
    assert [one.pattern for one in found.refusals] == ["we are legally unable", "no way"]
    assert found.refusals[0].search("We ARE legally unable")
    assert found.passed_over[0].search("Legal Footer")


def test_a_curly_apostrophe_in_a_phrase_is_a_straight_one(project):
    assert project.load(TABLE + "phrases = ['can’t ship']").phrases.refusals[0].search("can't ship")


def test_without_a_table_there_are_none(project):
    assert not project.load("[tool.pytest-altax]\n").phrases


def test_other_phrases_are_another_configuration(project):
    digests = {project.load(text).digest for text in ("", TABLE + PATTERNS, TABLE + "phrases = ['no way']")}
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("phrases = ['(']", "pyproject.toml:2:12: bad regular expression '(' at character 1"),
        ("phrases = [\n 'a',\n 'b*']", "pyproject.toml:4:2: regular expression 'b*' fits the empty text"),
        ("not-phrases = ['']", "is empty"),
        ("phrases = 'a'", "'phrases' in [tool.pytest-altax.refusals] is the text \"a\"; an array is allowed"),
        ("phrases = [3]", "item 1 of 'phrases' in [tool.pytest-altax.refusals] is the number 3; text is allowed"),
        ("frases = ['a']", "pyproject.toml:2:1: unknown key 'frases'"),
        ("not_phrases = ['a']", "did you mean 'not-phrases'?"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(project, text, said):
    assert said in project.refuses(TABLE + text)


def test_a_misspelt_table_gets_the_nearest(project):
    assert "did you mean 'refusals'?" in project.refuses("[tool.pytest-altax.refusal]\nphrases = ['a']")
