//! Names that others agreed on: OpenTelemetry's semantic conventions for generative AI, at version 1.37 and in
//! development (<https://github.com/open-telemetry/semantic-conventions/tree/v1.37.0/docs/gen-ai>, spans in
//! `gen-ai-spans.md` and metrics in `gen-ai-metrics.md`), and for HTTP servers, which are stable
//! (`docs/http/http-spans.md` there). Names of our own begin with `coderouter.`.

use canon::config::Endpoint;

/// What is done: always [`CHAT`].
pub(super) const OPERATION: &str = "gen_ai.operation.name";
/// The operation of a chat completion.
pub(super) const CHAT: &str = "chat";
/// Who serves the model.
pub(super) const PROVIDER: &str = "gen_ai.provider.name";
/// The same by the name it had until version 1.36, which many dashboards still read.
pub(super) const SYSTEM: &str = "gen_ai.system";
/// The model that was asked for.
pub(super) const REQUEST_MODEL: &str = "gen_ai.request.model";
/// The model that answered.
pub(super) const RESPONSE_MODEL: &str = "gen_ai.response.model";
/// All tokens of the prompt, those in caches included.
pub(super) const INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
/// Tokens generated.
pub(super) const OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
/// Prompt tokens found in a cache.
pub(super) const CACHE_READ: &str = "gen_ai.usage.cache_read.input_tokens";
/// Prompt tokens written into a cache.
pub(super) const CACHE_WRITE: &str = "gen_ai.usage.cache_creation.input_tokens";
/// `input` or `output`.
pub(super) const TOKEN_TYPE: &str = "gen_ai.token.type";
/// Why something failed, as one of few words.
pub(super) const ERROR: &str = "error.type";
/// The host that was called.
pub(super) const ADDRESS: &str = "server.address";
/// Its port.
pub(super) const PORT: &str = "server.port";
/// The status that was answered.
pub(super) const STATUS: &str = "http.response.status_code";
/// The method that was asked by.
pub(super) const METHOD: &str = "http.request.method";
/// The route that was asked.
pub(super) const ROUTE: &str = "http.route";
/// The path of the target, which is the route itself.
pub(super) const PATH: &str = "url.path";
/// Always `http`: what stands in front may know better.
pub(super) const SCHEME: &str = "url.scheme";
/// Marks the point of all that came after there were enough of one metric
/// (`specification/metrics/sdk.md`, cardinality limits).
pub(super) const OVERFLOW: &str = "otel.metric.overflow";

/// Tokens of each answer, by their type.
pub(super) const USAGE_METRIC: &str = "gen_ai.client.token.usage";
/// How long attempts took.
pub(super) const DURATION_METRIC: &str = "gen_ai.client.operation.duration";
/// How long the first content took.
pub(super) const FIRST_TOKEN_METRIC: &str = "gen_ai.server.time_to_first_token";

/// The bounds that the conventions want for [`USAGE_METRIC`].
pub(super) const USAGE_BOUNDS: &[f64] = &[
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16384.0,
    65536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];
/// The bounds that the conventions want for [`DURATION_METRIC`].
pub(super) const DURATION_BOUNDS: &[f64] =
    &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/// The bounds that the conventions want for [`FIRST_TOKEN_METRIC`].
pub(super) const FIRST_TOKEN_BOUNDS: &[f64] =
    &[0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Hosts of those for whom the conventions have a name.
const KNOWN: &[(&str, &str)] = &[
    ("anthropic.com", "anthropic"),
    ("openai.azure.com", "azure.ai.openai"),
    ("openai.com", "openai"),
    ("services.ai.azure.com", "azure.ai.inference"),
    ("generativelanguage.googleapis.com", "gcp.gemini"),
    ("aiplatform.googleapis.com", "gcp.vertex_ai"),
    ("cohere.com", "cohere"),
    ("cohere.ai", "cohere"),
    ("deepseek.com", "deepseek"),
    ("groq.com", "groq"),
    ("mistral.ai", "mistral_ai"),
    ("perplexity.ai", "perplexity"),
    ("x.ai", "x_ai"),
];

/// The conventions' name for who is at an address; none where they have none.
pub(super) fn provider(endpoint: &Endpoint) -> Option<&'static str> {
    let host = endpoint.host.as_str();
    let is_below =
        |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    KNOWN.iter().find(|(domain, _)| is_below(domain)).map(|(_, name)| *name)
}
