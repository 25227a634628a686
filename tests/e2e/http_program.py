"""yixin serve on a port of the system's choice, and what a client needs to ask it."""

import contextlib
import http.client
import itertools
import json
import re
import resource
import signal
import socket
import subprocess

import program


class ServedTest(program.ProgramTest):
    """A server on the tiny model, asked at one path."""

    path = ""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.enterClassContext(Server(cls, log=False))

    def reply(self, body):
        """A right request's answer."""
        status, _, answer = self.server.ask("POST", self.path, body)
        self.assertEqual(status, 200, answer)
        return answer

    def ends_at_a_stop(self, body, wanted):
        """The last events of streams of this body whose server stops midway, one at least named as wanted.

        Others may be over before, or be cut; on a fast machine all of them may, and then it is tried again.
        """
        for _ in range(20):
            ends = self._ends_at_a_stop(body)
            if any(name == wanted for name, _ in ends):
                return ends
        raise AssertionError(f"no stream ended with {wanted}: {ends}")

    def _ends_at_a_stop(self, body):
        with Server(self, "--stop-timeout", "0", log=False) as server:
            streams = [server.events(self.path, body) for _ in range(24)]
            for stream in streams:
                next(stream)
            server.process.terminate()
            ends = []
            for stream in streams:
                with contextlib.suppress(ConnectionResetError, http.client.IncompleteRead):
                    ends += list(stream)[-1:]
            return ends

    def chat(self, messages, **fields):
        """The words that a chat has for it."""
        body = {"messages": messages, "seed": 1, "max_tokens": 12, **fields}
        return self.server.ask("POST", "/v1/chat/completions", body)[2]["choices"][0]["message"]["content"]


class Server:
    """The program, serving on a port of the system's choice."""

    def __init__(self, test, *words, log=True, files=None):
        """files: how many it may have open, sockets included."""
        self.process = subprocess.Popen(
            [program.PROGRAM, "serve", "--model", test.model, "--port", "0", *([] if log else ["--quiet"]), *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=test.environment(),
            preexec_fn=files and (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))),
        )  # fmt: skip
        self.errors = b""
        while (line := self.process.stderr.readline()) and b" at http://" not in line:
            self.errors += line
        found = re.search(rb"http://(?:[^/:]*|\[[^]]*\]):(\d+)", line)
        if not found:
            raise AssertionError(f"does not serve: {self.errors + line}")
        self.port = int(found[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.stdout.close()
        self.process.stderr.close()
        self.process.wait()

    def ask(self, method, path, body=None, headers=None):
        """Status, headers, and the body: parsed where it is JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=program.PATIENCE_S)
        if not isinstance(body, (bytes, type(None))):
            body = json.dumps(body, ensure_ascii=False).encode()
        connection.request(method, path, body, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        is_json = answer.getheader("Content-Type", "").startswith("application/json")
        return answer.status, answer.headers, json.loads(data) if is_json and data else data

    def stream(self, path, body, headers=None, most=None):
        """The events of an answer as (name, data); data is parsed, [DONE] is left as it is. most: then it goes."""
        return list(itertools.islice(self.events(path, body, headers), most))

    def events(self, path, body, headers=None):
        """The same, each as it comes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=program.PATIENCE_S)
        try:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            if answer.status != 200 or not answer.getheader("Content-Type").startswith("text/event-stream"):
                raise AssertionError((answer.status, answer.read()))
            name = ""
            while line := answer.readline():
                text = line.decode().rstrip("\n")
                if text.startswith("event: "):
                    name = text[7:]
                elif text.startswith("data: "):
                    data = text[6:]
                    yield name, data if data == "[DONE]" else json.loads(data)
                elif text == "":
                    name = ""
            if answer.chunked and answer.chunk_left is not None:  # readline takes a cut for an end
                raise http.client.IncompleteRead(b"")
        finally:
            connection.close()

    def raw(self, data, half_close=False):
        """What comes back for these bytes until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=program.PATIENCE_S) as connection:
            out = b""
            try:
                connection.sendall(data)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
                while part := connection.recv(65536):
                    out += part
            except (ConnectionResetError, BrokenPipeError):
                pass
            return out

    def stop(self):
        """SIGTERM. The exit code, and the access log."""
        self.process.send_signal(signal.SIGTERM)
        out, errors = self.process.communicate(timeout=program.PATIENCE_S)
        self.errors += errors
        return self.process.returncode, [json.loads(line) for line in out.decode().splitlines()]
