#!/usr/bin/env python3
"""Loop rate and distinct-2 of a chat task for several repeat penalties (docs/tasks.md, "Measured").

Runs the program on prompts.zh.txt as conversations of five turns, a few seeds each. A reply loops if a
sentence's third time ended it, or if some run of eight characters occurs three times in it. distinct-2: different
pairs of neighbouring characters over all pairs, per reply, averaged.

  tools/repetition/measure.py build/release/yixin -m qwen2.5-coder-0.5b
"""

import argparse
import json
import pathlib
import statistics
import subprocess

TURNS = 5
RUN = 8


def loops(reply: dict) -> bool:
    text = reply["text"]
    if reply["finish"] == "repetition":
        return True
    return any(text.count(text[i : i + RUN]) >= 3 for i in range(len(text) - RUN + 1))


def distinct_2(text: str) -> float:
    pairs = [text[i : i + 2] for i in range(len(text) - 1)]
    return len(set(pairs)) / len(pairs) if pairs else 1.0


def replies(arguments, penalty: float, seed: int, prompts: list[str]) -> list[dict]:
    lines = []
    for i, prompt in enumerate(prompts):
        if i % TURNS == 0:
            lines.append("/clear")
        lines.append(prompt)
    command = [arguments.program, "chat", "--json", "--no-sentiment", "--timeout", "0", "--seed", str(seed)]
    command += ["-m", arguments.model, "--task", arguments.task, "--repeat-penalty", str(penalty)]
    run = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    events = [json.loads(line) for line in run.stdout.splitlines()]
    return [event for event in events if event["event"] == "reply"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("-m", "--model", required=True)
    parser.add_argument("--task", default="chat.zh")
    parser.add_argument("--penalties", type=float, nargs="+", default=[1.0, 1.05, 1.1])
    parser.add_argument("--seeds", type=int, default=2)
    arguments = parser.parse_args()
    path = pathlib.Path(__file__).parent / "prompts.zh.txt"
    prompts = path.read_text(encoding="utf-8").split("\n")[:-1]
    print("| repeat penalty | replies | loop rate | distinct-2 | mean characters | cut by length |")
    print("| --- | --- | --- | --- | --- | --- |")
    for penalty in arguments.penalties:
        made = [r for seed in range(arguments.seeds) for r in replies(arguments, penalty, seed, prompts)]
        texts = [r["text"] for r in made]
        print(
            f"| {penalty} | {len(made)} | {sum(map(loops, made)) / len(made):.1%}"
            f" | {statistics.mean(map(distinct_2, texts)):.3f}"
            f" | {statistics.mean(map(len, texts)):.0f}"
            f" | {sum(r['finish'] == 'length' for r in made)} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
