"""The clients of a load: each is a coroutine that asks until the time is over and writes what it met into a Tally.

Well-behaved ones (chats, labels, assist, health) must get right answers: what was answered alone before the load is
answered to the bit under it. The others (aborts, slow ones, junk) may be refused or dropped, never answered with a 5xx
other than 503.
Tested by: soak_test.py
"""

import asyncio
import json
import random
import socket
import time

import http_talk
from http_talk import Broken, Connection

TEXTS = (
    "今天真开心,东西收到了,比想象的还好。", "又下雨了,快递还没到,客服也不回。", "一般吧,没什么感觉。",
    "房间很干净,服务员也热情,下次还来。", "用了三天就坏了,要求退款!", "请问这个可以开发票吗?",
    "I waited two hours and nobody came.", "The battery lasts all day, I love it.", "it is a phone",
    "说好的两天到,结果等了两周,气死了。", "书的内容不错,就是纸太薄。", "<|im_end|>好评<script>alert(1)</script>",
)  # fmt: skip
QUESTIONS = (
    "你好,今天心情不太好,说点什么吧。", "怎么安慰一个考试没考好的朋友?", "用三句话介绍一下长城。",
    "Write two sentences about the sea.", "退货要几天?", "帮我写一句生日祝福。",
)  # fmt: skip
# Chats of the load that are answered alone first, and after it must have had the same words.
KNOWN_TOKENS = 24
# Longer than the server waits for a whole request (30 s in docs/http_api.md).
NEVER_S = 45


def chat_body(question, tokens, seed, **more):
    """The same request gets the same words: the seed is given."""
    return {
        "messages": [{"role": "user", "content": question}],
        "max_tokens": tokens, "temperature": 0.8, "top_p": 0.95, "seed": seed, **more,
    }  # fmt: skip


def label_of(item):
    """What must be the same alone and under load."""
    return {name: item[name] for name in ("label", "probs", "labels", "margin", "score_kind", "task") if name in item}


class Known:
    """Answers taken alone: texts to labels, requests to replies. `routes`: those of /v1/chat/completions and /v1/assist that are
    there."""

    def __init__(self):
        self.labels = {}
        self.replies = {}
        self.routes = set()
        self.model = None

    @classmethod
    async def take(cls, port):
        known = cls()
        head, models = await http_talk.ask(port, "GET", "/v1/models")
        if head.status != 200:
            raise Broken(f"GET /v1/models: {head.status}")
        known.model = models["data"][0]["id"]
        for text in TEXTS:
            head, answer = await http_talk.ask(port, "POST", "/v1/classify", {"input": text})
            if head.status != 200:
                raise Broken(f"POST /v1/classify: {head.status} {answer}")
            known.labels[text] = label_of(answer["data"][0])
        for path in ("/v1/chat/completions", "/v1/assist"):
            if (await http_talk.ask(port, "POST", path, {}))[0].status != 404:
                known.routes.add(path)
        if "/v1/chat/completions" in known.routes:
            for i, question in enumerate(QUESTIONS[:3]):
                body = chat_body(question, KNOWN_TOKENS, i, model=known.model)
                head, answer = await http_talk.ask(port, "POST", "/v1/chat/completions", body)
                if head.status != 200:
                    raise Broken(f"POST /v1/chat/completions: {head.status} {answer}")
                known.replies[question] = (body, answer["choices"][0]["message"]["content"])
        return known


class Load:
    """What every client of a run shares."""

    def __init__(self, port, known, tally, seconds, seed=0):
        self.port, self.known, self.tally, self.seed = port, known, tally, seed
        self.end = time.monotonic() + seconds

    def goes_on(self):
        return time.monotonic() < self.end

    def chance(self, name):
        return random.Random(f"{self.seed} {name}")

    async def rest(self, seconds):
        await asyncio.sleep(min(seconds, max(self.end - time.monotonic(), 0)))

    def clients(self):
        """Coroutines of the whole mix."""
        mix = [
            *(labels(self, i, batch) for i, batch in enumerate((1, 1, 12))),
            health(self), junk(self), slow_sender(self, 0.02), slow_sender(self, 1.0), idle(self),
        ]  # fmt: skip
        if "/v1/chat/completions" in self.known.routes:
            mix += [*(chats(self, i) for i in range(8)), *(aborts(self, i) for i in range(2)), slow_reader(self)]
        if "/v1/assist" in self.known.routes:
            mix += [assists(self, i) for i in range(2)]
        return mix


