// The official openai package (npm) against a running `yixin serve`; run by clients_test.py with node.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The packages lie in the build folder, this file in the sources.
const from = createRequire(pathToFileURL(process.env.YIXIN_NODE_FOLDER + "/"));
const OpenAI = from("openai").default;

const known = JSON.parse(process.env.YIXIN_KNOWN);
const options = { baseURL: process.env.YIXIN_URL + "/v1", apiKey: process.env.YIXIN_KEY, maxRetries: 0 };
const client = new OpenAI(options);
const chats = client.chat.completions;

const whole = await chats.create(known.request);
assert.equal(whole.choices[0].message.content, known.words);
assert.equal(whole.usage.total_tokens, whole.usage.prompt_tokens + whole.usage.completion_tokens);

// What was answered goes back as it came.
await chats.create({ ...known.request, messages: [...known.request.messages, whole.choices[0].message, { role: "user", content: "more" }] });

let words = "";
let usage = null;
for await (const chunk of await chats.create({ ...known.request, stream: true, stream_options: { include_usage: true } })) {
  words += chunk.choices[0]?.delta?.content ?? "";
  usage = chunk.usage ?? usage;
}
assert.equal(words, known.words);
assert.deepEqual(usage, { ...whole.usage, prompt_tokens_details: usage.prompt_tokens_details });

const left = await chats.create({ ...known.request, max_tokens: 200, stream: true });
for await (const _ of left) break; // closes the connection

const final = await chats.stream(known.request).finalChatCompletion();
assert.equal(final.choices[0].message.content, known.words);

const likely = await chats.create({ ...known.request, logprobs: true, top_logprobs: 2, n: 2 });
assert.equal(likely.choices.length, 2);
assert.equal(likely.choices[0].logprobs.content[0].top_logprobs.length, 2);

const { messages: input, max_tokens: max_output_tokens, ...others } = known.request;
const response = await client.responses.create({ ...others, input, max_output_tokens });
assert.equal(response.output_text, known.words);
let said = "";
for await (const event of await client.responses.create({ ...others, input, max_output_tokens, stream: true })) {
  if (event.type === "response.output_text.delta") said += event.delta;
}
assert.equal(said, known.words);

const names = [];
for await (const model of client.models.list()) names.push(model.id);
assert.ok(names.includes(process.env.YIXIN_MODEL) && names.includes("chat.zh"));

await assert.rejects(chats.create({ ...known.request, model: "gpt-4" }), OpenAI.NotFoundError);
await assert.rejects(chats.create({ ...known.request, messages: [] }), (error) => error instanceof OpenAI.BadRequestError && error.param === "messages");
await assert.rejects(chats.create({ ...known.request, no_such_field: 1 }), OpenAI.BadRequestError);
const stranger = new OpenAI({ ...options, apiKey: "wrong" });
await assert.rejects(stranger.chat.completions.create(known.request), OpenAI.AuthenticationError);
console.log("ok");
