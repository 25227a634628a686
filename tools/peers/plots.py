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
            axes.barh(y, ratio, height * 0.9, color=COLOURS[peer], label=peer if j == 0 else None)
            axes.text(ratio * 1.03, y, f"{ratio:.1f}×" if ratio < 10 else f"{ratio:.0f}×", va="center", fontsize=9)
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
    # Operations a byte: of prefill, a chunk of 256 tokens shares one read of the layers.
    per_token = 0.0
    decode = shares.get("decode.1", {})
    if decode.get("arithmetic_share"):
        per_token = decode["arithmetic_share"] * product / samples.median(YIXIN, "decode.1")
    if not per_token:
        return
    token_bytes = decode["bandwidth_share"] * bandwidth / samples.median(YIXIN, "decode.1")
    figure, axes = plt.subplots(figsize=(8.6, 5.2))
    x = [0.7, peak / bandwidth, 2000]
    axes.plot(x, [min(peak, bandwidth * v) / 1e12 for v in x], color="black", linewidth=2)
    axes.plot([product / bandwidth, 2000], [product / 1e12] * 2, color="black", linewidth=1.2, linestyle="--")
    axes.text(2000, peak / 1e12 * 1.06, "int8, operands in registers", ha="right", fontsize=9)
    axes.text(2000, product / 1e12 * 0.86, "plain int8 matrix product", ha="right", va="top", fontsize=9)
    axes.text(0.9, bandwidth * 0.9 / 1e12 * 1.45, f"memory, {bandwidth / 1e9:.0f} GB/s", fontsize=9, rotation=32)
    points = [(f"decode.{n}", n) for n in (1, 4, 8, 16)] + [("prefill.64", 64), ("prefill.512", 256)]
    for peer, marker in ((YIXIN, "o"), (LLAMAS[1], "s"), (LLAMAS[0], "^")):
        xs, ys = [], []
        for row, tokens in points:
            rate = samples.median(peer, row)
            if rate is None:
                continue
            xs.append(per_token * tokens / token_bytes)
            ys.append(rate * per_token / 1e12)
        if xs:
            axes.plot(xs, ys, marker, markersize=8, color=COLOURS[peer], label=peer, alpha=0.95)
    for row, tokens in points:
        rate = samples.median(YIXIN, row)
        if rate is not None:
            words = row.replace(".", " ")
            place = (per_token * tokens / token_bytes, rate * per_token / 1e12)
            axes.annotate(words, place, textcoords="offset points", xytext=(8, -12), fontsize=9)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("operations for each byte of weights that yixin reads")
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
        ticks = [t for t in (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500) if low <= t <= high]
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
