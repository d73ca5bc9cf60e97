//! The variables that lead agents to the router.

/// What the variables are made of.
pub(super) struct Variables {
    pub(super) port: u16,
    pub(super) token: Token,
    pub(super) profile: Option<String>,
    /// Whether those that only Claude Code reads are among them.
    pub(super) claude_code: bool,
    pub(super) max_context_tokens: Option<u64>,
}

/// What clients send as their token.
pub(super) enum Token {
    /// Anything, as the router wants none.
    Any,
    /// What a variable holds; its value is written nowhere.
    Of(String),
}

/// What a variable is set to.
pub(super) enum Value {
    Text(String),
    /// What another variable holds.
    Variable(String),
}

impl Variables {
    /// The router's address.
    pub(super) fn address(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Names and values in the order they are written in.
    pub(super) fn all(&self) -> Vec<(&'static str, Value)> {
        let text = |text: &str| Value::Text(text.to_owned());
        let token = match &self.token {
            Token::Any => text("dummy"),
            Token::Of(variable) => Value::Variable(variable.clone()),
        };
        let mut all = vec![("ANTHROPIC_BASE_URL", text(&self.address())), ("ANTHROPIC_AUTH_TOKEN", token)];
        if let Some(profile) = &self.profile {
            all.push(("CODEROUTER_MODE", text(profile)));
            // A router that runs already hears of the profile by this header alone.
            all.push(("ANTHROPIC_CUSTOM_HEADERS", text(&format!("X-CodeRouter-Profile: {profile}"))));
        }
        if self.claude_code {
            all.push(("ENABLE_TOOL_SEARCH", text("false")));
            all.push(("CLAUDE_CODE_AUTO_MODE_SERVER", text("0")));
            all.push(("CLAUDE_CODE_GATEWAY_HINT_HEADERS", text("1")));
        }
        if let Some(tokens) = self.max_context_tokens {
            all.push(("CLAUDE_CODE_MAX_CONTEXT_TOKENS", text(&tokens.to_string())));
        }
        all
    }
}
