#!/usr/bin/env python3
"""Measures yixin beside its peers and writes docs/performance.md, for `make bench-peers`.

  tools/bench_peers.py [--rounds N] [--quick] [--no-long] [--no-forced] [--no-transformers]
  tools/bench_peers.py --only decode,labels     some groups again; the rest stays as it was measured

Installs llama.cpp and transformers into a folder of their own (YIXIN_PEERS, or build/peers), once: minutes of
compiling and gigabytes of packages. Then all run in turn, in interleaved rounds, with the same threads, on
this machine alone. Close other programs first: llama.cpp's threads wait for each other and lose most where
somebody else computes. Ctrl-C ends it and its children; what was measured until then is in last.json of the
peers' folder (--from).

Tested by: tools/peers/*_test.py
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools" / "peers"))

import install  # noqa: E402
import plan  # noqa: E402
import report  # noqa: E402
import rounds  # noqa: E402

GOLDEN_TEXT = ROOT / "tests" / "golden" / "text.txt"
GOLDEN_JSON = ROOT / "tests" / "golden" / "logits-qwen2.5-coder-0.5b-q4_k_m.json"


def physical_cores():
    """Of the machine, at most what this process may use."""
    pairs = set()
    package = None
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "physical id":
            package = value.strip()
        elif name.strip() == "core id":
            pairs.add((package, value.strip()))
    usable = len(os.sched_getaffinity(0))
    return min(len(pairs) or usable, usable)


def official_file(program):
    """Of the default model; pulled if it is not here."""
    subprocess.run([program, "pull", "qwen2.5-coder-0.5b"], check=True, stdout=subprocess.DEVNULL)
    listed = subprocess.run([program, "models", "--json"], check=True, capture_output=True, text=True).stdout
    for line in listed.splitlines():
        record = json.loads(line)
        if record.get("name") == "qwen2.5-coder-0.5b":
            return record["path"]
    raise SystemExit("bench_peers: the default model is not in yixin's list")


def parse_arguments():
    parser = argparse.ArgumentParser(description="Yixin beside its peers.")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    parser.add_argument("--quick", action="store_true", help="one short round: a check; writes to build/, not docs/")
    parser.add_argument("--threads", type=int, default=physical_cores())
    parser.add_argument("--program", default=str(ROOT / "build" / "release" / "yixin"))
    parser.add_argument("--model", help="the official Q4_K_M file (default: yixin's own)")
    parser.add_argument("--peers", default=os.environ.get("YIXIN_PEERS", str(ROOT / "build" / "peers")))
    parser.add_argument("--out", help="the folder for performance.md and plots/ (default docs)")
    parser.add_argument("--no-long", action="store_true", help="without the context table (ten minutes)")
    parser.add_argument("--no-forced", action="store_true", help="without AVX-512 and AVX2 forced")
    parser.add_argument("--no-transformers", action="store_true", help="without the mission's Python")
    parser.add_argument("--only", type=lambda words: words.split(","), metavar="GROUPS", help=f"of {', '.join(plan.GROUPS)}: "
                        "measured again, the rest is taken from plots/peers.json of the output folder")
    parser.add_argument("--from", dest="source", metavar="JSON", help="measures nothing: writes the page from these raw numbers")
    arguments = parser.parse_args()
    if arguments.rounds < 1 or arguments.threads < 1:
        parser.error("--rounds and --threads begin at 1")
    unknown = [group for group in arguments.only or [] if group not in plan.GROUPS]
    if unknown:
        parser.error(f"--only: no group named {', '.join(unknown)}; there are {', '.join(plan.GROUPS)}")
    return arguments


def measure(arguments, peers, earlier):
    """earlier: the results whose other groups are kept, or None."""
    settings = {
        "threads": arguments.threads,
        "quick": arguments.quick,
        "long": not arguments.no_long,
        "forced": not arguments.no_forced,
        "transformers": not arguments.no_transformers,
    }
    count = 1 if arguments.quick else arguments.rounds
    samples = rounds.Samples(earlier["samples"] if earlier else None)
    runner = rounds.Runner(samples, install.say)
    work = plan.Plan(peers, arguments.program, settings)
    started = time.time()
    install.say("packing, and choosing flash attention for each file")
    facts = work.yixin.facts()
    flash = work.choose_flash()

    def wanted(group):
        return not arguments.only or group in arguments.only

    def results():
        again = {"date": time.strftime("%Y-%m-%d", time.gmtime(started)), "groups": arguments.only, "rounds": count}
        if earlier:
            shares = {**earlier["shares"], **report.median_shares(work.shares)}
            failures = [*earlier["failures"], *runner.failures]
            return {**earlier, "facts": facts, "shares": shares, "failures": failures,
                    "again": [*earlier.get("again", []), again]}
        return {
            "date": time.strftime("%Y-%m-%d", time.gmtime(started)),
            "minutes": round((time.time() - started) / 60, 1),
            "rounds": count,
            "settings": settings,
            "facts": facts,
            "flash": flash,
            "samples": samples.values,
            "shares": report.median_shares(work.shares),
            "machine": report.medians(work.machine),
            "failures": runner.failures,
            "spent_s": {group: round(seconds) for group, seconds in runner.spent_s.items()},
        }

    last = peers.folder / "last.json"
    for number in range(count):
        install.say(f"round {number + 1} of {count}")
        for group, jobs in work.round_groups().items():
            if not wanted(group):
                continue
            runner.run_group(group, jobs, number)
            last.write_text(report.dump(results()))
    for group, jobs in work.once_groups(GOLDEN_TEXT, GOLDEN_JSON).items():
        if not wanted(group):
            continue
        runner.run_group(group, jobs)
        last.write_text(report.dump(results()))
    return results()


def main():
    arguments = parse_arguments()
    out = pathlib.Path(arguments.out or (ROOT / "build" / "peers-quick" if arguments.quick else ROOT / "docs"))
    raw = out / "plots" / "peers.json"
    raw.parent.mkdir(parents=True, exist_ok=True)
    peers = install.Peers(arguments.peers, arguments.model or official_file(arguments.program))
    if arguments.source:
        results = json.loads(pathlib.Path(arguments.source).read_text())
    else:
        variants = ("native",) if arguments.no_forced else install.VARIANTS
        install.install(peers, variants, not arguments.no_transformers)
        earlier = json.loads(raw.read_text()) if arguments.only else None
        results = measure(arguments, peers, earlier)
    raw.write_text(report.dump(results))
    served = out / "plots" / "load.json"
    load = json.loads(served.read_text()) if served.exists() else None
    (out / "performance.md").write_text(report.page(results, load))
    if not arguments.no_transformers:
        subprocess.run([peers.python, ROOT / "tools" / "peers" / "plots.py", raw, raw.parent], check=True)
    install.say(f"wrote {out / 'performance.md'}")
    return 1 if results["failures"] else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
