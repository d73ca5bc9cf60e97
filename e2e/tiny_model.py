#!/usr/bin/env python3
"""Writes a GGUF file that a real llama-server loads: a model of a megabyte that knows a few sentences by heart.

    tiny_model.py OUT.gguf

The server around it is the real one: framing, usage, slots, chat templates, its parser of tool calls. So that a test
can say what must come out, the weights are a script: attention and feed-forward add nothing, so the last token alone
chooses the next one. The chat template ends every prompt with a cue, each cue is followed by the pieces of one line,
and the last piece by the end. The format (GGUF version 3) is written by hand, so that nothing has to be installed.
"""
import itertools
import random
import string
import struct
import sys

WIDTH = 64  # of an embedding: one axis a cue or piece, so at most this many of both
HEAD = 16
INNER = 16
CONTEXT = 262144
ALIGNMENT = 32
CERTAIN = 20.0  # weight of the one next token; all others have none

MARKS = ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"]
END = "<|im_end|>"

# What is said after which cue. The pieces of all lines differ, since a piece is one token with one successor.
SCRIPT = {
    "<|cue-text|>": ["The ", "tiny ", "llama ", "says ", "hello."],
    "<|cue-answer|>": ["The tool ", "has ", "answered, ", "all ", "is done."],
    "<|cue-write|>": [
        "<tool_call>\n", '{"name": "write', '_file", "arguments": ', '{"path": ', '"notes.txt", ', '"content": ',
        '"made by a llama"}}', "\n</tool_call>",
    ],
    "<|cue-bash|>": [
        "<tool_call>\n ", '{"name": "Ba', 'sh", "arguments": ', '{"command": "printf ', "'made by a llama\\\\n' > ",
        'notes.txt", "description"', ': "Write the file"}}', "\n </tool_call>"],
}

# Ends with the cue: an answer after a tool's result, else a call where a tool is known, else plain text.
CHAT = """{%- if tools %}<|im_start|>system
For each function call, return a json object with function name and arguments within <tool_call></tool_call> tags:
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}<|im_end|>
{% endif %}
{%- for message in messages %}
{%- if message.role == 'tool' %}<|im_start|>user
<tool_response>
{{ message.content }}
</tool_response><|im_end|>
{% else %}<|im_start|>{{ message.role }}
{% if message.content %}{{ message.content }}{% endif %}
{%- for call in message.tool_calls or [] %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>
{%- endfor %}<|im_end|>
{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% set names = (tools or []) | map(attribute='function') | map(attribute='name') | list %}
{%- if messages and messages[-1].role == 'tool' %}<|cue-answer|>
{%- elif 'Bash' in names %}<|cue-bash|>
{%- elif 'write_file' in names %}<|cue-write|>
{%- else %}<|cue-text|>{% endif %}
{%- endif %}"""

NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6  # token types of the format


def vocabulary():
    """Tokens with their types: marks, cues and pieces, every byte, and pairs of letters to keep prompts short."""
    pieces = [piece for line in SCRIPT.values() for piece in line]
    singles = [chr(code) for code in range(32, 127)]
    pairs = ["".join(pair) for pair in itertools.product(string.ascii_lowercase + " ", repeat=2)]
    pairs += ["".join(pair) for pair in itertools.product('":,{}[]\\', repeat=2)]
    tokens = [(mark, CONTROL) for mark in MARKS + list(SCRIPT)]
    tokens[0] = (MARKS[0], UNKNOWN)
    tokens += [(f"<0x{byte:02X}>", BYTE) for byte in range(256)]
    tokens += [(piece, NORMAL) for piece in pieces + singles + pairs]
    assert len({token for token, _ in tokens}) == len(tokens), "a piece is there twice"
    return [(token.replace(" ", "\u2581") if kind == NORMAL else token, kind) for token, kind in tokens]


def successors():
    """Each cue and piece with what follows it."""
    for cue, line in SCRIPT.items():
        yield from zip([cue, *line], [*line, END])


def axes(tokens):
    """The embeddings and the output weights: token t points along its own axis, its successor answers to that axis."""
    place = {token.replace("\u2581", " "): number for number, (token, _) in enumerate(tokens)}
    embeddings, outputs = ([[0.0] * WIDTH for _ in tokens] for _ in range(2))
    for row in embeddings:
        row[0] = 1.0  # all that no script names goes along axis 0, which nothing answers to but the end
    outputs[place[END]][0] = CERTAIN
    for axis, (token, successor) in enumerate(successors(), start=1):
        embeddings[place[token]] = [1.0 if at == axis else 0.0 for at in range(WIDTH)]
        outputs[place[successor]][axis] = CERTAIN
    return embeddings, outputs


