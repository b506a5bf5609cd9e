import pytest

from pytest_altax.config.markeredits import edited_markers

ONE = """
import pytest

@pytest.mark.altax(
    tax_tokens=900,  # dear
)
def test_door(): ...

class TestShop:
    @pytest.mark.altax
    def test_door(self): ...
"""
EDITS = [
    ONE.replace("900", "9000"),
    ONE.replace("    @pytest.mark.altax\n", ""),
    ONE.replace("def test_door(self)", "@pytest.mark.altax(harmful=True)\n    def test_door(self)"),
    ONE.replace("class TestShop", "@pytest.mark.altax(calls=9)\nclass TestShop"),
    ONE + "pytestmark = pytest.mark.altax(calls=9)\n",
    ONE + "def pytest_collection_modifyitems(items):\n    items[0].add_marker(pytest.mark.altax(calls=9))\n",
    "def test_door(): ...\n",
    "",
]
SAME = [
    ONE.replace("(\n    tax_tokens=900,  # dear\n)", "(tax_tokens=900)"),
    ONE.replace("import pytest", "import os\nimport pytest"),
    ONE + "@pytest.mark.altax(calls=9)\ndef test_window(): ...\n",
    ONE.replace("def test_door(): ...", "def test_door():\n    assert True"),
]


@pytest.mark.parametrize("now", EDITS)
def test_other_markers_of_what_was_there_are_an_edit(now):
    assert edited_markers(ONE.encode(), now.encode())


@pytest.mark.parametrize("now", SAME)
def test_new_tests_and_another_layout_are_none(now):
    assert not edited_markers(ONE.encode(), now.encode())


def test_a_marker_that_is_first_of_its_file_is_an_edit_of_a_test_that_was_there():
    assert edited_markers(b"def test_door(): ...\n", ONE.encode())


@pytest.mark.parametrize("start", ["def (", "\0"])
def test_what_is_no_python_is_compared_by_its_lines(start):
    then = f"{start}\n@mark.altax(calls=1)\n".encode()
    assert edited_markers(then, then.replace(b"1", b"2"))
    assert not edited_markers(then, b"\n" + then)
