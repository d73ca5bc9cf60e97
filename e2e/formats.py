"""Calls as models write them in plain text, where their server does not know the format or is told to leave it alone.

What is written here the tiny model says by heart, and the router has to make real calls of it.
"""
import json
from dataclasses import dataclass
from typing import Callable

# What the model writes into a file: quotes, line ends and signs that some format could take for its own.
CONTENT = 'made by a "llama"\n\tif 1 < 2 && C:\\new: é'
# Said before a call where a format has prose there.
LEAD = "I will write it."


@dataclass(frozen=True)
class Format:
    """How a call looks, by the name of the tool and its arguments."""

    write: Callable
    # What the router's log calls it.
    family: str
    lead: str = ""

    def text(self, tool, arguments):
        return (f"{self.lead}\n\n" if self.lead else "") + self.write(tool, arguments)


def compact(value):
    return json.dumps(value, ensure_ascii=False)


def hermes(tool, arguments):
    return f"<tool_call>\n{compact({'name': tool, 'arguments': arguments})}\n</tool_call>"


def qwen_coder(tool, arguments):
    parameters = "".join(f"<parameter={key}>\n{value}\n</parameter>\n" for key, value in arguments.items())
    return f"<tool_call>\n<function={tool}>\n{parameters}</function>\n</tool_call>"


def glm(tool, arguments):
    pairs = "".join(
        f"<arg_key>{key}</arg_key>\n<arg_value>{value}</arg_value>\n" for key, value in arguments.items())
    return f"<tool_call>{tool}\n{pairs}</tool_call>"


def glm_dense(tool, arguments):
    pairs = "".join(f"<arg_key>{key}</arg_key><arg_value>{value}</arg_value>" for key, value in arguments.items())
    return f"<tool_call>{tool}{pairs}</tool_call>"


def mistral(tool, arguments):
    return f"[TOOL_CALLS]{tool}[ARGS]{compact(arguments)}"


def deepseek(tool, arguments):
    """V3: the name behind the kind, the arguments in a fence."""
    call = f"function<｜tool▁sep｜>{tool}\n```json\n{compact(arguments)}\n```"
    return f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>{call}<｜tool▁call▁end｜><｜tool▁calls▁end｜>"


def deepseek_dense(tool, arguments):
    """V3.1: the name alone, no fence."""
    call = f"{tool}<｜tool▁sep｜>{compact(arguments)}"
    return f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>{call}<｜tool▁call▁end｜><｜tool▁calls▁end｜>"


def llama_bare(tool, arguments):
    return compact({"name": tool, "parameters": arguments})


def llama(tool, arguments):
    return f"<|python_tag|>{llama_bare(tool, arguments)}"


def fenced(tool, arguments):
    return f"```json\n{json.dumps({'name': tool, 'arguments': arguments}, ensure_ascii=False, indent=2)}\n```"


FORMATS = {
    "hermes": Format(hermes, "hermes"),
    "qwen3-coder": Format(qwen_coder, "qwen3-coder", LEAD),
    "glm-4.5": Format(glm, "glm-4.5", LEAD),
    "glm-4.7": Format(glm_dense, "glm-4.7"),
    "mistral": Format(mistral, "mistral-args"),
    "deepseek-v3": Format(deepseek, "deepseek-v3"),
    "deepseek-v3.1": Format(deepseek_dense, "deepseek-v3.1", LEAD),
    "llama": Format(llama, "llama-json"),
    "llama-bare": Format(llama_bare, "prompt-json"),
    "fenced": Format(fenced, "prompt-json", LEAD),
}
