"""Other ways to the same labels, run by tools/baselines.py in an environment of their own.

  child.py METHOD TRAIN DATA      rows of {"text", "label"}; says one JSON object: labels, seconds, about

ngrams   logistic regression on character n-grams, taught on TRAIN
snownlp  SnowNLP's sentiment as it ships (TRAIN is not read)
Tested by: running it
"""

import json
import pathlib
import sys
import time


def read(path):
    rows = [json.loads(line) for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]
    return [row["text"] for row in rows], [row["label"] for row in rows]


def ngrams(train, texts):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.pipeline import make_pipeline

    pipeline = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True),
        # The strength by cross-validation on TRAIN, so that the comparison is with its best.
        LogisticRegressionCV(Cs=[0.3, 1, 3, 10, 30, 100], cv=5, max_iter=2000, random_state=0),
    )
    pipeline.fit(*train)
    began = time.monotonic()
    labels = pipeline.predict(texts)
    return {"labels": list(labels), "seconds": time.monotonic() - began, "about": f"C = {pipeline[-1].C_[0]:g}"}


def snownlp(_, texts):
    from snownlp import SnowNLP

    SnowNLP(texts[0]).sentiments  # its model is loaded by the first text
    began = time.monotonic()
    labels = ["正面" if SnowNLP(text).sentiments >= 0.5 else "负面" for text in texts]
    return {"labels": labels, "seconds": time.monotonic() - began, "about": "as it ships"}


def main():
    method, train, data = sys.argv[1:]
    answer = {"ngrams": ngrams, "snownlp": snownlp}[method](read(train), read(data)[0])
    json.dump(answer, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
