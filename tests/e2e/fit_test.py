"""yixin fit: a task that is taught on the tiny model, the files that come of it, what is refused."""

import json
import pathlib
import random
import re
import shutil
import subprocess
import unittest

import program


class FitTest(program.ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        subprocess.run(
            [program.PROGRAM, "pack", "--model", cls.model], env=cls.environment(), check=True, capture_output=True
        )

    def setUp(self):
        self.place = self.folder / self.id().rsplit(".", 1)[1]
        self.place.mkdir()

    def path(self, name):
        return str(self.place / name)

    def write(self, name, data):
        (self.place / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        return self.path(name)

    def rows(self, count, labels=("正面", "负面"), seed=1):
        """Texts whose last letter goes with the label."""
        chance = random.Random(seed)
        rows = []
        for i in range(count):
            body = "".join(chance.choice("the in好坏书店 ") for _ in range(chance.randint(1, 9)))
            rows.append({"text": body.strip() + "xyzwv"[i % len(labels)] * 2, "label": labels[i % len(labels)]})
        return rows

    def jsonl(self, name, rows):
        return self.write(name, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

    def fit(self, *words, code=0, **options):
        return self.run_program("fit", *words, "--model", self.model, code=code, **options)

    def classify(self, task, *texts, code=0, model=None):
        done = self.run_program(
            "classify", "--task", task, "--json", "--model", model or self.model, "--", *texts, code=code
        )
        return [json.loads(line) for line in done.stdout.decode().splitlines()], done.stderr.decode()

    def test_a_head_for_conversations(self):
        task = self.path("my.task.toml")
        self.fit("mood.zh", self.jsonl("data.jsonl", self.rows(120)), "-o", task)
        text = "the 好xx"
        words = ["--model", self.model, "--sentiment-task", task, "--json", "--max-new-tokens", "4"]
        done = self.run_program("chat", "--one-pass", *words, stdin=f"{text}\n{text}\n".encode())
        events = [json.loads(line) for line in done.stdout.decode().splitlines()]
        first, second = [event for event in events if event["event"] == "sentiment"]
        self.assertEqual(first["score_kind"], "head")
        self.assertEqual(first["probs"], self.classify(task, text)[0][0]["probs"])
        self.assertNotEqual(first["probs"], second["probs"], "the second has the first before it")
        # The head's label is free: nothing is left to compute for the reply.
        self.assertEqual([event["prompt_tokens"] for event in events if event["event"] == "reply"], [0, 0])
        # In another voice it is an error that says so.
        refused = self.run_program("chat", "--one-pass", "--task", "service.zh", *words, stdin=b"x\n", code=69)
        self.assertIn("another chat", refused.stderr.decode())

    def test_a_taught_task_is_used_by_every_verb(self):
        rows = self.rows(160)
        data = self.jsonl("data.jsonl", rows)
        task = self.path("my.task.toml")
        said = json.loads(self.fit("sentiment.zh", data, "-o", task, "--json").stdout)
        self.assertEqual(said["rows"], {"正面": 80, "负面": 80})
        self.assertEqual(said["method"], "head")
        self.assertGreater(said["taught"]["accuracy"], 0.9)
        self.assertGreater(said["gain"]["accuracy"], 0.2)
        self.assertEqual([round(point["rows"] / 50) for point in said["curve"]], [1, 2])
        self.assertEqual(said["task_file"], task)
        self.assertTrue(pathlib.Path(said["head_file"]).is_file())
        new = self.rows(20, seed=2)
        results, _ = self.classify(task, *(row["text"] for row in new))
        self.assertGreater(sum(r["label"] == row["label"] for r, row in zip(results, new)), 15)
        self.assertEqual(results[0]["task"], "my")
        self.assertEqual(results[0]["score_kind"], "head")
        self.assertIsNone(results[0]["label_mass"])
        self.assertAlmostEqual(sum(results[0]["probs"].values()), 1)
        # The same labels from a whole file, whatever stands beside a text.
        out = self.path("out.jsonl")
        self.run_program(
            "analyze", self.jsonl("new.jsonl", new), "--task", task, "-o", out, "--model", self.model
        )
        lines = [json.loads(line) for line in pathlib.Path(out).read_text().splitlines()]
        self.assertEqual([line["my"]["label"] for line in lines], [r["label"] for r in results])
        self.run_program(
            "analyze", self.path("new.jsonl"), "--task", task, "--untaught", "-o", self.path("un.jsonl"), "--model", self.model
        )
        first = json.loads(pathlib.Path(self.path("un.jsonl")).read_text().splitlines()[0])["my"]
        self.assertEqual(set(first["probs"]), {"正面", "负面", "中性"})
        for line, result in zip(lines, results):
            self.assertEqual(line["my"]["probs"], {k: round(v, 6) for k, v in result["probs"].items()})

    def test_the_same_rows_give_the_same_files(self):
        rows = self.rows(60)
        data = self.jsonl("data.jsonl", rows)
        turned = self.jsonl("turned.jsonl", rows[::-1])
        self.fit("sentiment.zh", data, "-o", self.path("a.task.toml"), "--force")
        self.fit("sentiment.zh", turned, "-o", self.path("b.task.toml"), "--force")
        heads = [(self.place / name).read_bytes() for name in ("a.task.head", "b.task.head")]
        self.assertEqual(*heads)

    def test_files_that_are_there_stay(self):
        data = self.jsonl("data.jsonl", self.rows(60))
        task = self.write("my.task.toml", "mine")
        error = self.fit("sentiment.zh", data, "-o", task, code=64).stderr.decode()
        self.assertIn("is there already", error)
        self.assertEqual((self.place / "my.task.toml").read_text(), "mine")
        self.fit("sentiment.zh", data, "-o", task, "--overwrite", "--force")
        self.assertIn("[head]", (self.place / "my.task.toml").read_text())
        (self.place / "my.task.toml").unlink()
        self.assertIn("my.task.head: is there already", self.fit("sentiment.zh", data, "-o", task, code=64).stderr.decode())

    def test_what_is_not_better_is_not_written(self):
        """Labels by chance, and one of them commoner than the other by far."""
        chance = random.Random(3)
        labels = ["正面"] * 95 + ["负面"] * 5
        chance.shuffle(labels)
        rows = [{"text": row["text"] + str(i), "label": label}
                for i, (row, label) in enumerate(zip(self.rows(100), labels))]
        # A prompt whose first label is always said.
        base = self.write("base.toml", 'name = "base"\nmode = "score"\n[[labels]]\nname = "正面"\nbias = 99\n'
                          '[[labels]]\nname = "负面"\n')
        data = self.jsonl("data.jsonl", rows)
        task = self.path("my.task.toml")
        done = self.fit(base, data, "-o", task, code=4)
        self.assertIn("not better than untaught", done.stderr.decode())
        self.assertEqual(sorted(p.name for p in self.place.iterdir()), ["base.toml", "data.jsonl"])
        self.fit(base, data, "-o", task, "--force")
        self.assertTrue((self.place / "my.task.head").is_file())

    def test_labels_of_ones_own(self):
        labels = ("退款 \"refund\"", "发货", "other")
        data = self.jsonl("data.jsonl", self.rows(120, labels))
        error = self.fit("sentiment.zh", data, "-o", self.path("x.toml"), code=65).stderr.decode()
        self.assertIn("has no label", error)
        self.assertIn("Leave TASK out", error)
        task = self.path("teams.toml")
        said = json.loads(self.fit(data, "-o", task, "--json").stdout)
        self.assertIsNone(said["task"])
        self.assertGreater(said["taught"]["accuracy"], 0.9)
        results, _ = self.classify(task, "the书zz")
        self.assertEqual(results[0]["label"], "other")
        self.assertEqual(set(results[0]["probs"]), set(labels))

    def test_few_rows_correct_the_scores(self):
        data = self.jsonl("data.jsonl", self.rows(30, ("正面", "负面", "中性")))
        task = self.path("my.task.toml")
        said = json.loads(self.fit("sentiment.zh", data, "-o", task, "--force", "--json").stdout)
        self.assertEqual(said["method"], "correction")
        self.assertIsNone(said["head_file"])
        self.assertNotIn("[head]", pathlib.Path(task).read_text())
        results, _ = self.classify(task, "好")
        self.assertEqual(results[0]["score_kind"], "logprob")
        two = self.jsonl("two.jsonl", self.rows(30))
        error = self.fit("sentiment.zh", two, "-o", self.path("x.toml"), code=65).stderr.decode()
        self.assertIn("none with the task's label 中性", error)

    def test_data_that_cannot_be_learned_from(self):
        good = self.rows(60)

        def error(rows, code=65, *words):
            data = rows if isinstance(rows, str) else self.jsonl("data.jsonl", rows)
            return self.fit("sentiment.zh", data, "-o", self.path("x.toml"), *words, code=code).stderr.decode()

        self.assertIn("all rows have the label 正面", error([row for row in good if row["label"] == "正面"]))
        self.assertIn("中性 (line 61)", error(good + [{"text": "嗯", "label": "中性"}]))
        self.assertIn("no row has both", error([{"text": "", "label": "正面"}]))
        self.assertIn("label", error([{"text": "a", "mood": "正面"}, {"text": "b", "mood": "负面"}], 66))
        self.assertIn("same column", error(good, 64, "--label-column", "text", "--column", "text"))
        error(self.write("empty.csv", ""))
        error(self.path("nowhere.csv"), 66)
        self.assertIn("ends in .toml", self.fit("sentiment.zh", self.path("data.jsonl"), "-o", "x", code=64).stderr.decode())
        self.assertIn("-o", self.fit("sentiment.zh", self.path("data.jsonl"), code=64).stderr.decode())
        self.assertIn("mode chat", self.fit("chat.zh", self.jsonl("data.jsonl", good), "-o", self.path("x.toml"), code=64).stderr.decode())
        self.assertFalse((self.place / "x.toml").exists())

    def test_bad_rows_and_contradictions_are_named(self):
        lines = ["text,label"] + [f"{row['text']}{i},{row['label']}" for i, row in enumerate(self.rows(80))]
        text = lines[1].split(",")[0]
        lines += [f"{text},负面", "a,b,c", ",正面", lines[2]]
        data = self.write("data.csv", "\n".join(lines) + "\n")
        said = self.fit("sentiment.zh", data, "-o", self.path("my.task.toml"), "--force").stdout.decode()
        self.assertIn("1 rows that cannot be read, first line 83", said)
        self.assertIn("1 without a text or a label", said)
        self.assertIn("lines 2, 82: 正面, 负面", said)
        self.assertIn("1 rows whose text was there before", said)

    def test_a_head_belongs_to_its_model_prompt_and_file(self):
        data = self.jsonl("data.jsonl", self.rows(60))
        task = self.path("my.task.toml")
        self.fit("sentiment.zh", data, "-o", task, "--force")
        other = self.path("other.gguf")
        with open(other, "wb") as file:
            file.write(pathlib.Path(self.model).read_bytes() + bytes(64))
        _, error = self.classify(task, "好", code=69, model=other)
        self.assertIn("fitted on another model", error)
        self.assertIn("fit the task again", error)
        done = self.run_program("classify", "--task", task, "--untaught", "--json", "--model", other, "好")
        self.assertEqual(json.loads(done.stdout)["score_kind"], "logprob")
        text = (self.place / "my.task.toml").read_text()
        changed = self.write("changed.toml", text.replace("判断用户", "请判断用户"))
        _, error = self.classify(changed, "好", code=69)
        self.assertIn("another prompt", error)
        head = self.place / "my.task.head"
        whole = head.read_bytes()
        head.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        _, error = self.classify(task, "好", code=65)
        self.assertIn("is not the head that the task was written with", error)
        head.unlink()
        self.classify(task, "好", code=66)
        # Taught again from the same file, it is whole again.
        self.fit(task, data, "-o", task, "--overwrite", "--force")
        self.classify(task, "好")

    def test_rows_that_ship_teach_any_model(self):
        """The tiny model learns little from them; what is tested is that they are there and sound."""
        task = self.path("built.task.toml")
        said = json.loads(self.fit("sentiment.zh", "--builtin", "-o", task, "--force", "--json").stdout)
        self.assertEqual(set(said["rows"]), {"正面", "负面", "中性"})
        self.assertEqual(said["left_out"],
                         {"unreadable": 0, "unlabelled": 0, "failed": 0, "beyond": 0, "contradictions": []})
        self.assertEqual(said["repeated"], 0)
        self.assertGreater(sum(said["rows"].values()), 800)

    def test_the_help_has_every_flag(self):
        text = self.run_program("fit", "--help").stdout.decode()
        for flag in ("--builtin", "--label-column", "--force", "--overwrite", "--json", "--split"):
            self.assertIn(flag, text)
        self.assertIn("64", text)
        self.fit(code=64)


if __name__ == "__main__":
    unittest.main()
