"""langchain-openai (PyPI) against a running `yixin serve`; run by clients_test.py in a venv of its own."""

import asyncio
import json
import os
import typing
import unittest

import pydantic
from langchain_openai import ChatOpenAI

KNOWN = json.loads(os.environ["YIXIN_KNOWN"])
REQUEST = KNOWN["request"]
TALK = [(message["role"], message["content"]) for message in REQUEST["messages"]]


def model(**more):
    return ChatOpenAI(
        base_url=os.environ["YIXIN_URL"] + "/v1", api_key=os.environ["YIXIN_KEY"], model=REQUEST["model"], max_retries=0,
        seed=REQUEST["seed"], temperature=REQUEST["temperature"], **{"max_tokens": REQUEST["max_tokens"], **more},
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
        # The token that ends a reply was computed, and is no part of it.
        closing = answer.response_metadata["finish_reason"] == "stop"
        self.assertEqual(len(answer.response_metadata["logprobs"]["content"]) + closing, answer.usage_metadata["output_tokens"])

    def test_json_by_a_schema(self):
        class Review(pydantic.BaseModel):
            mood: typing.Literal["正面", "负面"]
            stars: typing.Annotated[int, pydantic.Field(ge=1, le=5)]

        self.assertIsInstance(model(max_tokens=200).with_structured_output(Review, method="json_schema").invoke(TALK), Review)


if __name__ == "__main__":
    unittest.main()
