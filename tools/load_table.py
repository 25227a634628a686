#!/usr/bin/env python3
"""yixin serve beside llama-server under 1, 4 and 16 chat clients, for `make bench-load`.

  tools/load_table.py [--rounds N] [--clients 1,4,16] [--tokens 128] [--out docs]

Both serve all the time and are asked in turn, so that what disturbs one disturbs the other. Needs the peers of `make
bench-peers`. Writes OUT/plots/load.json; the next page of docs/performance.md has its table
(`tools/bench_peers.py --from docs/plots/peers.json` makes it anew). Talks to loopback alone.

Tested by: tools/peers/peers_test.py (what it counts)
"""

import argparse
import asyncio
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools" / "peers"))

import bench_peers  # noqa: E402
import install  # noqa: E402
import report  # noqa: E402
import serving  # noqa: E402
from llama_peer import Llama  # noqa: E402
from yixin_peer import Yixin  # noqa: E402


class Ours:
    """yixin serve on a port of its own, for the length of a with block."""

    def __init__(self, program, model, threads):
        self.words = [program, "serve", "--model", model, "--threads", str(threads), "--port", "0", "--quiet", "--no-conversations"]

    def __enter__(self):
        self.process = subprocess.Popen(self.words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for line in self.process.stderr:
            if found := re.search(rb"at http://[^:]+:(\d+)", line):
                self.port = int(found[1])
                return self
        raise SystemExit("load_table: yixin serve did not start")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description="yixin serve beside llama-server.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=lambda text: [int(part) for part in text.split(",")], default=[1, 4, 16])
    parser.add_argument("--replies", type=int, default=2, help="of each client, one after the other")
    parser.add_argument("--tokens", type=int, default=128, help="of a reply at most")
    parser.add_argument("--threads", type=int, default=bench_peers.physical_cores())
    parser.add_argument("--program", default=str(ROOT / "build" / "release" / "yixin"))
    parser.add_argument("--model", help="the official Q4_K_M file (default: yixin's own)")
    parser.add_argument("--peers", default=os.environ.get("YIXIN_PEERS", str(ROOT / "build" / "peers")))
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs")
    arguments = parser.parse_args()
    model = arguments.model or bench_peers.official_file(arguments.program)
    peers = install.Peers(arguments.peers, model)
    install.install(peers, ("native",), False)
    facts = Yixin(arguments.program, model, arguments.threads).facts()
    servers = {
        "yixin": Ours(arguments.program, model, arguments.threads),
        "llama.cpp Q8_0": Llama(peers, "Q8_0", arguments.threads).server(max(arguments.clients), 1024),
        "llama.cpp Q4_K_M": Llama(peers, "Q4_K_M", arguments.threads).server(max(arguments.clients), 1024),
    }
    results = {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "cpu": facts["cpu"],
        "kernels": facts["kernels"],
        "version": facts["version"],
        "threads": arguments.threads,
        "rounds": arguments.rounds,
        "replies": arguments.replies,
        "tokens": arguments.tokens,
        "servers": list(servers),
        "samples": {str(clients): {name: [] for name in servers} for clients in arguments.clients},
    }
    running = {}
    try:
        for name, server in servers.items():
            running[name] = server.__enter__()
            asyncio.run(serving.load(running[name].port, 1, 1, 16))  # pages and caches
        for number in range(arguments.rounds):
            for clients in arguments.clients:
                for name, server in running.items():
                    once = asyncio.run(serving.load(server.port, clients, arguments.replies, arguments.tokens))
                    results["samples"][str(clients)][name].append(once)
                    install.say(f"round {number + 1}, {clients} clients, {name}: {once['tokens_per_s']:.0f} tokens/s")
    finally:
        for server in running.values():
            server.__exit__()
    out = arguments.out / "plots" / "load.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(report.dump(results))
    print(serving.table(results))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
