"""yixin through its own verb: yixin bench --json.

Tested by: peers_test.py (the parsing)
"""

import json
import subprocess
import tempfile

PATIENCE_S = 1800


def parse_bench(text):
    """yixin bench --json -> ({row: sample}, {row: shares}, {machine figure: sample}); medians where rounds are several."""
    report = json.loads(text)
    rows = {row["name"]: row["median"] for row in report["rows"]}
    shares = {
        row["name"]: {name: row[name] for name in row if name.endswith("_share")} for row in report["rows"]
    }
    machine = {name: value["median"] for name, value in report["machine"].items()}
    return rows, shares, machine


class Yixin:
    def __init__(self, program, model, threads, kernels=None):
        self.program = program
        self.model = model
        self.threads = threads
        self.kernels = kernels

    def _run(self, *words):
        command = [self.program, *words, "--model", self.model, "--threads", self.threads]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=PATIENCE_S)
        if done.returncode != 0:
            raise RuntimeError(f"yixin {words[0]}: exit code {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def bench(self, only, texts=None, quick=False):
        words = ["bench", "--json", "--rounds", "1", "--only", only]
        if quick:
            words.append("--quick")
        if self.kernels:
            words += ["--kernels", self.kernels]
        if texts is None:
            return parse_bench(self._run(*words))
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
            file.write("\n".join(texts) + "\n")
            file.flush()
            return parse_bench(self._run(*words, "--texts", file.name))

    def kl(self, text, golden):
        return json.loads(self._run("score", text, "--golden", golden, "--json"))["mean_kl"]

    def facts(self):
        report = json.loads(self._run("bench", "--json", "--quick", "--only", "prefill.64"))
        return {name: report[name] for name in ("version", "numerics_version", "model", "kernels", "cpu")}
