//! What has been learned of each provider's model, by examining it and from traffic: kept in a file beside the other
//! state, read into the configuration over the bundled registry, and forgotten when the model becomes another.

mod learned;

pub use learned::{Learned, ToolForm};
