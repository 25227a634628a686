#!/usr/bin/env python3
"""A model hub and a package index that misbehave on request, for the tests of src/store.

Listens on three ports of the loopback interface and prints them in one line: two origins over http, and
one over https with a certificate that it makes itself (CERTIFICATE). It is a http proxy too. The first part of a path is the way to behave: /cut/ORG/REPO/resolve/main/FILE breaks off in the
middle of FILE. GET /log gives the requests since the last GET /reset. /folder/ORG/REPO is a repository with a model in
Hugging Face's form, at two revisions; /folder-HOW misbehaves. Ends when its standard input does,
so it never outlives the test, however that dies.

Usage: fake_hub.py PAYLOAD CERTIFICATE
  PAYLOAD: the bytes of every FILE; wheels hold its two halves
"""

import base64
import email.utils
import hashlib
import http.server
import io
import json
import os
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse
import zipfile

VERSION = "1.0"
PAGE = b"<html><body>Sign in to this network</body></html>"
# No test takes this long; a server that hangs would.
PATIENCE_S = 30


def make_wheel(name, data):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{name}/__init__.py", "raise SystemExit('never run')\n")
        wheel.writestr(f"{name}/data.bin", data)
    return buffer.getvalue()


COMMITS = {"main": "a" * 40, "v1": "b" * 40, "refs/pr/1": "c" * 40}


def make_folder(payload):
    """Files of a model, by name."""
    return {
        ".gitattributes": b"*.safetensors filter=lfs",
        "README.md": b"# A model",
        "config.json": b'{"architectures": ["Qwen2ForCausalLM"]}',
        "generation_config.json": b"{}",
        "tokenizer.json": b'{"model": {}}',
        "tokenizer_config.json": b'{"chat_template": "{{ messages }}"}',
        "added_tokens.json": b"",
        "model.safetensors.index.json": b'{"weight_map": {}}',
        "model-00001-of-00002.safetensors": payload,
        "model-00002-of-00002.safetensors": payload[::-1],
        "pytorch_model.bin": b"pickle",
        "model.onnx": b"onnx",
        "picture.png": b"png",
    }


