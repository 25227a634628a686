"""A server with the routes of docs/http_api.md that the page of web/ asks, and answers by a script.

What a text contains decides what happens to it (`SCRIPT`), so that a test can look at a reply that is half
written, at a server that is busy, at a connection that breaks. By hand:

    python3 tests/browser/page_server.py 8421
"""

import http.server
import json
import mimetypes
import pathlib
import select
import sys
import threading
import time
import urllib.parse

WEB = pathlib.Path(__file__).resolve().parent.parent.parent / "web"
# As the program sends it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ASSIST = {"text", "conversation", "turn", "task", "label_task", "stream", "temperature", "top_p", "top_k", "min_p",
          "repeat_penalty", "max_tokens", "seed"}  # fmt: skip
CLASSIFY = {"input", "task", "model", "truncate", "no_neutral", "untaught", "user"}
SCRIPT = {
    "等": "the reply waits behind its first words until `release` is set",
    "先想": "waits before the mood",
    "忙": "429, once",
    "坏": "an error event behind the first words",
    "断": "the connection ends in the middle of an event",
    "退款": "hand over",
    "沉默": "an empty reply; where it was to replace a turn, that one stays",
}
REPLIES = {
    "晚饭吃什么好？": "可以试试**番茄鸡蛋面**，十分钟就好：\n\n1. 番茄切块，炒出汁\n2. 加水煮开，下面\n3. 打两个蛋\n\n暖胃又开胃。你喜欢*清淡*一点还是辣一点？",
    "下了一天雨，心里闷闷的。": "阴雨天确实容易让人提不起劲，抱抱你。泡杯热茶，听首喜欢的歌，也许会好一些。",
    "今天的实验终于成功了，太棒了！": "恭喜你！这是你一直努力的结果，真为你高兴。今晚打算怎么庆祝？",
    "脚本": "<script>document.title='ran'</script><img src=x onerror=\"document.title='ran'\"> [点我](javascript:alert(1)) `code` \n```js\nalert(1)\n```",
}
DEFAULT_REPLY = "谢谢你告诉我。我在听，慢慢说。"
TASKS = [
    {"name": "chat.zh", "title": "聊天：温暖、简短的中文伙伴", "mode": "chat", "labels": []},
    {"name": "chat.en", "title": "Chat: a warm companion", "mode": "chat", "labels": []},
    {"name": "service.zh", "title": "客服：按用户的情绪调整语气", "mode": "chat", "labels": []},
    {"name": "sentiment.zh", "title": "心情：正面、负面、中性", "mode": "score", "labels": ["正面", "负面", "中性"]},
    {"name": "sentiment.en", "title": "Mood of English texts", "mode": "score", "labels": ["positive", "negative", "neutral"]},
    {"name": "urgency.zh", "title": "紧急程度", "mode": "score", "labels": ["紧急", "一般", "不急"]},
]  # fmt: skip


def sentiment(text, task):
    labels = next(t["labels"] for t in TASKS if t["name"] == task)
    first = 0 if any(word in text for word in ("开心", "成功", "干净", "棒", "great")) else 2
    if any(word in text for word in ("糟", "闷", "差", "退款", "等了", "rain")):
        first = 1
    top = 0.55 if "也许" in text else 0.86 + len(text) % 13 / 100
    probs = [round((1 - top) * (0.7 if (i - first) % 3 == 1 else 0.3), 4) for i in range(3)]
    probs[first] = top
    probs[first] = round(1 - sum(p for i, p in enumerate(probs) if i != first), 4)
    rest = sorted(probs)
    return {"label": labels[first], "probs": probs, "labels": labels, "num_classes": 3, "margin": round(rest[-1] - rest[-2], 4),
            "score_kind": "head", "task": task}  # fmt: skip


