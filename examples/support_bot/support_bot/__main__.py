"""`python -m support_bot "question"` prints the answer; without a question it keeps asking for one."""

from __future__ import annotations

import sys

from .bot import Bot, Turn


def main() -> None:
    bot = Bot()
    if question := " ".join(sys.argv[1:]):
        print(bot.answer(question))
        return
    history: list[Turn] = []
    while question := input("> ").strip():
        print(bot.answer(question, history))


if __name__ == "__main__":
    main()
