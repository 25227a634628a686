"""langchain-openai (PyPI) against a running `yixin serve`; run by clients_test.py in a venv of its own."""

import asyncio
import json
import os
import unittest

from langchain_openai import ChatOpenAI

KNOWN = json.loads(os.environ["YIXIN_KNOWN"])
REQUEST = KNOWN["request"]
TALK = [(message["role"], message["content"]) for message in REQUEST["messages"]]


def model(**more):
    return ChatOpenAI(
        base_url=os.environ["YIXIN_URL"] + "/v1", api_key=os.environ["YIXIN_KEY"], model=REQUEST["model"], max_retries=0,
        max_tokens=REQUEST["max_tokens"], seed=REQUEST["seed"], temperature=REQUEST["temperature"], **more,
    )  # fmt: skip


class LangchainTest(unittest.TestCase):
    def test_invoke(self):
        answer = model().invoke(TALK)
        self.assertEqual(answer.content, KNOWN["words"])
        self.assertGreater(answer.usage_metadata["output_tokens"], 0)

    def test_stream(self):
        chunks = list(model(stream_usage=True).stream(TALK))
        self.assertEqual("".join(chunk.content for chunk in chunks), KNOWN["words"])
        self.assertGreater(sum((chunk.usage_metadata or {}).get("output_tokens", 0) for chunk in chunks), 0)

    def test_batch_and_async(self):
        self.assertEqual({answer.content for answer in model().batch([TALK] * 6)}, {KNOWN["words"]})
        self.assertEqual(asyncio.run(model().ainvoke(TALK)).content, KNOWN["words"])

    def test_a_talk_of_several_turns(self):
        first = model().invoke(TALK)
        self.assertIsInstance(model().invoke([*TALK, first, ("user", "more")]).content, str)

    def test_logprobs(self):
        answer = model(logprobs=True, top_logprobs=1).invoke(TALK)
        self.assertEqual(len(answer.response_metadata["logprobs"]["content"]), answer.usage_metadata["output_tokens"])


if __name__ == "__main__":
    unittest.main()
