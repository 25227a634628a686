"""The load's arithmetic and verdicts, its HTTP, and that it finds what a server does wrong: servers made for that, in Python."""

import asyncio
import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import figures
import http_talk
import loads

SOAK = pathlib.Path(__file__).resolve().parent.parent / "soak.py"

# Speaks enough of `yixin serve` for labels; `fault` is what it does wrong once the answers alone were taken.
FAKE = '''#!{python}
import http.server, json, os, signal, sys
fault, asked = "{fault}", 0
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def answer(self, status, body, kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def do_GET(self):
        if self.path == "/v1/models": self.answer(200, {{"data": [{{"id": "fake"}}]}})
        elif self.path == "/health": self.answer(200, {{"status": "ok"}})
        elif self.path == "/metrics":
            self.answer(200, b"yixin_num_requests_running %d\\nyixin_num_requests_waiting 0\\n" % (fault == "runs on"), "text/plain")
    def do_POST(self):
        global asked
        try: body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        except ValueError: body = {{}}
        if self.path != "/v1/classify" or not isinstance(body, dict) or "input" not in body:
            return self.answer(404, {{"error": dict.fromkeys(("message", "type", "param", "code"))}})
        asked += 1
        late = asked > {known}
        if late and fault == "dies": os._exit(7)
        if late and fault == "fails": return self.answer(500, {{"error": dict.fromkeys(("message", "type", "param", "code"))}})
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        p = 0.5 + len(texts) / 1e9 * (fault == "other bits")
        self.answer(200, {{"data": [{{"label": "a", "probs": [p, 1 - p]}} for _ in texts]}})
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 200
    def handle_error(self, *_): pass
server = Server(("127.0.0.1", 0), Handler)
signal.signal(signal.SIGTERM, lambda *_: os._exit(3 if fault == "ends badly" else 0))
print("at http://127.0.0.1:%d" % server.server_port, file=sys.stderr, flush=True)
server.serve_forever()
'''


class FiguresTest(unittest.TestCase):
    def test_percentiles_are_values_that_occurred(self):
        values = list(range(100, 0, -1))
        self.assertEqual([figures.percentile(values, p) for p in (50, 90, 99, 100)], [50, 90, 99, 100])
        self.assertEqual([figures.percentile([3, 1], p) for p in (0, 50, 51, 100)], [1, 1, 3, 3])
        self.assertEqual(figures.percentile([7], 99), 7)
        self.assertIsNone(figures.percentile([], 50))

    def run_of(self, **more):
        same = {name: figures.Process(600 * figures.MEGABYTE, 12) for name in ("start", "warm", "end")}
        return figures.Run(10.0, figures.Tally(), **{**same, **more})

    def test_nothing_wrong(self):
        self.assertEqual(figures.verdict(self.run_of()), [])

    def test_memory(self):
        def end(mebibytes):
            return self.run_of(end=figures.Process(mebibytes * figures.MEGABYTE, 12))

        self.assertEqual(figures.verdict(end(692)), [], "10 % and 32 MiB")
        self.assertIn("693 MiB at the end, 600 after warm-up: 692 at most", "".join(figures.verdict(end(693))))
        self.assertEqual(len(figures.verdict(end(692), growth=0)), 1)
        self.assertEqual(figures.verdict(end(100)), [])

    def test_each_other_fault_is_one_line(self):
        for more in (
            {"died": -11}, {"died": 0}, {"answers_after": False}, {"left_running": 1}, {"exit_code": None}, {"exit_code": -9},
            {"end": figures.Process(0, 17)},
        ):  # fmt: skip
            with self.subTest(more):
                self.assertEqual(len(figures.verdict(self.run_of(**more))), 1)

    def test_which_answers_are_faults(self):
        error = {"error": dict.fromkeys(("message", "type", "param", "code"), "x")}
        for status, headers, body, is_right, faults in (
            (200, {}, {}, True, 0), (429, {"retry-after": "1"}, error, False, 0), (503, {"retry-after": "1"}, error, False, 0),
            (503, {}, error, False, 1), (429, {}, error, False, 1), (503, {"retry-after": "1"}, b"", False, 1),
            (500, {"retry-after": "1"}, error, False, 1), (400, {}, error, False, 1), (404, {}, {"error": "x"}, False, 1),
        ):  # fmt: skip
            with self.subTest(status=status, headers=headers, body=body):
                tally = figures.Tally()
                self.assertEqual(tally.status("x", http_talk.Head(status, headers), body), is_right)
                self.assertEqual(tally.faults.total(), faults)
                self.assertEqual(tally.statuses[status], 1)
        tally = figures.Tally()
        for answer in (b"", b"HTTP/1.1 400", b"HTTP/1.1 503", b"HTTP/1.1 500", b"HTTP/1.1 501"):
            tally.first_bytes("junk", answer)
        self.assertEqual(dict(tally.faults), {"junk: 500": 1, "junk: 501": 1})

    def test_the_table_has_every_figure(self):
        run = self.run_of()
        run.tally.counts.update(tokens=1234, labels=50, slow_readers=2)
        run.tally.times["between_tokens"] += [1.0, 2.0, 40.0]
        run.tally.statuses[429] += 3
        shown = figures.table(run)
        for words in ("123.4 tokens/s, 5.0 labels/s", "slow readers 2", "429: 3", "between tokens", "40.0", "warm 600"):
            self.assertIn(words, shown)
        json.dumps(figures.summary(run))


