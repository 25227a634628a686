"""Loop rate and distinct-2 of chat replies for several repeat penalties: the table in docs/tasks.md.

Each prompt is a conversation of its own, drawn with each seed. A reply loops when the program ended it
for a sentence said three times, or when ten characters in a row stand in it three times. distinct-2 is
the share of different character pairs among all pairs of a setting's replies (Li et al., arXiv
1510.03055); of two settings with few loops, the more varied one reads better.

Usage: measure_repetition.py build/release/yixin [--penalty 1.0 1.05 1.1] [--seeds 1 2]
"""

import argparse
import collections
import json
import pathlib
import subprocess

PROMPTS = pathlib.Path(__file__).parent / "data" / "chat_prompts.zh.txt"
LOOP_LENGTH = 10
LOOP_COUNT = 3


def loops(reply, finish):
    windows = collections.Counter(
        reply[i : i + LOOP_LENGTH] for i in range(len(reply) - LOOP_LENGTH + 1)
    )
    return finish == "repetition" or any(count >= LOOP_COUNT for count in windows.values())


def distinct_2(replies):
    pairs = [reply[i : i + 2] for reply in replies for i in range(len(reply) - 1)]
    return len(set(pairs)) / max(len(pairs), 1)


def replies(program, prompts, penalty, seed):
    """Yields (text, finish) of each prompt's reply."""
    lines = "".join(f"/clear\n{prompt}\n" for prompt in prompts)
    command = [program, "chat", "--json", "--no-sentiment", "--timeout", "60",
               "--repeat-penalty", str(penalty), "--seed", str(seed)]
    run = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    for line in run.stdout.splitlines():
        event = json.loads(line)
        if event["event"] == "reply":
            yield event["text"], event["finish"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--penalty", type=float, nargs="+", default=[1.0, 1.05, 1.1])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    prompts = PROMPTS.read_text(encoding="utf-8").split("\n")[:-1]
    print("| repeat penalty | replies | loop rate | distinct-2 | mean length |")
    print("| --- | --- | --- | --- | --- |")
    for penalty in options.penalty:
        results = [r for seed in options.seeds
                   for r in replies(options.program, prompts, penalty, seed)]
        assert len(results) == len(prompts) * len(options.seeds), "a prompt has no reply"
        looped = sum(loops(text, finish) for text, finish in results)
        texts = [text for text, _ in results]
        length = sum(map(len, texts)) / len(texts)
        print(f"| {penalty:g} | {len(texts)} | {100 * looped / len(texts):.1f} % "
              f"| {distinct_2(texts):.3f} | {length:.0f} |", flush=True)


if __name__ == "__main__":
    main()
