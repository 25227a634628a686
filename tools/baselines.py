#!/usr/bin/env python3
"""How good are the labels beside other ways to them, on the same rows: for `make baselines`.

  tools/baselines.py DATA TRAIN [--model MODEL] [--yixin PROGRAM] [-o FILE.md]

DATA and TRAIN: JSONL rows of {"text", "label"}, labels 正面 and 负面; TRAIN is what may be learnt from, DATA what is judged.
Rows of the table: the article's way (sentiment.article.zh), sentiment.zh without and with the head that ships, a
head fitted on TRAIN, logistic regression on character n-grams of TRAIN, SnowNLP as it ships.
Tested by: baselines/baselines_test.py; the whole by running it
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
RESAMPLES = 2000


def say(words):
    print(f"baselines: {words}", file=sys.stderr, flush=True)


def read_rows(path):
    rows = [json.loads(line) for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]
    wrong = {row["label"] for row in rows} - {"正面", "负面"}
    if not rows or wrong:
        sys.exit(f"baselines: {path}: wants rows labelled 正面 or 负面" + (f", has {sorted(wrong)}" if wrong else ""))
    return rows


def macro_f1(truth, said):
    scores = []
    for label in sorted(set(truth)):
        hits = sum(t == s == label for t, s in zip(truth, said))
        given, had = said.count(label), truth.count(label)
        scores.append(2 * hits / (given + had))
    return sum(scores) / len(scores)


def interval(right, resamples=RESAMPLES):
    """95 % of the share of true in `right` under resampling by row, as yixin eval has it."""
    draw = random.Random(0)
    shares = sorted(sum(draw.choices(right, k=len(right))) / len(right) for _ in range(resamples))
    return shares[int(0.025 * resamples)], shares[int(0.975 * resamples)]


def judge(name, taught, answer, truth):
    right = [t == s for t, s in zip(truth, answer["labels"], strict=True)]
    return {
        "name": name,
        "taught": taught,
        "accuracy": sum(right) / len(right),
        "interval": interval(right),
        "macro_f1": macro_f1(truth, answer["labels"]),
        "texts_per_s": len(truth) / answer["seconds"],
    }


def of_setting(setting, name, taught):
    return {
        "name": name,
        "taught": taught,
        "accuracy": setting["accuracy"],
        "interval": setting["accuracy_interval"],
        "macro_f1": setting["macro_f1"],
        "texts_per_s": setting["rows"] / setting["seconds"],
    }


def markdown(rows):
    lines = ["| way | taught on | accuracy | 95 % | macro-F1 | texts/s |", "| --- | --- | --: | --: | --: | --: |"]
    for row in rows:
        low, high = row["interval"]
        lines.append(
            f"| {row['name']} | {row['taught']} | {100 * row['accuracy']:.1f} % | {100 * low:.1f} to {100 * high:.1f} "
            f"| {row['macro_f1']:.3f} | {row['texts_per_s']:,.0f} |"
        )
    return "\n".join(lines) + "\n"


def python_with_packages(folder):
    wanted = HERE / "baselines" / "requirements.txt"
    python = folder / "bin" / "python"
    stamp = folder / "requirements.txt"
    if not stamp.exists() or stamp.read_bytes() != wanted.read_bytes():
        say("installing scikit-learn and SnowNLP into a folder of their own")
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", wanted], check=True)
        stamp.write_bytes(wanted.read_bytes())
    return python


def run_yixin(program, data, train, model):
    """Its rows of the table. The head is fitted on `train` and goes away again."""
    model = ["--model", model] if model else []
    with tempfile.TemporaryDirectory(prefix="yixin_baselines_") as folder:
        task = f"{folder}/taught.toml"
        say("fitting a head")
        subprocess.run([program, "fit", "sentiment.zh", train, "-o", task, *model], check=True, stdout=subprocess.DEVNULL)

        def settings(*words):
            words = [program, "eval", data, "--no-neutral", "--json", *words, *model]
            return json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)["settings"]

        say("judging with yixin")
        (article,) = settings("--task", "sentiment.article.zh")
        shipped, untaught = settings("--task", "sentiment.zh", "--beside-untaught")
        (taught,) = settings("--task", task)
    return [
        of_setting(article, "the article's prompt, by generation", "nothing"),
        of_setting(untaught, "sentiment.zh, untaught", "12 examples in its prompt"),
        of_setting(shipped, "sentiment.zh as it ships", "share/data"),
        of_setting(taught, "sentiment.zh with a head fitted here", "these rows"),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("train")
    parser.add_argument("--model", default="")
    parser.add_argument("--yixin", default=str(ROOT / "build" / "release" / "yixin"))
    parser.add_argument("-o", "--output")
    options = parser.parse_args()
    truth = [row["label"] for row in read_rows(options.data)]
    read_rows(options.train)
    rows = run_yixin(options.yixin, options.data, options.train, options.model)
    python = python_with_packages(ROOT / "build" / "baselines")
    for method, name, taught in (
        ("ngrams", "logistic regression on character n-grams", "these rows"),
        ("snownlp", "SnowNLP", "the corpus that these rows are from"),
    ):
        say(f"judging with {name}")
        words = [python, HERE / "baselines" / "child.py", method, options.train, options.data]
        answer = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)
        rows.append(judge(f"{name} ({answer['about']})", taught, answer, truth))
    table = markdown(rows)
    print(table, end="")
    if options.output:
        pathlib.Path(options.output).write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
