"""What a load came to: counts, times, memory; the verdict on them, and how they are shown.

Tested by: soak_test.py
"""

import collections
import dataclasses
import math
import pathlib

PERCENTS = (50, 90, 99, 100)
MEGABYTE = 1 << 20
# Memory that a run may end with above what it had after warm-up: caches fill slowly, and allocators
# give pages back late.
GROWTH_SHARE = 0.10
GROWTH_BYTES = 32 * MEGABYTE
# The files that may be open at the end beyond those after warm-up: a connection or two that is closing.
MORE_FILES = 4


def percentile(values, percent):
    """Nearest rank: the least value that `percent` % of all do not exceed. None of none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(math.ceil(percent / 100 * len(ordered)), 1) - 1]


@dataclasses.dataclass
class Process:
    """Of a moment; 0 where it has ended."""

    rss: int = 0  # bytes, mapped weights included
    files: int = 0

    @classmethod
    def of(cls, pid):
        try:
            lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
            rss = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)
            return cls(rss, len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir())))
        except OSError:
            return cls()


@dataclasses.dataclass
class Tally:
    """Filled by the loads (one thread)."""

    counts: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    times: dict = dataclasses.field(default_factory=lambda: collections.defaultdict(list))  # ms
    statuses: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    faults: collections.Counter = dataclasses.field(default_factory=collections.Counter)

    def fault(self, words):
        self.faults[words] += 1

    def first_bytes(self, who, answer):
        """Of an answer to a client that deserves none: closed, refused, or 503, but no other 5xx."""
        if answer.startswith(b"HTTP/1.1 5") and not answer.startswith(b"HTTP/1.1 503"):
            self.fault(f"{who}: {answer[9:12].decode(errors='replace')}")

    def status(self, who, head, body, expected=(200,)):
        """Counts an answer; True where it is one of `expected`. 429 and 503 are the server's right, if they say when to come
        again; everything else is a fault."""
        self.statuses[head.status] += 1
        if head.status in expected:
            return True
        error = body.get("error") if isinstance(body, dict) else None
        shaped = isinstance(error, dict) and {"message", "type", "param", "code"} <= set(error)
        if not shaped:
            self.fault(f"{who}: {head.status} without an error of OpenAI's shape")
        elif head.status in (429, 503):
            if "retry-after" not in head.headers:
                self.fault(f"{who}: {head.status} without Retry-After")
        else:
            self.fault(f"{who}: {head.status} {error['code']}")
        return False


@dataclasses.dataclass
class Run:
    seconds: float
    tally: Tally
    start: Process  # before the load
    warm: Process  # after its warm-up
    end: Process  # after it
    died: int | None = None  # exit code of a server that ended by itself
    answers_after: bool = True  # the next request
    left_running: int = 0  # requests that the server still counts once all clients went
    exit_code: int | None = 0  # after SIGTERM; None: it did not end


def most_memory(warm, growth=None):
    """Bytes; growth: bytes that are given instead of the default."""
    return warm + (warm * GROWTH_SHARE + GROWTH_BYTES if growth is None else growth)


def verdict(run, growth=None):
    """What is wrong, a sentence each; empty: nothing."""
    if run.died is not None:
        return [f"the server ended in the middle of the load with {run.died}", *fault_lines(run.tally)]
    wrong = fault_lines(run.tally)
    if not run.answers_after:
        wrong.append("the request after the load was not answered")
    if run.end.rss > most_memory(run.warm.rss, growth):
        wrong.append(
            f"memory: {run.end.rss / MEGABYTE:.0f} MiB at the end, {run.warm.rss / MEGABYTE:.0f} after warm-up: "
            f"{most_memory(run.warm.rss, growth) / MEGABYTE:.0f} at most"
        )
    if run.end.files > run.start.files + MORE_FILES:
        wrong.append(f"{run.end.files} files open at the end, {run.start.files} before the load")
    if run.left_running:
        wrong.append(f"{run.left_running} requests still run though every client has gone")
    if run.exit_code != 0:
        wrong.append("SIGTERM did not end it" if run.exit_code is None else f"after SIGTERM it ended with {run.exit_code}")
    return wrong


def fault_lines(tally):
    return [f"{count} x {words}" for words, count in sorted(tally.faults.items())]


def summary(run):
    """The figures as one object, for --json."""
    counts = run.tally.counts
    return {
        "seconds": run.seconds,
        "tokens_per_s": counts["tokens"] / run.seconds,
        "labels_per_s": counts["labels"] / run.seconds,
        "counts": dict(sorted(counts.items())),
        "statuses": {str(status): count for status, count in sorted(run.tally.statuses.items())},
        "milliseconds": {
            name: {"n": len(values), **{f"p{p}" if p < 100 else "max": percentile(values, p) for p in PERCENTS}}
            for name, values in sorted(run.tally.times.items())
        },
        "rss_bytes": {"start": run.start.rss, "warm": run.warm.rss, "end": run.end.rss},
        "files": {"start": run.start.files, "warm": run.warm.files, "end": run.end.files},
        "faults": dict(sorted(run.tally.faults.items())),
    }


def table(run):
    """The same for people."""
    figures = summary(run)
    lines = [
        f"{figures['seconds']:.0f} s: {figures['tokens_per_s']:.1f} tokens/s, {figures['labels_per_s']:.1f} labels/s",
        "  " + ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in figures["counts"].items()),
        "  answers by status: " + (", ".join(f"{s}: {n:,}" for s, n in figures["statuses"].items()) or "none"),
        f"{'milliseconds':32}{'n':>8}" + "".join(f"{'p' + str(p) if p < 100 else 'max':>10}" for p in PERCENTS),
    ]
    for name, row in figures["milliseconds"].items():
        values = (row[f"p{p}" if p < 100 else "max"] for p in PERCENTS)
        lines.append(f"  {name.replace('_', ' '):30}{row['n']:>8,}" + "".join(f"{value:>10.1f}" for value in values))
    rss = (f"{name} {size / MEGABYTE:.0f}" for name, size in figures["rss_bytes"].items())
    files = (f"{name} {count}" for name, count in figures["files"].items())
    lines.append(f"memory (RSS, MiB): {', '.join(rss)}; files open: {', '.join(files)}")
    return "\n".join(lines)