async def answered(answer, use):
    """What `use(connection)` makes of a server that sends these pieces, each on its own."""

    async def serve(reader, writer):
        with contextlib.suppress(asyncio.CancelledError, OSError):  # the client may have enough
            await reader.readuntil(b"\r\n\r\n")
            for piece in answer:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.001)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    connection = await http_talk.Connection.open(server.sockets[0].getsockname()[1])
    try:
        return await use(connection)
    finally:
        connection.close()
        server.close()


async def ask(connection):
    head, body = await connection.ask("GET", "/")
    return head.status, body


async def events(connection):
    await connection.send(http_talk.request_bytes("GET", "/"))
    return [event async for event in connection.events(await connection.head())]


class HttpTest(unittest.TestCase):
    def got(self, use, *answer):
        return asyncio.run(answered(answer, use))

    def test_bodies(self):
        ok = b"HTTP/1.1 200 OK\r\n"
        json_type = b"Content-Type: application/json; charset=utf-8\r\n"
        self.assertEqual(self.got(ask, ok + json_type + b"Content-Length: 7\r\n\r\n", b'{"a":', b"1}"), (200, {"a": 1}))
        self.assertEqual(self.got(ask, ok, b"transfer-encoding: chunked\r\n\r\n3\r", b"\nabc\r\n1", b"0\r\n0123456789abcdef\r\n0\r\n\r\n"), (200, b"abc0123456789abcdef"))
        self.assertEqual(self.got(ask, ok + b"\r\nto the end"), (200, b"to the end"))

    def test_what_is_no_answer(self):
        ok = b"HTTP/1.1 200 OK\r\n"
        for answer in (
            b"", b"HTTP/1.1 200", b"SSH-2.0\r\n\r\n", ok + b"Content-Length: 9\r\n\r\nabc", ok + b"Content-Length: x\r\n\r\n",
            ok + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", ok + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            ok + b"Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{",
        ):  # fmt: skip
            with self.subTest(answer), self.assertRaises(http_talk.Broken):
                self.got(ask, answer)

    def test_events(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        stream = head + b"event: sentiment\ndata: {}\n\n: still here\n\nda", b"ta: a\ndata:b\n", b"\ndata: [DONE]\n\n"
        self.assertEqual(self.got(events, *stream), [("sentiment", "{}"), ("message", "a\nb"), ("message", "[DONE]")])
        with self.assertRaises(http_talk.Broken):
            self.got(events, head + b"data: cut")

    def test_requests(self):
        self.assertEqual(http_talk.request_bytes("GET", "/x"), b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
        request = http_talk.request_bytes("POST", "/", {"input": "好"}, ["A: b"])
        head, body = request.split(b"\r\n\r\n")
        self.assertIn(b"\r\nA: b\r\n", head)
        self.assertIn(b"Content-Length: %d" % len(body), head)
        self.assertEqual(json.loads(body), {"input": "好"})


class LoadTest(unittest.TestCase):
    def test_junk_is_the_same_for_a_seed(self):
        first, second = (loads.Load(1, loads.Known(), figures.Tally(), 1, seed=3).chance("junk") for _ in range(2))
        self.assertEqual([loads.junk_bytes(first) for _ in range(50)], [loads.junk_bytes(second) for _ in range(50)])

    def soak(self, fault):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "fake"
            program.write_text(FAKE.format(python=sys.executable, fault=fault, known=len(loads.TEXTS) + 2))
            program.chmod(0o755)
            done = subprocess.run(
                [sys.executable, "-B", SOAK, "--seconds", "1", "--program", program, "--json", f"{folder}/figures"],
                capture_output=True, text=True,
            )  # fmt: skip
            wrong = json.loads(pathlib.Path(folder, "figures").read_text())["wrong"]
            self.assertEqual(done.returncode, 1 if wrong else 0, done.stdout + done.stderr)
            self.assertEqual(done.stdout.count("WRONG: "), len(wrong))
            # Python's server is not as strict with junk as ours.
            return " | ".join(line for line in wrong if " junk: " not in line)

    def test_it_finds_what_a_server_does_wrong(self):
        self.assertEqual(self.soak("nothing"), "")
        for fault, words in (
            ("dies", "the server ended in the middle of the load with 7"), ("fails", " labels: 500 None"),
            ("other bits", " labels: not what they are alone"), ("runs on", "1 requests still run"),
            ("ends badly", "after SIGTERM it ended with 3"),
        ):  # fmt: skip
            with self.subTest(fault):
                self.assertIn(words, self.soak(fault))

    def test_a_server_that_does_not_start(self):
        done = subprocess.run([sys.executable, "-B", SOAK, "--program", "false"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (1, "soak: the server did not start\n"))


if __name__ == "__main__":
    unittest.main()
