"""A small shop with a limit of a change, its baseline, and what git has to be told of it."""

import subprocess

TEST = """
from app import ask
from prompt import SYSTEM

def test_door():
    ask("Where is the door?", system=SYSTEM)
"""
SHORT = "SYSTEM = 'You are a careful assistant of a small shop.'\n"
LONG = "SYSTEM = 'You are a careful assistant of a small shop. Never speak of weapons, of politics or of medicine.'\n"
LIMIT = '[tool.pytest-altax.budget]\ninput_tokens = { max-increase = "5%" }\n'


def recorded(suite):
    """The suite with one test that asks with a prompt of its own, recorded."""
    suite.config(LIMIT)
    suite.write("prompt.py", SHORT)
    suite.write("test_shop.py", TEST)
    suite.record()
    return suite


def git(folder, *arguments):
    """Run git in a folder."""
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, check=True)


def bless(suite):
    """Make a run the baseline."""
    suite.run("--altax-save-baseline").stdout.fnmatch_lines(["altax-baseline.json: 1 test"])


def longer(suite):
    """Let the prompt grow."""
    suite.write("prompt.py", LONG)
