"""The official openai package (PyPI) against a running `yixin serve`; run by clients_test.py in a venv of its own."""

import asyncio
import datetime
import json
import os
import typing
import unittest

import openai
import pydantic

URL, KEY, MODEL = os.environ["YIXIN_URL"] + "/v1", os.environ["YIXIN_KEY"], os.environ["YIXIN_MODEL"]
KNOWN = json.loads(os.environ["YIXIN_KNOWN"])  # a request, and the words that it gets


def client(**more):
    return openai.OpenAI(base_url=URL, max_retries=0, **{"api_key": KEY, **more})


class OpenAiTest(unittest.TestCase):
    def test_whole(self):
        answer = client().chat.completions.create(**KNOWN["request"])
        self.assertEqual(answer.choices[0].message.content, KNOWN["words"])
        self.assertEqual((answer.object, answer.model), ("chat.completion", MODEL))
        self.assertIn(answer.choices[0].finish_reason, ("stop", "length"))
        self.assertEqual(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)
        # What was answered goes back as it came, as chats do it.
        said = answer.choices[0].message.model_dump()
        messages = [*KNOWN["request"]["messages"], said, {"role": "user", "content": "more"}]
        client().chat.completions.create(**{**KNOWN["request"], "messages": messages})

    def test_stream(self):
        chunks = list(client().chat.completions.create(**KNOWN["request"], stream=True, stream_options={"include_usage": True}))
        self.assertEqual("".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices), KNOWN["words"])
        self.assertEqual(chunks[0].choices[0].delta.role, "assistant")
        self.assertEqual([chunk.usage is not None for chunk in chunks], [False] * (len(chunks) - 1) + [True])
        self.assertEqual({chunk.id for chunk in chunks}, {chunks[0].id})
        with client().chat.completions.stream(**KNOWN["request"]) as stream:
            stream.until_done()
            self.assertEqual(stream.current_completion_snapshot.choices[0].message.content, KNOWN["words"])

    def test_async_and_many_at_once(self):
        async def words():
            async with openai.AsyncOpenAI(base_url=URL, api_key=KEY, max_retries=0) as many:
                answers = await asyncio.gather(*(many.chat.completions.create(**KNOWN["request"]) for _ in range(12)))
                return {answer.choices[0].message.content for answer in answers}

        self.assertEqual(asyncio.run(words()), {KNOWN["words"]})

    def test_a_stream_that_is_left(self):
        for _ in range(5):
            with client().chat.completions.create(**{**KNOWN["request"], "max_tokens": 200}, stream=True) as stream:
                next(iter(stream))
        self.test_whole()

    def test_options(self):
        answer = client().chat.completions.create(**KNOWN["request"], n=3, logprobs=True, top_logprobs=2)
        self.assertEqual([choice.index for choice in answer.choices], [0, 1, 2])
        self.assertEqual(answer.choices[0].message.content, KNOWN["words"])
        for choice in answer.choices:
            for token in choice.logprobs.content:
                self.assertLessEqual(token.logprob, 0)
                self.assertEqual(len(token.top_logprobs), 2)
        one_of = client().chat.completions.create(**KNOWN["request"], extra_body={"choice": ["好", "不好"]})
        self.assertIn(one_of.choices[0].message.content, ("好", "不好"))
        request = {name: value for name, value in KNOWN["request"].items() if name != "max_tokens"}
        short = client().chat.completions.create(**request, max_completion_tokens=2, stop=["§"], top_p=0.9, presence_penalty=0.1)
        self.assertLessEqual(short.usage.completion_tokens, 2)
        client().chat.completions.create(**{**KNOWN["request"], "model": "chat.zh"}, response_format={"type": "text"})

    def test_json_by_a_schema(self):
        class Review(pydantic.BaseModel):
            mood: typing.Literal["正面", "负面", "中性"]
            stars: typing.Annotated[int, pydantic.Field(ge=1, le=5)]
            tags: typing.Annotated[list[typing.Literal["价格", "服务", "房间"]], pydantic.Field(max_length=2)]
            day: datetime.date | None

        request = {**KNOWN["request"], "max_tokens": 200, "temperature": 1.5}
        for seed in range(5):
            answer = client().chat.completions.parse(**{**request, "seed": seed}, response_format=Review)
            self.assertIsInstance(answer.choices[0].message.parsed, Review)
            self.assertEqual(list(json.loads(answer.choices[0].message.content)), ["mood", "stars", "tags", "day"])
        asked = client().responses.parse(model=MODEL, input="好", max_output_tokens=200, text_format=Review)
        self.assertIsInstance(asked.output_parsed, Review)
        with client().chat.completions.stream(**request, response_format=Review) as stream:
            stream.until_done()
            self.assertIsInstance(stream.get_final_completion().choices[0].message.parsed, Review)

    def test_completions(self):
        request = {"model": MODEL, "prompt": ["hello 好", "the book"], "max_tokens": 12, "temperature": 0.8, "seed": 5}
        answer = client().completions.create(**request, n=2)
        self.assertEqual((answer.object, [choice.index for choice in answer.choices]), ("text_completion", [0, 1, 2, 3]))
        self.assertEqual(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)
        alone = client().completions.create(**{**request, "prompt": "the book"}, logprobs=2)
        self.assertEqual(alone.choices[0].text, answer.choices[2].text)
        tokens = alone.usage.completion_tokens - (alone.choices[0].finish_reason == "stop")  # the end is a token without text
        self.assertEqual(len(alone.choices[0].logprobs.tokens), tokens)
        chunks = list(client().completions.create(**request, stream=True, stream_options={"include_usage": True}))
        words = ["".join(choice.text for chunk in chunks for choice in chunk.choices if choice.index == i) for i in (0, 1)]
        self.assertEqual(words, [answer.choices[0].text, answer.choices[2].text])
        self.assertGreater(chunks[-1].usage.completion_tokens, 2)
        echo = client().completions.create(**{**request, "prompt": "the book"}, echo=True, stop=["§"], presence_penalty=0.1)
        self.assertTrue(echo.choices[0].text.startswith("the book"))
        with self.assertRaises(openai.BadRequestError) as raised:
            client().completions.create(**{**request, "prompt": [1, 2]})
        self.assertEqual(raised.exception.param, "prompt[0]")

    def test_responses(self):
        chat = KNOWN["request"]
        request = {"model": chat["model"], "input": chat["messages"], "max_output_tokens": chat["max_tokens"], "temperature": chat["temperature"]}
        request["extra_body"] = {"seed": chat["seed"]}
        answer = client().responses.create(**request, metadata={"a": "b"}, store=False, truncation="disabled", user="u")
        self.assertEqual(answer.output_text, KNOWN["words"])
        self.assertEqual((answer.object, answer.model, answer.metadata), ("response", MODEL, {"a": "b"}))
        self.assertEqual(answer.usage.total_tokens, answer.usage.input_tokens + answer.usage.output_tokens)
        client().responses.create(**{**request, "input": [*chat["messages"], *answer.output, {"role": "user", "content": "more"}]})
        client().responses.create(model=MODEL, input="好", instructions="s", text={"format": {"type": "text"}})

        events = list(client().responses.create(**request, stream=True))
        self.assertEqual("".join(event.delta for event in events if event.type == "response.output_text.delta"), KNOWN["words"])
        self.assertEqual([event.sequence_number for event in events], list(range(len(events))))
        self.assertEqual(events[-1].response.output_text, KNOWN["words"])
        with client().responses.stream(**request) as stream:
            done = [event for event in stream if event.type == "response.output_text.done"]
        self.assertEqual([event.text for event in done], [KNOWN["words"]])
        with self.assertRaises(openai.BadRequestError) as raised:
            client().responses.create(**request, previous_response_id=answer.id)
        self.assertEqual(raised.exception.param, "previous_response_id")

    def test_models(self):
        models = {model.id: model for model in client().models.list()}
        self.assertLessEqual({MODEL, "chat.zh", "sentiment.zh"}, set(models))
        self.assertEqual(client().models.retrieve("sentiment.zh").id, "sentiment.zh")

    def test_label_and_reply_at_once(self):
        said = KNOWN["request"]["messages"][0]["content"]
        answer = client().post("/assist", body={"text": said, "conversation": "openai", "max_tokens": 40, "seed": 7}, cast_to=object)
        self.assertIn(answer["sentiment"]["label"], answer["sentiment"]["labels"])
        self.assertTrue(answer["reply"])
        kept = client().get("/conversations/openai", cast_to=object)
        self.assertEqual([turn["reply"] for turn in kept["turns"]], [answer["reply"]])

    def test_errors(self):
        def error(kind, api=None, **request):
            with self.assertRaises(kind) as raised:
                (api or client()).chat.completions.create(**{**KNOWN["request"], **request})
            self.assertTrue(raised.exception.request_id)
            return raised.exception

        self.assertEqual(error(openai.NotFoundError, model="gpt-4").param, "model")
        self.assertEqual(error(openai.BadRequestError, messages=[]).param, "messages")
        self.assertEqual(error(openai.BadRequestError, temperature=3).param, "temperature")
        self.assertEqual(error(openai.BadRequestError, stream=True, top_p=-1).param, "top_p")
        error(openai.BadRequestError, extra_body={"no_such_field": 1})
        self.assertEqual(error(openai.AuthenticationError, client(api_key="wrong")).code, "invalid_api_key")


if __name__ == "__main__":
    unittest.main()
