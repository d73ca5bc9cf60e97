//! What other extensions need, to be typed in by hand.

use super::variables::{Token, Variables};

/// The sheet.
pub(super) fn text(variables: &Variables) -> String {
    let address = variables.address();
    let key = match &variables.token {
        Token::Any => "dummy".to_owned(),
        Token::Of(variable) => format!("what {variable} holds"),
    };
    let model = serde_json::json!({
        "models": [{
            "title": "CodeRouter",
            "provider": "openai",
            "model": "auto",
            "apiBase": format!("{address}/v1"),
            "apiKey": key,
        }]
    });
    let model = serde_json::to_string_pretty(&model).unwrap_or_default();
    format!(
        "\nCline, Roo Code, Kilo Code: settings of the extension\n  API provider  OpenAI compatible\n  Base URL      \
         {address}/v1\n  API key       {key}\n  Model ID      any name; the router decides\n\n\
         Continue: config.json\n{model}"
    )
}
