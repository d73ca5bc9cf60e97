//! What the router does for backends beside asking them: it brings back those that were taken out, probes all of them
//! now and then, has models unloaded whose answers got worse, and asks servers for their slots. One future owns all of it.

mod probing;
mod recovery;
pub mod restart;
mod unloading;

use crate::chores::Chore;
use crate::router::Router;
use crate::slots;
use canon::id::ProviderName;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use routing::slots::has_table;
use std::collections::HashSet;
use std::sync::Arc;

/// Does what is to be done, until it is dropped.
pub async fn run(router: Arc<Router>) {
    let mut recovering: HashSet<ProviderName> = HashSet::new();
    let mut work: FuturesUnordered<BoxFuture<'static, Option<ProviderName>>> = FuturesUnordered::new();
    // Providers that an earlier run had taken out are brought back as well.
    for (name, _) in router.view.excluded() {
        router.chores().add(Chore::Heal(name));
    }
    for backend in router.setup.load().backends().filter(|backend| has_table(&backend.provider)) {
        router.chores().add(Chore::LearnSlots(backend.provider.name.clone()));
    }
    let probing = probing::run(Arc::clone(&router));
    tokio::pin!(probing);
    loop {
        tokio::select! {
            () = &mut probing => {}
            chore = router.chores().next() => match chore {
                Chore::Heal(name) => {
                    if recovering.insert(name.clone()) {
                        let router = Arc::clone(&router);
                        work.push(Box::pin(async move {
                            recovery::run(&router, &name).await;
                            Some(name)
                        }));
                    }
                }
                Chore::LearnSlots(name) => {
                    let router = Arc::clone(&router);
                    work.push(Box::pin(async move {
                        slots::learn(&router, &name).await;
                        None
                    }));
                }
                Chore::Unload(name) => {
                    let router = Arc::clone(&router);
                    work.push(Box::pin(async move {
                        unloading::run(&router, &name).await;
                        None
                    }));
                }
            },
            Some(done) = work.next() => {
                if let Some(name) = done {
                    recovering.remove(&name);
                    // Taken out again while its recovery was ending: nobody else would begin the next one. Who is
                    // no longer there comes back with a reload, if at all.
                    let is_there = router.setup.load().backend(&name).is_some();
                    if is_there && router.view.excluded_by(&name).is_some() {
                        router.chores().add(Chore::Heal(name));
                    }
                }
            }
        }
    }
}
