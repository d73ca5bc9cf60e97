// One task through the anthropic Node SDK; its order is the JSON of the only argument, what it saw is printed as JSON.
import { createRequire } from "node:module";

// The packages lie in the folder the runner starts us in.
const { default: Anthropic } = createRequire(`${process.cwd()}/`)("@anthropic-ai/sdk");

const TOOL = {
  name: "write_file",
  description: "Writes a text file.",
  input_schema: {
    type: "object",
    properties: { path: { type: "string" }, content: { type: "string" } },
    required: ["path", "content"],
  },
};

async function ask(client, order, messages, seen) {
  const extra = order.tool ? { tools: [TOOL] } : {};
  const call = { model: order.model, max_tokens: 1024, messages, ...extra };
  if (!order.stream) return client.messages.create(call);
  const stream = client.messages.stream(call);
  stream.on("text", () => { seen.pieces += 1; });
  return stream.finalMessage();
}

async function run(client, order) {
  const seen = { texts: [], calls: [], stops: [], usage: [], pieces: 0, error: null };
  const messages = [{ role: "user", content: order.prompt }];
  for (let turn = 0; turn < 4; turn += 1) {
    const message = await ask(client, order, messages, seen);
    const calls = message.content.filter((block) => block.type === "tool_use");
    seen.texts.push(message.content.filter((block) => block.type === "text").map((block) => block.text).join(""));
    seen.calls.push(...calls.map((call) => ({ name: call.name, arguments: call.input })));
    seen.stops.push(message.stop_reason);
    seen.usage.push([message.usage.input_tokens, message.usage.output_tokens]);
    if (calls.length === 0) break;
    const results = calls.map((call) => ({ type: "tool_result", tool_use_id: call.id, content: "written" }));
    messages.push({ role: "assistant", content: message.content }, { role: "user", content: results });
  }
  return seen;
}

const order = JSON.parse(process.argv[2]);
const client = new Anthropic({ baseURL: order.url, apiKey: "dummy", maxRetries: 0, timeout: order.seconds * 1000 });
let seen;
try {
  seen = await run(client, order);
} catch (error) {
  if (!(error instanceof Anthropic.APIError)) throw error;
  seen = { error: { class: error.constructor.name, status: error.status ?? null, message: error.message } };
}
console.log(JSON.stringify(seen));
