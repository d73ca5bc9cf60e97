//! Models worth having for coding agents, by the memory they need.

use crate::hardware::{GB, Hardware};

/// A model that can be had.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suggestion {
    /// Its name at Ollama.
    pub ollama: &'static str,
    /// Its name for `llama-server -hf`.
    pub gguf: &'static str,
    /// The gigabytes it takes: 4-bit weights, the memory of 32,768 tokens, and the server's own.
    pub gigabytes: f64,
    /// Whether few of its weights work on each token, so that it is quick enough without a card.
    pub is_sparse: bool,
    /// Whether it calls tools as it was taught; else its calls are mended from text.
    pub has_tools: bool,
}

const fn row(ollama: &'static str, gguf: &'static str, gigabytes: f64, is_sparse: bool) -> Suggestion {
    Suggestion { ollama, gguf, gigabytes, is_sparse, has_tools: true }
}

const fn tiny(ollama: &'static str, gguf: &'static str, gigabytes: f64) -> Suggestion {
    Suggestion { ollama, gguf, gigabytes, is_sparse: true, has_tools: false }
}

/// As of November 2026, the best first.
const TABLE: &[Suggestion] = &[
    row("qwen3.8:27b", "ggml-org/Qwen3.8-27B-GGUF:Q4_K_M", 21.5, false),
    row("qwen3-coder-next", "unsloth/Qwen3-Coder-Next-GGUF:Q4_K_M", 53.0, true),
    row("gpt-oss:120b", "ggml-org/gpt-oss-120b-GGUF", 67.0, true),
    row("qwen3.6:35b", "unsloth/Qwen3.6-35B-A3B-GGUF:UD-Q4_K_M", 25.5, true),
    row("qwen3-coder:30b", "unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF:Q4_K_M", 22.5, true),
    row("gpt-oss:20b", "ggml-org/gpt-oss-20b-GGUF", 15.0, true),
    row("qwen3.5:9b", "unsloth/Qwen3.5-9B-GGUF:Q4_K_M", 9.0, false),
    row("qwen3.5:4b", "unsloth/Qwen3.5-4B-GGUF:Q4_K_M", 5.5, true),
    tiny("qwen2.5-coder:3b", "Qwen/Qwen2.5-Coder-3B-Instruct-GGUF:Q4_K_M", 4.0),
    tiny("qwen2.5-coder:1.5b", "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF:Q4_K_M", 2.5),
];

/// The best model that a machine can hold, and whether its cards hold it.
pub fn suggest(hardware: &Hardware) -> Option<(&'static Suggestion, bool)> {
    let gigabytes = |bytes: u64| bytes as f64 / GB as f64;
    let best = |room: f64, fits: fn(&Suggestion) -> bool| {
        TABLE.iter().find(|row| fits(row) && row.gigabytes <= room)
    };
    let ram = hardware.ram.map_or(0.0, gigabytes);
    if hardware.is_unified {
        // About a quarter stays with the system and what else runs.
        return best(ram * 0.75, |row| row.is_sparse || row.gigabytes < 12.0).map(|row| (row, true));
    }
    let on_card = best(gigabytes(hardware.vram()), |_| true);
    let in_memory = best((ram - 4.0).min(ram * 0.8), |row| row.is_sparse);
    match (on_card, in_memory) {
        // A card that only holds a tiny model is worth less than memory that holds a real one.
        (Some(card), Some(memory)) if !card.has_tools && memory.has_tools => Some((memory, false)),
        (Some(card), _) => Some((card, true)),
        (None, memory) => memory.map(|row| (row, false)),
    }
}

/// How good a model is for coding agents, by its name: lower is better.
pub fn rank(name: &str) -> usize {
    let bare = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let known = TABLE.iter().position(|row| bare.starts_with(row.ollama));
    let is_coder = ["coder", "code", "devstral"].iter().any(|word| bare.contains(word));
    known.unwrap_or(TABLE.len() + usize::from(!is_coder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::Card;

    #[test]
    fn the_best_that_fits_is_suggested() {
        for (ram, vram, is_unified, expect) in [
            (64, 24, false, Some(("qwen3.8:27b", true))),
            (32, 16, false, Some(("gpt-oss:20b", true))),
            (16, 10, false, Some(("qwen3.5:9b", true))),
            (64, 0, false, Some(("qwen3.6:35b", false))),
            (128, 0, true, Some(("qwen3-coder-next", true))),
            (36, 0, true, Some(("qwen3.6:35b", true))),
            (16, 0, true, Some(("qwen3.5:9b", true))),
            (16, 4, false, Some(("qwen3.5:4b", false))),
            (8, 0, false, Some(("qwen2.5-coder:3b", false))),
            (4, 0, false, None),
            (0, 0, false, None),
        ] {
            let cards =
                if vram == 0 { Vec::new() } else { vec![Card { name: String::new(), bytes: vram * GB }] };
            let hardware = Hardware { ram: (ram > 0).then_some(ram * GB), cards, is_unified };
            let found = suggest(&hardware).map(|(row, on_card)| (row.ollama, on_card));
            assert_eq!(found, expect, "{ram} {vram} {is_unified}");
        }
    }

    #[test]
    fn known_models_come_before_others() {
        let mut names = ["llama3.1:8b", "my-coder:7b", "qwen3-coder:30b", "qwen3.8:27b-q8", "a/gpt-oss:20b"];
        names.sort_by_key(|name| rank(name));
        assert_eq!(
            names,
            ["qwen3.8:27b-q8", "qwen3-coder:30b", "a/gpt-oss:20b", "my-coder:7b", "llama3.1:8b"]
        );
    }
}
