"""One task through the anthropic Python SDK; its order is the JSON of the only argument, what it saw is printed as JSON."""
import json
import sys

import anthropic

TOOL = {
    "name": "write_file",
    "description": "Writes a text file.",
    "input_schema": {
        "type": "object",
        "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
        "required": ["path", "content"],
    },
}


def ask(client, order, messages, seen):
    extra = {"tools": [TOOL]} if order["tool"] else {}
    call = {"model": order["model"], "max_tokens": 1024, "messages": messages, **extra}
    if not order["stream"]:
        return client.messages.create(**call)
    with client.messages.stream(**call) as stream:
        for event in stream:
            seen["pieces"] += event.type == "text"
        return stream.get_final_message()


def run(client, order):
    seen = {"texts": [], "calls": [], "stops": [], "usage": [], "pieces": 0, "error": None}
    messages = [{"role": "user", "content": order["prompt"]}]
    for _ in range(4):
        message = ask(client, order, messages, seen)
        calls = [block for block in message.content if block.type == "tool_use"]
        seen["texts"].append("".join(block.text for block in message.content if block.type == "text"))
        seen["calls"] += [{"name": call.name, "arguments": call.input} for call in calls]
        seen["stops"].append(message.stop_reason)
        seen["usage"].append([message.usage.input_tokens, message.usage.output_tokens])
        if not calls:
            break
        results = [{"type": "tool_result", "tool_use_id": call.id, "content": "written"} for call in calls]
        messages += [{"role": "assistant", "content": message.content}, {"role": "user", "content": results}]
    return seen


def main():
    order = json.loads(sys.argv[1])
    client = anthropic.Anthropic(base_url=order["url"], api_key="dummy", max_retries=0, timeout=order["seconds"])
    try:
        seen = run(client, order)
    except anthropic.APIError as error:
        status = getattr(error, "status_code", None)
        seen = {"error": {"class": type(error).__name__, "status": status, "message": str(error)}}
    print(json.dumps(seen))


main()
