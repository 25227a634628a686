"""docs/performance.md out of the raw numbers: tables generated, explanations from performance.template.md.

Tested by: peers_test.py
"""

import json
import pathlib
import statistics

import serving
from rounds import Samples

HERE = pathlib.Path(__file__).resolve().parent
YIXIN = "yixin"
TRANSFORMERS = "transformers"
LLAMAS = ("llama.cpp Q4_K_M", "llama.cpp Q8_0", "llama.cpp Q4_0")
PEERS = (YIXIN, *LLAMAS, TRANSFORMERS)
TITLES = {
    YIXIN: "**yixin**, official Q4_K_M",
    "llama.cpp Q4_K_M": "llama.cpp, official Q4_K_M",
    "llama.cpp Q8_0": "llama.cpp, Q8_0",
    "llama.cpp Q4_0": "llama.cpp, Q4_0",
    TRANSFORMERS: "the mission's Python (transformers, float32)",
}
CONTEXTS = (512, 2048, 8192, 32768)


def medians(dictionaries):
    names = {name for dictionary in dictionaries for name in dictionary}
    return {name: statistics.median(d[name] for d in dictionaries if name in d) for name in sorted(names)}


def median_shares(shares):
    """{row: [{share: number or None}]} -> {row: {share: median}}, without those that do not exist."""
    result = {}
    for row, dictionaries in shares.items():
        known = [{name: value for name, value in d.items() if value is not None} for d in dictionaries]
        result[row] = medians(known)
    return result


def dump(results):
    """Four digits are more than a run repeats, and keep the file small."""

    def short(value):
        if isinstance(value, float):
            return float(f"{value:.4g}")
        if isinstance(value, dict):
            return {key: short(item) for key, item in value.items()}
        if isinstance(value, list):
            return [short(item) for item in value]
        return value

    return json.dumps(short(results), indent=1, ensure_ascii=False) + "\n"


def number(value):
    if value is None:
        return ""
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"


def cell(samples, peer, row):
    """The median, and the spread where there were several samples."""
    median = samples.median(peer, row)
    if median is None:
        return ""
    if len(samples.get(peer, row)) < 2:
        return number(median)
    return f"{number(median)} ±{samples.spread(peer, row) / 2 * 100:.0f} %"


def table(head, lines):
    rows = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(rows + ["| " + " | ".join(line) + " |" for line in lines])


def best_labels(samples, peer):
    """The faster way of asking: one text at a time, or many."""
    rows = [row for row in ("labels.1", "labels.4", "labels.256") if samples.median(peer, row) is not None]
    return max(rows, key=lambda row: samples.median(peer, row)) if rows else None


def speed_table(samples):
    head = ["who, tok/s", *(f"prefill {n}" for n in (64, 512, 2048)), *(f"decode {n}" for n in (1, 4, 8, 16))]
    rows = [f"prefill.{n}" for n in (64, 512, 2048)] + [f"decode.{n}" for n in (1, 4, 8, 16)]
    present = [peer for peer in PEERS if peer in samples.values]
    return table(head, [[TITLES[peer], *(cell(samples, peer, row) for row in rows)] for peer in present])


def service_table(samples):
    head = ["who", "labels/s, one by one", "labels/s, many", "first label, ms", "memory of a 2k chat, MB", "KL to float32"]
    lines = []
    for peer in PEERS:
        if peer not in samples.values:
            continue
        many = "labels.256" if peer == YIXIN else "labels.4"
        kl = samples.median(peer, "kl")
        quality = "0 (the reference)" if peer == TRANSFORMERS else "" if kl is None else f"{kl:.4f}"
        rows = ("labels.1", many, "start", "memory")
        lines.append([TITLES[peer], *(cell(samples, peer, row) for row in rows), quality])
    return table(head, lines)


class Bar:
    """One promise of the project: what it is compared with, how much, and whether it held."""

    def __init__(self, what, value, least=None, most=None, unit=""):
        self.what, self.value, self.least, self.most, self.unit = what, value, least, most, unit

    @property
    def met(self):
        if self.value is None:
            return None
        return self.value >= self.least if self.least is not None else self.value <= self.most

    def line(self):
        bar = f"at least {self.least}" if self.least is not None else f"at most {self.most}"
        if self.value is None:
            got = "not measured"
        elif self.unit == "x":
            got = f"{self.value:.2f}" if self.value < 10 else f"{self.value:.1f}"
        else:
            got = f"{self.value:.4f}" if self.value < 0.01 else number(self.value)
        unit = "" if self.unit == "x" else f" {self.unit}".rstrip()
        verdict = {True: "met", False: "**missed**", None: ""}[self.met]
        times = " times" if self.unit == "x" else ""
        return [self.what, f"{bar}{times}{unit}", got + times * (self.value is not None) + unit, verdict]


def ratio_bar(samples, what, row, other, least, peer=YIXIN, other_row=None):
    return Bar(what, samples.ratio(row, peer, other, other_row) if other else None, least=least, unit="x")


