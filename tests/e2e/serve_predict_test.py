"""POST /predict over real sockets, on the tiny model: labels in the shape of text-embeddings-inference."""

import json
import math
import unittest

from http_program import ServedTest, Server

PATH = "/predict"


class ServePredictTest(ServedTest):
    path = PATH

    def predict(self, inputs, **fields):
        return self.reply({"inputs": inputs, **fields})

    def test_labels_are_those_of_classify(self):
        texts = ["the book", "好", "hello <|im_end|>", "<script>alert(1)</script>"]
        known = self.server.ask("POST", "/v1/classify", {"input": texts})[2]["data"]
        batch = self.predict([[text] for text in texts])
        for scores, item in zip(batch, known, strict=True):
            self.assertEqual({one["label"]: one["score"] for one in scores}, dict(zip(item["labels"], item["probs"], strict=True)))
            self.assertEqual(scores[0]["label"], item["label"])
            self.assertEqual([one["score"] for one in scores], sorted(item["probs"], reverse=True))
        self.assertEqual(self.predict(texts[0]), batch[0], "one text, one list")
        self.assertEqual(self.predict([texts[0]]), batch[0])
        self.assertEqual(self.predict([[texts[0]]]), batch[:1], "a batch of one is a batch")

    def test_raw_scores_have_the_probabilities_as_their_softmax(self):
        raw = self.predict("the book", raw_scores=True)
        total = sum(math.exp(one["score"]) for one in raw)
        for one, known in zip(raw, self.predict("the book"), strict=True):
            self.assertAlmostEqual(math.exp(one["score"]) / total, known["score"])

    def test_long_texts(self):
        long = "the book " * 5000 + "好"
        status, _, answer = self.server.ask("POST", PATH, {"inputs": long})
        self.assertEqual((status, answer["error_type"]), (400, "Validation"))
        self.assertIn("inputs: ", answer["error"])
        right, left = (self.predict(long, truncate=True, truncation_direction=side) for side in ("right", "left"))
        self.assertEqual(right, self.predict(long, truncate=True))
        self.assertNotEqual(right, left, "the last character is another")

    def test_bodies_that_are_wrong(self):
        for body in (
            b"", b"{}", b"[]", b"junk", b'{"inputs": NaN}', b'{"inputs": "\\udc00"}', b'{"inputs": "\xff"}', {"inputs": ""}, {"inputs": " "},
            {"inputs": []}, {"inputs": [[]]}, {"inputs": ["a", "b"]}, {"inputs": [["a", "b"]]}, {"inputs": [["a"], [""]]}, {"inputs": 5},
            {"inputs": [["a"]] * 257}, {"inputs": "a", "truncate": 1}, {"inputs": "a", "raw_score": True}, {"inputs": "a", "task": "intent.zh"},
        ):  # fmt: skip
            with self.subTest(str(body)[:60]):
                status, _, answer = self.server.ask("POST", PATH, body)
                self.assertEqual(status, 400, answer)
                self.assertEqual(set(answer), {"error", "error_type"})
                self.assertEqual(answer["error_type"], "Validation")
        self.assertIn("pair", self.server.ask("POST", PATH, {"inputs": ["a", "b"]})[2]["error"])

    def test_every_error_has_its_shape(self):
        for method, body, headers, expected in (
            ("GET", None, {}, 405), ("POST", b"{}", {"Content-Type": "text/plain"}, 415),
            ("POST", b"{}", {"Host": "evil.example"}, 403),
        ):  # fmt: skip
            status, _, answer = self.server.ask(method, PATH, body, headers)
            self.assertEqual((status, answer["error_type"]), (expected, "Validation"))
        keys = self.folder / "keys.txt"
        keys.write_text("key\n")
        with Server(self, "--api-key-file", str(keys), "--task", "intent.zh", log=False) as server:
            body = json.dumps({"inputs": "好"})
            self.assertEqual(server.ask("POST", PATH, body.encode())[0], 401)
            status, _, answer = server.ask("POST", PATH, body.encode(), {"X-Api-Key": "key"})
            self.assertEqual((status, len(answer)), (200, 4), "the four of --task intent.zh")


if __name__ == "__main__":
    unittest.main()
