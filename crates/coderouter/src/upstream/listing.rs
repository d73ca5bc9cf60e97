//! Which models a backend says it has, asked rarely.

use super::backend::Backend;
use serde::Deserialize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an answer, or the lack of one, is believed.
const FRESH: Duration = Duration::from_secs(30);

/// How long the backend may take.
const LIMIT: Duration = Duration::from_secs(2);

/// Most bytes of the answer.
const MAX_LIST: usize = 8 * 1024 * 1024;

/// The latest answer, and when it came.
#[derive(Default)]
pub struct Listing {
    latest: Mutex<Option<(Instant, Arc<[String]>)>>,
}

#[derive(Deserialize)]
struct List {
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
}

impl Backend {
    /// The models the backend lists; empty where it lists none, or does not answer.
    pub async fn listed(self: &Arc<Self>) -> Arc<[String]> {
        if let Some((since, list)) = &*self.listing.latest.lock().unwrap_or_else(PoisonError::into_inner)
            && since.elapsed() < FRESH
        {
            return Arc::clone(list);
        }
        let list: Arc<[String]> =
            tokio::time::timeout(LIMIT, self.ask()).await.ok().flatten().unwrap_or_default().into();
        let mut latest = self.listing.latest.lock().unwrap_or_else(PoisonError::into_inner);
        *latest = Some((Instant::now(), Arc::clone(&list)));
        list
    }

    /// The model to ask for: the provider's own; else the client's if the backend lists it, else the first listed;
    /// else the key is left out.
    pub async fn model_for(self: &Arc<Self>, wanted: Option<&str>) -> Option<String> {
        let own = self.provider.model.as_str();
        if !own.is_empty() {
            return Some(own.to_owned());
        }
        // Boxed: few providers leave the model open, and the state would else lie in every exchange.
        let listed = Box::pin(self.listed()).await;
        listed.iter().find(|id| Some(id.as_str()) == wanted).or(listed.first()).cloned()
    }

    async fn ask(self: &Arc<Self>) -> Option<Vec<String>> {
        let mut answer = self.models(LIMIT).await.ok()?;
        if !answer.head.status.is_success() {
            return None;
        }
        let body = answer.body.collect(MAX_LIST).await.ok()?;
        answer.body.release().await;
        let list: List = serde_json::from_slice(&body).ok()?;
        Some(list.data.into_iter().map(|entry| entry.id).collect())
    }
}
