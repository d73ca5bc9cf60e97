//! The families of formats that models write calls in, by the numbers of the catalogue in `docs/repair.md`.

use std::fmt;

/// A family of formats.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Format(u8);

const NAMES: [&str; 47] = [
    "structured",
    "hermes",
    "qwen3-coder",
    "glm-4.5",
    "glm-4.7",
    "hunyuan",
    "mistral-array",
    "mistral-args",
    "llama-json",
    "pythonic",
    "deepseek-v3",
    "deepseek-v3.1",
    "deepseek-v3.2",
    "deepseek-v4",
    "kimi-k2",
    "kimi-k3",
    "minimax-m1",
    "minimax-m2",
    "minimax-m3",
    "harmony",
    "cohere",
    "gemma-4",
    "function-gemma",
    "gemma-fenced",
    "granite",
    "granite-20b",
    "phi-4-mini",
    "jamba",
    "hunyuan-a13b",
    "internlm",
    "xlam",
    "functionary-v3.2",
    "functionary-v3.1",
    "seed-oss",
    "step-3",
    "lfm2",
    "apertus",
    "olmo-3",
    "longcat",
    "nemotron",
    "minicpm-5",
    "gigachat",
    "muse",
    "others",
    "claude-xml",
    "prompt-json",
    "unknown",
];

impl Format {
    /// Calls that the backend had structured already.
    pub const STRUCTURED: Self = Self(0);
    /// Hermes, Qwen 2.5 and 3.
    pub const HERMES: Self = Self(1);
    /// Qwen3-Coder and those who write like it.
    pub const QWEN_CODER: Self = Self(2);
    /// GLM 4.5 and 4.6.
    pub const GLM: Self = Self(3);
    /// GLM 4.7 and 5.
    pub const GLM_47: Self = Self(4);
    /// Hunyuan 3 and 4.
    pub const HUNYUAN: Self = Self(5);
    /// Mistral's array.
    pub const MISTRAL_ARRAY: Self = Self(6);
    /// Mistral's name and arguments.
    pub const MISTRAL_ARGS: Self = Self(7);
    /// Llama 3 JSON.
    pub const LLAMA: Self = Self(8);
    /// Python calls in a list.
    pub const PYTHONIC: Self = Self(9);
    /// DeepSeek V3 and R1.
    pub const DEEPSEEK: Self = Self(10);
    /// DeepSeek V3.1.
    pub const DEEPSEEK_31: Self = Self(11);
    /// DeepSeek V3.2.
    pub const DEEPSEEK_32: Self = Self(12);
    /// DeepSeek V4.
    pub const DEEPSEEK_4: Self = Self(13);
    /// Kimi K2.
    pub const KIMI: Self = Self(14);
    /// Kimi K3.
    pub const KIMI_3: Self = Self(15);
    /// MiniMax M1.
    pub const MINIMAX_1: Self = Self(16);
    /// MiniMax M2.
    pub const MINIMAX_2: Self = Self(17);
    /// MiniMax M3.
    pub const MINIMAX_3: Self = Self(18);
    /// Harmony, of gpt-oss.
    pub const HARMONY: Self = Self(19);
    /// Cohere's Command.
    pub const COHERE: Self = Self(20);
    /// Gemma 4.
    pub const GEMMA: Self = Self(21);
    /// FunctionGemma.
    pub const FUNCTION_GEMMA: Self = Self(22);
    /// Gemma 2 and 3, in a fence.
    pub const GEMMA_FENCED: Self = Self(23);
    /// Granite 3.
    pub const GRANITE: Self = Self(24);
    /// Granite 20B.
    pub const GRANITE_20B: Self = Self(25);
    /// Phi-4-mini.
    pub const PHI: Self = Self(26);
    /// Jamba, and Hunyuan A13B, which writes the same.
    pub const JAMBA: Self = Self(27);
    /// InternLM.
    pub const INTERN: Self = Self(29);
    /// xLAM.
    pub const XLAM: Self = Self(30);
    /// Functionary 3.2.
    pub const FUNCTIONARY: Self = Self(31);
    /// Functionary 3.1.
    pub const FUNCTIONARY_31: Self = Self(32);
    /// Seed-OSS.
    pub const SEED: Self = Self(33);
    /// Step-3.
    pub const STEP: Self = Self(34);
    /// LFM2.
    pub const LFM: Self = Self(35);
    /// Apertus.
    pub const APERTUS: Self = Self(36);
    /// OLMo 3.
    pub const OLMO: Self = Self(37);
    /// LongCat.
    pub const LONGCAT: Self = Self(38);
    /// Nemotron Nano.
    pub const NEMOTRON: Self = Self(39);
    /// MiniCPM 5.
    pub const MINICPM: Self = Self(40);
    /// GigaChat 3.
    pub const GIGACHAT: Self = Self(41);
    /// Muse Glimmer.
    pub const MUSE: Self = Self(42);
    /// K2 Horizon, iQuest, dots, Inkling.
    pub const OTHERS: Self = Self(43);
    /// Claude's XML, and what Cline and Roo teach.
    pub const CLAUDE_XML: Self = Self(44);
    /// JSON as a prompt teaches it.
    pub const PROMPT_JSON: Self = Self(45);

    /// A family that can't be told.
    pub const UNKNOWN: Self = Self(46);

    /// All families that calls are read from text in.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..46).map(Self)
    }

    /// Its number in logs, metrics and tests: `F1` and on.
    pub fn id(self) -> String {
        format!("F{}", self.0)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "F{} {}", self.0, self.name())
    }
}
