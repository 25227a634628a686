"""llama.cpp through its own programs: llama-bench, llama-batched-bench, llama-server.

Tested by: llama_peer_test.py (the parsing); the rest by running it.
"""

import concurrent.futures
import json
import pathlib
import socket
import subprocess
import time
import urllib.request

# A program of the peer that takes longer than this is stuck.
PATIENCE_S = 1200


class PeerError(RuntimeError):
    pass


def run(words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=PATIENCE_S)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no word of why"])[-1]
        raise PeerError(f"{pathlib.Path(words[0]).name}: exit code {done.returncode}: {last}")
    return done.stdout


def parse_bench(text):
    """llama-bench -o json -> [(prompt tokens, new tokens, tokens a second)], in its order."""
    return [(entry["n_prompt"], entry["n_gen"], entry["avg_ts"]) for entry in json.loads(text)]


def parse_batched_bench(text):
    """llama-batched-bench --output-format jsonl -> [{"prompt", "streams", "prefill", "decode"}], tokens a second."""
    rows = []
    for line in text.splitlines():
        if not line.startswith("{"):
            continue
        entry = json.loads(line)
        rows.append(
            {
                "prompt": entry["pp"],
                "streams": entry["pl"],
                "prefill": entry["speed_pp"],
                "decode": entry["speed_tg"],
            }
        )
    return rows


class Llama:
    """One build and one file. flash: "on" or "off", whichever was faster for this pair."""

    def __init__(self, peers, quantization, threads, variant="native", flash="on"):
        self.peers = peers
        self.quantization = quantization
        self.threads = threads
        self.variant = variant
        self.flash = flash

    def _common(self):
        return ["-m", self.peers.file(self.quantization), "-t", self.threads]

    def bench(self, prompts=(), new_tokens=0, warm_up=True, flash=None):
        words = [self.peers.program("llama-bench", self.variant), *self._common(), "-r", "1", "-o", "json"]
        words += ["-fa", "1" if (flash or self.flash) == "on" else "0"]
        words += ["-p", ",".join(map(str, prompts)) or "0", "-n", new_tokens]
        if not warm_up:
            words.append("--no-warmup")
        return parse_bench(run(words))

    def choose_flash(self):
        """Measures both once and keeps the faster: prefill and decode, each counted as a ratio."""

        def speed(flash):
            product = 1.0
            for _, _, rate in self.bench((512,), 16, flash=flash):
                product *= rate
            return product

        self.flash = max(("on", "off"), key=speed)
        return self.flash

    def prefill(self, prompts):
        """{tokens: tokens a second}. A short prompt goes first and is thrown away: caches, page tables."""
        measured = self.bench((64, *prompts), warm_up=False)[1:]
        return {prompt: rate for prompt, _, rate in measured}

    def batched(self, prompt_tokens, new_tokens, streams, shared=True):
        """Rows of parse_batched_bench. shared: the prompt is computed once for all streams."""
        prompts = prompt_tokens if isinstance(prompt_tokens, (list, tuple)) else [prompt_tokens]
        context = max(streams) * (max(prompts) + new_tokens) + 64
        words = [self.peers.program("llama-batched-bench", self.variant), *self._common()]
        words += ["-c", context, "-fa", self.flash, "-npp", ",".join(map(str, prompts)), "-ntg", new_tokens]
        words += ["-npl", ",".join(map(str, streams)), "--output-format", "jsonl"]
        if shared:
            words.append("-pps")
        return parse_batched_bench(run(words))

    def server(self, slots, context):
        words = [self.peers.program("llama-server", self.variant), *self._common(), "-fa", self.flash]
        words += ["-np", slots, "-c", context * slots, "--no-webui", "--host", "127.0.0.1"]
        return Server(words)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """llama-server on a loopback port, for the length of a with block."""

    def __init__(self, words):
        self.port = free_port()
        self.words = [str(word) for word in [*words, "--port", self.port]]

    def __enter__(self):
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def _wait(self):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while True:
            if self.process.poll() is not None:
                raise PeerError(f"llama-server left with exit code {self.process.returncode}")
            if time.monotonic() - self.started > 120:
                raise PeerError("llama-server: not ready after 120 s")
            try:
                with opener.open(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                # 10 ms: the start is measured to tens of milliseconds
                time.sleep(0.01)

    def complete(self, prompt, new_tokens=1, **more):
        """prompt: text with its control tokens written out, or a list of ids."""
        body = {"prompt": prompt, "n_predict": new_tokens, "cache_prompt": True, "temperature": 0, **more}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/completion",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=PATIENCE_S) as answer:
            return json.load(answer)

    def completions_a_second(self, prompts, clients):
        """Every prompt once, by so many clients at a time."""
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(clients) as pool:
            for answer in pool.map(self.complete, prompts):
                if "content" not in answer:
                    raise PeerError(f"llama-server: {answer}")
        return len(prompts) / (time.monotonic() - start)

    def peak_memory_mb(self):
        return read_peak_mb(pathlib.Path(f"/proc/{self.process.pid}/status").read_text())


def read_peak_mb(status):
    """VmHWM of a /proc/PID/status: mapped pages included."""
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise PeerError("no VmHWM in /proc/PID/status")