def flat(rows):
    return [value for row in rows for value in row]


def tensors(tokens):
    """Names, shapes (the inner dimension first) and values of the weights."""
    embeddings, outputs = axes(tokens)
    chance = random.Random(7)
    def noise(count):
        return [chance.gauss(0.0, 0.2) for _ in range(count)]

    layer = {
        "attn_norm": ((WIDTH,), [1.0] * WIDTH), "ffn_norm": ((WIDTH,), [1.0] * WIDTH),
        "attn_q": ((WIDTH, HEAD), noise(WIDTH * HEAD)), "attn_k": ((WIDTH, HEAD), noise(WIDTH * HEAD)),
        "attn_v": ((WIDTH, HEAD), noise(WIDTH * HEAD)), "attn_output": ((HEAD, WIDTH), [0.0] * (HEAD * WIDTH)),
        "ffn_gate": ((WIDTH, INNER), noise(WIDTH * INNER)), "ffn_up": ((WIDTH, INNER), noise(WIDTH * INNER)),
        "ffn_down": ((INNER, WIDTH), [0.0] * (INNER * WIDTH)),
    }
    whole = {
        "token_embd": ((WIDTH, len(tokens)), flat(embeddings)), "output_norm": ((WIDTH,), [1.0] * WIDTH),
        "output": ((WIDTH, len(tokens)), flat(outputs)),
    }
    return {f"{name}.weight": weight for name, weight in whole.items()} | {
        f"blk.0.{name}.weight": weight for name, weight in layer.items()}


def text(value):
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


# One writer per value type of the format: its number, and how a value looks in bytes.
U32 = (4, lambda value: struct.pack("<I", value))
I32 = (5, lambda value: struct.pack("<i", value))
F32 = (6, lambda value: struct.pack("<f", value))
BOOL = (7, lambda value: struct.pack("<?", value))
TEXT = (8, text)


def array(kind):
    number, write = kind
    return (9, lambda values: struct.pack("<IQ", number, len(values)) + b"".join(map(write, values)))


def entry(key, kind, value):
    number, write = kind
    return text(key) + struct.pack("<I", number) + write(value)


def header(tokens):
    names = [token for token, _ in tokens]
    # Longer pieces win when a prompt is cut into tokens; marks and bytes take no part in that.
    scores = [float(len(token)) if kind == NORMAL else 0.0 for token, kind in tokens]
    return [
        entry("general.architecture", TEXT, "llama"),
        entry("general.name", TEXT, "tiny-llama"),
        entry("general.alignment", U32, ALIGNMENT),
        entry("llama.context_length", U32, CONTEXT),
        entry("llama.embedding_length", U32, WIDTH),
        entry("llama.block_count", U32, 1),
        entry("llama.feed_forward_length", U32, INNER),
        entry("llama.attention.head_count", U32, 1),
        entry("llama.attention.head_count_kv", U32, 1),
        entry("llama.attention.key_length", U32, HEAD),
        entry("llama.attention.value_length", U32, HEAD),
        entry("llama.attention.layer_norm_rms_epsilon", F32, 1e-5),
        entry("llama.rope.dimension_count", U32, HEAD),
        entry("tokenizer.ggml.model", TEXT, "llama"),
        entry("tokenizer.ggml.tokens", array(TEXT), names),
        entry("tokenizer.ggml.scores", array(F32), scores),
        entry("tokenizer.ggml.token_type", array(I32), [kind for _, kind in tokens]),
        entry("tokenizer.ggml.bos_token_id", U32, names.index("<s>")),
        entry("tokenizer.ggml.eos_token_id", U32, names.index(END)),
        entry("tokenizer.ggml.unknown_token_id", U32, names.index("<unk>")),
        entry("tokenizer.ggml.add_bos_token", BOOL, False),
        entry("tokenizer.ggml.add_space_prefix", BOOL, False),
        entry("tokenizer.chat_template", TEXT, CHAT),
    ]


def padded(raw):
    return raw + bytes(-len(raw) % ALIGNMENT)


def model():
    tokens = vocabulary()
    entries, weights = header(tokens), tensors(tokens)
    raw = b"GGUF" + struct.pack("<IQQ", 3, len(weights), len(entries)) + b"".join(entries)
    blocks = []
    for name, (shape, values) in weights.items():
        offset = sum(map(len, blocks))
        raw += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset)
        blocks.append(padded(struct.pack(f"<{len(values)}f", *values)))
    return padded(raw) + b"".join(blocks)


if __name__ == "__main__":
    with open(sys.argv[1], "wb") as out:
        out.write(model())
