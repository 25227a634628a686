#!/usr/bin/env python3
"""A mixed load on `yixin serve` for a set time, and a verdict: for `make soak`.

  tools/soak.py [--seconds 60] [--model MODEL] [--program PROGRAM] [--json FILE] [--growth-mib N] [--seed N] [-- WORDS...]

Starts the server on a free port of loopback. Streamed chats, labels one by one and in batches, label-and-reply where the server
has it; beside them clients that go in the middle, slow readers, slow senders, idle ones and junk. WORDS go to yixin serve.
The KV cache is filled first, so that memory which still grows is a leak. Ends with 1 where the server died, answered 5xx (but a 503 that says when to come again), answered a right request wrongly
or not as alone before the load, ends with more memory than 10 % + 32 MiB above that after warm-up, leaks connections, does not answer afterwards
or does not end at SIGTERM.

Tested by: soak/soak_test.py, tests/e2e/soak_test.py
"""

import argparse
import asyncio
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools" / "soak"))

import figures  # noqa: E402
import http_talk  # noqa: E402
import loads  # noqa: E402

# Of the start: a model that is packed for the first time.
START_S = 600
# Of the KV cache's share that is taken as full, and how long that may take.
FILLED = 0.95
FILL_S = 120
# After the time is over, for what is being answered; then clients are cut off, and that is a fault.
END_S = 90
# For the server to notice that its clients went.
SETTLE_S = 5
# After SIGTERM; the server gives itself 10 s.
STOP_S = 30


def read_arguments(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--model", help="default: yixin's own")
    parser.add_argument("--program", default=str(ROOT / "build" / "release" / "yixin"))
    parser.add_argument("--json", help="a file for the figures")
    parser.add_argument("--growth-mib", type=float, help="how much memory may grow after warm-up; default: 10 %% + 32")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("words", nargs="*", help="for yixin serve, after --")
    arguments = parser.parse_args(words)
    if not 0 < arguments.seconds < 1e6:
        parser.error("--seconds: more than 0")
    return arguments


def start(arguments, state):
    """(the process, its port). What it says goes on to standard error."""
    model = ["--model", arguments.model] if arguments.model else []
    process = subprocess.Popen(
        [arguments.program, "serve", "--port", "0", *model, *arguments.words],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        env={**os.environ, "XDG_STATE_HOME": state},
    )  # fmt: skip
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and (line := process.stderr.readline()):
        sys.stderr.write(line.decode(errors="replace"))
        if found := re.search(rb"http://127\.0\.0\.1:(\d+)", line):
            return process, int(found[1])
    process.kill()
    sys.exit("soak: the server did not start")


async def gauges(port, names):
    """The sum of what GET /metrics says of these."""
    _, text = await http_talk.ask(port, "GET", "/metrics")
    return sum(float(value) for value in re.findall(rb"^(?:%b)(?:{.*})? (\S+)" % names, text, re.M))


async def requests_in_work(port):
    return int(await gauges(port, b"yixin_num_requests_running|yixin_num_requests_waiting"))


async def fill_cache(port, known):
    """Keys and values of old prompts are kept until their memory is full: before that, memory grows by design."""
    share, deadline = 0.0, time.monotonic() + FILL_S

    async def chat(number):
        chance = random.Random(number)
        while share < FILLED and time.monotonic() < deadline:
            body = loads.chat_body("".join(chance.choices("".join(loads.TEXTS), k=600)), 1, number, model=known.model)
            if (await http_talk.ask(port, "POST", "/v1/chat/completions", body))[0].status != 200:
                return

    chats = [asyncio.create_task(chat(number)) for number in range(4)]
    while not all(task.done() for task in chats):
        share = await gauges(port, b"yixin_kv_cache_usage_perc")
        await asyncio.wait(chats, timeout=0.25)
    await asyncio.gather(*chats)
    return share


async def settle(port):
    """Waits until no request is left; how many are."""
    deadline = time.monotonic() + SETTLE_S
    while (left := await requests_in_work(port)) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    return left


async def load_it(arguments, process, port):
    tally = figures.Tally()
    known = await loads.Known.take(port)
    before = figures.Process.of(process.pid)
    if "/v1/chat/completions" in known.routes:
        print(f"soak: the KV cache is {100 * await fill_cache(port, known):.0f} % full", file=sys.stderr)
    print(
        f"soak: {known.model}, {arguments.seconds:g} s; not there: "
        + (", ".join(sorted({"/v1/chat/completions", "/v1/assist"} - known.routes)) or "nothing"),
        file=sys.stderr,
    )
    filled = warm = figures.Process.of(process.pid)
    load = loads.Load(port, known, tally, arguments.seconds, arguments.seed)
    begin = time.monotonic()
    clients = [asyncio.create_task(client) for client in load.clients()]
    warm_up = min(arguments.seconds / 3, 20)
    waiting = set(clients)
    while waiting and process.poll() is None and time.monotonic() < load.end + END_S:
        _, waiting = await asyncio.wait(waiting, timeout=0.25)
        if warm is filled and time.monotonic() - begin >= warm_up:
            warm = figures.Process.of(process.pid)
    seconds = time.monotonic() - begin
    died = process.poll()
    for client in waiting:
        if died is None:
            tally.fault(f"{client.get_coro().__name__}: had no end {END_S} s after the load")
        client.cancel()
    for result in await asyncio.gather(*clients, return_exceptions=True):
        if isinstance(result, Exception):  # an answer that has not the promised form
            tally.fault(f"client: {type(result).__name__}: {result}")
    run = figures.Run(seconds, tally, before, warm, figures.Process(), died)
    if died is None:
        try:
            run.left_running = await settle(port)
            head, answer = await http_talk.ask(port, "POST", "/v1/classify", {"input": loads.TEXTS[0]})
            run.answers_after = head.status == 200 and loads.label_of(answer["data"][0]) == known.labels[loads.TEXTS[0]]
        except http_talk.Broken:
            run.answers_after = False
        run.end = figures.Process.of(process.pid)
    return run


def stop(process):
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        return None


def main():
    arguments = read_arguments(sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="yixin_soak_") as state:
        process, port = start(arguments, state)
        try:
            run = asyncio.run(load_it(arguments, process, port))
            if run.died is None:
                run.exit_code = stop(process)
        except http_talk.Broken as error:
            sys.exit(f"soak: before the load: {error}")
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            sys.stderr.write(process.stderr.read().decode(errors="replace"))
            process.stderr.close()
    print(figures.table(run))
    growth = None if arguments.growth_mib is None else arguments.growth_mib * figures.MEGABYTE
    wrong = figures.verdict(run, growth)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps({**figures.summary(run), "wrong": wrong}, indent=1, ensure_ascii=False) + "\n")
    for line in wrong:
        print(f"WRONG: {line}")
    print(f"soak: {'FAILED' if wrong else 'ok'}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
