// One task through the openai Node SDK; its order is the JSON of the only argument, what it saw is printed as JSON.
import { createRequire } from "node:module";

// The packages lie in the folder the runner starts us in.
const { default: OpenAI } = createRequire(`${process.cwd()}/`)("openai");

const TOOL = {
  type: "function",
  function: {
    name: "write_file",
    description: "Writes a text file.",
    parameters: {
      type: "object",
      properties: { path: { type: "string" }, content: { type: "string" } },
      required: ["path", "content"],
    },
  },
};

async function ask(client, order, messages, seen) {
  const extra = order.tool ? { tools: [TOOL] } : {};
  const call = { model: order.model, max_tokens: 1024, messages, ...extra };
  if (!order.stream) return client.chat.completions.create(call);
  const stream = client.chat.completions.stream({ ...call, stream_options: { include_usage: true } });
  stream.on("content", () => { seen.pieces += 1; });
  return stream.finalChatCompletion();
}

async function run(client, order) {
  const seen = { texts: [], calls: [], stops: [], usage: [], pieces: 0, error: null };
  const messages = [{ role: "user", content: order.prompt }];
  for (let turn = 0; turn < 4; turn += 1) {
    const completion = await ask(client, order, messages, seen);
    const { message, finish_reason } = completion.choices[0];
    const calls = message.tool_calls ?? [];
    seen.texts.push(message.content ?? "");
    seen.calls.push(...calls.map(({ function: { name, arguments: text } }) => ({ name, arguments: JSON.parse(text) })));
    seen.stops.push(finish_reason);
    seen.usage.push([completion.usage.prompt_tokens, completion.usage.completion_tokens]);
    if (calls.length === 0) break;
    messages.push(message, ...calls.map((call) => ({ role: "tool", tool_call_id: call.id, content: "written" })));
  }
  return seen;
}

const order = JSON.parse(process.argv[2]);
const url = `${order.url}/v1`;
const client = new OpenAI({ baseURL: url, apiKey: "dummy", maxRetries: 0, timeout: order.seconds * 1000 });
let seen;
try {
  seen = await run(client, order);
} catch (error) {
  if (!(error instanceof OpenAI.APIError)) throw error;
  const { status = null, message, code = null } = error;
  seen = { error: { class: error.constructor.name, status, message, code } };
}
console.log(JSON.stringify(seen));
