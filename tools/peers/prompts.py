"""The texts and prompts that every peer gets: the same reviews behind the same sentiment prompt.

Tested by: peers_test.py
"""

import pathlib
import re
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# About 46 tokens of Chinese, the mean length of the reviews that performance is quoted for.
TEXT_CHARACTERS = 68
CLAUSE = re.compile(r"[^，。！？；,!?;\s]+[，。！？；,!?;]?")


def make_texts(count, source=ROOT / "tests" / "golden" / "text.txt"):
    """Distinct reviews, made of the golden text's own clauses in another order; the same every time."""
    clauses = [clause for clause in CLAUSE.findall(source.read_text(encoding="utf-8")) if len(clause) > 3]
    texts, seen, place = [], set(), 0
    stride = 7
    while len(texts) < count:
        text = ""
        while len(text) < TEXT_CHARACTERS:
            text += clauses[place % len(clauses)]
            place += stride
        text = text[:TEXT_CHARACTERS]
        if text in seen:
            # The walk came back to where it began: another step from the next clause.
            place += 1
            stride += 1
            continue
        seen.add(text)
        texts.append(text)
    return texts


def task_system(name):
    task = tomllib.loads((ROOT / "share" / "tasks" / f"{name}.toml").read_text(encoding="utf-8"))
    return task["system"]


def chatml(system, user):
    """Up to where the answer begins, as the task sentiment.zh has it."""
    return (
        f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n{user}<|im_end|>\n<|im_start|>assistant\n"
    )


def article_prompt(user):
    """The mission's prompt, to the letter: no line break after the last role."""
    return chatml(task_system("sentiment.article.zh"), user).removesuffix("\n")


def long_text(characters):
    """What fills a chat of 2,048 tokens: about 0.66 tokens a character."""
    return "".join(make_texts(characters // TEXT_CHARACTERS + 1))[:characters]