class Hub:
    """What both ports share."""

    def __init__(self, payload):
        self.payload = payload
        self.sha256 = hashlib.sha256(payload).hexdigest()
        base = dict(make_folder(payload[:1000]), **{"tokenizer_config.json": b'{"chat_template": null}'})
        self.folders = {COMMITS["main"]: make_folder(payload), COMMITS["v1"]: base}
        self.folders[COMMITS["refs/pr/1"]] = {"model.gguf": payload, "config.json": b"{}"}
        half = len(payload) // 2
        self.wheels = {
            f"part_one-{VERSION}-py3-none-any.whl": make_wheel("part_one", payload[:half]),
            f"part_two-{VERSION}-py3-none-any.whl": make_wheel("part_two", payload[half:]),
        }
        self.ports = []
        self.lock = threading.Lock()
        self.log = []
        self.counts = {}

    def count(self, key):
        with self.lock:
            self.counts[key] = self.counts.get(key, 0) + 1
            return self.counts[key]

    def reset(self):
        with self.lock:
            self.log.clear()
            self.counts.clear()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else each small answer waits 40 ms for an acknowledgement.
    disable_nagle_algorithm = True
    hub = None

    def log_message(self, *args):
        pass

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        try:
            self.route()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def handle(self):
        try:
            super().handle()
        except (ssl.SSLError, ConnectionResetError):
            pass  # a client that refuses the certificate

    def route(self):
        hub = self.hub
        # As a proxy it answers for every host.
        target = urllib.parse.urlsplit(self.path)
        self.path = urllib.parse.urlunsplit(("", "", target.path, target.query, ""))
        if self.path == "/log":
            return self.send(200, json.dumps(hub.log).encode(), {"Content-Type": "application/json"})
        if self.path == "/reset":
            hub.reset()
            return self.send(200, b"")
        with hub.lock:
            hub.log.append(
                {
                    "port": self.server.server_port,
                    "method": self.command,
                    "path": self.path,
                    "host": target.netloc,
                    "range": self.headers.get("Range", ""),
                    "authorization": self.headers.get("Authorization", ""),
                    "accept": self.headers.get("Accept", ""),
                }
            )
        mode = self.path.split("/")[1]
        if mode.startswith("index-") and "/simple/" in self.path:
            return self.index_page(mode)
        if mode.startswith("folder"):
            return self.folder(mode)
        if self.path.endswith(".whl"):
            return self.wheel(mode, self.path.rsplit("/", 1)[1])
        handler = getattr(self, "mode_" + mode.replace("-", "_"), None)
        if handler is None:
            return self.send(404, b"no such mode")
        return handler()

    # Building blocks.

    def send(self, status, body, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def redirect(self, url, headers=None):
        self.send(302, b"moved", {"Location": url, **(headers or {})})

    def range_begin(self):
        value = self.headers.get("Range", "")
        return int(value[len("bytes=") : -1]) if value.startswith("bytes=") else 0

    def head(self, data, begin, headers=None):
        """The response's head of data[begin:]."""
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()

    def serve(self, data, headers=None):
        begin = self.range_begin()
        if begin >= len(data) > 0:
            return self.send(416, b"", {"Content-Range": f"bytes */{len(data)}"})
        self.head(data, begin, headers)
        if self.command != "HEAD":
            self.wfile.write(data[begin:])

    def break_off(self, data, share):
        """Promises all of it, sends a share of what is left, and hangs up."""
        begin = self.range_begin()
        self.head(data, begin)
        self.wfile.write(data[begin : begin + max(1, int((len(data) - begin) * share))])
        self.wfile.flush()
        self.close_connection = True

    def hang(self):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            time.sleep(0.05)
            self.wfile.write(b"")
            # The client has gone: its end of the socket reads as closed.
            self.connection.setblocking(False)
            try:
                if self.connection.recv(1) == b"":
                    break
            except BlockingIOError:
                pass
            finally:
                self.connection.setblocking(True)
        self.close_connection = True

    # Ways to answer a request for a file.

    def mode_ok(self):
        self.serve(self.hub.payload)

    def mode_etag(self):
        self.serve(self.hub.payload, {"ETag": f'"{self.hub.sha256}"'})

    def mode_redirect(self):
        headers = {"X-Linked-ETag": f'"{self.hub.sha256}"', "X-Linked-Size": str(len(self.hub.payload))}
        self.redirect(f"http://127.0.0.1:{self.hub.ports[1]}/cdn/file?signature=secret", headers)

    def mode_cdn(self):
        # Another hash of 64 digits, as content networks have it.
        self.serve(self.hub.payload, {"ETag": '"' + "f" * 64 + '"', "X-Linked-ETag": '"' + "e" * 64 + '"'})

    def mode_relative(self):
        self.redirect("/ok/moved")

    def mode_downgrade(self):
        self.redirect(f"http://127.0.0.1:{self.hub.ports[0]}/ok/file")

    def mode_loop(self):
        self.redirect(self.path)

    def mode_hops(self):
        self.redirect(f"/hops/{self.hub.count('hops')}")

    def mode_nowhere(self):
        self.redirect("file:///etc/passwd")

    def mode_to_dead(self):
        self.redirect("http://127.0.0.1:9/closed")

    def mode_token(self):
        if self.headers.get("Authorization") != "Bearer hf_secret":
            return self.send(401, b"who are you?")
        return self.mode_redirect()

    def mode_no_range(self):
        self.head(self.hub.payload, 0)
        self.wfile.write(self.hub.payload)

    def mode_bad_range(self):
        if not self.range_begin():
            return self.serve(self.hub.payload)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes 0-9/{len(self.hub.payload)}")
        self.send_header("Content-Length", "10")
        self.end_headers()
        return self.wfile.write(self.hub.payload[:10])

    def mode_refuse_range(self):
        if self.range_begin():
            return self.send(416, b"")
        return self.serve(self.hub.payload)

    def mode_busy(self):
        if self.hub.count("busy") <= 2:
            return self.send(429, b"later", {"Retry-After": "0"})
        return self.serve(self.hub.payload)

    def mode_busy_date(self):
        if self.hub.count("busy-date") <= 1:
            return self.send(503, b"later", {"Retry-After": email.utils.formatdate(0, usegmt=True)})
        return self.serve(self.hub.payload)

    def mode_always_busy(self):
        self.send(429, b"later", {"Retry-After": "0"})

    def mode_busy_for_long(self):
        self.send(429, b"later", {"Retry-After": "86400"})

    def mode_busy_silent(self):
        self.send(429, b"later")

    def mode_error(self):
        # A long error page must not be taken for the file, nor be read for ever.
        self.send(500, b"x" * 1000000)

    def mode_cut(self):
        self.break_off(self.hub.payload, 0.5)

    def mode_cut_twice(self):
        if self.hub.count("cut-twice") <= 2:
            return self.break_off(self.hub.payload, 0.5)
        return self.serve(self.hub.payload)

    def mode_cut_at_once(self):
        self.head(self.hub.payload, self.range_begin())
        self.close_connection = True

    def mode_stall(self):
        begin = self.range_begin()
        self.head(self.hub.payload, begin)
        self.wfile.write(self.hub.payload[begin : begin + len(self.hub.payload) // 4])
        self.wfile.flush()
        self.hang()

    def mode_silent(self):
        self.hang()

    def mode_slow(self):
        self.serve_slowly(self.hub.payload)

    def serve_slowly(self, data):
        begin = self.range_begin()
        self.head(data, begin)
        for at in range(begin, len(data), 8192):
            self.wfile.write(data[at : at + 8192])
            self.wfile.flush()
            time.sleep(0.02)

    def mode_wrong(self):
        self.serve(bytes(byte ^ 1 for byte in self.hub.payload))

    def mode_wrong_then_cut(self):
        self.break_off(bytes(byte ^ 1 for byte in self.hub.payload), 0.5)

    def mode_html(self):
        self.send(200, PAGE, {"Content-Type": "text/html; charset=utf-8"})

    def mode_html_disguised(self):
        self.send(200, PAGE, {"Content-Type": "application/octet-stream"})

    def mode_short(self):
        self.serve(self.hub.payload[:-1])

    def mode_short_unsaid(self):
        self.unsaid(self.hub.payload[:-1])

    def mode_long_unsaid(self):
        self.unsaid(self.hub.payload + b"more")

    def mode_unsaid(self):
        self.unsaid(self.hub.payload)

    def unsaid(self, data):
        """Without a length: it ends where the connection ends."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = True

    # A repository with a model in several files.

    def folder(self, mode):
        if mode == "folder-token" and self.headers.get("Authorization") != "Bearer hf_secret":
            return self.send(401, b"who are you?")
        parts = [urllib.parse.unquote(part) for part in urllib.parse.urlsplit(self.path).path.split("/")[2:]]
        if parts[:3] == ["api", "v1", "models"]:
            return self.send_json(self.modelscope_files())
        if parts[:2] == ["api", "models"] and parts[4] == "revision":
            return self.folder_revision(mode, parts[5])
        if parts[:2] == ["api", "models"]:
            return self.folder_tree(mode, parts[5])
        if parts[0] == "models":  # ModelScope's
            parts = parts[1:]
            parts[3] = COMMITS.get(parts[3].replace("master", "main"), "")
        files = self.hub.folders.get(parts[3], {})
        if parts[2] != "resolve" or parts[4] not in files:
            return self.send(404, b"no such file")
        return self.folder_file(mode, parts[4], files[parts[4]])

    def send_json(self, value, headers=None):
        return self.send(200, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})

    def folder_revision(self, mode, revision):
        commit = COMMITS.get(revision, revision)
        if mode == "folder-moved":
            commit = COMMITS["v1"]
        if mode == "folder-no-commit":
            commit = "main"
        if commit not in self.hub.folders and mode != "folder-no-commit":
            return self.send(404, b"no such revision")
        return self.send_json({"sha": commit, "tags": ["qwen2", "license:apache-2.0"], "siblings": []})

    def folder_tree(self, mode, commit):
        entries = [{"type": "directory", "oid": "0" * 40, "size": 0, "path": "onnx"}]
        for name, data in self.hub.folders[commit].items():
            blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            entries.append({"type": "file", "oid": blob, "size": len(data), "path": name})
            if name.endswith(".safetensors"):
                digest = hashlib.sha256(data).hexdigest()
                entries[-1]["lfs"] = {"oid": digest, "size": len(data), "pointerSize": 134}
            if mode == "folder-no-hash":
                entries[-1].pop("lfs", None)
                entries[-1].pop("oid")
        if mode == "folder-hostile":
            entries.append({"type": "file", "oid": "0" * 40, "size": 1, "path": "../../evil.json"})
        if mode == "folder-huge":
            entries.append({"type": "file", "oid": "0" * 40, "size": 1 << 62, "path": "vocab.json"})
        headers = {"Link": '<http://127.0.0.1/next>; rel="next"'} if mode == "folder-pages" else {}
        return self.send_json(entries, headers)

    def modelscope_files(self):
        files = [
            {"Path": name, "Name": name, "Size": len(data), "Type": "blob", "Sha256": hashlib.sha256(data).hexdigest()}
            for name, data in self.hub.folders[COMMITS["main"]].items()
        ]
        return {"Code": 200, "Success": True, "Data": {"Files": files}}

    def folder_file(self, mode, name, data):
        second = name == "model-00002-of-00002.safetensors"
        if mode == "folder-redirect" and name.endswith(".safetensors") and self.server.server_port == self.hub.ports[0]:
            return self.redirect(f"http://127.0.0.1:{self.hub.ports[1]}{self.path}")
        if mode == "folder-cut" and second:
            return self.break_off(data, 0.5) if self.hub.count("folder-cut") == 1 else self.send(500, b"")
        if mode == "folder-wrong" and second:
            return self.serve(bytes(byte ^ 1 for byte in data))
        if mode == "folder-wrong-text" and name == "config.json":
            return self.serve(bytes(byte ^ 1 for byte in data))
        if mode == "folder-slow" and name.endswith(".safetensors"):
            return self.serve_slowly(data)
        return self.serve(data)

    # The package index.

    def index_page(self, mode):
        name = self.path.rstrip("/").rsplit("/", 1)[1]
        filename = f"{name.replace('-', '_')}-{VERSION}-py3-none-any.whl"
        if mode == "index-password":
            expected = "Basic " + base64.b64encode(b"me:pass/word").decode()
            if self.headers.get("Authorization") != expected:
                return self.send(401, b"", {"WWW-Authenticate": "Basic"})
        if filename not in self.hub.wheels or mode == "index-empty":
            return self.send(404, b"no such package")
        digest = hashlib.sha256(self.hub.wheels[filename]).hexdigest()
        if mode == "index-wrong-hash":
            digest = "0" * 64
        if mode.startswith("index-html"):
            return self.html_page(mode, filename, digest)
        if mode == "index-broken":
            return self.send(200, b"{" * 100000, {"Content-Type": "application/vnd.pypi.simple.v1+json"})
        hashes = {} if mode == "index-no-hash" else {"sha256": digest}
        files = [
            {"filename": filename.replace(VERSION, "0.9"), "url": "/gone.whl", "hashes": {}},
            {"filename": filename, "url": f"/{mode}/files/{filename}", "hashes": hashes},
        ]
        page = {"meta": {"api-version": "1.0"}, "name": name, "files": files}
        if mode == "index-other-host":
            files[1]["url"] = f"http://127.0.0.1:{self.hub.ports[1]}/{mode}/files/{filename}"
        return self.send(
            200, json.dumps(page).encode(), {"Content-Type": "application/vnd.pypi.simple.v1+json"}
        )

    def html_page(self, mode, filename, digest):
        href = f"../../files/{filename}#sha256={digest}"
        if mode == "index-html-entities":
            href = href.replace("/", "&#x2F;").replace("=", "&#61;")
        page = (
            "<!DOCTYPE html>\n<html><!-- <a href='no'> --><body><h1>1 < 2</h1>\n"
            f"<A data-requires-python=\"&gt;=3.8\" HREF='{href}'\n>{filename}</A><br/>\n</body></html>"
        )
        return self.send(200, page.encode(), {"Content-Type": "text/html"})

    def wheel(self, mode, filename):
        data = self.hub.wheels.get(filename)
        if data is None:
            return self.send(404, b"no such wheel")
        if mode == "index-cut" and self.hub.count(filename) == 1:
            return self.break_off(data, 0.5)
        if mode == "index-stop" and filename.startswith("part_two"):
            return self.break_off(data, 0.3) if self.hub.count(filename) == 1 else self.send(500, b"")
        if mode == "index-not-zip":
            return self.serve(b"no zip at all")
        return self.serve(data)


def make_tls(certificate):
    key = certificate + ".key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key]
        + ["-out", certificate, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def main():
    with open(sys.argv[1], "rb") as file:
        hub = Hub(file.read())
    Handler.hub = hub
    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(3)]
    # The handshake is made by the connection's own thread, so that one client cannot block another.
    servers[2].socket = make_tls(sys.argv[2]).wrap_socket(
        servers[2].socket, server_side=True, do_handshake_on_connect=False
    )
    for server in servers:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
    hub.ports = [server.server_port for server in servers]
    print(*hub.ports, flush=True)
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
