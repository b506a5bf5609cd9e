"""Which cassette a test opens: its own by its name, one that it shares, or one that fixtures choose."""

import re

import pytest

SHARED = """
import pytest
from app import ask

pytestmark = pytest.mark.altax(MARK)

class TestShop:
    def test_one(self):
        assert "number 1:" in ask("one?")

    def test_two(self):
        assert "number 2:" in ask("two?")

def test_three():
    assert "number 3:" in ask("three?")
"""
NAMES = """
import pytest
from app import ask

@pytest.mark.parametrize("name", ["über", "日本", "con", "a/b", "a\\\\b", "a:b", "x" * 300, "界" * 200])
def test_é(name):
    ask(name[:3] + str(len(name)))
"""
CONFIGURED = """
import pytest
from app import ask

@pytest.fixture(scope="SCOPE")
def altax_config():
    return {"match": {"ignore": ["[0-9]+"]}}

@pytest.fixture
def before():
    return ask("Is it 7?")

class TestShop:
    def test_one(self, before):
        assert ask("Is it 8?")
"""


def cassettes(suite):
    return sorted(path.relative_to(suite.path).as_posix() for path in suite.path.rglob("cassettes/**/*.json"))


def mark(text):
    return SHARED.replace("MARK", text)


def unnumbered(text):
    return re.sub(r"number \d:", "", mark(text))


def test_names_that_no_file_system_takes_are_recorded_and_replayed(suite):
    suite.write("test_shop.py", NAMES)
    suite.record().assert_outcomes(passed=8)
    suite.run().assert_outcomes(passed=8)
    names = [path.name for path in suite.path.rglob("cassettes/**/*.json")]
    assert len(names) == len({name.casefold() for name in names}) == 8
    assert all(len(name.encode()) <= 230 and not set(name) & set('<>:"/\\|?*') for name in names)


def test_ids_that_are_not_escaped_are_cut_to_what_a_file_system_takes(suite):
    option = "disable_test_id_escaping_and_forfeit_all_rights_to_community_support = true"
    suite.config("", option)
    suite.write("test_shop.py", NAMES)
    suite.record().assert_outcomes(passed=8)
    suite.run().assert_outcomes(passed=8)


def test_a_renamed_test_says_which_cassette_it_looked_for(suite):
    suite.write("test_shop.py", "from app import ask\n\ndef test_one():\n    ask('one?')\n")
    suite.record()
    suite.write("test_shop.py", "from app import ask\n\ndef test_first():\n    ask('one?')\n")
    suite.run().stdout.fnmatch_lines(["*cassettes/test_shop/test_first.json does not exist"])


@pytest.mark.parametrize(
    ("marker", "files"),
    [
        ("cassette='shop'", ["cassettes/shop.json"]),
        ("cassette='a/b.json'", ["cassettes/a/b.json"]),
        ("cassette_scope='module'", ["cassettes/test_shop.json"]),
    ],
)
def test_all_tests_of_a_module_share_the_cassette_of_its_marker(suite, marker, files):
    suite.write("test_shop.py", mark(marker))
    suite.record().assert_outcomes(passed=3)
    assert cassettes(suite) == files
    suite.run("-p", "no:randomly").assert_outcomes(passed=3)
    suite.run("-k", "three").assert_outcomes(passed=1)
    assert suite.model.asked == 3


def test_two_workers_record_one_cassette_whole(suite):
    suite.write("test_shop.py", unnumbered("cassette='shop'"))
    suite.record("-n2", "--altax-record=once").assert_outcomes(passed=3)
    assert cassettes(suite) == ["cassettes/shop.json"]
    suite.run().assert_outcomes(passed=3)
    assert suite.model.asked == 3


def test_a_cassette_that_is_there_is_not_recorded_again_in_mode_once(suite):
    suite.write("test_shop.py", unnumbered("cassette='shop'"))
    suite.record("-k", "three", "--altax-record=once").assert_outcomes(passed=1)
    suite.record("--altax-record=once").assert_outcomes(passed=1, failed=2)
    assert suite.model.asked == 1


