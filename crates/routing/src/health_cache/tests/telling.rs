//! Who hears what, and in which order.

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

/// What a listener has heard.
#[derive(Clone, Default)]
pub(super) struct Told(Arc<Mutex<Vec<(ProviderName, bool)>>>);

impl Told {
    pub(super) fn take(&self) -> Vec<(ProviderName, bool)> {
        std::mem::take(&mut self.0.lock().expect("no listener panics with it"))
    }

    fn hear(&self, id: &ProviderName, healthy: bool) -> Result<(), String> {
        self.0.lock().expect("no listener panics with it").push((id.clone(), healthy));
        Ok(())
    }
}

pub(super) fn recorded(cache: &HealthCache) -> Told {
    let told = Told::default();
    let hearing = told.clone();
    cache.add_listener(Box::new(move |id, healthy| hearing.hear(id, healthy)));
    told
}

#[test]
fn listeners_are_called_in_the_order_of_their_adding() {
    let bench = Bench::new(1, 60.0);
    let order = Arc::new(Mutex::new(Vec::new()));
    for place in 0..4 {
        let order = Arc::clone(&order);
        bench.cache.add_listener(Box::new(move |_, healthy| {
            order.lock().expect("nobody panics").push((place, healthy));
            Ok(())
        }));
    }
    drop(bench.unhealthy(0.0));
    drop(bench.healthy(1.0));
    let expected: Vec<_> = [false, true].into_iter().flat_map(|h| (0..4).map(move |p| (p, h))).collect();
    assert_eq!(*order.lock().expect("nobody panics"), expected);
}

#[test]
fn nothing_of_the_past_is_told() {
    let bench = Bench::new(1, 60.0);
    drop(bench.unhealthy(0.0));
    let told = recorded(&bench.cache);
    assert!(told.take().is_empty());
    drop(bench.healthy(1.0));
    assert_eq!(told.take(), [(ProviderName::from("groq"), true)]);
}

#[test]
fn a_listener_that_fails_or_panics_stops_nobody() {
    let bench = Bench::new(1, 60.0);
    bench.cache.add_listener(Box::new(|_, _| Err("no gauge".into())));
    bench.cache.add_listener(Box::new(|id, _| panic!("no {id}")));
    bench.cache.add_listener(Box::new(|_, _| panic!("plain")));
    let told = recorded(&bench.cache);
    for healthy in [false, true] {
        let marked = if healthy { bench.healthy(1.0) } else { bench.unhealthy(0.0) };
        assert_eq!(marked.transition.map(|transition| transition.is_recovery()), Some(healthy));
        let complaint = |listener, message: &str| Complaint {
            listener,
            provider: bench.id.clone(),
            message: message.into(),
        };
        let expected =
            [complaint(0, "no gauge"), complaint(1, "panicked: no groq"), complaint(2, "panicked: plain")];
        assert_eq!(marked.complaints, expected);
        assert_eq!(told.take(), [(bench.id.clone(), healthy)]);
        assert_eq!(bench.state().healthy, healthy);
    }
}

#[test]
fn a_listener_may_use_the_cache() {
    let bench = Arc::new(Bench::new(1, 60.0));
    let told = recorded(&bench.cache);
    let inner = Arc::downgrade(&bench);
    bench.cache.add_listener(Box::new(move |_, healthy| {
        let bench = inner.upgrade().ok_or("it is gone")?;
        if !healthy {
            drop(bench.healthy(1.0));
            bench.cache.add_listener(Box::new(|_, _| Ok(())));
        }
        assert_eq!(bench.cache.snapshot([]).len(), 1);
        Ok(())
    }));
    assert!(bench.unhealthy(0.0).complaints.is_empty());
    assert_eq!(told.take().into_iter().map(|(_, healthy)| healthy).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn transitions_of_many_threads_are_told_in_their_order_and_one_at_a_time() {
    const THREADS: usize = 4;
    // So few that all of them may wait at once and none is left out.
    const ROUNDS: usize = NOTICES_LIMIT / THREADS;
    let bench = Bench::new(1, 60.0);
    let told = recorded(&bench.cache);
    let busy = Arc::new(AtomicUsize::new(0));
    let inside = Arc::clone(&busy);
    bench.cache.add_listener(Box::new(move |_, _| {
        let others = inside.fetch_add(1, Ordering::SeqCst);
        thread::yield_now();
        inside.fetch_sub(1, Ordering::SeqCst);
        if others == 0 { Ok(()) } else { Err("two at a time".into()) }
    }));
    let (barrier, made) = (Barrier::new(THREADS), AtomicUsize::new(0));
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (bench, barrier, made) = (&bench, &barrier, &made);
            scope.spawn(move || {
                barrier.wait();
                for round in 0..ROUNDS {
                    let fails = (round + number).is_multiple_of(2);
                    let marked = if fails { bench.unhealthy(0.0) } else { bench.healthy(0.0) };
                    assert_eq!(marked.complaints, []);
                    made.fetch_add(usize::from(marked.transition.is_some()), Ordering::SeqCst);
                }
            });
        }
    });
    let heard = told.take();
    assert_eq!(heard.len(), made.load(Ordering::SeqCst));
    let expected = (0..heard.len()).map(|place| place % 2 == 1);
    assert!(heard.iter().map(|(_, healthy)| *healthy).eq(expected), "false and true take turns");
    assert_eq!(heard.last().map(|(_, healthy)| *healthy), Some(bench.state().healthy));
}

#[test]
fn one_thread_of_many_gets_the_trial() {
    let bench = Bench::new(1, 60.0);
    drop(bench.unhealthy(0.0));
    let barrier = Barrier::new(8);
    let trials = thread::scope(|scope| {
        let claim = || {
            barrier.wait();
            usize::from(bench.is_trial(60.0))
        };
        let threads = [(); 8].map(|()| scope.spawn(claim));
        threads.into_iter().map(|thread| thread.join().expect("it does not panic")).sum::<usize>()
    });
    assert_eq!(trials, 1);
}

#[test]
fn what_waits_for_a_slow_listener_is_bounded_and_ends_with_the_truth() {
    let mut listeners = Listeners::default();
    listeners.add(Box::new(|_, _| Ok(())));
    listeners.note(&"quiet".into(), false);
    for round in 0..NOTICES_LIMIT * 2 {
        listeners.note(&"busy".into(), round % 2 == 1);
    }
    let mut heard = Vec::new();
    assert!(listeners.begin() && !listeners.begin());
    while let Some(announcement) = listeners.next() {
        heard.push(announcement.subject());
    }
    assert_eq!(heard.len(), NOTICES_LIMIT);
    assert_eq!(heard[0], ("quiet".into(), false), "the only word on it is kept");
    assert_eq!(heard.last(), Some(&("busy".into(), true)));
    assert!(listeners.begin(), "the telling has ended");
}
