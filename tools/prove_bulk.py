#!/usr/bin/env python3
"""Three promises of `yixin analyze` at their full size; `make test` holds them in small (tests/e2e).

    prove_bulk.py kills PROGRAM [--rows 100000] [--kills 10] [--repeat 1] [--texts FILE.jsonl] [-- WORDS...]
    prove_bulk.py memory PROGRAM [--megabytes 1000] [-- WORDS...]
    prove_bulk.py speed PROGRAM [--rows 1024] [--rounds 5] [--least 0.9] [-- WORDS...]

kills: a run that is ended by kill -9 at random moments and gone on with by --resume gives the same bytes as
one that nothing interrupted. --repeat N has each text N times in a row, which are computed once.
memory: peak memory does not grow with the file.
speed: labels a second by the labels' own probabilities (--untaught) are those of `yixin bench` (row labels.256) on texts like these, all distinct; the two take
turns, so that a machine that is slow for a while is slow for both. Close other programs first.
WORDS go to yixin analyze: --model FILE, --task NAME. Exit code 1: the promise does not hold.

Tested by: tests/e2e/prove_bulk_test.py
"""

import argparse
import hashlib
import itertools
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

OK_CODES = (0, 3)  # all rows, or some of them bad
PIECES = "好坏书店酒电脑房间很太不了的吃住贵快慢，。！ab 12"


def texts_of(path, repeat, chance):
    """Without an end: of the file, or made up; each `repeat` times in a row."""

    def distinct():
        if path:
            with open(path, encoding="utf-8") as file:
                yield from itertools.cycle([json.loads(line)["text"] for line in file if line.strip()])
        while True:
            yield "".join(chance.choice(PIECES) for _ in range(chance.randint(3, 25)))

    for text in distinct():
        yield from itertools.repeat(text, repeat)