def test_a_class_has_one_cassette_and_the_nearest_marker_wins(suite):
    source = mark("cassette='shop'").replace(
        "class TestShop", "@pytest.mark.altax(cassette_scope='class')\nclass TestShop"
    )
    suite.write("test_shop.py", source)
    suite.record().assert_outcomes(passed=3)
    assert cassettes(suite) == ["cassettes/shop.json", "cassettes/test_shop/TestShop.json"]
    suite.run().assert_outcomes(passed=3)


def test_each_test_opens_a_shared_cassette_anew(suite):
    source = """
    import pytest
    from app import ask
    pytestmark = pytest.mark.altax(cassette="shop")

    def test_one():
        assert "number 1:" in ask("the same?")

    def test_two():
        assert "number 1:" in ask("the same?")
    """
    suite.write("test_shop.py", source)
    suite.record("-k", "one")
    suite.run().assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("cassette='../shop'", "*test_one: the cassette '../shop' lies outside its folder*"),
        ("cassette='/etc/shop'", "*test_one: the cassette '/etc/shop' lies outside its folder*"),
        ("cassette_scope='class'", "*test_three: cassette_scope is 'class', and the test is in none*"),
    ],
)
def test_a_cassette_that_cannot_be_meant_is_refused_before_any_test_runs(suite, marker, said):
    suite.write("test_shop.py", mark(marker))
    result = suite.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])


@pytest.mark.parametrize("scope", ["function", "session"])
def test_altax_config_holds_for_all_that_a_test_does(suite, scope):
    suite.write("test_shop.py", CONFIGURED.replace("SCOPE", scope))
    suite.record().assert_outcomes(passed=1)
    suite.write("test_shop.py", CONFIGURED.replace("SCOPE", scope).replace("it 7", "it 9").replace("it 8", "it 1"))
    suite.run().assert_outcomes(passed=1)
    assert not suite.the_run()["stale"]


@pytest.mark.parametrize(("arguments", "ci", "recorded"), [([], "", 1), (["--altax-record=none"], "", 0), ([], "1", 0)])
def test_altax_config_may_record_but_an_option_and_ci_go_before_it(suite, monkeypatch, arguments, ci, recorded):
    monkeypatch.setenv("CI", ci)
    suite.write("conftest.py", "import pytest\n\n@pytest.fixture\ndef altax_config():\n    return {'record': 'once'}\n")
    suite.write("test_shop.py", "from app import ask\n\ndef test_one():\n    ask('one?')\n")
    with suite.up():
        suite.run(*arguments).assert_outcomes(passed=recorded, failed=1 - recorded)
    assert len(cassettes(suite)) == recorded


@pytest.mark.parametrize("place", ["option", "file", "fixture"])
def test_the_speed_of_streams_is_asked_for_by_option_file_or_fixture(suite, place):
    suite.config('replay-speed = "recorded"\n' if place == "file" else "")
    said = "{'replay-speed': 'recorded'}" if place == "fixture" else "{}"
    suite.write("conftest.py", f"import pytest\n\n@pytest.fixture\ndef altax_config():\n    return {said}\n")
    suite.write("test_shop.py", "def test_one(altax):\n    assert altax._attempt.tape.paced\n")
    arguments = ["--altax-replay-speed=recorded"] * (place == "option")
    assert suite.run(*arguments).parseoutcomes()["passed"] == 1


def test_an_altax_config_that_cannot_be_used_fails_its_test(suite):
    suite.write("conftest.py", "import pytest\n\n@pytest.fixture\ndef altax_config():\n    return {'recrod': 'once'}\n")
    suite.write("test_shop.py", "def test_one(): pass\n")
    result = suite.run()
    assert result.parseoutcomes()["errors"] == 1
    result.stdout.fnmatch_lines(["*test_one: altax_config: unknown key 'recrod'*", "*did you mean 'record'?*"])


