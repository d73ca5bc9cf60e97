"""One task through the openai Python SDK; its order is the JSON of the only argument, what it saw is printed as JSON."""
import json
import sys

import openai

TOOL = {
    "type": "function",
    "function": {
        "name": "write_file",
        "description": "Writes a text file.",
        "parameters": {
            "type": "object",
            "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
            "required": ["path", "content"],
        },
    },
}


def ask(client, order, messages, seen):
    extra = {"tools": [TOOL]} if order["tool"] else {}
    call = {"model": order["model"], "max_tokens": 1024, "messages": messages, **extra}
    if not order["stream"]:
        return client.chat.completions.create(**call)
    with client.chat.completions.stream(**call, stream_options={"include_usage": True}) as stream:
        for event in stream:
            seen["pieces"] += event.type == "content.delta"
        return stream.get_final_completion()


def run(client, order):
    seen = {"texts": [], "calls": [], "stops": [], "usage": [], "pieces": 0, "error": None}
    messages = [{"role": "user", "content": order["prompt"]}]
    for _ in range(4):
        completion = ask(client, order, messages, seen)
        choice = completion.choices[0]
        calls = choice.message.tool_calls or []
        seen["texts"].append(choice.message.content or "")
        seen["calls"] += [
            {"name": call.function.name, "arguments": json.loads(call.function.arguments)} for call in calls]
        seen["stops"].append(choice.finish_reason)
        seen["usage"].append([completion.usage.prompt_tokens, completion.usage.completion_tokens])
        if not calls:
            break
        messages.append(choice.message.model_dump(exclude_none=True, exclude={"parsed"}))
        messages += [{"role": "tool", "tool_call_id": call.id, "content": "written"} for call in calls]
    return seen


def main():
    order = json.loads(sys.argv[1])
    url = order["url"] + "/v1"
    client = openai.OpenAI(base_url=url, api_key="dummy", max_retries=0, timeout=order["seconds"])
    try:
        seen = run(client, order)
    except openai.APIError as error:
        status = getattr(error, "status_code", None)
        message = {"class": type(error).__name__, "status": status, "message": str(error), "code": error.code}
        seen = {"error": message}
    print(json.dumps(seen))


main()
