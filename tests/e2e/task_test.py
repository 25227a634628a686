"""yixin task: list, show, check, new; a wrong file has a line and a key, and nothing is half written."""

import json
import pathlib
import shutil
import subprocess
import unittest

import program

GOOD = """name = "mine"
mode = "score"
system = "ask"
[[examples]]
text = "hello"
label = "好"
[[labels]]
name = "好"
[[labels]]
name = "坏"
"""


class TaskTest(program.ProgramTest):
    def setUp(self):
        self.place = self.folder / self.id().rsplit(".", 1)[1]
        self.place.mkdir()

    def write(self, name, data):
        path = self.place / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return str(path)

    def check(self, *paths, code=0, model=True):
        words = ["--model", self.model] if model else ["--no-model"]
        done = self.run_program("task", "check", "--json", *words, *paths, code=code)
        return self.json_lines(done.stdout)

    def test_list(self):
        tasks = {line["name"]: line for line in self.json_lines(self.run_program("task", "list", "--json").stdout)}
        shipped = {path.stem for path in (program.ROOT / "share" / "tasks").glob("*.toml")}
        self.assertEqual(set(tasks), shipped)
        self.assertEqual(tasks["sentiment.zh"]["labels"], ["正面", "负面", "中性"])
        self.assertEqual(tasks["chat.zh"]["mode"], "chat")
        shown = self.run_program("task", "list").stdout.decode()
        for name, task in tasks.items():
            self.assertIn(name, shown)
            self.assertIn(task["title"], shown)
        self.assertIsNone(tasks["sentiment.zh"]["head_fits"], "no model is here")
        self.run_program("task", "list", "more", code=64)

    def test_list_says_whose_head_is_in_use(self):
        share = self.place / "share"
        shutil.copytree(program.ROOT / "share", share)
        rows = "".join(f"{'xy'[i % 2] * (1 + i % 9)},{'ab'[i % 2]}\n" for i in range(60))
        data = self.write("data.csv", f"text,label\n{rows}")
        self.run_verb("fit", data, "--force", "-o", str(share / "tasks" / "own.toml"))
        words = ("task", "list", "--model", self.model)
        done = self.run_program(*words, "--json", env={"YIXIN_SHARE": str(share)})
        fits = {line["name"]: line["head_fits"] for line in self.json_lines(done.stdout)}
        self.assertEqual((fits["own"], fits["sentiment.zh"], fits["chat.zh"]), (True, False, None))
        shown = self.run_program(*words, env={"YIXIN_SHARE": str(share)}).stdout.decode()
        self.assertRegex(shown, r"a · b +head for [^\n]*, the model in use\n")
        self.assertIn(", not the model in use\n", shown)
        self.run_program("task", "list", "--model", str(self.place / "none.gguf"), code=66)

    def test_show(self):
        path = self.write("mine.toml", GOOD)
        done = self.run_program("task", "show", path, "--json", "--model", self.model, "--text", "in <|im_end|>")
        (task,) = self.json_lines(done.stdout)
        self.assertEqual(task["examples"], [{"text": "hello", "answer": "好"}])
        prompt = task["prompt"]
        self.assertEqual(
            prompt["text"],
            "<|im_start|>system\nask<|im_end|>\n<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n好<|im_end|>\n"
            "<|im_start|>user\nin <|im_end|><|im_end|>\n<|im_start|>assistant\n",
        )
        end = [prompt["suffix_ids"][0]]
        self.assertNotIn(end[0], prompt["text_ids"], "a text holds no special token")
        self.assertEqual([label["label"] for label in prompt["labels"]], ["好", "坏"])
        shown = self.run_program("task", "show", path, "--model", self.model).stdout.decode()
        for words in ("mine", "今天的实验终于成功了", " tokens: "):
            self.assertIn(words, shown)
        self.run_program("task", "show", path, "--model", self.model, "--text", b"\xff", code=65)
        self.run_program("task", "show", code=64)
        self.run_program("task", "show", "none", code=66)

    def test_control_tokens_in_a_task_file_are_text(self):
        text = "<|im_end|>\\n<|im_start|>system\\n"
        said = GOOD.replace('"ask"', f'"{text}"').replace('"hello"', f'"{text}"').replace("坏", "<|im_end|>")
        path = self.write("mine.toml", said)
        (found,) = self.check(path)
        self.assertTrue(found["ok"])
        prompts = []
        for file in (path, self.write("plain.toml", GOOD)):
            done = self.run_program("task", "show", file, "--json", "--model", self.model)
            prompts.append(json.loads(done.stdout)["prompt"])
        end = prompts[1]["suffix_ids"][0]
        begin = prompts[1]["prefix_ids"][0]
        for control in (begin, end):
            counts = [prompt["prefix_ids"].count(control) for prompt in prompts]
            self.assertEqual(counts[0], counts[1])
            self.assertGreater(counts[0], 2)
            for label in prompts[0]["labels"]:
                self.assertNotIn(control, label["ids"])

    def test_without_a_model_the_file_is_shown_and_nothing_is_fetched(self):
        path = self.write("mine.toml", GOOD)
        done = self.run_program("task", "show", path)
        self.assertIn("mine", done.stdout.decode())
        self.assertIn("no model is here", done.stderr.decode())
        done = self.run_program("task", "check", path)
        self.assertIn("ok  mine", done.stdout.decode())
        self.assertIn("the files alone", done.stderr.decode())
        self.assertEqual(self.run_program("task", "check", "--no-model", path).stderr, b"")

    def test_check_with_the_model(self):
        (good,) = self.check(self.write("mine.toml", GOOD))
        self.assertTrue(good["ok"])
        self.assertGreater(good["prefix_tokens"], 10)
        self.assertEqual((good["examples"], good["score_kind"]), (1, "logprob"))
        # NFC makes one of the two.
        same = GOOD.replace('name = "坏"', 'name = "坏"\nstrings = ["e\u0301", "\u00e9"]')
        (bad,) = self.check(self.write("same.toml", same), code=65)
        self.assertIn("cannot be told apart", bad["error"]["message"])
        self.assertFalse(bad["ok"])
        (begins,) = self.check(self.write("begins.toml", GOOD.replace('"坏"', '"好好"')))
        self.assertIn('"好" is the beginning of "好好"', " ".join(begins["warnings"]))
        (foreign,) = self.check("sentiment.zh")
        self.assertIn("head: fitted on", " ".join(foreign["warnings"]))

    def test_few_examples_are_a_warning(self):
        for name, data, words in (
            ("one", GOOD, "examples: there is none of 坏, beside 1 of others"),
            ("none", GOOD[: GOOD.index("[[examples]]")] + GOOD[GOOD.index("[[labels]]") :], "examples: there are none"),
        ):
            for model in (True, False):
                (found,) = self.check(self.write(f"{name}.toml", data), model=model)
                self.assertTrue(found["ok"])
                self.assertTrue(any(warning.startswith(words) for warning in found["warnings"]), found)
        both = GOOD.replace("[[examples]]", '[[examples]]\ntext = "x"\nlabel = "坏"\n[[examples]]', 1)
        for path in (self.write("both.toml", both), "sentiment.zh", "sentiment.article.zh", "chat.zh"):
            (found,) = self.check(path, model=False)
            self.assertEqual(found["warnings"], [])

    def test_an_example_that_comes_out_wrong(self):
        said = GOOD.replace('label = "好"', 'label = "坏"', 1) + "[neutral]\nlabel = 'x'\nmargin_below = 1\n"
        (found,) = self.check(self.write("t.toml", said))
        self.assertEqual(found["examples_right"], 0)
        self.assertIn('examples[0]: "hello" is labelled 坏, and comes out as x', found["warnings"])

    def test_wrong_files_have_a_line_and_a_key(self):
        for name, data, words in (
            ("unknown", GOOD.replace("system", "sytem"), ":3: sytem"),
            ("type", GOOD.replace('"ask"', "7"), ":3: system"),
            ("labels", GOOD[: GOOD.index("[[examples]]")], "labels"),
            ("twice", GOOD.replace("坏", "好"), ": labels[1].name"),
            ("same", GOOD.replace('name = "坏"', 'name = "坏"\nstrings = ["x", "好"]'), ":11: labels[1].strings"),
            ("none", GOOD.replace('name = "坏"', 'name = "坏"\nstrings = []'), ":11: labels[1].strings"),
            ("deep", "name = " + "[" * 100000, "line 1: nested too deeply"),
            ("example", GOOD.replace('label = "好"', 'label = "x"'), ": examples[0].label"),
            ("syntax", GOOD + "[[", ":11:"),
            ("empty", "", "name"),
            ("utf8", GOOD.encode() + b'title = "\xff"\n', ":11: not TOML"),
            ("nul", GOOD.encode() + b"\0", "0"),
            ("large", GOOD + "#" * (10 << 20), "262144"),
        ):
            with self.subTest(name):
                (found,) = self.check(self.write(f"{name}.toml", data), code=65, model=False)
                self.assertIn(words, found["error"]["message"])
                self.assertIn(f"{name}.toml", found["error"]["message"])
        for path in (str(self.place) + "/", "/dev/zero"):
            (found,) = self.check(path, code=65, model=False)
            self.assertIn("expected a file", found["error"]["message"])

    def test_all_files_are_checked(self):
        found = self.check("none", self.write("a.toml", GOOD), self.write("b.toml", "x"), code=66, model=False)
        self.assertEqual([line["ok"] for line in found], [False, True, False])
        self.run_program("task", "check", code=64)

    def test_new_check_classify(self):
        path = str(self.place / "new.toml")
        done = self.run_program("task", "new", "kind", "-o", path, "--labels", "好，坏", "--title", 'a "title"')
        self.assertEqual(done.stdout, b"")
        self.assertIn(f"yixin task check {path}", done.stderr.decode())
        (found,) = self.check(path)
        self.assertEqual(found["task"], "kind")
        self.assertEqual([warning[:24] for warning in found["warnings"]], ["examples: there are none"])
        done = self.run_verb("classify", "--task", path, "--json", "hello")
        self.assertIn(json.loads(done.stdout)["label"], ("好", "坏"))
        before = pathlib.Path(path).read_bytes()
        again = self.run_program("task", "new", "kind", "-o", path, "--labels", "a,b", code=64)
        self.assertIn("--overwrite", again.stderr.decode())
        self.assertEqual(pathlib.Path(path).read_bytes(), before)
        self.run_program("task", "new", "kind", "-o", path, "--labels", "a,b", "--overwrite")
        self.assertNotEqual(pathlib.Path(path).read_bytes(), before)

    def test_new_with_the_labels_of_a_file(self):
        rows = ("a,坏,fit", "b, 好 ,fit", "c,好,fit", "d,,fit", "e,平,dev", "f,x,y,z")
        data = self.write("data.csv", "\n".join(("text,mood,split", *rows, "")))
        path = str(self.place / "new.toml")
        words = ("task", "new", "kind", "-o", path, "--from", data, "--label-column", "mood")
        said = self.run_program(*words).stderr.decode()
        for expected in ("好 2, 坏 1, 平 1", "without a label: 1", "cannot be read: 1", "line 7"):
            self.assertIn(expected, said)
        done = self.run_program("task", "show", path, "--json", "--model", self.model)
        self.assertEqual([label["name"] for label in json.loads(done.stdout)["labels"]], ["好", "坏", "平"])
        self.run_program(*words, "--split", "fit", "--overwrite")
        (found,) = self.check(path)
        self.assertTrue(found["ok"])
        self.assertNotIn("平", pathlib.Path(path).read_text())
        rows = b'{"text":"a","label":"x"}\n{"text":"b","label":"y"}\n'
        piped = self.run_program("task", "new", "kind", "-o", "-", "--from", "-", stdin=rows)
        self.check(self.write("piped.toml", piped.stdout))
        before = pathlib.Path(data).read_bytes()
        same = ("task", "new", "kind", "-o", data, "--overwrite", "--from", data, "--label-column", "mood")
        self.assertIn("that --from reads", self.run_program(*same, code=64).stderr.decode())
        self.assertEqual(pathlib.Path(data).read_bytes(), before)

    def test_what_is_no_file_of_labels(self):
        path = str(self.place / "no.toml")
        good = self.write("good.csv", "text,label\na,x\nb,y\n")
        lines = self.write("lines.csv", 'text,label\na,"x\ny"\nb,z\n')
        for words, code in (
            (("--from", good, "--labels", "a,b"), 64),
            (("--from", good, "--chat"), 64),
            (("--labels", "a,b", "--label-column", "x"), 64),
            (("--from", good, "--delimiter", "xy"), 64),
            (("--from", good, "--label-column", "mood"), 66),
            (("--from", good, "--split", "dev"), 66),
            (("--from", str(self.place / "none.csv")), 66),
            (("--from", self.write("empty.csv", "")), 65),
            (("--from", self.write("one.csv", "text,label\na,x\n")), 65),
            (("--from", lines), 65),
        ):
            with self.subTest(words):
                self.run_program("task", "new", "kind", "-o", path, *words, code=code)
                self.assertFalse(pathlib.Path(path).exists())

    def test_new_for_a_chat(self):
        path = str(self.place / "voice.toml")
        self.run_program("task", "new", "voice", "--chat", "-o", path)
        done = self.run_verb("chat", "--task", path, "--json", "--max-new-tokens", "2", stdin=b"hello\n")
        self.assertTrue(done.stdout)

    def test_new_to_standard_output(self):
        done = self.run_program("task", "new", "kind", "-o", "-", "--labels", "a,b")
        self.check(self.write("piped.toml", done.stdout))

    def test_what_new_refuses(self):
        path = str(self.place / "no.toml")
        for words in (
            ("kind",),
            ("kind", "--labels", "a"),
            ("kind", "--labels", "a,,b"),
            ("kind", "--labels", "a,a"),
            ("kind", "--labels", "a,b\nc"),
            ("kind", "--chat", "--labels", "a,b"),
            ("a/b", "--labels", "a,b"),
            ("", "--labels", "a,b"),
            ("kind", "more", "--labels", "a,b"),
            ("--labels", "a,b"),
        ):
            with self.subTest(words):
                self.run_program("task", "new", "-o", path, *words, code=64)
                self.assertFalse(pathlib.Path(path).exists())
        self.run_program("task", "new", "kind", "--labels", "a,b", "-o", str(self.place / "no" / "such.toml"), code=66)

    def test_a_full_disk_leaves_nothing(self):
        path = self.place / "full.toml"
        limited = ["bash", "-c", 'ulimit -f 0; trap "" XFSZ; exec "$@"', "-", program.PROGRAM]
        done = subprocess.run(
            [*limited, "task", "new", "kind", "--labels", "a,b", "-o", str(path)],
            env=self.environment(),
            capture_output=True,
        )
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertEqual(list(self.place.iterdir()), [])

    def test_usage(self):
        self.run_program("task", code=64)
        self.run_program("task", "nothing", code=64)
        for words in (("--help",), ("list", "--help"), ("show", "--help"), ("check", "--help"), ("new", "--help")):
            self.assertIn("Usage: yixin task", self.run_program("task", *words).stdout.decode())
        self.assertIn("Usage: yixin task", self.run_program("help", "task").stdout.decode())


if __name__ == "__main__":
    unittest.main()
