"""What is measured, of whom, and how: the table of docs/performance.md as jobs.

Tested by: peers_test.py (the shape), tools/bench_peers.py --quick (that it runs)
"""

import functools
import time

import prompts
import quality
import transformers_peer
from llama_peer import Llama
from yixin_peer import Yixin

YIXIN = "yixin"
TRANSFORMERS = "transformers"
QUANTIZATIONS = ("Q4_K_M", "Q8_0", "Q4_0")
PREFILL = (64, 512, 2048)
STREAMS = (1, 4, 8, 16)
CONTEXTS = (512, 2048, 8192, 32768)
FORCED = ("avx512", "avx2")
GROUPS = ("prefill", "decode", "labels", "forced", "memory", "quality", "context")


def llama_name(quantization, variant="native"):
    return f"llama.cpp {quantization}" + ("" if variant == "native" else f" {variant}")


def yixin_name(kernels):
    return f"{YIXIN} {kernels}"


class Plan:
    """settings: threads, quick, long (the context rows), forced (instruction sets), transformers."""

    def __init__(self, peers, program, settings):
        self.peers = peers
        self.settings = settings
        self.threads = settings["threads"]
        self.quick = settings["quick"]
        self.prefill = (64,) if self.quick else PREFILL
        self.streams = (1, 4) if self.quick else STREAMS
        self.contexts = (512,) if self.quick else CONTEXTS
        self.new_tokens = 8 if self.quick else 32
        self.texts = prompts.make_texts(8 if self.quick else 256)
        self.yixin = Yixin(program, peers.official, self.threads)
        self.forced_yixin = {name: Yixin(program, peers.official, self.threads, name) for name in FORCED}
        self.llamas = {name: Llama(peers, name, self.threads) for name in QUANTIZATIONS}
        self.forced_llamas = {
            (name, variant): Llama(peers, name, self.threads, variant)
            for variant in FORCED
            for name in QUANTIZATIONS
        }
        self.shares = {}
        self.machine = []

    def choose_flash(self):
        """Flash attention on or off, for each build and file, whichever is faster; the forced builds follow."""
        for name, llama in self.llamas.items():
            if not self.quick:
                llama.choose_flash()
            for variant in FORCED:
                self.forced_llamas[name, variant].flash = llama.flash
        return {name: llama.flash for name, llama in self.llamas.items()}

    # Groups of one round: {group: {peer: job}}.
    def round_groups(self):
        groups = {"prefill": {YIXIN: self._yixin_job("prefill", self.prefill)}}
        groups["decode"] = {YIXIN: self._yixin_job("decode", self.streams)}
        groups["labels"] = {YIXIN: self._yixin_labels}
        for name, llama in self.llamas.items():
            groups["prefill"][llama_name(name)] = functools.partial(self._llama_prefill, llama, self.prefill)
            groups["decode"][llama_name(name)] = functools.partial(
                self._either_flash, llama, functools.partial(self._llama_decode, streams=self.streams)
            )
            groups["labels"][llama_name(name)] = functools.partial(self._either_flash, llama, self._llama_labels)
        if self.settings["transformers"]:
            groups["labels"][TRANSFORMERS] = self._transformers
        if self.settings["forced"]:
            groups["forced"] = self._forced_jobs()
        return groups

    # Once: what does not waver (memory, KL) or takes minutes (long contexts).
    def once_groups(self, golden_text, golden_json):
        groups = {"memory": {YIXIN: lambda: self._bench("memory")}}
        groups["quality"] = {YIXIN: lambda: {"kl": self.yixin.kl(golden_text, golden_json)}}
        for name, llama in self.llamas.items():
            groups["memory"][llama_name(name)] = functools.partial(self._llama_memory, llama)
            groups["quality"][llama_name(name)] = functools.partial(self._llama_kl, llama, golden_json)
        if self.settings["transformers"]:
            groups["memory"][TRANSFORMERS] = self._transformers_memory
        if self.settings["long"]:
            rows = [f"context-{kind}.{count}" for kind in ("prefill", "decode") for count in self.contexts]
            groups["context"] = {YIXIN: lambda: self._bench(",".join(rows))}
            # The longest takes llama.cpp minutes, most of them in attention, which does not depend on the file.
            for name, contexts in (("Q8_0", self.contexts), ("Q4_K_M", self.contexts[:3])):
                groups["context"][llama_name(name)] = functools.partial(
                    self._llama_context if self.quick else self._llama_contexts, self.llamas[name], contexts
                )
        return groups

    def _bench(self, only, yixin=None, texts=None):
        rows, shares, machine = (yixin or self.yixin).bench(only, texts, self.quick)
        if yixin is None:
            for row, share in shares.items():
                self.shares.setdefault(row, []).append(share)
            self.machine.append(machine)
        return rows

    def _yixin_job(self, group, counts):
        return lambda: self._bench(",".join(f"{group}.{count}" for count in counts))

    def _yixin_labels(self):
        return self._bench("labels,start", texts=self.texts)

    def _either_flash(self, llama, measure):
        """Flash attention may help at one length of context and cost at another: of each row, the better figure."""
        chosen, best = llama.flash, {}
        for llama.flash in (chosen,) if self.quick else ("on", "off"):
            for row, value in measure(llama).items():
                better = min if row == "start" else max
                best[row] = better(best.get(row, value), value)
        llama.flash = chosen
        return best

    def _llama_prefill(self, llama, counts):
        return {f"prefill.{count}": rate for count, rate in llama.prefill(counts).items()}

    def _llama_decode(self, llama, streams):
        rows = llama.batched(64, self.new_tokens, streams)
        return {f"decode.{row['streams']}": row["decode"] for row in rows}

    def _llama_labels(self, llama):
        asked = [prompts.task_prompt("sentiment.zh", text) for text in self.texts]
        few = 2 if self.quick else 16
        with llama.server(slots=4, context=512) as server:
            server.complete(asked[0])
            start_ms = (time.monotonic() - server.started) * 1000
            # Every slot gets the shared prompt first.
            server.completions_a_second(asked[1:5], 4)
            one = server.completions_a_second(asked[5 : 5 + few], 1)
            four = server.completions_a_second(asked[5 + few : 5 + 3 * few], 4)
        return {"start": start_ms, "labels.1": one, "labels.4": four}

    def _llama_memory(self, llama):
        with llama.server(slots=1, context=2048) as server:
            server.complete(prompts.chatml("", prompts.long_text(64 if self.quick else 2700)), 64)
            return {"memory": server.peak_memory_mb()}

    def _llama_kl(self, llama, golden_json):
        with llama.server(slots=1, context=2048) as server:
            return {"kl": quality.llama_kl(server, golden_json, 4 if self.quick else None)}

    def _llama_contexts(self, llama, contexts):
        """The longest takes minutes: with the setting that the one before it was read faster with."""
        *shorter, longest = contexts
        rows, chosen, rates = {}, llama.flash, {}
        for llama.flash in ("on", "off"):
            measured = self._llama_context(llama, shorter)
            rates[llama.flash] = measured[f"context-prefill.{shorter[-1]}"]
            rows = {row: max(value, rows.get(row, 0)) for row, value in measured.items()}
        llama.flash = max(rates, key=rates.get)
        rows.update(self._llama_context(llama, (longest,)))
        llama.flash = chosen
        return rows

    def _llama_context(self, llama, contexts):
        result = {}
        for row in llama.batched(list(contexts), 16, (1,), shared=False):
            result[f"context-prefill.{row['prompt']}"] = row["prefill"]
            result[f"context-decode.{row['prompt']}"] = row["decode"]
        return result

    def _forced_jobs(self):
        jobs = {}
        for variant in FORCED:
            jobs[yixin_name(variant)] = functools.partial(
                self._bench, "prefill.64" if self.quick else "prefill.512,decode.1", self.forced_yixin[variant]
            )
            for name in QUANTIZATIONS:
                jobs[llama_name(name, variant)] = functools.partial(
                    self._llama_forced, self.forced_llamas[name, variant]
                )
        return jobs

    def _llama_forced(self, llama):
        prompt = 64 if self.quick else 512
        rows = llama.bench((64, prompt), self.new_tokens, warm_up=False)
        return {f"prefill.{prompt}": rows[1][2], "decode.1": rows[2][2]}

    def _transformers(self):
        labels = [prompts.article_prompt(text) for text in self.texts[: 2 if self.quick else 5]]
        spec = {"threads": self.threads, "labels": labels, "prefill": [64, *self.prefill]}
        spec.update(decode=list(self.streams), new_tokens=4 if self.quick else 12)
        return transformers_peer.measure(self.peers, spec)

    def _transformers_memory(self):
        prompt = prompts.chatml("", prompts.long_text(64 if self.quick else 2700))
        spec = {"threads": self.threads, "labels": [prompts.article_prompt(self.texts[0])], "prefill": []}
        spec.update(decode=[], new_tokens=0, memory=prompt)
        rows = transformers_peer.measure(self.peers, spec)
        return {"memory": rows["memory"]}
