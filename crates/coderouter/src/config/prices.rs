//! The price table: what models cost and how large a prompt they take, by their names and hosts. The user's file is
//! asked first, then the table that ships with the program. It is looked up once, when a configuration is loaded.

use std::path::Path;

use super::environment::Env;
use super::glob::Glob;
use super::reader::{Block, Setting, name, number, spanned, text, whole};
use super::report::Part;
use super::rule_file;

/// The table that ships with the program.
const BUNDLED: &str = include_str!("../../data/model-prices.yaml");

/// The user's own table, below the home folder.
pub(crate) const USER_FILE: &str = ".coderouter/model-prices.yaml";

/// All rules, the user's first.
#[derive(Default)]
pub(crate) struct Prices {
    rules: Vec<Rule>,
}

/// What a rule, or all rules together, say about a model. Prices are US dollars for a million tokens.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Listing {
    pub(crate) input: Option<f64>,
    pub(crate) output: Option<f64>,
    pub(crate) cache_read: Option<f64>,
    pub(crate) cache_write: Option<f64>,
    pub(crate) max_context_tokens: Option<u32>,
}

/// One rule.
struct Rule {
    model: Glob,
    /// The hosts it is about; none for any.
    host: Option<Glob>,
    listing: Listing,
}

impl Prices {
    /// The bundled rules behind the user's. A missing user file is an empty one; a broken one comes back as the part
    /// of a report, with the bundled rules alone.
    pub(crate) fn load(home: Option<&Path>, env: &Env) -> (Self, Option<Part>) {
        let user_file = home.map(|home| home.join(USER_FILE));
        let (rules, _, part) = rule_file::load(user_file.as_deref(), BUNDLED, env);
        (Self { rules }, part)
    }

    /// For each value that of the first rule that fits the model and the host and has it.
    pub(crate) fn of(&self, model: &str, host: &str) -> Listing {
        self.rules
            .iter()
            .filter(|rule| rule.model.matches(model))
            .filter(|rule| rule.host.as_ref().is_none_or(|hosts| hosts.matches(host)))
            .fold(Listing::default(), |listing, rule| listing.or(&rule.listing))
    }
}

impl Listing {
    /// Whether it says what the model costs.
    pub(crate) fn has_prices(&self) -> bool {
        self.input.is_some() || self.output.is_some()
    }

    fn or(self, other: &Self) -> Self {
        Self {
            input: self.input.or(other.input),
            output: self.output.or(other.output),
            cache_read: self.cache_read.or(other.cache_read),
            cache_write: self.cache_write.or(other.cache_write),
            max_context_tokens: self.max_context_tokens.or(other.max_context_tokens),
        }
    }
}

impl Setting for Rule {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let model =
            block.required("match", spanned(name()), "A glob over the whole model name: * ? [ab] [!ab].");
        if model.at.is_some() && model.value.is_empty() {
            block.mistake_at("match", "an empty glob matches nothing");
        }
        let host = block.optional("host", name(), "A glob over the provider's whole host; any where absent.");
        let as_of = block.optional("as_of", text(), "The day for which it is known to hold, as 2026-03-21.");
        if as_of.is_some_and(|day| !is_day(&day)) {
            block.mistake_at("as_of", "a day is written as 2026-03-21");
        }
        let price = || number(0.0..=f64::INFINITY);
        let listing = Listing {
            input: block.optional("input", price(), "Input that was not cached."),
            output: block.optional("output", price(), "Output, thinking included."),
            cache_read: block.optional(
                "cache_read",
                price(),
                "Input read from the cache; as input if absent.",
            ),
            cache_write: block.optional("cache_write", price(), "Input written to it; as input if absent."),
            max_context_tokens: block.optional(
                "max_context_tokens",
                whole(1..=u32::MAX),
                "The context window in tokens.",
            ),
        };
        let host = host.map(|host| Glob::new(&host.to_ascii_lowercase()));
        Self { model: Glob::new(&model.value), host, listing }
    }
}

/// Whether a text is written as a day; whether there is such a day, nobody minds.
fn is_day(text: &str) -> bool {
    let form = b"0000-00-00";
    text.len() == form.len()
        && text.bytes().zip(form).all(|(byte, form)| match form {
            b'-' => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests;
