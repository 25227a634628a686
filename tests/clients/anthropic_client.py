"""The official anthropic package (PyPI) against a running `yixin serve`; run by clients_test.py in a venv of its own."""

import asyncio
import json
import os
import unittest

import anthropic

URL, KEY = os.environ["YIXIN_URL"], os.environ["YIXIN_KEY"]
KNOWN = json.loads(os.environ["YIXIN_KNOWN"])  # a request of a chat, and the words that it gets
# This package has no argument for temperature and seed.
MORE = {name: KNOWN["request"][name] for name in ("seed", "temperature")}
REQUEST = {**{name: value for name, value in KNOWN["request"].items() if name not in MORE}, "extra_body": MORE}


def client(**more):
    return anthropic.Anthropic(base_url=URL, max_retries=0, **{"api_key": KEY, **more})


class AnthropicTest(unittest.TestCase):
    def test_whole(self):
        answer = client().messages.create(**REQUEST)
        self.assertEqual([block.text for block in answer.content], [KNOWN["words"]])
        self.assertEqual((answer.type, answer.role, answer.model), ("message", "assistant", REQUEST["model"]))
        self.assertIn(answer.stop_reason, ("end_turn", "max_tokens"))
        self.assertGreater(answer.usage.output_tokens, 0)
        self.assertTrue(answer._request_id)
        # What was answered goes back as it came, as chats do it.
        more = [*REQUEST["messages"], answer.to_param(), {"role": "user", "content": "more"}]
        client().messages.create(**{**REQUEST, "messages": more})

    def test_stream(self):
        with client().messages.stream(**REQUEST) as stream:
            self.assertEqual("".join(stream.text_stream), KNOWN["words"])
            final = stream.get_final_message()
        whole = client().messages.create(**REQUEST)
        self.assertEqual(final.content[0].text, KNOWN["words"])
        self.assertEqual((final.stop_reason, final.usage.output_tokens), (whole.stop_reason, whole.usage.output_tokens))
        self.assertGreater(final.usage.input_tokens + final.usage.cache_read_input_tokens, 0)
        raw = list(client().messages.create(**REQUEST, stream=True))
        self.assertEqual((raw[0].type, raw[-1].type), ("message_start", "message_stop"))
        with client().messages.stream(**{**REQUEST, "max_tokens": 200}) as left:
            next(iter(left))

    def test_options(self):
        stop = KNOWN["words"][3:5]
        answer = client().messages.create(
            **{**REQUEST, "max_tokens": 200}, system=[{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
            stop_sequences=[stop], metadata={"user_id": "u"}, thinking={"type": "disabled"}, service_tier="auto",
        )  # fmt: skip
        self.assertEqual(answer.stop_sequence, stop if answer.stop_reason == "stop_sequence" else None)

    def test_async_and_a_bearer_token(self):
        async def words():
            async with anthropic.AsyncAnthropic(base_url=URL, auth_token=KEY, api_key=None, max_retries=0) as many:
                answers = await asyncio.gather(*(many.messages.create(**REQUEST) for _ in range(6)))
                return {answer.content[0].text for answer in answers}

        self.assertEqual(asyncio.run(words()), {KNOWN["words"]})

    def test_errors(self):
        def error(kind, api=None, **request):
            with self.assertRaises(kind) as raised:
                (api or client()).messages.create(**{**REQUEST, **request})
            self.assertEqual(raised.exception.body["type"], "error")
            return raised.exception

        self.assertTrue(error(anthropic.BadRequestError, messages=[]).request_id)
        error(anthropic.NotFoundError, model="claude")
        error(anthropic.BadRequestError, stream=True, extra_body={"temperature": 2})
        error(anthropic.BadRequestError, extra_body={"no_such_field": 1})
        error(anthropic.AuthenticationError, client(api_key="wrong"))


if __name__ == "__main__":
    unittest.main()