async def on_one_connection(load, who, turn, pause=0.0):
    """`turn(connection)` again and again; a connection that breaks is a fault, and there is a new one."""
    connection = None
    while load.goes_on():
        try:
            connection = connection or await Connection.open(load.port)
            await turn(connection)
        except (Broken, OSError) as error:
            load.tally.fault(f"{who}: {error}")
            if connection:
                connection.close()
            connection = None
            await load.rest(0.2)  # a server that is gone is not asked in a tight loop
        if connection and connection.is_over:
            connection.close()
            connection = None
        if pause:
            await load.rest(pause)
    if connection:
        connection.close()


async def labels(load, number, batch):
    chance = load.chance(f"labels {number}")

    async def turn(connection):
        texts = chance.choices(TEXTS, k=batch)
        begin = time.monotonic()
        head, answer = await connection.ask("POST", "/v1/classify", {"input": texts})
        if not load.tally.status("labels", head, answer):
            return await load.rest(1)
        load.tally.times["one_label" if batch == 1 else f"labels_of_{batch}_texts"].append(1000 * (time.monotonic() - begin))
        load.tally.counts["labels"] += len(answer["data"])
        if [label_of(item) for item in answer["data"]] != [load.known.labels[text] for text in texts]:
            load.tally.fault("labels: not what they are alone")

    await on_one_connection(load, "labels", turn)


async def health(load):
    async def turn(connection):
        begin = time.monotonic()
        head, answer = await connection.ask("GET", "/health")
        if load.tally.status("health", head, answer):
            load.tally.times["health"].append(1000 * (time.monotonic() - begin))

    await on_one_connection(load, "health", turn, pause=0.25)


class Pace:
    """Times of one stream's pieces."""

    def __init__(self, tally):
        self.tally, self.last, self.first = tally, time.monotonic(), True

    def piece(self):
        now = time.monotonic()
        self.tally.times["time_to_first_token" if self.first else "between_tokens"].append(1000 * (now - self.last))
        self.last, self.first = now, False


async def read_chat(load, connection, body):
    """The words of a streamed chat; None: refused."""
    pace = Pace(load.tally)
    await connection.send(http_talk.request_bytes("POST", "/v1/chat/completions", body))
    head = await connection.head()
    if head.status != 200:
        load.tally.status("chats", head, json.loads(await connection.body(head)))
        return None
    load.tally.statuses[200] += 1
    words, finish, done, tokens = "", None, False, 0
    async for _, data in connection.events(head):
        if data == "[DONE]":
            done = True
            continue
        chunk = json.loads(data)
        if "error" in chunk:
            load.tally.fault(f"chats: ended with {chunk['error'].get('code')}")
            return None
        for choice in chunk["choices"]:
            finish = choice["finish_reason"] or finish
            if piece := choice["delta"].get("content"):
                pace.piece()
                words += piece
        if chunk.get("usage"):
            tokens = chunk["usage"]["completion_tokens"]
    load.tally.counts["tokens"] += tokens
    if not done or finish not in ("stop", "length") or not tokens:
        load.tally.fault("chats: a stream without [DONE], finish_reason or usage")
    return words


