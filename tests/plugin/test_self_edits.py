"""What a change edits of its own gate."""

import shutil

import pytest
from baseline_shop import LIMIT, TEST, bless, git, longer, recorded


@pytest.fixture
def shop(suite):
    return recorded(suite)


class TestSelfEdits:
    """What a change edits of its own gate."""

    @pytest.fixture
    def branch(self, shop):
        """A branch that has edited nothing yet."""
        shop.write("guard.md", "You are a careful assistant")
        shop.config(LIMIT + '[tool.pytest-altax.layers]\nguard = { file = "guard.md" }\n')
        git(shop.path, "init", "-q", "-b", "main")
        bless(shop)
        git(shop.path, "add", "-A")
        git(shop.path, "commit", "-qm", "start")
        git(shop.path, "checkout", "-qb", "work")
        return shop

    def run(self, suite):
        return suite.run("--altax-baseline=git:main")

    def test_a_change_that_edits_nothing_of_it_is_told_nothing(self, branch):
        branch.write("notes.md", "x")
        self.run(branch).stdout.no_fnmatch_line("*edits what judges it*")

    def test_an_edited_budget_is_told_with_both_values(self, branch):
        path = branch.path / "pyproject.toml"
        path.write_text(path.read_text().replace('"5%"', '"50%"'))
        wanted = ["this change edits what judges it:", '*input_tokens] max-increase: "5%" → "50%"']
        self.run(branch).stdout.fnmatch_lines(wanted)

    def test_each_of_several_entries_for_the_same_tests_is_told(self, branch):
        entry = '[[tool.pytest-altax.budgets]]\nmatch = "*"\n'
        path = branch.path / "pyproject.toml"
        path.write_text(path.read_text() + f'{entry}language = "de"\ncalls = 3\n{entry}calls = 4\n{entry}calls = 5\n')
        git(branch.path, "commit", "-qam", "entries")
        git(branch.path, "branch", "-f", "main")
        path.write_text(path.read_text().replace("calls = 3", "calls = 33").replace("calls = 4", "calls = 44"))
        wanted = ["  *budgets.?[*] de?] calls: 3 → 33", "  *budgets.?[*]?] calls: 4 → 44"]
        result = self.run(branch)
        result.stdout.fnmatch_lines_random(wanted)
        result.stdout.no_fnmatch_line("*5 →*")

    def test_settings_that_are_removed_with_their_file_are_told(self, branch):
        (branch.path / "pyproject.toml").unlink()
        branch.write("pytest.ini", "[pytest]\npythonpath = .\nasyncio_default_fixture_loop_scope = function\n")
        self.run(branch).stdout.fnmatch_lines(['*budget.input_tokens] max-increase: "5%" → not set'])

    def test_another_order_of_entries_is_told(self, branch):
        entries = ['[[tool.pytest-altax.budgets]]\nmatch = "*"\ncalls = 4\n',
                   '[[tool.pytest-altax.budgets]]\nmatch = "test_*"\ncalls = 5\n']  # fmt: skip
        path = branch.path / "pyproject.toml"
        before = path.read_text()
        path.write_text(before + "".join(entries))
        git(branch.path, "commit", "-qam", "entries")
        git(branch.path, "branch", "-f", "main")
        path.write_text(before + "".join(reversed(entries)))
        self.run(branch).stdout.fnmatch_lines(["  [[][[]tool.pytest-altax.budgets]]: another order, *"])

    def test_edits_stand_above_the_table(self, branch):
        bless(branch)
        (branch.path / "guard.md").write_text("You are a careful assistant of a")
        wanted = ["*alignment tax*", "this change edits*", "  layer guard: guard.md", "*total*", "test *tokens*"]
        self.run(branch).stdout.fnmatch_lines([wanted[0], wanted[1], wanted[2], wanted[4]])

    def test_a_marker_a_baseline_and_cassettes_are_named(self, branch):
        marked = TEST.replace("def test_door", "@pytest.mark.altax(tax_tokens=9)\ndef test_door")
        branch.write("test_shop.py", "import pytest\n" + marked)
        longer(branch)
        with branch.up():
            branch.run("--altax-record=stale", "--altax-save-baseline")
        wanted = ["  markers: test_shop.py", "  baseline: altax-baseline.json", "  cassettes: cassettes/test_shop/*"]
        self.run(branch).stdout.fnmatch_lines(wanted)

    def test_they_fail_the_build_where_that_is_asked_for(self, branch):
        path = branch.path / "pyproject.toml"
        path.write_text(
            path.read_text().replace("[tool.pytest-altax]\n", '[tool.pytest-altax]\non-self-edit = "fail"\n')
        )
        result = self.run(branch)
        result.assert_outcomes(passed=1, failed=1)
        result.stdout.fnmatch_lines(['*on-self-edit: not set → "fail"', "*to fix: take these edits out*"])

    def test_a_change_that_turns_that_off_fails_all_the_same(self, branch):
        path = branch.path / "pyproject.toml"
        table = "[tool.pytest-altax]\n"
        path.write_text(path.read_text().replace(table, table + 'on-self-edit = "fail"\n'))
        git(branch.path, "checkout", "-q", "main")
        git(branch.path, "commit", "-qam", "strict")
        git(branch.path, "checkout", "-qB", "work")
        path.write_text(path.read_text().replace('"fail"', '"note"'))
        result = self.run(branch)
        result.assert_outcomes(passed=1, failed=1)
        result.stdout.fnmatch_lines(['*on-self-edit: "fail" → "note"'])

    def test_a_pull_request_on_github_is_compared_below_the_top_of_its_repository_too(self, branch, monkeypatch):
        inner = branch.path / "shop"
        inner.mkdir()
        for name in ("pyproject.toml", "app.py", "prompt.py", "guard.md", "test_shop.py", "cassettes"):
            shutil.move(branch.path / name, inner / name)
        git(branch.path, "add", "-A")
        git(branch.path, "commit", "-qm", "moved down")
        git(branch.path, "update-ref", "refs/remotes/origin/main", "work")
        monkeypatch.setenv("GITHUB_BASE_REF", "main")
        (inner / "guard.md").write_text("You are a careful assistant of a")
        result = branch.run(f"--rootdir={inner}", f"-c{inner}/pyproject.toml", inner)
        result.stdout.fnmatch_lines(["  layer guard: shop/guard.md"])

    def test_a_pull_request_on_github_is_compared_with_its_target(self, branch, monkeypatch):
        git(branch.path, "update-ref", "refs/remotes/origin/main", "main")
        monkeypatch.setenv("GITHUB_BASE_REF", "main")
        (branch.path / "guard.md").write_text("You are a careful assistant of a")
        branch.run().stdout.fnmatch_lines(["  layer guard: guard.md"])

    def test_where_git_cannot_tell_that_is_said(self, branch, monkeypatch):
        monkeypatch.setenv("GITHUB_BASE_REF", "main")
        branch.run().stdout.fnmatch_lines(["  what this change edits of its own gate is not known: git knows no*"])
