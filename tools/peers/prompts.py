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


def read_task(name):
    return tomllib.loads((ROOT / "share" / "tasks" / f"{name}.toml").read_text(encoding="utf-8"))


def message(role, content):
    return f"<|im_start|>{role}\n{content}<|im_end|>\n"


def chatml(system, user, examples=""):
    """Up to where the answer begins, as the task sentiment.zh has it."""
    return message("system", system) + examples + message("user", user) + "<|im_start|>assistant\n"


def task_prompt(name, user):
    """A task's prompt with its examples, whose answers are the first string of their label."""
    task = read_task(name)
    answers = {label["name"]: label.get("strings", [label["name"]])[0] for label in task["labels"]}
    examples = "".join(
        message("user", example["text"]) + message("assistant", answers[example["label"]])
        for example in task.get("examples", [])
    )
    return chatml(task["system"], user, examples)


def article_prompt(user):
    """The mission's prompt, to the letter: no line break after the last role."""
    return task_prompt("sentiment.article.zh", user).removesuffix("\n")


def long_text(characters):
    """What fills a chat of 2,048 tokens: about 0.66 tokens a character."""
    return "".join(make_texts(characters // TEXT_CHARACTERS + 1))[:characters]
