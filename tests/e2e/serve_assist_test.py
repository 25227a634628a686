"""POST /v1/assist and the conversations that it keeps, over real sockets and across kills."""

import concurrent.futures
import hashlib
import hmac
import http.client
import http.server
import json
import os
import queue
import subprocess
import threading
import unittest
import urllib.parse

import program
from http_program import Server

PATH = "/v1/assist"


def ask(text="the book", **fields):
    return {"text": text, "seed": 1, "max_tokens": 12, **fields}


def path_of(name, end=""):
    return "/v1/conversations/" + urllib.parse.quote(name, safe="") + end


class ServeAssistTest(program.ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        subprocess.run(
            [program.PROGRAM, "pack", "--model", cls.model], env=cls.environment(), check=True, capture_output=True
        )
        cls.server = cls.enterClassContext(Server(cls, log=False))

    def turn(self, body, server=None):
        status, _, answer = (server or self.server).ask("POST", PATH, body)
        self.assertEqual(status, 200, answer)
        return answer

    def read(self, name, server=None):
        status, _, answer = (server or self.server).ask("GET", path_of(name))
        self.assertEqual(status, 200, answer)
        return answer

    def test_label_and_reply(self):
        answer = self.turn(ask())
        alone = self.server.ask("POST", "/v1/classify", {"input": "the book"})[2]["data"][0]
        del alone["index"]
        self.assertEqual(answer["sentiment"], alone, "to the bit")
        self.assertEqual(answer["finish_reason"], "length")
        self.assertEqual(answer["usage"]["completion_tokens"], 12)
        body = {"model": "chat.zh", "messages": [{"role": "user", "content": "the book"}], "seed": 1, "max_tokens": 12}
        chat = self.server.ask("POST", "/v1/chat/completions", body)[2]
        self.assertEqual(answer["reply"], chat["choices"][0]["message"]["content"])

    def test_the_stream_begins_with_the_sentiment(self):
        whole = self.turn(ask())
        events = self.server.stream(PATH, ask(stream=True))
        self.assertEqual(events[0][0], "sentiment")
        self.assertEqual(events[0][1]["sentiment"], whole["sentiment"])
        self.assertEqual([name for name, _ in events[1:-1]], ["delta"] * (len(events) - 2))
        self.assertEqual("".join(data["text"] for _, data in events[1:-1]), whole["reply"])
        self.assertEqual(events[-1][0], "done")
        self.assertEqual(events[-1][1]["usage"]["completion_tokens"], whole["usage"]["completion_tokens"])

    def test_a_conversation_from_its_beginning_to_its_end(self):
        name = "客服/ 1?<script>%41"
        first = self.turn(ask("a", conversation=name))
        self.assertEqual(first["conversation"], {"id": name, "turn": 0})
        second = self.turn(ask("b", conversation=name))
        self.assertGreater(second["usage"]["prompt_tokens"], first["usage"]["prompt_tokens"])
        self.assertGreater(second["usage"]["prompt_tokens_details"]["cached_tokens"], 50)
        kept = self.read(name)
        self.assertEqual([turn["reply"] for turn in kept["turns"]], [first["reply"], second["reply"]])
        self.assertEqual(kept["turns"][1]["sentiment"], second["sentiment"])
        again = self.turn(ask("c", conversation=name, turn=1))
        self.assertEqual(again["conversation"]["turn"], 1)
        self.assertEqual([turn["user"] for turn in self.read(name)["turns"]], ["a", "c"])
        listed = self.server.ask("GET", "/v1/conversations?limit=200")[2]["data"]
        self.assertIn((name, 2, "a"), [(line["id"], line["turns"], line["title"]) for line in listed])
        status, headers, exported = self.server.ask("GET", path_of(name, "/export"))
        self.assertIn("attachment", headers["Content-Disposition"])
        self.load_into_chat(exported, ["a", "c"])
        self.assertEqual(self.server.ask("DELETE", path_of(name))[0], 200)
        self.assertEqual(self.server.ask("DELETE", path_of(name))[0], 404)
        self.assertEqual(self.server.ask("GET", path_of(name))[0], 404)

    def load_into_chat(self, exported, texts):
        file = self.folder / "exported.json"
        file.write_text(json.dumps(exported, ensure_ascii=False))
        saved = self.folder / "saved.json"
        script = f"/load {file}\n/save {saved}\n".encode()
        self.run_program("chat", "--model", self.model, "--no-sentiment", stdin=script)
        self.assertEqual([turn["user"] for turn in json.loads(saved.read_text())["turns"]], texts)

    def test_a_kill_loses_the_reply_alone(self):
        file = self.folder / "killed.db"
        with Server(self, "--conversations", str(file), log=False) as server:
            done = self.turn(ask("a", conversation="c"), server)
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=program.PATIENCE_S)
            connection.request("POST", PATH, json.dumps(ask("b", conversation="c", stream=True)), {"Content-Type": "application/json"})
            self.assertEqual(connection.getresponse().readline(), b"event: sentiment\n")
            server.process.kill()
            server.process.wait()
            connection.close()
        self.assertEqual(os.stat(file).st_mode & 0o777, 0o600)
        with Server(self, "--conversations", str(file), log=False) as server:
            turns = self.read("c", server)["turns"]
            self.assertEqual([turn["user"] for turn in turns], ["a", "b"])
            self.assertEqual(turns[0]["reply"], done["reply"])
            self.assertEqual(self.turn(ask("c", conversation="c"), server)["conversation"]["turn"], 2)
            self.assertEqual(server.stop()[0], 0)

    def test_a_client_that_goes_leaves_what_was_written(self):
        name = "gone"
        events = self.server.stream(PATH, ask("a", conversation=name, stream=True, **{"max_tokens": 3000}), most=4)
        self.assertEqual(events[0][0], "sentiment")
        while True:  # until the server has seen it
            status, _, answer = self.server.ask("POST", PATH, ask("b", conversation=name))
            if status != 409:
                break
        self.assertEqual(status, 200, answer)
        turns = self.read(name)["turns"]
        self.assertEqual([turn["user"] for turn in turns], ["a", "b"])
        self.assertTrue(turns[0]["reply"].startswith(events[1][1]["text"]))

    def test_many_at_once(self):
        alone = self.turn(ask("in the end"))

        def talk(i):
            return [self.turn(ask("in the end", conversation=f"many {i}")) for _ in range(3)]

        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            for i, answers in enumerate(pool.map(talk, range(12))):
                self.assertEqual([answer["conversation"]["turn"] for answer in answers], [0, 1, 2])
                self.assertEqual(answers[0]["reply"], alone["reply"])
                self.assertEqual({json.dumps(answer["sentiment"]) for answer in answers}, {json.dumps(alone["sentiment"])})
                self.assertEqual(len(self.read(f"many {i}")["turns"]), 3)

    def test_a_word_asks_for_a_human(self):
        answer = self.turn(ask("我要投诉", task="service.zh"))
        self.assertIs(answer["escalate"], True)
        self.assertEqual(answer["escalation"]["word"], "投诉")
        self.assertIs(self.turn(ask("我要投诉"))["escalate"], False)

    def test_the_webhook(self):
        got = queue.Queue()
        statuses = iter((503, 204, 500))  # the first is to be tried again

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(next(statuses))
                self.end_headers()
                got.put((self.path, dict(self.headers), body))

            def log_message(self, *_):
                pass

        receiver = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
        thread = threading.Thread(target=receiver.serve_forever)
        thread.start()
        secret = self.folder / "secret.txt"
        secret.write_text("a secret\n".replace(" ", "-"))
        try:
            url = f"http://127.0.0.1:{receiver.server_port}/hook?a=b"
            with Server(self, "--webhook", url, "--webhook-secret-file", str(secret), log=False) as server:
                self.turn(ask("我要投诉", task="service.zh", conversation="hook"), server)
                self.turn(ask("你好", task="service.zh"), server)
                first, second = (got.get(timeout=program.PATIENCE_S) for _ in range(2))
                self.assertEqual(server.stop()[0], 0)
        finally:
            receiver.shutdown()
            thread.join()
            receiver.server_close()
        self.assertTrue(got.empty(), "the other text asked for nobody")
        for path, headers, body in (first, second):
            self.assertEqual(path, "/hook?a=b")
            signed = headers["X-Yixin-Timestamp"].encode() + b"." + body
            self.assertEqual(headers["X-Yixin-Signature"], "sha256=" + hmac.new(b"a-secret", signed, hashlib.sha256).hexdigest())
        event = json.loads(second[2])
        self.assertEqual((event["text"], event["escalate"], event["conversation"]["id"]), ("我要投诉", True, "hook"))
        self.assertEqual(first[2], second[2])

    def test_a_webhook_that_nobody_answers_holds_nothing_up(self):
        secret = self.folder / "secret.txt"
        secret.write_text("s")
        with Server(self, "--webhook", "http://127.0.0.1:1/", "--webhook-secret-file", str(secret), log=False) as server:
            self.turn(ask("我要投诉", task="service.zh"), server)
            self.assertEqual(server.stop()[0], 0)
            self.assertIn(b"webhook", server.errors)
        for words in (["--webhook", "http://a/"], ["--webhook-secret-file", str(secret)],
                      ["--webhook", "file:///etc/passwd", "--webhook-secret-file", str(secret)]):  # fmt: skip
            self.run_program("serve", "--model", self.model, *words, code=64)

    def test_bodies_that_are_wrong(self):
        for body in (
            b"", b"{}", b"[]", b"junk", b'{"text":' + b"[" * 100_000 + b"}", b'{"text": "\xff"}', b'{"text": "\\ud800"}',
            '{"text": "好"}'.encode("gbk"), ask(""), ask(" \n"), ask(5), ask(temperature=-1), ask(max_tokens=2**63),
            ask(max_tokens=10**6), ask(conversation=""), ask(conversation="a\u0000b"), ask(conversation="x" * 129),
            ask(turn=1), ask(conversation="new", turn=1), ask(messages=[]), ask("the " * 200_000),
        ):  # fmt: skip
            with self.subTest(str(body)[:60]):
                status, _, answer = self.server.ask("POST", PATH, body)
                self.assertEqual(status, 400, answer)
                self.assertEqual(set(answer["error"]), {"message", "type", "param", "code"})
        self.assertEqual(self.server.ask("GET", path_of("new"))[0], 404, "nothing is kept of it")
        for path in ("/v1/conversations/", "/v1/conversations/%", "/v1/conversations/%ff", "/v1/conversations/a/b",
                     "/v1/conversations/../facts", "/v1/conversations?limit=x", "/v1/conversations?limit=1&limit=2"):  # fmt: skip
            self.assertIn(self.server.ask("GET", path)[0], (400, 404), path)
        self.turn(ask())

    def test_keys_see_their_own(self):
        keys = self.folder / "keys.txt"
        keys.write_text("one\ntwo\n")
        with Server(self, "--api-key-file", str(keys), "--conversations", str(self.folder / "keys.db"), log=False) as server:
            one, two = ({"Authorization": f"Bearer {key}"} for key in ("one", "two"))
            self.assertEqual(server.ask("POST", PATH, ask(conversation="c"))[0], 401)
            self.assertEqual(server.ask("POST", PATH, ask(conversation="c"), one)[0], 200)
            self.assertEqual(server.ask("GET", path_of("c"), None, one)[0], 200)
            self.assertEqual(server.ask("GET", path_of("c"), None, two)[0], 404)
            self.assertEqual(server.ask("DELETE", path_of("c"), None, two)[0], 404)
            self.assertEqual(server.ask("GET", "/v1/conversations", None, two)[2]["data"], [])

    def test_without_conversations(self):
        with Server(self, "--no-conversations", log=False) as server:
            self.assertEqual(server.ask("POST", PATH, ask(conversation="c"))[0], 404)
            self.turn(ask(), server)
        broken = self.folder / "broken.db"
        broken.write_bytes(b"x" * 5000)
        with Server(self, "--conversations", str(broken), log=False) as server:
            status, _, answer = server.ask("POST", PATH, ask(conversation="c"))
            self.assertEqual(status, 500)
            self.assertNotIn("broken", json.dumps(answer))
            self.turn(ask(), server)
            server.stop()
            self.assertIn(b"broken.db", server.errors, "its operator is told")
        self.assertEqual(broken.read_bytes(), b"x" * 5000, "what is not ours stays as it is")


if __name__ == "__main__":
    unittest.main()