def write_rows(path, texts, rows, filler=""):
    """CSV with some bad rows and line breaks in cells, as people's files have them."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write("id,评论,more\n")
        for i, text in zip(range(rows), texts):
            text = text.replace('"', '""')
            if i % 500 == 123:
                file.write(f"{i},{filler}\n")  # a cell is missing
            elif i % 300 == 77:
                file.write(f'{i},"{text}\n第二行",{filler}\n')
            else:
                file.write(f'{i},"{text}",{filler}\n')


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else hashlib.sha256(file.read()).hexdigest()


def command(options, source, out, *words):
    return [options.program, "analyze", str(source), "-o", str(out), *options.words, *words]


def run_whole(options, source, out):
    begin = time.monotonic()
    code = subprocess.run(command(options, source, out), stdout=subprocess.DEVNULL).returncode
    if code not in OK_CODES:
        sys.exit(f"prove_bulk: the unbroken run ended with {code}")
    return time.monotonic() - begin


def kept_rows(out):
    try:
        with open(f"{out}.yixin-part.json", encoding="utf-8") as file:
            return json.load(file)["counts"]["rows"]
    except FileNotFoundError:
        return 0


def prove_kills(options, folder):
    chance = random.Random(options.seed)
    source = folder / "in.csv"
    write_rows(source, texts_of(options.texts, options.repeat, chance), options.rows)
    whole = folder / "whole.csv"
    seconds = run_whole(options, source, whole)
    print(f"unbroken: {options.rows} rows in {seconds:.1f} s, {whole.stat().st_size / 1e6:.1f} MB", flush=True)
    out = folder / "out.csv"
    moments = sorted(chance.randrange(options.rows * 9 // 10) for _ in range(options.kills))
    kills = 0
    while True:
        process = subprocess.Popen(command(options, source, out, "--resume"), stdout=subprocess.DEVNULL)
        if kills < options.kills:
            # From a run that is past that row already its start is taken away.
            while process.poll() is None and kept_rows(out) < moments[kills]:
                time.sleep(0.002)
            time.sleep(chance.uniform(0, 0.5) * seconds / (options.kills + 1))
            process.kill()  # does nothing to a process that has ended
        code = process.wait()
        if code != -signal.SIGKILL:
            break
        kills += 1
        print(f"killed {kills}: {kept_rows(out)} rows are kept", flush=True)
        if out.exists() and digest(out) != digest(whole):
            sys.exit("prove_bulk: an unfinished run has its final name")
    if code not in OK_CODES:
        sys.exit(f"prove_bulk: a resumed run ended with {code}")
    same = digest(out) == digest(whole)
    print(f"killed {kills} times; the same bytes: {'yes' if same else 'NO'} (SHA-256 {digest(out)})")
    return same and (kills > 0 or options.kills == 0)


def resident_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS:"))


def prove_memory(options, folder):
    chance = random.Random(options.seed)
    source = folder / "in.csv"
    filler = "x" * 900  # columns that nobody asked about are most of many files
    rows = options.megabytes * 1_000_000 // 960
    write_rows(source, texts_of(options.texts, options.repeat, chance), rows, filler)
    size = source.stat().st_size
    out = folder / "out.csv"
    process = subprocess.Popen(command(options, source, out, "--json"), stdout=subprocess.PIPE)
    peaks = []  # of each tenth of the output's rows
    while process.poll() is None:
        try:
            memory = resident_mb(process.pid)
        except (FileNotFoundError, StopIteration):
            break
        tenth = min(9, kept_rows(out) * 10 // rows)
        peaks += [0.0] * (tenth + 1 - len(peaks))
        peaks[tenth] = max(peaks[tenth], memory)
        time.sleep(0.02)
    summary = json.loads(process.stdout.read() or b"{}")
    if process.wait() not in OK_CODES:
        sys.exit(f"prove_bulk: the run ended with {process.returncode}")
    os.unlink(out)
    print(f"{size / 1e6:.0f} MB, {summary['rows']} rows in {summary['seconds']:.0f} s, {summary['computed_per_s']:.0f} computed a second")
    print("peak memory of each tenth of the rows, MB: " + " ".join(f"{peak:.1f}" for peak in peaks))
    # The table of texts and the queues are full after the first tenth of a long file; the rest is the heap's play.
    grown = max(peaks) - max(peaks[: max(1, len(peaks) // 4)])
    print(f"grown after the first quarter: {grown:.1f} MB")
    return grown < options.allowed_mb


def prove_speed(options, folder):
    chance = random.Random(options.seed)
    # Of one length, so that the 256 texts that bench takes are like all of them.
    texts = {"".join(chance.choice(PIECES) for _ in range(45)) for _ in range(options.rows)}
    source = folder / "in.txt"
    source.write_text("".join(text.strip() + "\n" for text in sorted(texts)), encoding="utf-8")
    out = folder / "out.jsonl"
    ratios = []
    for turn in range(options.rounds):
        bench = [options.program, "bench", "--only", "labels.256", "--texts", str(source), "--rounds", "1", "--json"]
        bench += ["--quick"] if options.quick else []
        done = subprocess.run(bench + options.words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        by_bench = json.loads(done.stdout)["rows"][0]["median"]
        words = ("--input-format", "lines", "--json", "--restart", "--untaught")
        done = subprocess.run(command(options, source, out, *words), stdout=subprocess.PIPE, check=True)
        by_analyze = json.loads(done.stdout)["computed_per_s"]
        ratios.append(by_analyze / by_bench)
        print(f"turn {turn + 1}: bench {by_bench:.1f} labels/s, analyze {by_analyze:.1f}, ratio {ratios[-1]:.3f}", flush=True)
    median = sorted(ratios)[len(ratios) // 2]
    print(f"ratio: median {median:.3f}, from {min(ratios):.3f} to {max(ratios):.3f}")
    return median >= options.least


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("kills", "memory", "speed"))
    parser.add_argument("program")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="a check of the tool: yixin bench --quick")
    parser.add_argument("--least", type=float, default=0.9)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--allowed-mb", type=float, default=16)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--texts", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", help="where the files are made (default: the temporary folder)")
    own = sys.argv[1:]
    split = own.index("--") if "--" in own else len(own)
    options = parser.parse_args(own[:split])
    options.words = own[split + 1 :]
    options.rows = options.rows or (1024 if options.what == "speed" else 100_000)
    with tempfile.TemporaryDirectory(prefix="prove_bulk_", dir=options.folder) as folder:
        prove = {"kills": prove_kills, "memory": prove_memory, "speed": prove_speed}[options.what]
        holds = prove(options, pathlib.Path(folder))
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
