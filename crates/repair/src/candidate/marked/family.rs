//! Which family a call was written in: told by its tags and by what stood between them.

use crate::format::Format;
use crate::markup::Style;

/// What the opening tags and the body say about the family.
#[derive(Clone, Debug)]
pub(super) struct Opening<'a> {
    /// Names of the tags that have a role, the outermost first.
    pub(super) names: Vec<&'static str>,
    /// The first tag as it was written, cut off where it is long.
    pub(super) first: &'a str,
    pub(super) style: Style,
}

/// What stood between the tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    Object,
    List,
    NameThenObject,
    NameThenKeys,
    Tagged,
    TaggedObject,
    Element,
    Python,
    Gemma,
}

/// The family that tags and body belong to.
pub(super) fn format(opening: &Opening<'_>, body: Body) -> Format {
    let has = |name: &str| opening.names.contains(&name);
    let first = opening.first;
    let begins = |word: &str| first.starts_with(word);
    let barred = opening.style == Style::Barred || begins("<|") || begins("<｜");
    match body {
        Body::Gemma if has("startfunctioncall") => Format::FUNCTION_GEMMA,
        Body::Gemma => Format::GEMMA,
        _ if opening.style == Style::Kimi3 => Format::KIMI_3,
        _ if opening.style == Style::MiniMax3 => Format::MINIMAX_3,
        _ if begins("<minimax:") => Format::MINIMAX_2,
        _ if begins("<seed:") => Format::SEED,
        _ if begins("<atem:") => Format::MUSE,
        _ if first.contains("DSML") && has("functioncalls") => Format::DEEPSEEK_32,
        _ if first.contains("DSML") => Format::DEEPSEEK_4,
        _ if first.contains("GCML") => Format::GIGACHAT,
        _ if has("longcattoolcall") => Format::LONGCAT,
        _ if has("iquesttoolcall")
            || has("dotsfunctioncall")
            || has("contentinvoketooljson")
            || begins("<ifm") =>
        {
            Format::OTHERS
        }
        _ if has("toolsprefix") => Format::APERTUS,
        _ if has("startaction") => Format::COHERE,
        _ if has("actionstart") => Format::INTERN,
        _ if has("pythontag") => Format::LLAMA,
        _ if has("pythonstart") => Format::PYTHONIC,
        _ if has("toolcallstart") => Format::LFM,
        _ if has("toolcallargumentbegin") => Format::KIMI,
        Body::Tagged if barred && has("invoke") && has("function") => Format::STEP,
        Body::NameThenObject if has("function") => Format::DEEPSEEK,
        Body::NameThenObject if has("toolsep") || has("toolcallbegin") => Format::DEEPSEEK_31,
        Body::NameThenObject if has("args") => Format::MISTRAL_ARGS,
        Body::NameThenKeys if has("toolcalls") || has("toolsep") => Format::HUNYUAN,
        Body::NameThenKeys if has("glued") => Format::GLM_47,
        Body::NameThenKeys => Format::GLM,
        Body::List if begins("<TOOLCALL") => Format::NEMOTRON,
        Body::List if has("toolcalls") => Format::JAMBA,
        Body::List => Format::GRANITE,
        Body::Object if has("toolcalls") => Format::MINIMAX_1,
        Body::Object if has("functioncall") && barred => Format::GIGACHAT,
        Body::Object if has("functioncall") => Format::GRANITE_20B,
        Body::Object | Body::NameThenObject => Format::HERMES,
        Body::Python if has("functioncalls") => Format::OLMO,
        Body::Python => Format::PYTHONIC,
        Body::TaggedObject if has("function") => Format::FUNCTIONARY_31,
        Body::Tagged if has("invoke") => Format::CLAUDE_XML,
        Body::Tagged if begins("<function name") => Format::MINICPM,
        Body::Tagged => Format::QWEN_CODER,
        Body::TaggedObject | Body::Element => Format::CLAUDE_XML,
    }
}
