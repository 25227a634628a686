"""Clients that people have, as they are, against a real `yixin serve` on the two-layer model: `make test-clients`.

The openai packages of PyPI and npm, anthropic, langchain-openai, the llm command, curl; and schemathesis, which makes requests from
share/openapi.json, right ones and wrong ones. Each client must get the words that a plain request gets (the seed is given).
YIXIN_CLIENTS is the folder where scripts/test_clients.sh has put them.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import program  # noqa: E402
import http_program  # noqa: E402

CLIENTS = pathlib.Path(os.environ["YIXIN_CLIENTS"])
BIN = CLIENTS / "venv" / "bin"
KEY = "key-of-the-clients"


# Right requests that reach the model are made from a description where its names and lengths are real ones.
MOST_TOKENS = 24
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
WRONG_CHECKS = (*CHECKS, "negative_data_rejection", "unsupported_method", "ignored_auth")


class ClientsTest(program.ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        keys = cls.folder / "keys.txt"
        keys.write_text(KEY + "\n")
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="yixin_"))
        cls.socket = os.path.join(folder, "s")
        cls.server = cls.enterClassContext(
            http_program.Server(cls, "--api-key-file", str(keys), "--unix-socket", cls.socket, log=False)
        )
        cls.url = f"http://127.0.0.1:{cls.server.port}"
        request = {"model": "tiny", "messages": [{"role": "user", "content": "hello 好"}], "max_tokens": 20, "seed": 5, "temperature": 0.8}
        status, _, answer = cls.ask(request)
        assert status == 200, answer
        cls.known = {"request": request, "words": answer["choices"][0]["message"]["content"]}

    @classmethod
    def ask(cls, request):
        return cls.server.ask("POST", "/v1/chat/completions", request, {"Authorization": f"Bearer {KEY}"})

    def client(self, *words, **env):
        """Standard output of a client that has to end well."""
        env = self.environment(
            YIXIN_URL=self.url, YIXIN_KEY=KEY, YIXIN_MODEL="tiny", YIXIN_KNOWN=json.dumps(self.known),
            LLM_USER_PATH=str(self.folder / "llm"), YIXIN_NODE_FOLDER=str(CLIENTS / "node"), LC_ALL="C.UTF-8", **env,
        )  # fmt: skip
        done = subprocess.run(words, env=env, capture_output=True, timeout=600, cwd=self.folder)
        self.assertEqual(done.returncode, 0, f"{words}\n{done.stdout.decode()[-6000:]}\n{done.stderr.decode()[-6000:]}")
        return done.stdout.decode()

    def tearDown(self):
        self.assertIsNone(self.server.process.poll(), "the server goes on")
        self.assertEqual(self.ask(self.known["request"])[2]["choices"][0]["message"]["content"], self.known["words"])

    def test_openai_of_pypi(self):
        self.client(BIN / "python", "-B", HERE / "openai_client.py")

    def test_openai_of_npm(self):
        self.assertEqual(self.client("node", HERE / "openai_client.mjs"), "ok\n")

    def test_anthropic(self):
        self.client(BIN / "python", "-B", HERE / "anthropic_client.py")

    def test_langchain(self):
        self.client(BIN / "python", "-B", HERE / "langchain_client.py")

    def test_llm(self):
        folder = self.folder / "llm"
        folder.mkdir(exist_ok=True)
        (folder / "extra-openai-models.yaml").write_text(f"- model_id: yixin\n  model_name: tiny\n  api_base: {self.url}/v1\n  api_key_name: yixin\n")
        options = [word for name in ("max_tokens", "seed", "temperature") for word in ("-o", name, str(self.known["request"][name]))]
        said = self.known["request"]["messages"][0]["content"]
        for more in ([], ["--no-stream"]):
            out = self.client(BIN / "llm", "-m", "yixin", "--key", KEY, "--no-log", *options, *more, said)
            self.assertEqual(out.removesuffix("\n"), self.known["words"], more)

    def test_curl(self):
        request = json.dumps(self.known["request"])
        ask = ["curl", "-sS", "--fail-with-body", "-H", f"Authorization: Bearer {KEY}"]
        answer = json.loads(self.client(*ask, f"{self.url}/v1/chat/completions", "--json", request))
        self.assertEqual(answer["choices"][0]["message"]["content"], self.known["words"])
        answer = json.loads(self.client(*ask, "--unix-socket", self.socket, "http://localhost/v1/chat/completions", "-d", request))
        self.assertEqual(answer["choices"][0]["message"]["content"], self.known["words"])
        stream = self.client(*ask, "-N", f"{self.url}/v1/chat/completions", "--json", json.dumps({**self.known["request"], "stream": True}))
        events = stream.split("\n\n")
        self.assertEqual(events[-2:], ["data: [DONE]", ""])
        pieces = [json.loads(event.removeprefix("data: "))["choices"][0]["delta"].get("content", "") for event in events[:-2]]
        self.assertEqual("".join(pieces), self.known["words"])
        labels = json.loads(self.client(*ask, f"{self.url}/v1/classify", "--json", '{"input": ["好", "the book"]}'))
        self.assertEqual(len(labels["data"]), 2)
        scores = json.loads(self.client(*ask, f"{self.url}/predict", "--json", '{"inputs": [["好"], ["the book"]]}'))
        self.assertEqual([one[0]["label"] for one in scores], [item["label"] for item in labels["data"]])

    def schemathesis(self, description, mode, checks, examples):
        path = self.folder / "openapi.json"
        path.write_text(json.dumps(description))
        self.client(
            BIN / "schemathesis", "run", path, "--url", self.url, "-H", f"Authorization: Bearer {KEY}", "--mode", mode,
            "--checks", ",".join(checks), "--max-examples", str(examples), "--seed", "1", "--generation-database", "none",
            "--request-timeout", "200", "--no-color",
        )  # fmt: skip

    def test_schemathesis_wrong_requests(self):
        self.schemathesis(json.loads((program.ROOT / "share" / "openapi.json").read_text()), "all", WRONG_CHECKS, 150)

    def test_schemathesis_right_requests(self):
        description = json.loads((program.ROOT / "share" / "openapi.json").read_text())
        schemas = description["components"]["schemas"]
        chat, labels = schemas["ChatRequest"]["properties"], schemas["ClassifyRequest"]["properties"]
        chat["model"] = {"enum": ["tiny", "chat.zh", "service.zh"]}
        labels["model"] = labels["task"] = {"enum": ["sentiment.zh", "intent.zh"]}
        del chat["max_completion_tokens"], labels["task"]
        chat["max_tokens"] = {"type": "integer", "minimum": 1, "maximum": MOST_TOKENS}
        schemas["ChatRequest"]["required"] += ["max_tokens", "logprobs", "stream"]
        chat["logprobs"], chat["stream"] = {"const": True}, {"type": "boolean"}
        for name, length in (("CompletionRequest", "max_tokens"), ("ResponsesRequest", "max_output_tokens"), ("MessagesRequest", "max_tokens")):
            fields = schemas[name]["properties"]
            fields["model"], fields[length], fields["stream"] = chat["model"], chat["max_tokens"], chat["stream"]
            schemas[name]["required"] += [length, "stream"]
        schemas["CompletionRequest"]["properties"]["model"] = {"const": "tiny"}
        self.schemathesis(description, "positive", CHECKS, 80)


if __name__ == "__main__":
    unittest.main()
