#!/usr/bin/env python3
"""The mood of a conversation's turn, read in one pass and in a prompt of its own (docs/one_pass.md).

Every labelled text of the files is said as a first turn, and behind four turns of each conversation of
histories.json (a glad, a sad and a plain one), with --one-pass and without. Prints how many labels are right, how
many by the two labels with a mood alone, and the median milliseconds to the label and to the reply's first token.

  tools/one_pass/measure.py build/release/yixin -m qwen2.5-coder-0.5b tests/data/reviews.zh.jsonl --limit 200
  tools/one_pass/measure.py build/release/yixin -m qwen2.5-coder-0.5b share/eval/everyday.zh.jsonl --split report
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile

NEUTRAL = "中性"
WAYS = {"one pass": ["--one-pass"], "two prompts": []}


def lines(rows: list[dict], history: pathlib.Path | None) -> str:
    begin = f"/load {history}" if history else "/clear"
    return "".join(f"{begin}\n{' '.join(row['text'].split())}\n" for row in rows)


def with_mood(probs: dict[str, float]) -> str:
    return max((label for label in probs if label != NEUTRAL), key=probs.__getitem__)


def said(arguments, way: str, rows: list[dict], history: pathlib.Path | None) -> tuple[list[dict], list[dict]]:
    command = [arguments.program, "chat", "--json", "-m", arguments.model, "--max-new-tokens", "1", "--timeout", "0"]
    command += WAYS[way]
    if arguments.one_pass_task and way == "one pass":
        command += ["--sentiment-task", arguments.one_pass_task]
    done = subprocess.run(command, input=lines(rows, history).encode(), stdout=subprocess.PIPE, check=True)
    events = [json.loads(line) for line in done.stdout.decode().splitlines()]
    moods = [event for event in events if event["event"] == "sentiment"]
    replies = [event for event in events if event["event"] == "reply"]
    if len(moods) != len(rows) or len(replies) != len(rows):
        raise SystemExit(f"{len(rows)} texts had {len(moods)} labels and {len(replies)} replies")
    return moods, replies


def line_of(name: str, way: str, rows: list[dict], moods: list[dict], replies: list[dict]) -> str:
    right = sum(mood["label"] == row["label"] for mood, row in zip(moods, rows))
    polar = [(mood, row) for mood, row in zip(moods, rows) if row["label"] != NEUTRAL]
    two = sum(with_mood(mood["probs"]) == row["label"] for mood, row in polar)
    # The first turn computes the history for all; it is left out of the times.
    label = [mood["ms"] for mood in moods[1:]]
    first = [mood["ms"] + reply["prefill_ms"] for mood, reply in zip(moods[1:], replies[1:])]
    return (
        f"{name:8} {way:12} right {100 * right / len(rows):5.1f} %  of two {100 * two / len(polar):5.1f} %  "
        f"label {statistics.median(label):6.1f} ms  first token {statistics.median(first):6.1f} ms  "
        f"tokens computed for the reply {statistics.median(reply['prompt_tokens'] for reply in replies):.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("data", help="JSONL with text and label")
    parser.add_argument("-m", "--model", required=True)
    parser.add_argument("--split", help="only rows that have this split")
    parser.add_argument("--limit", type=int, default=None)
    parser.add_argument("--one-pass-task", help="instead of mood.zh")
    parser.add_argument("--only", choices=list(WAYS), help="one of the two ways")
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in pathlib.Path(arguments.data).read_text().splitlines() if line.strip()]
    rows = [row for row in rows if arguments.split in (None, row.get("split"))][: arguments.limit]
    if len(rows) < 2:
        raise SystemExit("two rows or more are needed")
    histories = json.loads((pathlib.Path(__file__).parent / "histories.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        for name, turns in {"none": [], **histories}.items():
            path = None
            if turns:
                path = pathlib.Path(folder) / f"{name}.json"
                path.write_text(json.dumps({"format": "yixin.conversation", "version": 1, "turns": turns}))
            for way in [arguments.only] if arguments.only else WAYS:
                print(line_of(name, way, rows, *said(arguments, way, rows, path)), flush=True)


if __name__ == "__main__":
    main()
