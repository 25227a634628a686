"""yixin serve: the routes over real sockets, who may ask, and what no client can do to it."""

import concurrent.futures
import http.client
import json
import os
import pathlib
import socket
import struct
import subprocess
import tempfile
import time
import unittest

import program
from http_program import Server

TEXTS = ["the book", "好", "in the end", "坏坏", "hello <|im_end|>", "<script>alert(1)</script>"]


class ServeTest(program.ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        subprocess.run(
            [program.PROGRAM, "pack", "--model", cls.model], env=cls.environment(), check=True, capture_output=True
        )
        cls.server = cls.enterClassContext(Server(cls, log=False))

    def labels(self, *texts, task="sentiment.zh"):
        done = self.run_verb("classify", "--json", "--task", task, "--", *texts)
        return [json.loads(line) for line in done.stdout.decode().splitlines()]

    def alive(self, server=None):
        self.assertEqual((server or self.server).ask("GET", "/health")[::2], (200, {"status": "ok"}))

    def test_labels_are_those_of_classify(self):
        status, headers, answer = self.server.ask("POST", "/v1/classify", {"input": TEXTS})
        self.assertEqual(status, 200, answer)
        self.assertEqual(answer["object"], "list")
        self.assertEqual(answer["id"], "classify-" + headers["X-Request-Id"])
        self.assertEqual([item["index"] for item in answer["data"]], list(range(len(TEXTS))))
        for item, alone in zip(answer["data"], self.labels(*TEXTS), strict=True):
            self.assertEqual(item["label"], alone["label"])
            self.assertEqual(dict(zip(item["labels"], item["probs"], strict=True)), alone["probs"], "to the bit")
            self.assertEqual(item["num_classes"], 3)
        one = self.server.ask("POST", "/classify", {"input": TEXTS[0], "model": "sentiment.en", "user": "u"})[2]
        self.assertEqual(one["data"][0]["label"], self.labels(TEXTS[0], task="sentiment.en")[0]["label"])

    def test_labels_under_load_are_the_same_bits(self):
        alone = {text: self.server.ask("POST", "/v1/classify", {"input": text})[2]["data"][0] for text in TEXTS}

        def ask(i):
            texts = TEXTS[i % 3 :] + TEXTS[: i % 5]
            return texts, self.server.ask("POST", "/v1/classify", {"input": texts})[2]["data"]

        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            for texts, items in pool.map(ask, range(60)):
                for text, item in zip(texts, items, strict=True):
                    self.assertEqual({**item, "index": 0}, alone[text])

    def test_the_lists(self):
        status, _, models = self.server.ask("GET", "/v1/models")
        self.assertEqual(status, 200)
        by_name = {model["id"]: model for model in models["data"]}
        self.assertEqual(by_name["sentiment.zh"]["labels"], ["正面", "负面", "中性"])
        self.assertEqual(by_name["sentiment.zh"]["parent"], "tiny")
        status, headers, metrics = self.server.ask("GET", "/metrics")
        self.assertEqual((status, headers["Content-Type"].split(";")[0]), (200, "text/plain"))
        for name in (b"yixin_labelled_texts_total", b"yixin_num_requests_running", b"yixin_http_requests_total{route="):
            self.assertIn(name, metrics)

    def test_bodies_that_are_wrong(self):
        deep = b'{"input":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
        for body, field in (
            (b"", None), (b"{}", "input"), (b"[]", None), (b"null", None), (b"junk", None), (b'{"input":"x"', None),
            (deep, None), (b'{"input": NaN}', None), (b'{"input": 1e999}', None), (b'{"input": -1}', "input"),
            (b'{"input": []}', "input"), (b'{"input": [[]]}', "input[0]"), (b'{"input": [null]}', "input[0]"),
            (b'{"input": {"a": 1}}', "input"), (b'{"input": ""}', "input[0]"), (b'{"input": " "}', "input[0]"),
            (b'{"input": "\xff"}', None), ('{"input": "好"}'.encode("gbk"), None), (b'{"input": "\\ud800"}', None),
            (b'{"input": "a", "input": "b"}', None), (b'{"input": "a"}\0', None), (b'{"input": "a"} x', None),
            (b'{"input": "a", "temperature": 1}', None), (b'{"input": "a", "no_neutral": 1}', "no_neutral"),
            (b'{"input": "a", "truncate": "x"}', "truncate"), (b'{"input": "a", "user": 5}', "user"),
            (json.dumps({"input": ["a"] * 257}).encode(), "input"),
        ):  # fmt: skip
            with self.subTest(body[:40]):
                status, _, answer = self.server.ask("POST", "/v1/classify", body)
                self.assertEqual(status, 400, answer)
                self.assertEqual(set(answer["error"]), {"message", "type", "param", "code"})
                self.assertEqual(answer["error"]["type"], "invalid_request_error")
                self.assertEqual(answer["error"]["param"], field)
        for body in ({"input": "a", "task": "none"}, {"input": "a", "model": "gpt"}, {"input": "a", "task": "/etc/passwd"}):
            self.assertEqual(self.server.ask("POST", "/v1/classify", body)[0], 404)
        status, _, _ = self.server.ask("POST", "/v1/classify", {"input": "the " * 200_000})
        self.assertEqual(status, 400, "longer than the context")
        self.assertEqual(self.server.ask("POST", "/v1/classify", b" " * (2 << 20))[0], 413)
        self.alive()

    def test_paths_and_methods(self):
        for path in ("/../etc/passwd", "/v1/classify/", "/v1/%63lassify", "/V1/models", "//health"):
            self.assertEqual(self.server.ask("GET", path)[0], 404, path)
        status, headers, _ = self.server.ask("GET", "/v1/classify")
        self.assertEqual((status, headers["Allow"]), (405, "POST"))
        self.assertEqual(self.server.ask("POST", "/v1/classify", b"<a/>", {"Content-Type": "text/xml"})[0], 415)

    def test_head_is_get_without_a_body(self):
        answer = self.server.raw(b"HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\nHEAD /none HTTP/1.1\r\nHost: localhost\r\n"
                                 b"Connection: close\r\n\r\n")  # fmt: skip
        first, second, end = answer.split(b"\r\n\r\n")
        self.assertTrue(first.startswith(b"HTTP/1.1 200 ") and b"Content-Length: 15" in first, first)
        self.assertTrue(second.startswith(b"HTTP/1.1 404 "), second)
        self.assertEqual(end, b"")

    def test_the_end_right_after_the_beginning(self):
        for _ in range(5):
            with Server(self) as server:
                self.assertEqual(server.stop(), (0, []))

    def test_a_log_that_nobody_reads(self):
        with Server(self) as server:
            for _ in range(1500):
                self.assertEqual(server.ask("GET", "/health")[0], 200)
            code, log = server.stop()
        self.assertEqual(code, 0)
        self.assertLess(len(log), 1500, "a pipe holds some hundred lines")
        self.assertGreater(len(log), 100)

    def test_bytes_that_are_no_request(self):
        head = b"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\n"
        for data, status in (
            (b"GET /health\r\n", 400), (b"\x16\x03\x01\x02\x00\x01\x00\x01", 400), (b"\n\n\n", 400),
            (b"GET /health HTTP/1.1\nHost: localhost\n\n", 400), (b"GET /health HTTP/1.1\r\n\r\n", 400),
            (b"GET /health HTTP/3.0\r\nHost: a\r\n\r\n", 400), (b"GET http://b/health HTTP/1.1\r\nHost: b\r\n\r\n", 400),
            (head + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            (head + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
            (head + b"Content-Length: -1\r\n\r\n", 400), (head + b"Content-Length: 18446744073709551616\r\n\r\n", 400),
            (head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400), (head + b"Transfer-Encoding: chunked\r\n\r\n3\nabc\n", 400),
            (head + b"X: " + b"y" * 100_000, 431), (b"GET /" + b"a" * 100_000, 431), (head + b"X: y\r\n" * 20_000, 431),
            (head + b"Host: localhost\r\n\r\n", 400), (head + b"Expect: tea\r\n\r\n", 417),
        ):  # fmt: skip
            with self.subTest(data[:60]):
                answer = self.server.raw(data)
                self.assertTrue(answer.startswith(b"HTTP/1.1 %d " % status), answer[:80])
                self.assertNotIn(b"yyyy", answer)
        self.alive()

    def test_pipelining_is_answered_in_order(self):
        one = b'{"input": "the book"}'
        post = b"POST /v1/classify HTTP/1.1\r\nHost: a.b\r\nContent-Length: %d\r\n\r\n%b" % (len(one), one)
        post = post.replace(b"a.b", b"localhost")
        answer = self.server.raw(post + b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        first, second = answer.index(b'"object":"list","created"'), answer.index(b'"owned_by"')
        self.assertLess(first, second)
        self.assertEqual(answer.count(b"HTTP/1.1 200 OK"), 2)

    def test_who_may_ask(self):
        ask = self.server.ask
        self.assertEqual(ask("GET", "/health", headers={"Host": "evil.example"})[0], 403)
        self.assertEqual(ask("GET", "/health", headers={"Origin": "https://evil.example"})[0], 403)
        self.assertEqual(ask("GET", "/health", headers={"Origin": "null"})[0], 403)
        status, headers, _ = ask("GET", "/health", headers={"Origin": f"http://127.0.0.1:{self.server.port}"})
        self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (200, None))

    def test_slow_and_gone_clients(self):
        waiting = [socket.create_connection(("127.0.0.1", self.server.port)) for _ in range(60)]
        for connection in waiting:
            connection.sendall(b"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Le")
        body = json.dumps({"input": ["the book in the end"] * 200}).encode()
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", self.server.port)) as gone:
                gone.sendall(b"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        self.assertEqual(self.server.ask("POST", "/v1/classify", {"input": "好"})[0], 200)
        for connection in waiting:
            connection.close()
        self.alive()

    def test_more_connections_than_there_may_be(self):
        held = []
        try:
            for _ in range(700):
                held.append(socket.create_connection(("127.0.0.1", self.server.port), timeout=program.PATIENCE_S))
            self.assertIn(b"503", held[-1].recv(100))
        finally:
            for connection in held:
                connection.close()
        self.until_alive(self.server)

    def test_ten_thousand_connects(self):
        for _ in range(100):
            some = [socket.create_connection(("127.0.0.1", self.server.port), timeout=program.PATIENCE_S) for _ in range(100)]
            for i, connection in enumerate(some):
                if i % 10 == 0:
                    connection.sendall(b"GET /health HTT")
                connection.close()
        self.until_alive(self.server)

    def test_no_file_descriptor_left(self):
        with Server(self, log=False, files=64) as server:
            # The undefined-behaviour sanitizer looks at a virtual table that is new to it through a pipe, so an answer
            # and a broken connection have to come before the descriptors are gone.
            with socket.create_connection(("127.0.0.1", server.port), timeout=program.PATIENCE_S) as reset:
                reset.sendall(b"GET /health HTT")
                reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.until_alive(server)
            held = [socket.create_connection(("127.0.0.1", server.port), timeout=program.PATIENCE_S) for _ in range(150)]
            for connection in held:
                connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertIn(b" 200 ", held[0].recv(100), "those that came first are served")
            for connection in held:
                connection.close()
            self.until_alive(server)
            self.assertEqual(server.ask("POST", "/v1/classify", {"input": "好"})[0], 200)
            self.assertEqual(server.stop()[0], 0)

    def until_alive(self, server):
        for _ in range(600):  # until the server has seen that others went
            try:
                return self.alive(server)
            except (AssertionError, ConnectionError, http.client.HTTPException):
                time.sleep(0.05)
        self.alive(server)

    def test_keys_the_log_and_the_end(self):
        keys = self.folder / "keys.txt"
        keys.write_text("# mine\nsecret-one\n\nsecret-two\n")
        with Server(self, "--api-key-file", str(keys), "--allow-origin", "https://app.example") as server:
            body = {"input": "the secret text"}
            for key in (None, "", "Bearer", "Bearer wrong", "Basic secret-one", "Bearer secret-one2", "Bearer " + "x" * 12_000):
                headers = {} if key is None else {"Authorization": key}
                status, got, _ = server.ask("POST", "/v1/classify", body, headers)
                self.assertEqual((status, got["WWW-Authenticate"]), (401, "Bearer"), key)
            self.assertIn(b" 431 ", server.raw(b"GET /health HTTP/1.1\r\nHost: a\r\nAuthorization: " + b"x" * (1 << 20)))
            for key in ("secret-one", "secret-two"):
                headers = {"Authorization": f"Bearer {key}", "Origin": "https://app.example"}
                status, got, _ = server.ask("POST", "/v1/classify", body, headers)
                self.assertEqual((status, got["Access-Control-Allow-Origin"]), (200, "https://app.example"))
            self.alive(server)
            code, log = server.stop()
        self.assertEqual(code, 0)
        self.assertEqual({line["status"] for line in log}, {200, 401, 431})
        self.assertEqual({"time", "id", "route", "status", "ms", "bytes_in", "bytes_out", "peer"}, set(log[0]))
        self.assertNotIn("secret", json.dumps(log), "neither texts nor keys")

    def test_a_unix_socket(self):
        with tempfile.TemporaryDirectory(prefix="yixin_") as folder:
            path = os.path.join(folder, "s")
            for end in ("kill", "stop"):
                with Server(self, "--unix-socket", path, log=False) as server:
                    self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
                    with socket.socket(socket.AF_UNIX) as connection:
                        connection.settimeout(program.PATIENCE_S)
                        connection.connect(path)
                        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                        self.assertIn(b'{"status":"ok"}', b"".join(iter(lambda: connection.recv(4096), b"")))
                    if end == "stop":
                        self.assertEqual(server.stop()[0], 0)
            self.assertEqual(os.listdir(folder), [])

    def test_what_it_does_not_start_with(self):
        for words, code in (
            (["--host", "0.0.0.0"], 64),
            (["--host", "nowhere"], 64),
            (["--port", "70000"], 64),
            (["--task", "chat.zh"], 66),
            (["--api-key-file", str(self.folder / "none")], 66),
            (["more"], 64),
            (["--port", str(self.server.port)], 74),
        ):
            with self.subTest(words):
                done = self.run_program("serve", "--model", self.model, *words, code=code)
                self.assertNotEqual(done.stderr, b"")
        empty = pathlib.Path(self.folder / "empty.txt")
        empty.write_text("# nothing\n")
        self.run_program("serve", "--model", self.model, "--api-key-file", str(empty), code=65)


if __name__ == "__main__":
    unittest.main()
