"""The mission's Python from outside: starts transformers_child.py and reads what it says.

Tested by: peers_test.py (the parsing)
"""

import json
import pathlib
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE_S = 1800


def parse_lines(lines):
    """Lines of the child, but for first_label -> {row: sample}."""
    rows = {}
    for line in lines:
        said = json.loads(line)
        if "labels" in said:
            rows["labels.1"] = said["labels"]
        elif "prefill" in said:
            rows[f"prefill.{said['prefill']}"] = said["rate"]
        elif "decode" in said:
            rows[f"decode.{said['decode']}"] = said["rate"]
        elif "memory" in said:
            rows["memory"] = said["memory"]
    return rows


def measure(peers, spec):
    """{row: sample}; `start` in milliseconds from the process's start to its first label."""
    start = time.monotonic()
    words = [peers.python, HERE / "transformers_child.py", "measure", peers.hf_folder, json.dumps(spec)]
    # The hub is never asked: the folder is whole.
    with subprocess.Popen(
        list(map(str, words)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HF_HUB_OFFLINE": "1", "HOME": str(peers.folder)},
    ) as process:
        try:
            first = process.stdout.readline()
            start_ms = (time.monotonic() - start) * 1000
            rest, errors = process.communicate(timeout=PATIENCE_S)
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0 or "first_label" not in first:
        last = (errors.strip().splitlines() or ["no word of why"])[-1]
        raise RuntimeError(f"transformers: exit code {process.returncode}: {last}")
    return {"start": start_ms, **parse_lines(rest.splitlines())}