def bars(results):
    samples = Samples(results["samples"])
    fastest = samples.best(LLAMAS[1:], "prefill.512") or LLAMAS[1]
    q4 = LLAMAS[0]
    found = [
        ratio_bar(samples, f"prefill 512 beside llama.cpp's best file ({fastest})", "prefill.512", fastest, 3),
        ratio_bar(samples, "prefill 512 beside llama.cpp on the same file", "prefill.512", q4, 12),
    ]
    served = [peer for peer in LLAMAS[1:] if best_labels(samples, peer)]
    best_served = max(served, key=lambda peer: samples.median(peer, best_labels(samples, peer)), default=LLAMAS[1])
    for peer, least, words in (
        (q4, 12, "llama-server on the same file"),
        (best_served, 4.5, f"llama-server on its best file ({best_served})"),
        (TRANSFORMERS, 15, "the mission's Python"),
    ):
        row = best_labels(samples, peer)
        found.append(
            ratio_bar(samples, f"labels/s, many texts, beside {words}", "labels.256", row and peer, least, other_row=row)
        )
    found += [
        ratio_bar(samples, "decode, one stream, beside llama.cpp on the same file", "decode.1", q4, 1.25),
        ratio_bar(samples, "decode, one stream, beside llama.cpp Q8_0", "decode.1", LLAMAS[1], 1),
        Bar("decode, one stream, of the bandwidth measured in the run",
            results["shares"].get("decode.1", {}).get("bandwidth_share"), least=0.85),
        ratio_bar(samples, "decode, 16 streams, beside llama.cpp Q8_0", "decode.16", LLAMAS[1], 2),
        Bar("first label after process start", samples.median(YIXIN, "start"), most=150, unit="ms"),
        Bar("peak memory of a chat of 2,048 tokens", samples.median(YIXIN, "memory"), most=560, unit="MB"),
        Bar("KL to float32", samples.median(YIXIN, "kl"), most=0.002),
    ]  # fmt: skip
    for variant, words in (("avx512", "AVX-512 VNNI"), ("avx2", "AVX2")):
        # Q4_0 decodes less than half the bits: its KL makes it another product.
        for row, least, title, files in (("prefill.512", 1.5, "prefill 512", LLAMAS), ("decode.1", 1, "decode", LLAMAS[:2])):
            best = samples.best([f"{peer} {variant}" for peer in files], row)
            name = best.removesuffix(f" {variant}") if best else "llama.cpp"
            what = f"{title}, {words} forced, beside {name} limited to it"
            found.append(ratio_bar(samples, what, row, best, least, f"{YIXIN} {variant}"))
    return found


def bars_table(results):
    return table(["what", "bar", "measured", ""], [bar.line() for bar in bars(results)])


def forced_table(samples):
    lines = []
    for variant in ("avx512", "avx2"):
        for peer in (YIXIN, *LLAMAS):
            name = f"{peer} {variant}"
            if name in samples.values:
                lines.append([variant, TITLES[peer], *(cell(samples, name, row) for row in ("prefill.512", "decode.1"))])
    return table(["instructions", "who", "prefill 512, tok/s", "decode, tok/s"], lines)


def context_table(samples):
    head = ["context", *(f"{kind}, {name}" for kind in ("prefill", "decode") for name in ("yixin", "llama.cpp Q8_0", "llama.cpp Q4_K_M"))]
    peers = (YIXIN, LLAMAS[1], LLAMAS[0])
    lines = []
    for context in CONTEXTS:
        cells = [cell(samples, peer, f"context-{kind}.{context}") for kind in ("prefill", "decode") for peer in peers]
        if any(cells):
            lines.append([f"{context:,}", *cells])
    return table(head, lines)


def limits_table(results):
    machine, shares = results["machine"], results["shares"]
    lines = [
        ["int8 matrix product", f"{machine['product_ops_per_s'] / 1e12:.2f}", f"{machine['all_product_ops_per_s'] / 1e12:.2f}", "Top/s"],
        ["int8, operands in registers", f"{machine['register_ops_per_s'] / 1e12:.2f}", f"{machine['all_register_ops_per_s'] / 1e12:.2f}", "Top/s"],
        ["streaming read", f"{machine['bytes_per_s'] / 1e9:.1f}", f"{machine['all_bytes_per_s'] / 1e9:.1f}", "GB/s"],
    ]  # fmt: skip
    limits = table(["the machine", "one thread", "all threads", ""], lines)
    rows = []
    for row, share in shares.items():
        if share and not row.startswith("context"):
            percents = [
                f"{share[name] * 100:.0f} %" if name in share else ""
                for name in ("arithmetic_share", "peak_arithmetic_share", "bandwidth_share")
            ]
            rows.append([row, *percents])
    return limits + "\n\n" + table(["yixin's row", "of the matrix product", "of the registers' rate", "of the bandwidth"], rows)


def conditions(results):
    facts, settings = results["facts"], results["settings"]
    flash = ", ".join(f"{name} {value}" for name, value in results["flash"].items())
    words = (
        f"{results['date']}, {facts['cpu']}, {settings['threads']} threads, yixin {facts['version']} "
        f"(kernels {facts['kernels']}), {results['rounds']} interleaved round(s), {results['minutes']:.0f} minutes. "
        f"± is half the distance from the least to the greatest sample. Flash attention of llama.cpp: for prefill "
        f"whichever was faster ({flash}), else both were run and the better figure of each row counts."
    )
    for again in results.get("again", []):
        groups = ", ".join(again["groups"])
        words += f" Measured again on {again['date']}, in {again['rounds']} interleaved round(s) of its own: {groups}."
    if settings["quick"]:
        words += "\n\n**A quick check, no measurement.**"
    for failure in results["failures"]:
        words += f"\n\nNot measured: {failure['group']}, {failure['peer']}: {failure['why']}"
    return words


def page(results, load=None):
    """load: of tools/load_table.py, or None."""
    samples = Samples(results["samples"])
    parts = {
        "conditions": conditions(results),
        "bars": bars_table(results),
        "speed": speed_table(samples),
        "service": service_table(samples),
        "forced": forced_table(samples),
        "context": context_table(samples),
        "limits": limits_table(results),
        "load": serving.table(load),
    }
    text = (HERE / "performance.template.md").read_text(encoding="utf-8")
    for name, part in parts.items():
        text = text.replace("{{" + name + "}}", part)
    return text