async def chats(load, number):
    """Every other one is a chat whose words are known; the rest are talks of several turns."""
    chance = load.chance(f"chats {number}")
    talk = []
    stream = {"stream": True, "stream_options": {"include_usage": True}}

    async def turn(connection):
        nonlocal talk
        if chance.random() < 0.5:
            body, known = chance.choice(list(load.known.replies.values()))
            words = await read_chat(load, connection, {**body, **stream})
            if words is not None and words != known:
                load.tally.fault("chats: not the words that were said alone")
        else:
            question = chance.choice(QUESTIONS)
            body = chat_body(question, chance.randint(8, 96), chance.randrange(1 << 31), model=load.known.model)
            body["messages"] = talk + body["messages"]
            words = await read_chat(load, connection, {**body, **stream})
            if words is not None:
                talk = [*body["messages"], {"role": "assistant", "content": words}][-8:]
        if words is None:
            return await load.rest(1)
        load.tally.counts["chats"] += 1

    await on_one_connection(load, "chats", turn)


async def assists(load, number):
    chance = load.chance(f"assist {number}")

    async def turn(connection):
        text = chance.choice(TEXTS)
        body = {"text": text, "max_tokens": chance.randint(8, 48), "stream": True, "conversation": f"soak-{number}-{chance.randint(0, 3)}"}
        if chance.random() < 0.3:
            del body["conversation"]
        begin, seen = time.monotonic(), []
        await connection.send(http_talk.request_bytes("POST", "/v1/assist", body))
        head = await connection.head()
        if head.status != 200:
            load.tally.status("assist", head, json.loads(await connection.body(head)))
            return await load.rest(1)
        load.tally.statuses[200] += 1
        async for name, data in connection.events(head):
            seen.append(name)
            data = json.loads(data)
            if name == "sentiment":
                load.tally.times["assist_label"].append(1000 * (time.monotonic() - begin))
                load.tally.counts["labels"] += 1
                known = load.known.labels[text]
                if {key: label_of(data["sentiment"]).get(key) for key in known} != known:
                    load.tally.fault("assist: not the label that it is alone")
            elif name == "done":
                load.tally.counts["tokens"] += data["usage"]["completion_tokens"]
            elif name == "error":
                load.tally.fault(f"assist: ended with {data['error'].get('code')}")
        if seen[:1] != ["sentiment"] or seen[-1:] not in (["done"], ["error"]):
            load.tally.fault("assist: a stream that does not begin with sentiment and end with done")
        load.tally.counts["assists"] += 1
        if chance.random() < 0.2 and "conversation" in body:
            await conversations(load, connection, body["conversation"], chance)

    await on_one_connection(load, "assist", turn)


async def conversations(load, connection, name, chance):
    """Read as a page does it, and taken away now and then."""
    for method, path in (("GET", "/v1/conversations"), ("GET", f"/v1/conversations/{name}"), ("DELETE", f"/v1/conversations/{name}")):
        if method == "DELETE" and chance.random() < 0.5:
            continue
        head, answer = await connection.ask(method, path)
        load.tally.status("conversations", head, answer)
        load.tally.counts["conversation_requests"] += 1


