"""POST /v1/completions over real sockets, on the tiny model: a text is gone on from, without a chat's template."""

import unittest

from http_program import ServedTest

PATH = "/v1/completions"


def ask(prompt="the book", **fields):
    return {"prompt": prompt, "seed": 1, "max_tokens": 12, **fields}


class ServeCompletionsTest(ServedTest):
    path = PATH

    def text(self, body):
        return self.reply(body)["choices"][0]["text"]

    def test_an_answer(self):
        status, headers, answer = self.server.ask("POST", PATH, ask())
        self.assertEqual(status, 200, answer)
        self.assertEqual(answer["id"], "cmpl-" + headers["X-Request-Id"])
        self.assertEqual((answer["object"], answer["model"]), ("text_completion", "tiny"))
        self.assertEqual(answer["choices"][0]["finish_reason"], "length")
        self.assertEqual(answer["usage"]["completion_tokens"], 12)
        body = ask()
        del body["max_tokens"]
        self.assertEqual(self.reply(body)["usage"]["completion_tokens"], 16)

    def test_the_prompt_is_the_text_and_nothing_else(self):
        for text in ("the book", "好", " \n", "<|im_end|>", "<|im_start|>assistant\n", "<|endoftext|>"):
            (line,) = self.json_lines(self.run_verb("tokenize", "--json", "--plain", text).stdout)
            self.assertEqual(self.reply(ask(text))["usage"]["prompt_tokens"], len(line["ids"]), "control tokens are spelt out")

    def test_what_a_prompt_gets_does_not_depend_on_its_company(self):
        prompts = ["the book", "好", "in the end"]
        alone = [self.reply(ask(prompt, n=2, temperature=0.9)) for prompt in prompts]
        answer = self.reply(ask(prompts, n=2, temperature=0.9))
        self.assertEqual([choice["index"] for choice in answer["choices"]], list(range(6)))
        self.assertEqual([choice["text"] for choice in answer["choices"]], [choice["text"] for one in alone for choice in one["choices"]])
        for name in ("prompt_tokens", "completion_tokens"):
            self.assertEqual(answer["usage"][name], sum(one["usage"][name] for one in alone))

    def test_a_stream_says_what_the_answer_says(self):
        for more in ({}, {"echo": True}, {"logprobs": 2}):
            body = ask(["the book", "好"], n=2, **more)
            whole = self.reply(body)
            events = [data for _, data in self.server.stream(PATH, {**body, "stream": True, "stream_options": {"include_usage": True}})]
            self.assertEqual(events[-1], "[DONE]")
            self.assertEqual((events[-2]["choices"], events[-2]["usage"]["completion_tokens"]), ([], 48))
            for choice in whole["choices"]:
                mine = [data["choices"][0] for data in events[:-2] if data["choices"][0]["index"] == choice["index"]]
                self.assertEqual("".join(one["text"] for one in mine), choice["text"])
                self.assertEqual([one["finish_reason"] for one in mine], [None] * (len(mine) - 1) + ["length"])
                if "logprobs" in more:
                    for name in ("tokens", "token_logprobs", "top_logprobs", "text_offset"):
                        self.assertEqual(sum((one["logprobs"][name] for one in mine), []), choice["logprobs"][name])

    def test_options(self):
        body = ask(max_tokens=30, temperature=0)
        whole = self.text(body)
        self.assertEqual(self.text({**body, "echo": True}), "the book" + whole)
        stop = whole[5:8]
        self.assertEqual(self.text({**body, "stop": stop}), whole[: whole.index(stop)])
        self.assertIn(self.text(ask(choice=["红", "绿"], temperature=2)), ("红", "绿"))
        logprobs = self.reply({**body, "logprobs": 3})["choices"][0]["logprobs"]
        self.assertEqual([len(logprobs[name]) for name in ("tokens", "token_logprobs", "top_logprobs", "text_offset")], [30] * 4)
        for token, logprob, best in zip(logprobs["tokens"], logprobs["token_logprobs"], logprobs["top_logprobs"], strict=True):
            self.assertEqual((max(best.values()), best[token]), (logprob, logprob), "greedy: the likeliest")
            self.assertLessEqual(len(best), 4)

    def test_bodies_that_are_wrong(self):
        for body, field in (
            (b"", None), (b"{}", "prompt"), (b"[]", None), (b"junk", None), (ask(None), "prompt"), (ask(""), "prompt"), (ask([]), "prompt"),
            (ask(["a", ""]), "prompt[1]"), (ask([1, 2, 3]), "prompt[0]"), (ask([[1, 2]]), "prompt[0]"), (ask(5), "prompt"), (ask({}), "prompt"),
            (ask(["a"] * 33), "prompt"), (ask(["a"] * 5, n=8), "n"), (ask(n=10**9), "n"), (ask("the " * 20_000), "prompt"),
            (ask(["a", "the " * 20_000], n=2), "prompt[1]"), (ask(max_tokens=0), "max_tokens"), (ask(max_tokens=100_000), "max_tokens"),
            (ask(logprobs=6), "logprobs"), (ask(logprobs=1, echo=True), "echo"), (ask(suffix="x"), "suffix"), (ask(model="chat.zh"), "model"),
            (ask(temperature=-1), "temperature"), (ask(choice=[""]), "choice[0]"), (ask(messages=[]), None), (ask(best_of=2), "best_of"),
            (b'{"prompt": "\\udc00"}', None), (b'{"prompt": "a", "temperature": NaN}', None), (b'{"prompt": "a", "top_p": 1e999}', None),
        ):  # fmt: skip
            with self.subTest(str(body)[:60]):
                status, _, answer = self.server.ask("POST", PATH, body)
                self.assertEqual(status, 400, answer)
                self.assertEqual(set(answer["error"]), {"message", "type", "param", "code"})
                self.assertEqual(answer["error"]["param"], field, answer)
        self.assertEqual(self.server.ask("POST", PATH, ask(model="<script>"))[0], 404)

    def test_the_same_seed_draws_the_same(self):
        one = self.text(ask(temperature=2, top_k=0, top_p=1))
        self.assertEqual(one, self.text(ask(temperature=2, top_k=0, top_p=1)))
        self.assertNotEqual(one, self.text(ask(temperature=2, top_k=0, top_p=1, seed=2)))


if __name__ == "__main__":
    unittest.main()