class PageServer:
    """`requests` has (method, path, body) of everything that was asked."""

    def __init__(self, port=0, key=None):
        self.key = key
        self.requests = []
        self.conversations = {}
        self.release = threading.Event()
        self.busy_left = 1
        self.keeps = True
        self.claimed = []  # conversations that refuse a turn, once each time they are here
        self.broken_texts = {}  # text -> message
        self.lock = threading.Lock()
        owner = self

        class Handler(_Handler):
            server_state = owner

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request, address):
                if not isinstance(sys.exc_info()[1], ConnectionError):
                    super().handle_error(request, address)

        self._server = Server(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def asked(self, path):
        return [body for method, seen, body in list(self.requests) if seen == path and method == "POST"]


class _Handler(http.server.BaseHTTPRequestHandler):
    server_state = None

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.route("GET", None)

    def do_DELETE(self):
        self.route("DELETE", None)

    def do_POST(self):
        self.route("POST", json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def route(self, method, body):
        state = self.server_state
        path, _, query = self.path.partition("?")
        state.requests.append((method, path, body))
        if not path.startswith("/v1/"):
            return self.file(path)
        if state.key and self.headers.get("Authorization") != f"Bearer {state.key}":
            return self.fail(401, "a key is needed")
        if path == "/v1/facts":
            return self.json(facts())
        if path == "/v1/classify":
            return self.classify(body)
        if path == "/v1/assist":
            return self.assist(body)
        if path.startswith("/v1/conversations") and not state.keeps:
            return self.fail(404, "this server keeps no conversations", "conversation")
        if path == "/v1/conversations":
            return self.list(urllib.parse.parse_qs(query))
        parts = path.split("/")
        found = state.conversations.get(urllib.parse.unquote(parts[3])) if len(parts) > 3 and parts[2] == "conversations" else None
        if found is None:
            return self.fail(404, "no such path or conversation")
        if method == "DELETE":
            del state.conversations[found["id"]]
            return self.json({"id": found["id"], "object": "conversation.deleted", "deleted": True})
        if parts[4:] == ["export"]:
            turns = [{"user": turn["user"], "reply": turn["reply"]} for turn in found["turns"]]
            return self.json({"format": "yixin.conversation", "version": 1, "task": found["task"], "system": "", "turns": turns})
        return self.json({"object": "conversation", **found})

    def file(self, path):
        file = WEB / ("index.html" if path == "/" else path[1:])
        if "/" in path[1:] or not file.is_file():
            return self.fail(404, "no such path")
        kind = {".js": "text/javascript"}.get(file.suffix) or mimetypes.guess_type(file.name)[0]
        self.answer(200, f"{kind}; charset=utf-8", file.read_bytes(), {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"})

    def classify(self, body):
        if set(body) - CLASSIFY:
            return self.fail(400, f"unknown field {sorted(set(body) - CLASSIFY)[0]}")
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        state = self.server_state
        if not 1 <= len(texts) <= 256:
            return self.fail(400, "input: 1 to 256 texts", "input")
        for i, text in enumerate(texts):
            if text in state.broken_texts:
                return self.fail(400, state.broken_texts[text], f"input[{i}]")
        if any("忙" in text for text in texts) and self.is_busy():
            return None
        if any("先想" in text for text in texts):
            state.release.wait()
        task = body.get("task", "sentiment.zh")
        data = [{"index": i, **sentiment(text, task)} for i, text in enumerate(texts)]
        return self.json({"id": "classify-1", "object": "list", "created": 1, "model": "tiny", "data": data})

    def is_busy(self):
        with self.server_state.lock:
            self.server_state.busy_left -= 1
            if self.server_state.busy_left < 0:
                return False
        self.answer(429, "application/json", json.dumps({"error": {"message": "the queue is full", "type": "rate_limit_error", "param": None, "code": None}}).encode(), {"Retry-After": "1"})
        return True

    def assist(self, body):
        state = self.server_state
        if set(body) - ASSIST:
            return self.fail(400, f"unknown field {sorted(set(body) - ASSIST)[0]}")
        text = body["text"]
        if "忙" in text and self.is_busy():
            return None
        name = body.get("conversation")
        if name in state.claimed:
            state.claimed.remove(name)
            return self.fail(409, "a reply of this conversation is being written", "conversation")
        with state.lock:
            kept = state.conversations.get(name) or {"id": name, "created": int(time.time()), "task": body.get("task", "chat.zh"), "turns": []}
            place = body.get("turn", len(kept["turns"]))
            if not 0 <= place <= len(kept["turns"]):
                return self.fail(400, f"turn is {place} of {len(kept['turns'])}", "turn")
        turn = {"turn": place, "created": int(time.time()), "user": text, "reply": "", "finish_reason": "stopped",
                "sentiment": sentiment(text, body.get("label_task") or "sentiment." + kept["task"][-2:]),
                "escalate": "退款" in text, "escalation": {"rule": "words", "reason": "the text has a word of the task's", "word": "退款"} if "退款" in text else None}  # fmt: skip
        reply = REPLIES.get(text, DEFAULT_REPLY)
        if "次数" in text:
            reply = f"第 {len(state.asked('/v1/assist'))} 次"
        replaces = place < len(kept["turns"])
        if "沉默" in text:
            reply = ""
        if name and "先想" not in text and not (replaces and reply == ""):
            self.keep(kept, place, turn)
        try:
            self.stream(text, turn, name, reply)
        except ConnectionError:
            pass
        if name and "先想" in text:
            self.keep(kept, place, turn)

    def keep(self, kept, place, turn):
        state = self.server_state
        with state.lock:
            state.conversations.pop(kept["id"], None)
            state.conversations[kept["id"]] = {**kept, "turns": [*kept["turns"][:place], turn], "updated": int(time.time())}

    def stream(self, text, turn, name, reply):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if "先想" in text:
            self.pause()
        self.event("sentiment", {"id": "assist-1", "created": 1, "model": "tiny", "sentiment": turn["sentiment"], "escalate": turn["escalate"],
                                 "escalation": turn["escalation"], "conversation": name and {"id": name, "turn": turn["turn"]}})  # fmt: skip
        for i in range(0, len(reply), 3):
            piece = reply[i : i + 3]
            self.event("delta", {"text": piece})
            turn["reply"] += piece
            if i == 3 and "坏" in text:
                return self.event("error", {"error": {"message": "the model is gone", "type": "server_error", "param": None, "code": None}})
            if i == 3 and "断" in text:
                return self.wfile.write('event: delta\ndata: {"text": "听'.encode()[:-1])
            if i == 3 and "等" in text and "等了" not in text:
                self.pause()
        turn["finish_reason"] = "length" if "太长" in text else "stop"
        return self.event("done", {"finish_reason": turn["finish_reason"], "usage": {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}})

    def event(self, name, data):
        # In two packets that part a character where there is one of several bytes.
        sent = f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
        middle = next((i + 1 for i, byte in enumerate(sent) if byte > 0xE0), len(sent) // 2)
        for part in (sent[:middle], sent[middle:]):
            self.wfile.write(part)
            self.wfile.flush()

    def pause(self):
        """Until the test says so; a client that has gone is noticed."""
        while not self.server_state.release.wait(0.02):
            if select.select([self.connection], [], [], 0)[0]:
                raise ConnectionResetError

    def list(self, query):
        every = list(reversed(self.server_state.conversations.values()))
        after = query.get("after", [None])[0]
        start = next((i + 1 for i, c in enumerate(every) if c["id"] == after), 0)
        some = every[start : start + int(query.get("limit", ["50"])[0])]
        data = [{"id": c["id"], "created": c["created"], "updated": c["updated"], "turns": len(c["turns"]), "task": c["task"], "title": c["turns"][0]["user"][:40]} for c in some]
        self.json({"object": "list", "data": data, "has_more": start + len(some) < len(every)})

    def fail(self, status, message, param=None):
        self.answer(status, "application/json", json.dumps({"error": {"message": message, "type": "invalid_request_error", "param": param, "code": None}}).encode())

    def json(self, value):
        self.answer(200, "application/json", json.dumps(value, ensure_ascii=False).encode())

    def answer(self, status, kind, content, headers=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def facts():
    wave = time.time() % 7
    return {"model": "qwen2.5-coder-0.5b-instruct-q4_k_m", "kernels": "amx", "threads": 2, "context": 4096, "layers": 24, "hidden": 896, "vocabulary": 151936,
            "weight_bytes": 491400000, "memory_bytes": 548000000, "peak_memory_bytes": 561000000, "prefill_tokens_per_s": 2901.0 + wave,
            "decode_tokens_per_s": 52.0 + wave, "version": "0.1.0", "tasks": TASKS, "default_chat_task": "chat.zh", "default_label_task": "sentiment.zh"}  # fmt: skip


if __name__ == "__main__":
    with PageServer(int(sys.argv[1]) if len(sys.argv) > 1 else 8421) as server:
        server.release.set()
        print(server.url, "Ctrl-C ends it")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass
