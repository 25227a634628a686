"""yixin eval: figures of labelled rows on the tiny model, beside what classify says of each row, and what is refused."""

import json
import pathlib
import subprocess
import unittest

import program

TEXTS = ["the book", "in the end 好", "坏坏", "书店 the", "好 in", "xyz", "the the", "坏 in the 书店"]
LABELS = ["正面", "负面", "中性"]


class EvalTest(program.ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        subprocess.run(
            [program.PROGRAM, "pack", "--model", cls.model], env=cls.environment(), check=True, capture_output=True
        )
        done = subprocess.run(
            [program.PROGRAM, "classify", "--json", "--model", cls.model, "--", *TEXTS],
            env=cls.environment(), check=True, capture_output=True,
        )
        cls.said = [json.loads(line) for line in done.stdout.decode().splitlines()]

    def setUp(self):
        self.place = self.folder / self.id().rsplit(".", 1)[1]
        self.place.mkdir()

    def write(self, name, data):
        (self.place / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        return str(self.place / name)

    def data(self, truth, **more):
        rows = [
            {"text": text, "label": label, **{name: column[i] for name, column in more.items()}}
            for i, (text, label) in enumerate(zip(TEXTS, truth))
        ]
        return self.write("data.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

    def eval(self, *words, code=0, **options):
        return self.run_verb("eval", *words, code=code, **options)

    def figures(self, *words, code=0):
        done = self.eval(*words, "--json", code=code)
        (figures,) = self.json_lines(done.stdout)
        return figures

    def test_counts_are_those_of_classify(self):
        said = [row["label"] for row in self.said]
        other = {label: LABELS[(i + 1) % 3] for i, label in enumerate(LABELS)}
        truth = said[:5] + [other[label] for label in said[5:]]
        figures = self.figures(self.data(truth))
        (one,) = figures["settings"]
        self.assertEqual((one["rows"], one["right"], one["failed"]), (8, 5, 0))
        self.assertEqual(one["accuracy"], 5 / 8)
        expected = [[sum((t, s) == (a, b) for t, s in zip(truth, said)) for b in figures["labels"]] for a in figures["labels"]]
        self.assertEqual([row[:3] for row in one["confusion"]], expected)
        self.assertEqual(one["calibration"]["rows"], 8)
        low, high = one["accuracy_interval"]
        self.assertLess(low, 5 / 8)
        self.assertGreater(high, 5 / 8)

    def test_the_same_figures_whatever_the_order_of_tasks(self):
        data = self.data([LABELS[i % 3] for i in range(8)])
        both = self.figures(data, "--task", "sentiment.article.zh", "--task", "sentiment.zh")
        alone = self.figures(data)
        self.assertEqual([s["name"] for s in both["settings"]], ["sentiment.article.zh", "sentiment.zh"])
        self.assertIsNone(both["settings"][0]["calibration"])
        self.assertEqual(both["settings"][1]["right"], alone["settings"][0]["right"])
        self.assertEqual(both["settings"][1]["calibration"], alone["settings"][0]["calibration"])
        self.assertIsNotNone(both["settings"][1]["versus_first_interval"])

    def test_no_neutral_and_names_of_the_data(self):
        data = self.data([str(i % 2) for i in range(8)])
        words = [data, "--map", "1=正面", "--map", "0=负面", "--no-neutral"]
        figures = self.figures(*words)
        self.assertEqual(figures["labels"], ["正面", "负面"])
        self.assertTrue(figures["no_neutral"])
        # A task that generates cannot leave it out, and says so.
        done = self.eval(*words, "--task", "sentiment.article.zh")
        self.assertIn("in spite of --no-neutral", done.stderr.decode())
        done = self.eval(data, code=64)
        self.assertIn("the data has 0, 1", done.stderr.decode())

    def test_groups_and_parts(self):
        data = self.data([LABELS[i % 3] for i in range(8)], kind=list("aabbaabb"), half=list("xxxxyyyy"))
        (one,) = self.figures(data, "--group-column", "kind")["settings"]
        self.assertEqual({name: group["rows"] for name, group in one["groups"].items()}, {"a": 4, "b": 4})
        self.assertEqual(sum(group["right"] for group in one["groups"].values()), one["right"])
        part = self.figures(data, "--split", "y", "--split-column", "half")
        self.assertEqual(part["rows"], 4)
        self.assertIn("no rows to judge", self.eval(data, "--split", "z", "--split-column", "half", code=65).stderr.decode())
        self.eval(data, "--split", "x", code=66)  # no such column

    def test_models_side_by_side(self):
        other = self.place / "other.gguf"
        other.write_bytes(pathlib.Path(self.model).read_bytes())
        data = self.data([LABELS[i % 3] for i in range(8)])
        both = self.figures(data, "--model", str(other))
        self.assertEqual([m["name"] for m in both["models"]], ["tiny", "other"])
        self.assertEqual([s["name"] for s in both["settings"]], ["sentiment.zh, tiny", "sentiment.zh, other"])
        self.assertEqual(both["settings"][0]["confusion"], both["settings"][1]["confusion"])
        self.eval(data, "--model", str(self.place / "none.gguf"), code=66)

    def test_a_taught_task_beside_itself_untaught(self):
        rows = [{"text": f"{'好' if i % 2 else '坏'} the {i}", "label": LABELS[i % 2]} for i in range(120)]
        teach = self.write("teach.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
        task = str(self.place / "mine.toml")
        self.run_verb("fit", "sentiment.zh", teach, "-o", task, "--force")
        figures = self.figures(teach, "--task", task, "--beside-untaught", "--no-neutral")
        self.assertEqual([s["name"] for s in figures["settings"]], ["mine", "mine untaught"])
        self.assertGreater(figures["settings"][0]["right"], 110)
        (untaught,) = self.figures(teach, "--task", task, "--untaught", "--no-neutral")["settings"]
        self.assertEqual(untaught["right"], figures["settings"][1]["right"])

    def test_a_file_that_is_not_whole(self):
        data = self.write("data.csv", "text,label\nthe book,正面\n,负面\nin,the,end\n好,?\n")
        done = self.eval(data, code=3)
        shown = done.stdout.decode()
        self.assertIn("1 rows failed and count as wrong", shown)
        self.assertIn('1 rows were left out: no task has their label "?"', shown)
        self.assertIn("1 rows were left out: they cannot be read", shown)

    def test_what_is_refused(self):
        data = self.data(LABELS + LABELS[:2] * 2 + LABELS[:1])
        for words, code in [
            ([], 64), ([data, data], 64), ([data, "--map", "x"], 64), ([data, "--map", "x=nothing"], 64),
            ([data, "--map", "x=正面", "--map", "x=负面"], 64), ([data, "--limit", "0"], 64), ([data, "--task", "none"], 66),
            ([data, "--column", "label"], 64), ([data, "--column", "none"], 66), ([data, "--label-column", "none"], 66),
            ([data, "--task", "chat.zh"], 64), (["none.jsonl"], 66), ([self.write("empty.csv", "")], 65),
            ([data, "--delimiter", "long"], 64),
        ]:
            done = self.eval(*words, code=code)
            self.assertTrue(done.stderr.startswith(b"yixin: "), done.stderr)
            self.assertEqual(done.stdout, b"")

    def test_standard_input_and_limit(self):
        data = pathlib.Path(self.data([LABELS[i % 3] for i in range(8)])).read_bytes()
        done = self.eval("-", "--limit", "3", "--json", stdin=data)
        self.assertEqual(json.loads(done.stdout)["rows"], 3)

    def test_a_page(self):
        page = self.place / "page.html"
        truth = [row["label"] for row in self.said]
        data = self.data(truth)
        words = (data, "--task", "sentiment.zh", "--task", "sentiment.article.zh")
        shown = self.eval(*words, "--html", str(page), "--html-language", "en")
        self.assertIn("accuracy", shown.stdout.decode(), "the page stands beside what is printed")
        text = page.read_text(encoding="utf-8")
        self.assertNotIn(str(self.place), text, "file names, not where they lie")
        for said in ("data.jsonl", "sentiment.article.zh", "100.0 %", "default-src 'none'", "tiny"):
            self.assertIn(said, text)
        self.eval(data, "--html-language", "en", code=64)
        self.eval(data, "--html", data, code=64)
        self.assertTrue(pathlib.Path(data).read_text().startswith("{"), "the rows are as they were")
        self.eval(data, "--html", str(self.place / "no" / "page.html"), code=66)


if __name__ == "__main__":
    unittest.main()
