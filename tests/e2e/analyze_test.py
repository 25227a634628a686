"""yixin analyze: files in and out, bad rows, runs that are killed, stopped and gone on with."""

import csv
import fcntl
import hashlib
import io
import json
import os
import random
import re
import shlex
import signal
import subprocess
import time
import unittest

import program

TASK = "sentiment.zh"
FIELDS = [f"{TASK}.{name}" for name in (
    "label", "probs.正面", "probs.负面", "probs.中性", "margin", "label_mass", "error", "message")]
BOM = b"\xef\xbb\xbf"


def csv_rows(data):
    return list(csv.DictReader(io.StringIO(data.removeprefix(BOM).decode(), newline="")))


class AnalyzeTest(program.ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Packs the weights, so that no test sees the line that says so.
        subprocess.run(
            [program.PROGRAM, "pack", "--model", cls.model], env=cls.environment(), check=True, capture_output=True
        )

    def setUp(self):
        self.place = self.folder / self.id().rsplit(".", 1)[1]
        self.place.mkdir()

    def write(self, name, data):
        path = self.place / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return str(path)

    def analyze(self, *words, **options):
        return self.run_verb("analyze", *words, **options)

    def analyze_to(self, name, *words, **options):
        """The output's bytes, and the run."""
        path = self.place / name
        done = self.analyze(*words, "-o", str(path), **options)
        return path.read_bytes(), done

    def many_rows(self, count):
        """Rows of all kinds, some of them bad."""
        chance = random.Random(5)
        lines = ["id,评论,stars"]
        for i in range(count):
            text = "".join(chance.choice("好坏书店酒电脑，。ab1") for _ in range(chance.randint(1, 12)))
            if i % 50 == 7:
                lines.append(f'{i},"{text}\n换行",5')
            elif i % 90 == 11:
                lines.append(f"{i},{text}")
            elif i % 70 == 13:
                lines.append(f"{i},,1")
            else:
                lines.append(f"{i},{text},{i % 5}")
        return "\n".join(lines) + "\n"

    def assert_only(self, *names):
        self.assertEqual(sorted(entry.name for entry in self.place.iterdir()), sorted(names))

    # What comes out.

    def test_csv_keeps_its_columns_and_the_labels_are_those_of_classify(self):
        texts = ["今天真开心", "太差了", "a,b", '引"号', "=1+1"]
        table = io.StringIO(newline="")
        writer = csv.writer(table)
        writer.writerow(["label", "text", "n"])
        for i, text in enumerate(texts):
            writer.writerow([f"truth{i}", text, i])
        data, done = self.analyze_to("out.csv", self.write("in.csv", table.getvalue()))
        self.assertEqual(done.stderr, b"")
        self.assertTrue(data.startswith(BOM))
        rows = csv_rows(data)
        self.assertEqual(list(rows[0]), ["label", "text", "n"] + FIELDS)
        self.assertEqual([row["label"] for row in rows], [f"truth{i}" for i in range(5)])
        self.assertEqual(rows[4]["text"], "'=1+1", "no formula for a spreadsheet")
        labels = self.json_lines(self.run_verb("classify", "--json", *texts).stdout)
        for row, record in zip(rows, labels):
            self.assertEqual(row[f"{TASK}.label"], record["label"])
            for label, share in record["probs"].items():
                self.assertEqual(row[f"{TASK}.probs.{label}"], f"{share:.6f}")
            self.assertEqual(row[f"{TASK}.error"], "")
        self.assert_only("in.csv", "out.csv", "out.csv.yixin.json")

    def test_jsonl_and_several_tasks(self):
        path = self.write("in.jsonl", '{"text":"好","id":7,"label":"x"}\n\n{"id":8,"text":"坏","more":[1]}')
        data, _ = self.analyze_to("out.jsonl", path, "--task", TASK, "--task", "sentiment.article.zh")
        first, second = self.json_lines(data)
        self.assertEqual(list(first), ["text", "id", "label", TASK, "sentiment.article.zh"])
        self.assertEqual(list(first[TASK]), ["label", "probs", "margin", "label_mass"])
        self.assertEqual(list(first["sentiment.article.zh"]), ["label"])
        self.assertAlmostEqual(sum(first[TASK]["probs"].values()), 1, places=5)
        self.assertEqual(second["more"], [1])

    def test_formats_and_encodings(self):
        text = "编号\t评论\n1\t很好的书\n2\t房间太小\n"
        plain, _ = self.analyze_to("a.jsonl", self.write("a.tsv", text))
        for name, data in (
            ("b.tsv", text.encode("gb18030")),
            ("c.tsv", text.encode("utf-16")),
            ("d.tsv", BOM + text.replace("\n", "\r\n").encode()),
        ):
            data, _ = self.analyze_to(name + ".jsonl", self.write(name, data))
            self.assertEqual(data, plain, name)
        data, _ = self.analyze_to("e.csv", str(self.place / "a.tsv"), "--output-encoding", "gb18030")
        self.assertIn("很好的书", data.decode("gb18030"))
        data, _ = self.analyze_to("f.csv", str(self.place / "a.tsv"), "--output-encoding", "utf-8")
        self.assertFalse(data.startswith(BOM))

    def test_standard_input_and_output(self):
        done = self.analyze("-", stdin="好\n坏\n".encode())
        lines = self.json_lines(done.stdout)
        self.assertEqual([line["text"] for line in lines], ["好", "坏"])
        self.assertEqual(done.stderr, b"")
        data, _ = self.analyze_to("out.jsonl", "-", stdin="好\n坏\n".encode())
        self.assertEqual(data, done.stdout)
        self.assert_only("out.jsonl", "out.jsonl.yixin.json")

    def test_the_summary(self):
        path = self.write("in.csv", "text\n好\n坏\n好\n\"\"\n")
        _, done = self.analyze_to("out.csv", path, "--json", code=3)
        summary = json.loads(done.stdout)
        self.assertEqual((summary["rows"], summary["failed"], summary["reused"]), (4, 1, 1))
        self.assertEqual(summary["failures"], {"invalid_text": 1})
        self.assertEqual(sum(summary["labels"][TASK].values()), 3)
        self.assertEqual(summary["column"], "text")
        for key in ("model", "kernels", "numerics", "rows_per_s", "computed_per_s", "shape"):
            self.assertIn(key, summary)

    def test_limit_sample_and_dry_run(self):
        path = self.write("in.csv", self.many_rows(300))
        whole = csv_rows(self.analyze(path, code=3).stdout)
        some = csv_rows(self.analyze(path, "--limit", "3").stdout)
        self.assertEqual(some, whole[:3])
        first = self.analyze(path, "--sample", "20", "--format", "jsonl", code=None).stdout
        again = self.analyze(path, "--sample", "20", "--format", "jsonl", code=None).stdout
        other = self.analyze(path, "--sample", "20", "--seed", "1", "--format", "jsonl", code=None).stdout
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)
        self.assertEqual(len(first.splitlines()), 20)
        said = self.analyze(path, "--dry-run", "-o", str(self.place / "out.csv")).stdout.decode()
        self.assertIn("评论", said)
        (about,) = re.findall(r"about (\d+)", said)
        self.assertAlmostEqual(int(about), 300, delta=30)
        self.assert_only("in.csv")

    def test_no_neutral(self):
        rows = csv_rows(self.analyze("-", "--no-neutral", "--format", "csv", stdin="好\n".encode()).stdout)
        self.assertNotIn(f"{TASK}.probs.中性", rows[0])

    # What is wrong.

    def test_bad_rows_are_rows(self):
        path = self.write(
            "in.csv",
            'id,text\n1,好\n2,"没有\n3,很差\n4,x,y\n5,\n6,' + "长" * 6000 + "\n7,末\n",
        )
        data, _ = self.analyze_to("out.jsonl", path, "--id-column", "id", "--quote", '"', code=3)
        rows = self.json_lines(data)
        self.assertEqual(len(rows), 7)
        codes = [row[TASK].get("error", "") for row in rows]
        self.assertEqual(codes, ["", "open_quote", "", "cell_count", "invalid_text", "invalid_text", ""])
        self.assertTrue(rows[1][TASK]["message"].startswith("line 3"), rows[1])
        self.assertTrue(rows[4][TASK]["message"].startswith("line 6 (5): "), rows[4])

    def test_files_of_every_kind_of_odd(self):
        long = "长" * 3_500_000  # a cell of 10 MB
        cases = [  # name, data, options, error codes or labels of the rows
            ("cr.csv", "text,n\r好,1\r坏,2\r", (), ["", ""]),
            ("cell.csv", f'text,n\n好,1\n"{long}",2\n坏,3\n', (), ["", "invalid_text", ""]),
            ("cut.csv", f'text,n\n好,1\n"{long}",2\n坏,3\n', ("--truncate", "middle"), ["", "", ""]),
            ("nohead.csv", "很好的一本书,5\n太差了一点都不好,1\n", (), ["", ""]),
            ("noname.csv", "text,,n\n好,x,1\n", (), [""]),
            ("ragged.csv", "text,n\n好,1\n坏\n差,4,5,6\n", (), ["", "cell_count", "cell_count"]),
            ("nul.csv", b"text,n\n\0\0,1\n", (), [""]),
            ("header.csv", "text,n\n", (), []),
            ("keys.jsonl", '{"text":"好"}\n{"text":"a","text":"b"}\n\n \n{"text":"坏"}', (), ["", "duplicate_key", ""]),
            ("deep.jsonl", '{"text":"好"}\n{"text":"好","x":' + "[" * 100_000 + "]" * 100_000 + "}\n", (), ["", "too_deep"]),
            ("line.jsonl", '{"text":"好"}\n{"text":"' + "长x" * 10_000_000 + '"}\n{"text":"坏"}\n', (), ["", "too_long", ""]),
            ("bytes.jsonl", b'{"text":"a"}\n{"text":"\xff\xfe"}\n', ("--input-encoding", "utf-8"), ["", "invalid_bytes"]),
        ]
        for name, data, words, codes in cases:
            with self.subTest(name):
                bad = sum(code != "" for code in codes)
                written, done = self.analyze_to("out.jsonl", self.write(name, data), "--json", *words, code=3 if bad else 0)
                rows = self.json_lines(written)
                self.assertEqual([row[TASK].get("error", "") for row in rows], codes)
                self.assertEqual(json.loads(done.stdout)["failed"], bad)
                for row in rows:
                    if "error" in row[TASK]:
                        self.assertRegex(row[TASK]["message"], r"^line \d+: ")
        for name, data in (("bom.csv", BOM), ("lines.csv", b"\n\n\n"), ("blank.jsonl", b"\n \n")):
            with self.subTest(name):
                done = self.analyze(self.write(name, data), "-o", str(self.place / "none.csv"), code=65)
                self.assertIn(name, done.stderr.decode())
        self.assertFalse((self.place / "none.csv").exists())

    def test_a_file_of_only_bad_rows(self):
        data, _ = self.analyze_to("out.csv", self.write("in.csv", "a,text\n1\n2\n3\n"), "--delimiter", ",", code=3)
        self.assertEqual([row[f"{TASK}.error"] for row in csv_rows(data)], ["cell_count"] * 3)
        done = self.analyze(self.write("in.jsonl", "nonsense\n" + "[" * 100000 + "\n"), code=65)
        self.assertIn("line 1", done.stderr.decode())

    def test_fail_fast(self):
        path = self.write("in.csv", "text\n好\n坏\n\"\"\n末\n")
        out = str(self.place / "out.csv")
        done = self.analyze(path, "-o", out, "--fail-fast", code=65)
        self.assertIn("line 4: empty input", done.stderr.decode())
        self.assertFalse(os.path.exists(out))
        self.analyze(path, "-o", out, "--resume", code=3)
        with open(out, "rb") as file:
            self.assertEqual(file.read(), self.analyze(path, code=3).stdout)

    def test_inputs_that_cannot_be_used(self):
        cases = [
            ("empty.csv", b"", 65, "empty"),
            ("zip.csv", b"PK\x03\x04" + bytes(50), 65, "xcel"),
            ("array.json", b'[{"text":"a"}]', 69, "JSON"),
            ("big5.csv", "評論\n這家飯店的房間很小，服務也不好，價錢還貴得離譜\n".encode("big5"), 65, "encoding"),
            ("two.csv", "a,b\n好书,坏书\n好店,坏店\n".encode(), 64, "'a'"),
            ("same.csv", "text,text\n1,2\n".encode(), 65, "twice"),
            ("taken.csv", f"text,{TASK}.label\n好,x\n".encode(), 64, f"{TASK}.label"),
        ]
        for name, data, code, words in cases:
            with self.subTest(name):
                header = ("--header",) if name == "two.csv" else ()
                done = self.analyze(self.write(name, data), "-o", str(self.place / "out.csv"), *header, code=code)
                self.assertIn(words, done.stderr.decode())
                self.assertEqual([p.name for p in self.place.iterdir() if "out" in p.name], [])
        self.analyze(str(self.place / "none.csv"), code=66)
        self.analyze(str(self.place), code=65)
        done = self.analyze(self.write("a.csv", "text\na\n"), "--column", "body", code=66)
        self.assertIn("'text'", done.stderr.decode())

    def test_words_that_are_wrong(self):
        path = self.write("in.csv", "text\na\n")
        out = ("-o", str(self.place / "out.csv"))
        for words in (
            (),
            (path, path),
            (path, "--resume"),
            (path, "--json"),
            (path, *out, "--resume", "--restart"),
            (path, "--append"),
            (path, "--header", "--no-header"),
            (path, "--delimiter", "ab"),
            (path, "--input-encoding", "latin1"),
            (path, "--limit", "0"),
            (path, "--sample", "2", "--limit", "2"),
            ("-", *out, "--resume"),
            (path, *out, "--task", TASK, "--task", TASK),
            (path, *out, "--task", "sentiment.article.zh", "--no-neutral"),
        ):
            with self.subTest(words):
                self.analyze(*words, code=64)
                self.assert_only("in.csv")
        self.analyze(path, *out, "--task", "no.such", code=78)
        self.run_program("analyze", "--model", str(self.place / "none.gguf"), path, *out, code=78)
        self.run_program("analyze", "--model", path, path, *out, code=78)
        self.assert_only("in.csv")

    def test_the_input_is_never_the_output(self):
        path = self.write("in.csv", "text\n好\n")
        os.link(path, self.place / "hard.csv")
        os.symlink(path, self.place / "soft.csv")
        for name in ("in.csv", "hard.csv", "soft.csv"):
            for start in ((), ("--resume",), ("--restart",)):
                done = self.analyze(path, "-o", str(self.place / name), *start, code=64)
                self.assertIn("same file", done.stderr.decode())
        with open(path, "ab") as same:
            self.run_verb("analyze", path, stdout=same, code=64)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), "text\n好\n".encode())

    def test_a_full_disk_and_a_reader_that_leaves(self):
        path = self.write("in.csv", self.many_rows(2000))
        with open("/dev/full", "wb") as full:
            self.run_verb("analyze", path, stdout=full, code=74)
        with subprocess.Popen(
            [program.PROGRAM, "analyze", "--model", self.model, path],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment(),
        ) as process:
            process.stdout.read(10)
            process.stdout.close()
            self.assertEqual(process.wait(program.PATIENCE_S), -signal.SIGPIPE)
            self.assertEqual(process.stderr.read(), b"")

    # Runs that end too early.

    def start(self, *words):
        return subprocess.Popen(
            [program.PROGRAM, "analyze", "--model", self.model, *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment(),
        )

    def kept_rows(self, out):
        try:
            with open(out + ".yixin-part.json", encoding="utf-8") as file:
                return json.load(file)["counts"]["rows"]
        except FileNotFoundError:
            return 0

    def wait_for_rows(self, process, out, more_than):
        """Until the manifest has more rows, or the process has left."""
        deadline = time.monotonic() + program.PATIENCE_S
        while process.poll() is None and self.kept_rows(out) <= more_than:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.001)

    def test_killed_at_random_moments_it_resumes_to_the_same_bytes(self):
        path = self.write("in.csv", self.many_rows(4000))
        words = (path, "--task", TASK, "--format", "jsonl", "--checkpoint-ms", "0")
        whole = self.analyze(*words, code=3).stdout
        chance = random.Random(7)
        for round in range(2):
            out = str(self.place / f"out{round}")
            kills = 0
            for _ in range(10):
                kept = self.kept_rows(out)
                with self.start(*words, "-o", out, "--resume") as process:
                    if chance.random() < 0.7:
                        self.wait_for_rows(process, out, kept)
                    time.sleep(chance.random() * 0.05)
                    process.kill()
                    killed = process.wait() == -signal.SIGKILL
                kills += killed
                if not killed:
                    break
                if os.path.exists(out):  # killed behind its last rename
                    with open(out, "rb") as file:
                        self.assertEqual(file.read(), whole, "half of it under the final name")
                    break
                self.assertGreaterEqual(self.kept_rows(out), kept)
            self.assertGreaterEqual(kills, 3)
            self.analyze(*words, "-o", out, "--resume", code=3)
            with open(out, "rb") as file:
                self.assertEqual(file.read(), whole)
        self.assert_only("in.csv", "out0", "out1", "out0.yixin.json", "out1.yixin.json")

    def test_killed_while_appending_it_resumes_to_the_same_bytes(self):
        path = self.write("in.csv", self.many_rows(3000))
        words = (path, "--format", "jsonl", "--checkpoint-ms", "0")
        rows = self.analyze(*words, code=3).stdout
        out = self.write("out", rows)
        chance = random.Random(8)
        for _ in range(8):
            with self.start(*words, "-o", out, "--append", "--resume") as process:
                self.wait_for_rows(process, out, self.kept_rows(out))
                time.sleep(chance.random() * 0.03)
                process.kill()
                if process.wait() != -signal.SIGKILL:
                    break
        self.analyze(*words, "-o", out, "--append", "--resume", code=3)
        with open(out, "rb") as file:
            self.assertEqual(file.read(), rows + rows)
        self.assert_only("in.csv", "out", "out.yixin.json")

    def test_ratings_that_say_the_opposite(self):
        texts = ["今天真开心", "太差了", "还行吧", "好书一本", "房间太小"]
        labels = [json.loads(line)["label"] for line in self.run_verb("classify", "--json", *texts).stdout.splitlines()]
        agrees = {"正面": ("true", "false"), "负面": ("false", "true"), "中性": ("", "")}
        rows = [(text, stars) for text in texts for stars in ("5", "1", "3", "x", "")]
        path = self.write("in.csv", "text,stars\n" + "".join(f"{text},{stars}\n" for text, stars in rows))
        data, done = self.analyze_to("out.csv", path, "--compare-column", "stars", "--json")
        for row, label in zip(csv_rows(data), (label for label in labels for _ in range(5))):
            good, bad = agrees[label]
            three = "true" if label == "中性" else ""
            self.assertEqual(row[f"{TASK}.agrees"], {"5": good, "1": bad, "3": three}.get(row["stars"], ""), row)
        compared = json.loads(done.stdout)["compared"]
        polar = sum(label != "中性" for label in labels)
        self.assertEqual(compared["disagreeing"], polar)
        self.assertEqual(len(compared["surest"]), polar)
        self.assertIn("1-5", compared["scale"])
        said = self.analyze_to("b.csv", path, "--compare-column", "stars")[1].stdout.decode()
        self.assertIn(f"{polar} say the opposite", said)
        for words, code, expected in (
            (("--compare-column", "rating"), 66, "'stars'"),
            (("--compare-column", "text"), 64, "no rating"),
            (("--compare-scale", "1-5"), 64, "--compare-column"),
        ):
            done = self.analyze(path, *words, "-o", str(self.place / "c.csv"), code=code)
            self.assertIn(expected, done.stderr.decode())

    def test_an_export_for_label_studio(self):
        path = self.write("in.csv", 'id,评论\n1,"=好, ""店"""\n2,\n3,"换\n行"\n')
        out = str(self.place / "out.csv")
        self.analyze(path, "-o", out, "--export", "label-studio", "--output-encoding", "gb18030", code=3)
        with open(out + ".label-studio.json", encoding="utf-8") as file:
            tasks = json.load(file)
        self.assertEqual([task["data"] for task in tasks],
                         [{"text": '=好, "店"', "id": "1"}, {"text": "换\n行", "id": "3"}])
        rows = [row for row in csv_rows(self.analyze(path, code=3).stdout) if row[f"{TASK}.label"]]
        for task, row in zip(tasks, rows):
            (prediction,) = task["predictions"]
            self.assertEqual(prediction["model_version"], "tiny")
            label = row[f"{TASK}.label"]
            self.assertEqual(prediction["result"], [{
                "from_name": "sentiment_zh", "to_name": "text", "type": "choices", "value": {"choices": [label]}}])
            self.assertAlmostEqual(prediction["score"], float(row[f"{TASK}.probs.{label}"]))
        # Of an output that is whole already, and of what was appended to it.
        for word, name in (("--resume", "again.json"), ("--append", "twice.json")):
            done = self.analyze(path, "-o", out, "--export", "label-studio", "--output-encoding", "gb18030",
                                "--export-file", str(self.place / name), word, code=3)
            self.assertIn(f"{name}: ", done.stdout.decode())
            self.assertIn('<Choice value="正面"/>', done.stdout.decode())
            with open(self.place / name, encoding="utf-8") as file:
                self.assertEqual(json.load(file), tasks * (2 if name == "twice.json" else 1))
        for file in (out, path, out + ".yixin-part"):
            self.analyze(path, "-o", out, "--export", "label-studio", "--export-file", file, code=64)
        self.analyze(path, "-o", out, "--export-file", str(self.place / "x"), code=64)
        self.analyze(path, "--export", "label-studio", code=64)

    def test_a_prior_of_the_first_rows_is_frozen(self):
        path = self.write("in.csv", self.many_rows(600) + '"",x\n')
        task = self.write("own.toml", 'name = "own"\nmode = "score"\n[calibration]\nkind = "batch"\n'
                          '[[labels]]\nname = "好"\n[[labels]]\nname = "坏"\n')
        words = (path, "--task", task, "--checkpoint-ms", "0")
        whole, _ = self.analyze_to("whole.csv", *words, code=3)
        with open(self.place / "whole.csv.yixin.json", encoding="utf-8") as file:
            prior = json.load(file)["run"]["the prior of the task own"]
        self.assertAlmostEqual(sum(map(float, prior.split())), 1)
        plain = self.write("plain.toml", 'name = "own"\nmode = "score"\n[[labels]]\nname = "好"\n[[labels]]\nname = "坏"\n')
        self.assertNotEqual(self.analyze(path, "--task", plain, code=3).stdout, whole)
        self.assertEqual(self.analyze(*words, code=3).stdout, whole)
        out = str(self.place / "out.csv")
        self.analyze(*words, "-o", out, "--fail-fast", code=65)
        self.assertGreater(self.kept_rows(out), 0)
        # What is gone on with has the prior that it began with.
        with open(out + ".yixin-part.json", encoding="utf-8") as file:
            self.assertEqual(json.load(file)["run"]["the prior of the task own"], prior)
        self.analyze(*words, "-o", out, "--resume", code=3)
        with open(out, "rb") as file:
            self.assertEqual(file.read(), whole)
        done = self.analyze(self.write("bad.csv", "text\n\"\"\n"), "--task", task, code=3)
        self.assertIn("not calibrated", done.stderr.decode())

    def test_append_takes_the_same_columns_only(self):
        path = self.write("in.csv", "text\n好\n坏\n")
        out = str(self.place / "out.csv")
        once, _ = self.analyze_to("out.csv", path)
        self.analyze(path, "-o", out, "--append")
        with open(out, "rb") as file:
            twice = file.read()
        self.assertEqual(twice, once + once.split(b"\n", 1)[1])
        other = self.write("other.csv", "text,id\n好,1\n")
        for words, said in (
            ((other,), "other columns"),
            ((path, "--output-encoding", "gb18030"), "other columns"),
            ((path, "--task", "sentiment.article.zh"), "other columns"),
            ((path, "--format", "jsonl"), "does not begin with a row"),
        ):
            with self.subTest(words):
                done = self.analyze(*words, "-o", out, "--append", code=64)
                self.assertIn(said, done.stderr.decode())
                with open(out, "rb") as file:
                    self.assertEqual(file.read(), twice)
        self.assert_only("in.csv", "other.csv", "out.csv", "out.csv.yixin.json")

    def test_what_an_output_was_made_of_stands_beside_it(self):
        path = self.write("in.csv", "text\n好\n\"\"\n")
        out = str(self.place / "out.csv")
        data, done = self.analyze_to("out.csv", path, "--json", code=3)
        with open(out + ".yixin.json", encoding="utf-8") as file:
            record = json.load(file)
        self.assertTrue(record["complete"])
        self.assertEqual(record["input"], path)
        with open(path, "rb") as file:
            self.assertEqual(record["run"]["the input"], hashlib.sha256(file.read()).hexdigest())
        self.assertEqual(record["output"]["sha256"], hashlib.sha256(data).hexdigest())
        self.assertEqual(record["counts"]["failed"], 1)
        for name in ("the model", f"the task {TASK}", "the kernel table", "the version of its numerics"):
            self.assertTrue(record["run"][name], name)
        self.assertEqual(json.loads(done.stdout)["run"], record["run"])
        # Once more: there is nothing to do, and it says so.
        before = os.stat(out).st_mtime_ns
        done = self.analyze(path, "-o", out, "--resume", code=3)
        self.assertIn("whole already", done.stderr.decode())
        self.assertEqual(os.stat(out).st_mtime_ns, before)
        self.analyze(path, "-o", out, "--resume", "--limit", "1")
        self.assertNotEqual(os.stat(out).st_mtime_ns, before)

    def test_stopped_it_says_how_to_go_on(self):
        path = self.write("it's in.csv", self.many_rows(4000))
        out = str(self.place / "out.csv")
        for name, code in (("SIGTERM", 143), ("SIGINT", 130)):
            for left in self.place.glob("out.csv.*"):
                left.unlink()
            with self.start("--checkpoint-ms", "0", path, "-o", out, "--restart") as process:
                self.wait_for_rows(process, out, 0)
                process.send_signal(getattr(signal, name))
                _, said = process.communicate(timeout=program.PATIENCE_S)
                self.assertEqual(process.returncode, code, said)
            self.assertFalse(os.path.exists(out))
        kept = self.kept_rows(out)
        self.assertGreater(kept, 0)
        self.assertIn(f"{kept} rows are kept", said.decode())
        # Without a word it is not thrown away.
        done = self.analyze(path, "-o", out, code=64)
        self.assertIn("--resume", done.stderr.decode())
        command = said.decode().split("go on with: ")[1].strip()
        verb, *rest = shlex.split(command)[1:]
        self.assertEqual(verb, "analyze")
        self.assertNotIn("--restart", rest)
        self.run_program("analyze", *rest, code=3)
        with open(out, "rb") as file:
            self.assertEqual(file.read(), self.analyze(path, code=3).stdout)

    def test_resume_refuses_another_run_and_names_what_differs(self):
        path = self.write("in.csv", self.many_rows(200) + "x,\n")
        task = self.write("own.toml", 'name = "own"\nmode = "score"\n[[labels]]\nname = "a"\n[[labels]]\nname = "b"\n')
        out = str(self.place / "out.csv")
        words = (path, "-o", out, "--task", task)
        self.analyze(*words, "--fail-fast", code=65)
        with open(out + ".yixin-part", "rb") as file:
            kept = file.read()

        def refused(*words, names):
            done = self.analyze(*words, "--resume", code=76)
            self.assertIn(names, done.stderr.decode())
            with open(out + ".yixin-part", "rb") as file:
                self.assertEqual(file.read(), kept)

        refused(*words, "--limit", "5", names="--limit")
        refused(*words, "--output-encoding", "gb18030", names="--output-encoding")
        refused(path, "-o", out, names="task")
        refused(*words, "--context", "2048", names="--context")
        refused(*words, "--column", "stars", names="--column")
        refused(*words, "--kernels", "reference", names="the kernel table")
        with open(task, "rb") as file:
            before = file.read()
        self.write("own.toml", before + b"\n")
        refused(*words, names="the task own")
        self.write("own.toml", before)
        with open(path, "rb") as file:
            data = file.read()
        self.write("in.csv", data + "9,好,1\n".encode())
        refused(*words, names="the input")
        self.write("in.csv", data)
        self.analyze(*words, "--resume", code=3)
        with open(out, "rb") as file:
            self.assertEqual(file.read(), self.analyze(path, "--task", task, code=3).stdout)

    def test_resume_takes_the_kernel_table_that_the_run_began_with(self):
        path = self.write("in.csv", self.many_rows(150) + "x,\n")
        whole = self.analyze(path, "--kernels", "reference", code=3).stdout
        out = str(self.place / "out.csv")
        self.analyze(path, "-o", out, "--kernels", "reference", "--fail-fast", code=65)
        self.assertGreater(self.kept_rows(out), 0)
        self.analyze(path, "-o", out, "--resume", code=3)
        with open(out, "rb") as file:
            self.assertEqual(file.read(), whole)
        with open(out + ".yixin.json", encoding="utf-8") as file:
            self.assertEqual(json.load(file)["run"]["the kernel table"], "reference")

    def test_one_at_a_time(self):
        path = self.write("in.csv", "text\n好\n")
        out = str(self.place / "out.csv")
        with open(out + ".yixin-part", "wb") as part:
            fcntl.flock(part, fcntl.LOCK_EX)
            done = self.analyze(path, "-o", out, code=75)
            self.assertIn("another yixin", done.stderr.decode())
        self.analyze(path, "-o", out)

    def test_an_old_output_stays_until_the_new_one_is_whole(self):
        path = self.write("in.csv", "text\n好\n\"\"\n")
        out = self.write("out.csv", "old")
        self.analyze(path, "-o", out, "--fail-fast", code=65)
        with open(out, encoding="utf-8") as file:
            self.assertEqual(file.read(), "old")
        self.analyze(path, "-o", out, "--restart", code=3)
        with open(out, "rb") as file:
            self.assertTrue(file.read().startswith(BOM))

    # What people see.

    def test_at_a_terminal(self):
        path = self.write("in.csv", self.many_rows(1500))
        words = ["analyze", "--model", self.model, path, "-o", str(self.place / "out.csv")]
        with program.Terminal(words, self.environment(), columns=120) as terminal:
            terminal.expect(r"csv \(by name\)")
            terminal.expect("评论")
            terminal.expect(r"rows/s; done at \d\d:\d\d")
            for _ in range(5):
                terminal.expect(r"line \d+  \S+ (正面|负面|中性)")
            terminal.expect(r"rows    1500, \d+ failed")
            self.assertEqual(terminal.expect_exit(), 3)


if __name__ == "__main__":
    unittest.main()
