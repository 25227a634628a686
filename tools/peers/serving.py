"""Many chat clients at once: the load, and its table in docs/performance.md.

Tested by: peers_test.py
"""

import asyncio
import json
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "soak"))

from http_talk import Connection, request_bytes  # noqa: E402

TOPICS = (
    "大海", "秋天", "一位老师", "第一次做饭", "火车旅行", "雨夜", "一只猫", "山里的小村", "奶奶的院子", "图书馆", "毕业", "早市",
    "星空", "搬家", "一封信", "雪", "面馆", "跑步", "海边的灯塔", "电影院", "自行车", "春节", "医院的走廊", "菜园", "老朋友", "钢琴",
    "清晨的公园", "渡船", "失而复得的钱包", "茶", "夏天的暴雨", "末班车",
)  # fmt: skip


def body(topic, tokens):
    messages = [{"role": "user", "content": f"请写一篇关于{topic}的长文章，内容尽量丰富，至少一千字。"}]
    return {
        "messages": messages,
        "max_tokens": tokens,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def reply(port, topic, tokens):
    """{first_ms, gaps_ms, tokens} of one streamed reply."""
    connection = await Connection.open(port)
    start = last = time.monotonic()
    first, gaps, used = None, [], 0
    try:
        await connection.send(request_bytes("POST", "/v1/chat/completions", body(topic, tokens)))
        head = await connection.head()
        if head.status != 200:
            raise RuntimeError(f"status {head.status}: {await connection.body(head)}")
        async for _, data in connection.events(head):
            if data == "[DONE]":
                break
            chunk = json.loads(data)
            if chunk.get("usage"):
                used = chunk["usage"]["completion_tokens"]
            if any(choice["delta"].get("content") for choice in chunk["choices"]):
                now = time.monotonic()
                if first is None:
                    first = (now - start) * 1000
                else:
                    gaps.append((now - last) * 1000)
                last = now
    finally:
        connection.close()
    return {"first_ms": first, "gaps_ms": gaps, "tokens": used}


async def load(port, clients, replies, tokens):
    """So many clients at once, each with so many replies one after the other."""

    async def client(index):
        return [await reply(port, TOPICS[(index * replies + i) % len(TOPICS)], tokens) for i in range(replies)]

    start = time.monotonic()
    done = [one for many in await asyncio.gather(*(client(i) for i in range(clients))) for one in many]
    return summary(done, time.monotonic() - start)


def summary(done, seconds):
    gaps = sorted(gap for one in done for gap in one["gaps_ms"])
    firsts = sorted(one["first_ms"] for one in done)
    return {
        "tokens_per_s": sum(one["tokens"] for one in done) / seconds,
        "first_ms": statistics.median(firsts),
        "gap_ms": statistics.median(gaps),
        "worst_gap_ms": gaps[-1],
    }


def spread(values):
    """Half the distance from least to greatest, as a share of the median."""
    return (max(values) - min(values)) / 2 / statistics.median(values)


def table(results):
    """results: {"samples": {clients: {server: [summary]}}, ...} of tools/load_table.py, or None."""
    if results is None:
        return "Not measured: `make bench-load`."
    servers = results["servers"]
    lines = ["| clients | server | tokens/s, all together | beside yixin | first token, ms | gap, ms | worst gap, ms |"]
    lines.append("| --- | --- | --- | --- | --- | --- | --- |")
    for clients, by_server in results["samples"].items():
        ours = statistics.median(one["tokens_per_s"] for one in by_server[servers[0]])
        for server in servers:
            samples = by_server[server]
            speeds = [one["tokens_per_s"] for one in samples]
            speed = statistics.median(speeds)
            beside = "" if server == servers[0] else f"yixin has {ours / speed:.2f}x"
            rest = [statistics.median(one[name] for one in samples) for name in ("first_ms", "gap_ms", "worst_gap_ms")]
            words = " | ".join(f"{value:.0f}" for value in rest)
            lines.append(f"| {clients} | {server} | {speed:.0f} ±{spread(speeds):.0%} | {beside} | {words} |")
    note = (
        f"{results['date']}, {results['cpu']}, {results['threads']} threads, yixin {results['version']} (kernels {results['kernels']}), "
        f"{results['rounds']} interleaved rounds: streamed chats, {results['replies']} a client, of up to {results['tokens']} tokens, greedy."
    )
    return "\n".join([note, "", *lines])
