#!/usr/bin/env python3
"""Writes a GGUF file that a real llama-server loads: a model of a megabyte that knows a few sentences by heart.

    tiny_model.py OUT.gguf

The server around it is the real one: framing, usage, slots, chat templates, its parser of tool calls. So that a test
can say what must come out, the weights are a script: attention and feed-forward add nothing, so the last token alone
chooses the next one. The chat template ends every prompt with a cue, each cue is followed by the pieces of one line,
and the last piece by the end. The format (GGUF version 3) is written by hand, so that nothing has to be installed.
"""
import itertools
import operator
import random
import string
import struct
import sys

import formats

WIDTH = 64  # of an embedding
HEAD = 16
INNER = 16
CONTEXT = 262144
ALIGNMENT = 32
CERTAIN = 20.0  # times the width is the weight of the one next token; no other has more than three quarters of it

MARKS = ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"]
END = "<|im_end|>"

FILE = "notes.txt"
# The tools that a call is written for, by who has them: the agent, and the scripts of the SDKs.
WRITERS = {
    "Write": {"file_path": FILE, "content": formats.CONTENT}, "write_file": {"path": FILE, "content": formats.CONTENT},
}

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

# The same for calls in plain text, cut where it comes: pieces as long as a real model's tokens, in the midst of markup.
WRITTEN = {
    f"<|cue-{name}-{tool}|>": form.text(tool, arguments)
    for name, form in formats.FORMATS.items() for tool, arguments in WRITERS.items()
}
LENGTHS = [3, 6, 4, 8, 5]

# Ends with the cue: an answer after a tool's result, else a call where a tool is known, else plain text. The format of
# a call in plain text is asked for by the template's own setting `writes`.
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
{%- elif writes and 'Write' in names %}{{ '<|cue-' ~ writes ~ '-Write|>' }}
{%- elif writes and 'write_file' in names %}{{ '<|cue-' ~ writes ~ '-write_file|>' }}
{%- elif 'Bash' in names %}<|cue-bash|>
{%- elif 'write_file' in names %}<|cue-write|>
{%- else %}<|cue-text|>{% endif %}
{%- endif %}"""

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6  # token types of the format
SPACE = "\u2581"  # what normal tokens have in place of a space; a piece that really says it has to be user-defined


def letters():
    """Single letters, and pairs to keep prompts short."""
    pairs = ["".join(pair) for pair in itertools.product(string.ascii_lowercase + " ", repeat=2)]
    pairs += ["".join(pair) for pair in itertools.product('":,{}[]\\', repeat=2)]
    return [chr(code) for code in range(32, 127)] + pairs


def script():
    """All lines in pieces."""
    taken = set(letters()) | {piece for line in SCRIPT.values() for piece in line}
    return SCRIPT | {cue: pieces(line, taken) for cue, line in WRITTEN.items()}


def pieces(line, taken):
    """The line cut into pieces that are not taken: where one is, it grows."""
    cut, start = [], 0
    for length in itertools.cycle(LENGTHS):
        end = start + length
        while line[start:end] in taken and end < len(line):
            end += 1
        if end >= len(line):
            break
        cut.append(line[start:end])
        taken.add(line[start:end])
        start = end
    rest = line[start:]
    while rest in taken:  # the end of a line can only grow towards its front
        taken.discard(cut[-1])
        rest = cut.pop() + rest
    taken.add(rest)
    return [*cut, rest]


def vocabulary():
    """Tokens with their types: marks, cues and pieces, every byte, and letters."""
    lines = script()
    tokens = [(mark, CONTROL) for mark in MARKS + list(lines)]
    tokens[0] = (MARKS[0], UNKNOWN)
    tokens += [(f"<0x{byte:02X}>", BYTE) for byte in range(256)]
    said = itertools.chain(*lines.values(), letters())
    tokens += [(piece, USER_DEFINED if SPACE in piece else NORMAL) for piece in said]
    assert len({stored(*token) for token in tokens}) == len(tokens), "a piece is there twice"
    return tokens


def stored(token, kind):
    return token.replace(" ", SPACE) if kind == NORMAL else token


def successors():
    """Each cue and piece with what follows it."""
    for cue, line in script().items():
        yield from zip([cue, *line], [*line, END])


def codes(tokens):
    """The embeddings and the output weights: a token is embedded as the code of its successor, and answers to its own.

    Codes are signs by chance. Two of them agree in about half the places, so none comes near what it says to itself.
    """
    place = {token: number for number, (token, _) in enumerate(tokens)}
    follows = dict(successors())
    chance = random.Random(7)
    code = {token: [chance.choice([-1.0, 1.0]) for _ in range(WIDTH)] for token in sorted(set(follows.values()))}
    assert max(agreement(*pair) for pair in itertools.combinations(code.values(), 2)) < WIDTH * 3 // 4
    embeddings = [code[follows.get(token, END)] for token, _ in tokens]  # the end follows all that no script names
    outputs = [[0.0] * WIDTH for _ in tokens]
    for token, signs in code.items():
        outputs[place[token]] = [CERTAIN * sign for sign in signs]
    return embeddings, outputs


def agreement(one, other):
    return sum(map(operator.mul, one, other))


def flat(rows):
    return [value for row in rows for value in row]


def tensors(tokens):
    """Names, shapes (the inner dimension first) and values of the weights."""
    embeddings, outputs = codes(tokens)
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
    names = [stored(*token) for token in tokens]
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
