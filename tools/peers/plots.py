"""The plots of docs/performance.md: plots.py peers.json FOLDER. Runs in the peers' venv (matplotlib).

Tested by: looking at them; the numbers come from report.py's samples
"""

import json
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from report import LLAMAS, TRANSFORMERS, YIXIN, best_labels  # noqa: E402
from rounds import Samples  # noqa: E402

COLOURS = {
    YIXIN: "#c1272d",
    LLAMAS[0]: "#1f4e79",
    LLAMAS[1]: "#5b8db8",
    LLAMAS[2]: "#a9c4dc",
    TRANSFORMERS: "#9a9a9a",
}
# The same numbers give the same file: no dates, no random ids.
plt.rcParams.update(
    {
        "svg.hashsalt": "yixin",
        "font.size": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
    }
)


def save(figure, folder, name):
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)


def ratios(samples, folder):
    rows = [
        ("prefill 64", "prefill.64"),
        ("prefill 512", "prefill.512"),
        ("prefill 2,048", "prefill.2048"),
        ("decode, 1 stream", "decode.1"),
        ("decode, 16 streams", "decode.16"),
        ("labels/s, many texts", "labels.256"),
    ]
    peers = [peer for peer in (*LLAMAS, TRANSFORMERS) if peer in samples.values]
    figure, axes = plt.subplots(figsize=(9, 5.6))
    height = 0.8 / len(peers)
    for i, peer in enumerate(peers):
        for j, (_, row) in enumerate(rows):
            other = best_labels(samples, peer) if row == "labels.256" else row
            ratio = samples.ratio(row, YIXIN, peer, other) if other else None
            if ratio is None:
                continue
            y = j - 0.4 + height * (i + 0.5)
            # From 1, where both are as fast: to the right yixin is faster, to the left the peer.
            axes.barh(y, ratio - 1, height * 0.9, left=1, color=COLOURS[peer], label=peer if j == 0 else None)
            axes.text(max(ratio, 1) * 1.03, y, f"{ratio:.1f}×" if ratio < 10 else f"{ratio:.0f}×", va="center", fontsize=9)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(rows)), [title for title, _ in rows])
    axes.invert_yaxis()
    axes.set_xlim(left=0.5)
    axes.margins(x=0.12)
    ticks = [0.5, 1, 2, 5, 10, 20, 50, 100]
    axes.set_xticks(ticks, [f"{tick:g}×" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("yixin's speed as a multiple of the peer's (1×: as fast)")
    axes.legend(loc="upper center", bbox_to_anchor=(0.45, -0.14), ncols=4, frameon=False, fontsize=10)
    save(figure, folder, "ratios")


def roofline(results, samples, folder):
    machine, shares = results["machine"], results["shares"]
    peak, product = machine["all_register_ops_per_s"], machine["all_product_ops_per_s"]
    bandwidth = machine["all_bytes_per_s"]
    if not peak or not bandwidth:
        return

    def work(row, share, limit):
        """Of one token of yixin's row: what it reached, over how many of them it did."""
        reached = shares.get(row, {}).get(share)
        rate = samples.median(YIXIN, row)
        return reached * limit / rate if reached and rate else None

    token_bytes = work("decode.1", "bandwidth_share", bandwidth)
    if not token_bytes:
        return
    figure, axes = plt.subplots(figsize=(8.6, 5.2))
    x = [0.7, peak / bandwidth, 2000]
    axes.plot(x, [min(peak, bandwidth * v) / 1e12 for v in x], color="black", linewidth=2)
    axes.plot([product / bandwidth, 2000], [product / 1e12] * 2, color="black", linewidth=1.2, linestyle="--")
    axes.text(2200, peak / 1e12, "int8, operands\nin registers", va="center", fontsize=9)
    axes.text(2200, product / 1e12, "plain int8\nmatrix product", va="center", fontsize=9)
    axes.text(0.8, bandwidth / 1e12 * 1.6, f"memory,\n{bandwidth / 1e9:.0f} GB/s", fontsize=9)
    points = [(f"decode.{n}", n) for n in (1, 4, 8, 16)] + [("prefill.64", 64), ("prefill.512", 512)]
    for peer, marker in ((YIXIN, "o"), (LLAMAS[1], "s"), (LLAMAS[0], "^")):
        xs, ys = [], []
        for row, tokens in points:
            rate, operations = samples.median(peer, row), work(row, "arithmetic_share", product)
            if rate and operations:
                xs.append(operations * tokens / token_bytes)
                ys.append(rate * operations / 1e12)
        if xs:
            axes.plot(xs, ys, marker, markersize=8, color=COLOURS[peer], label=peer, alpha=0.95)
    for row, tokens in points:
        rate, operations = samples.median(YIXIN, row), work(row, "arithmetic_share", product)
        if rate and operations:
            words = row.replace(".", " ")
            place = (operations * tokens / token_bytes, rate * operations / 1e12)
            axes.annotate(words, place, textcoords="offset points", xytext=(8, -12), fontsize=9)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(0.6, 2000)
    axes.set_xlabel("operations for each byte of yixin's weights, read once for all tokens")
    axes.set_ylabel("useful operations a second, 10¹²")
    axes.legend(loc="lower right", frameon=False)
    save(figure, folder, "roofline")


def context(samples, folder):
    figure, both = plt.subplots(1, 2, figsize=(10, 4.2))
    contexts = (512, 2048, 8192, 32768)
    for axes, kind in zip(both, ("prefill", "decode"), strict=True):
        for peer in (YIXIN, LLAMAS[1], LLAMAS[0]):
            points = [(n, samples.median(peer, f"context-{kind}.{n}")) for n in contexts]
            points = [(n, 1000 / rate) for n, rate in points if rate]
            if points:
                axes.plot(*zip(*points, strict=True), "o-", color=COLOURS[peer], label=peer, linewidth=2)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_xticks(contexts, [f"{n:,}" for n in contexts])
        axes.minorticks_off()
        low, high = axes.get_ylim()
        ticks = [t for t in (0.2, 0.3, 0.5, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500) if low <= t <= high]
        axes.set_yticks(ticks, [f"{t:g}" for t in ticks])
        axes.grid(axis="y", alpha=0.3)
        axes.set_title(f"{kind}, milliseconds a token")
        axes.set_xlabel("tokens of context")
    both[0].legend(frameon=False)
    figure.tight_layout()
    save(figure, folder, "context")


def main():
    results = json.loads(pathlib.Path(sys.argv[1]).read_text())
    folder = pathlib.Path(sys.argv[2])
    samples = Samples(results["samples"])
    ratios(samples, folder)
    roofline(results, samples, folder)
    if any(row.startswith("context") for row in samples.values.get(YIXIN, {})):
        context(samples, folder)


if __name__ == "__main__":
    main()
