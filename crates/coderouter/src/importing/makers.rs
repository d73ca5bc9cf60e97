//! Services by the names other programs have for them: where they are, how they are spoken to, and the variable their
//! key is usually kept in.

use canon::config::Endpoint;

/// One service.
#[derive(Clone, Copy, Debug)]
pub struct Maker {
    /// Its name at LiteLLM, before the slash of a model.
    pub prefix: &'static str,
    /// Its base URL; empty where everybody has their own.
    pub base_url: &'static str,
    /// The variable with its key; empty where none is needed.
    pub key: &'static str,
}

const fn maker(prefix: &'static str, base_url: &'static str, key: &'static str) -> Maker {
    Maker { prefix, base_url, key }
}

/// The services.
pub const MAKERS: &[Maker] = &[
    maker("anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY"),
    maker("openai", "https://api.openai.com/v1", "OPENAI_API_KEY"),
    maker("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    maker("nvidia_nim", "https://integrate.api.nvidia.com/v1", "NVIDIA_NIM_API_KEY"),
    maker("gemini", "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"),
    maker("deepseek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    maker("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    maker("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    maker("xai", "https://api.x.ai/v1", "XAI_API_KEY"),
    maker("together_ai", "https://api.together.xyz/v1", "TOGETHERAI_API_KEY"),
    maker("fireworks_ai", "https://api.fireworks.ai/inference/v1", "FIREWORKS_AI_API_KEY"),
    maker("cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
    maker("moonshot", "https://api.moonshot.ai/v1", "MOONSHOT_API_KEY"),
    maker("deepinfra", "https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY"),
    maker("sambanova", "https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY"),
    maker("dashscope", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_KEY"),
    maker("ollama", "http://localhost:11434", ""),
    maker("ollama_chat", "http://localhost:11434", ""),
    maker("lm_studio", "http://localhost:1234/v1", ""),
    maker("llamafile", "http://localhost:8080/v1", ""),
    maker("hosted_vllm", "", ""),
    maker("vllm", "", ""),
    maker("openai_like", "", ""),
    maker("custom_openai", "", ""),
    maker("litellm_proxy", "", ""),
    maker("xinference", "", ""),
];

/// The service of a prefix.
pub fn by_prefix(prefix: &str) -> Option<&'static Maker> {
    MAKERS.iter().find(|maker| maker.prefix == prefix)
}

/// The service at a place.
pub fn by_place(place: &Endpoint) -> Option<&'static Maker> {
    let is_at = |maker: &&Maker| {
        maker.base_url.parse::<Endpoint>().is_ok_and(|own| own.host == place.host && !own.is_local())
    };
    MAKERS.iter().find(is_at)
}

/// Whether asking there may cost money.
pub fn is_paid(place: &Endpoint, model: &str) -> bool {
    let is_free = match place.host.as_str() {
        "openrouter.ai" => model.ends_with(":free"),
        "integrate.api.nvidia.com" => true,
        _ => false,
    };
    !(place.is_local() || is_free)
}