def test_a_wider_fixture_follows_an_altax_config_of_its_scope(suite):
    source = """
    import pytest
    from app import ask

    @pytest.fixture(scope="SCOPE")
    def altax_config():
        return {"match": {"ignore": ["[0-9]+"]}}

    @pytest.fixture(scope="module")
    def before():
        return ask("Is it 7?")

    def test_one(before): pass
    """
    suite.write("test_shop.py", source.replace("SCOPE", "module"))
    suite.record().assert_outcomes(passed=1)
    for scope, outcome in (("module", {"passed": 1}), ("function", {"errors": 1})):
        suite.write("test_shop.py", source.replace("SCOPE", scope).replace("it 7", "it 9"))
        suite.run().assert_outcomes(**outcome)


def test_folder_and_name_of_a_cassette_are_chosen_by_fixtures(suite):
    source = """
    import pytest
    from app import ask

    @pytest.fixture(scope="module")
    def altax_cassette_dir():
        return "tapes"

    @pytest.fixture
    def altax_cassette_name(request):
        return f"mine/{request.node.name.upper()}"

    def test_one():
        ask("one?")
    """
    suite.write("tests/test_shop.py", source)
    suite.record().assert_outcomes(passed=1)
    suite.run().assert_outcomes(passed=1)
    assert (suite.path / "tests/tapes/test_shop/mine/TEST_ONE.json").is_file()


def test_a_call_before_its_cassette_is_chosen_fails_and_says_why(suite):
    source = """
    import pytest
    from app import ask

    @pytest.fixture
    def early():
        ask("early?")

    @pytest.fixture
    def altax_config(early):
        return {}

    def test_one(): pass
    """
    suite.write("test_shop.py", source)
    suite.record().stdout.fnmatch_lines(["*before it was known where it is to be recorded*"])


def test_a_unittest_testcase_follows_the_fixtures_too(suite):
    source = """
    import unittest
    from app import ask

    class ShopTest(unittest.TestCase):
        def setUp(self):
            ask("Is it 7?")

        def test_one(self):
            ask("Is it 8?")
    """
    suite.write(
        "conftest.py",
        "import pytest\n\n@pytest.fixture\ndef altax_config():\n    return {'match': {'ignore': ['[0-9]']}}\n",
    )
    suite.write("test_shop.py", source)
    suite.record().assert_outcomes(passed=1)
    suite.write("test_shop.py", source.replace("it 7", "it 1"))
    suite.run().assert_outcomes(passed=1)
    assert not suite.the_run()["stale"]


def test_the_overriding_fixtures_cost_nothing_without_altax(suite):
    suite.write(
        "conftest.py", "import pytest\n\n@pytest.fixture\ndef altax_config():\n    raise RuntimeError('used')\n"
    )
    suite.write("test_shop.py", "def test_one(): pass\n")
    suite.pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_altax_config_may_name_secrets_of_its_tests(suite):
    source = """
    import pytest
    from app import ask

    @pytest.fixture
    def altax_config():
        return {"secrets": {"redact": ["shop_[a-z]+"]}}

    def test_one():
        ask("Is it shop_abcdef?")
    """
    suite.write("test_shop.py", source)
    suite.record().assert_outcomes(passed=1)
    suite.run().assert_outcomes(passed=1)
    assert "shop_abcdef" not in (suite.path / "cassettes/test_shop/test_one.json").read_text()


def test_altax_config_may_block_the_network_of_its_tests(suite):
    source = """
    import httpx
    import pytest
    from app import ask

    @pytest.fixture
    def altax_config():
        return {"block-network": True}

    def test_one():
        httpx.get("http://weather.invalid/today", verify=False)
    """
    suite.write("test_shop.py", source)
    suite.run().stdout.fnmatch_lines(["*weather.invalid* was refused: block-network is on*"])
