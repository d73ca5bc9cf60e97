//! What a file that the program writes may say: providers, chains, and the rules that choose between them.

use serde_json::{Map, Value, json};

use super::{Block, Item};

/// A file under construction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outline {
    /// What stands at its top.
    pub(crate) title: Vec<String>,
    /// Whether paid providers may be used; written where there are any.
    pub(crate) allow_paid: bool,
    /// The profile of requests that name none; where there are rules, of those that no rule matches.
    pub(crate) default_profile: String,
    /// How the router itself listens.
    pub(crate) server: Block,
    /// When a failing provider is passed over.
    pub(crate) health_cache: Block,
    /// The providers.
    pub(crate) providers: Vec<Provider>,
    /// The chains.
    pub(crate) profiles: Vec<Profile>,
    /// Which requests get which chain.
    pub(crate) rules: Vec<Rule>,
}

/// One provider.
#[derive(Clone, Debug, Default)]
pub(crate) struct Provider {
    /// What is said about it, above it.
    pub(crate) notes: Vec<String>,
    /// Its name.
    pub(crate) name: String,
    /// Whether it speaks Messages.
    pub(crate) is_anthropic: bool,
    /// Where it is.
    pub(crate) base_url: String,
    /// Its model.
    pub(crate) model: String,
    /// The variable with its key.
    pub(crate) key: Option<String>,
    /// Whether it costs money.
    pub(crate) paid: bool,
    /// Its window in tokens, and what is said about that.
    pub(crate) window: Option<(u64, String)>,
    /// What its model can do, where that has to be said.
    pub(crate) capabilities: Map<String, Value>,
    /// Limits: requests and tokens a minute, requests at once.
    pub(crate) limits: Map<String, Value>,
    /// Prices.
    pub(crate) cost: Map<String, Value>,
    /// Seconds for each wait.
    pub(crate) timeout_s: Option<f64>,
    /// Seconds to the first output of a stream.
    pub(crate) first_token_s: Option<f64>,
    /// Fields put under those of requests.
    pub(crate) extra_body: Map<String, Value>,
}

/// One chain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    /// What is said about it, above it.
    pub(crate) notes: Vec<String>,
    /// Its name.
    pub(crate) name: String,
    /// Its providers, in order.
    pub(crate) providers: Vec<String>,
    /// Seconds for each wait, in place of the providers'.
    pub(crate) timeout_s: Option<f64>,
    /// Whether the quick and reliable come first.
    pub(crate) adaptive: bool,
}

/// One rule.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// Its name in events.
    pub(crate) id: String,
    /// Its one matcher.
    pub(crate) matcher: (&'static str, Value),
    /// The profile it chooses.
    pub(crate) profile: String,
}

impl Outline {
    /// The file.
    pub(crate) fn write(&self) -> String {
        let mut file = Block::default();
        let mut title = self.title.clone();
        title.push(String::new());
        let has_rules = !self.rules.is_empty();
        let default = if has_rules { "auto" } else { &self.default_profile };
        if self.providers.iter().any(|provider| provider.paid) {
            file.put("allow_paid", Item::Flag(self.allow_paid)).above(title.drain(..));
        }
        file.put("default_profile", Item::name(default)).above(title);
        if has_rules {
            file.put("auto_router", Item::Map(self.auto_router()));
        }
        for (key, block) in [("server", &self.server), ("health_cache", &self.health_cache)] {
            if !block.is_empty() {
                file.put(key, Item::Map(block.clone()));
            }
        }
        let providers = self.providers.iter().enumerate();
        let providers = providers.map(|(at, provider)| provider.block(at == 0)).collect();
        file.put("providers", Item::List(providers)).above([""]);
        file.put("profiles", Item::List(self.profiles.iter().map(Profile::block).collect())).above([""]);
        file.write()
    }

    fn auto_router(&self) -> Block {
        let mut block = Block::default();
        let rule = |rule: &Rule| {
            let mut block = Block::default();
            let (matcher, value) = &rule.matcher;
            block.put("id", Item::name(&rule.id));
            block.put("match", Item::Json(json!({ (*matcher): value })));
            block.put("profile", Item::name(&rule.profile));
            block
        };
        block.put("default_rule_profile", Item::name(&self.default_profile));
        block.put("rules", Item::List(self.rules.iter().map(rule).collect()));
        block
    }
}

impl Provider {
    fn block(&self, is_first: bool) -> Block {
        let mut block = Block::default();
        let gap = if is_first { &[][..] } else { &[String::new()] };
        block.put("name", Item::name(&self.name)).above(gap.iter().chain(&self.notes));
        if self.is_anthropic {
            block.put("kind", Item::name("anthropic"));
        }
        block.put("base_url", Item::text(&self.base_url));
        block.put("model", Item::text(&self.model));
        if let Some(key) = &self.key {
            block.put("api_key_env", Item::name(key));
        }
        if self.paid {
            block.put("paid", Item::Flag(true));
        }
        if let Some((tokens, note)) = &self.window {
            let entry = block.put("max_context_tokens", Item::Number(*tokens));
            if !note.is_empty() {
                entry.beside(note);
            }
        }
        for (key, seconds) in [("timeout_s", self.timeout_s), ("ttft_timeout_s", self.first_token_s)] {
            if let Some(seconds) = seconds {
                block.put(key, Item::Fraction(seconds));
            }
        }
        for (key, fields) in [
            ("capabilities", &self.capabilities),
            ("limits", &self.limits),
            ("cost", &self.cost),
            ("extra_body", &self.extra_body),
        ] {
            if !fields.is_empty() {
                block.put(key, Item::Json(Value::Object(fields.clone())));
            }
        }
        block
    }
}

impl Profile {
    fn block(&self) -> Block {
        let mut block = Block::default();
        block.put("name", Item::name(&self.name)).above(&self.notes);
        block.put("providers", Item::Names(self.providers.clone()));
        if let Some(seconds) = self.timeout_s {
            block.put("timeout_s", Item::Fraction(seconds));
        }
        if self.adaptive {
            block.put("adaptive", Item::Flag(true));
        }
        block
    }
}