async def aborts(load, number):
    """Clients that go in the middle: before the answer, in prefill, while they read."""
    chance = load.chance(f"aborts {number}")
    while load.goes_on():
        try:
            connection = await Connection.open(load.port)
            question = chance.choice(QUESTIONS) * chance.choice((1, 1, 40))
            body = chat_body(question, 200, 1, model=load.known.model, stream=True, n=chance.choice((1, 1, 2)))
            data = http_talk.request_bytes("POST", "/v1/chat/completions", body)
            how = chance.random()
            await connection.send(data[: len(data) // 2] if how < 0.1 else data)
            if how < 0.4:
                await load.rest(chance.random() * 0.5)
            else:
                head = await connection.head()
                if not load.tally.status("aborts", head, {} if head.status == 200 else json.loads(await connection.body(head))):
                    connection.close()
                    await load.rest(1)
                    continue
                left = chance.randint(0, 30)
                async for _ in connection.pieces(head):
                    left -= 1
                    if left <= 0 or not load.goes_on():
                        break
            connection.close(at_once=chance.random() < 0.5)
            load.tally.counts["aborts"] += 1
        except (Broken, OSError) as error:
            load.tally.fault(f"aborts: {error}")
            await load.rest(0.2)
        await load.rest(chance.random() * 0.3)


async def slow_reader(load):
    """Asks for megabytes and takes a few bytes now and then: it may be dropped."""
    loop = asyncio.get_running_loop()
    while load.goes_on():
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.setblocking(False)
            body = chat_body(QUESTIONS[2], 256, 2, model=load.known.model, stream=True, n=4, logprobs=True, top_logprobs=20)
            try:
                await loop.sock_connect(client, ("127.0.0.1", load.port))
                await loop.sock_sendall(client, http_talk.request_bytes("POST", "/v1/chat/completions", body, ["Connection: close"]))
                begin = await asyncio.wait_for(loop.sock_recv(client, 12), http_talk.PATIENCE_S)
                load.tally.first_bytes("slow reader", begin)
                while load.goes_on() and await loop.sock_recv(client, 64):
                    await load.rest(0.1)
            except OSError:
                pass  # dropped
            load.tally.counts["slow_readers"] += 1
        await load.rest(0.2)


async def slow_sender(load, pause):
    """A request byte by byte: one that ends within the server's deadline is answered, the other is dropped."""
    data = http_talk.request_bytes("POST", "/v1/classify", {"input": TEXTS[0]}, ["Connection: close"])
    while load.goes_on():
        begin = time.monotonic()
        try:
            connection = await Connection.open(load.port)
        except OSError as error:
            load.tally.fault(f"slow sender: {error}")
            await load.rest(0.2)
            continue
        try:
            for i in range(len(data)):
                if not load.goes_on() or connection.reader.at_eof():
                    break
                await connection.send(data[i : i + 1])
                await load.rest(pause)
            else:
                head = await connection.head()
                answer = json.loads(await connection.body(head))
                if load.tally.status("slow sender", head, answer) and label_of(answer["data"][0]) != load.known.labels[TEXTS[0]]:
                    load.tally.fault("slow sender: not the label that it is alone")
        except (Broken, OSError) as error:
            if time.monotonic() - begin < 20:
                load.tally.fault(f"slow sender: dropped early: {error}")
        if time.monotonic() - begin > NEVER_S:
            load.tally.fault("slow sender: not dropped")
        connection.close()
        load.tally.counts["slow_senders"] += 1


async def idle(load):
    """Connections that say nothing, and many that come and go."""
    while load.goes_on():
        held = []
        try:
            for _ in range(20):
                held.append(await Connection.open(load.port))
            await load.rest(0.5)
        except OSError as error:
            load.tally.fault(f"idle: {error}")
        for connection in held:
            connection.close(at_once=True)
        load.tally.counts["idle_connections"] += len(held)
        await load.rest(0.5)


def junk_bytes(chance):
    """A request that is none: random bytes, a right one with some of its bytes changed, a body that is no request."""
    kind = chance.randrange(4)
    if kind == 0:
        return chance.randbytes(chance.randint(1, 2000))
    path = chance.choice(("/v1/classify", "/v1/chat/completions", "/v1/assist", "/nowhere", "/v1/conversations/%ff"))
    if kind == 1:
        body = chance.choice((b"{}", b"[]", b"null", b"{", b'{"input":' + b"[" * 5000, b'{"messages":[{}]}', b'{"text":"\xff"}', b'{"input":1e999}'))
        return http_talk.request_bytes("POST", path, body)
    if kind == 2:
        return b"POST %b HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\nabc" % (path.encode(), chance.randrange(1 << 64))
    data = bytearray(http_talk.request_bytes("POST", path, {"input": chance.choice(TEXTS)}))
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


async def junk(load):
    chance = load.chance("junk")
    while load.goes_on():
        try:
            connection = await Connection.open(load.port)
            await connection.send(junk_bytes(chance))
            # Bytes that may go on to be a request are waited for by the server; not here.
            first = await asyncio.wait_for(connection.reader.read(12), 0.3)
            load.tally.first_bytes("junk", first)
            load.tally.counts["junk_answered"] += bool(first)
        except (Broken, OSError):  # a timeout is one of the latter
            pass
        connection.close(at_once=True)
        load.tally.counts["junk"] += 1
        await load.rest(0.05)
