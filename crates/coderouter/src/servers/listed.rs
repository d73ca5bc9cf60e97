//! `/v1/models`, which every server has: names, and what some say beside them.

use super::{text, tokens};
use serde_json::Value;

/// What a list says of one model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Whether vLLM says that it is its own.
    pub is_vllms: bool,
    /// Where vLLM has it from.
    pub root: Option<String>,
    /// The window that vLLM and its kin serve it with.
    pub served: Option<u32>,
    /// The window that clouds name.
    pub offered: Option<u32>,
    /// The most tokens it was made for, as llama.cpp says.
    pub trained: Option<u32>,
    /// The bytes of its weights, as llama.cpp says.
    pub bytes: Option<u64>,
}

/// The models of a list; rows without a name are passed over.
pub fn read(list: &Value) -> Vec<Listed> {
    super::rows(list, "data").filter_map(row).collect()
}

fn row(row: &Value) -> Option<Listed> {
    Some(Listed {
        name: text(&row["id"])?,
        is_vllms: row["owned_by"] == "vllm",
        root: text(&row["root"]),
        served: tokens(&row["max_model_len"]),
        offered: tokens(&row["context_length"]),
        trained: tokens(&row["meta"]["n_ctx_train"]),
        bytes: row["meta"]["size"].as_u64(),
    })
}
