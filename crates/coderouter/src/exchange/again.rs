//! Asking the same provider once more: without a field it has just refused, or with what was wrong with its answer.

use super::mending::{self, Round};
use super::trail::Trail;
use super::{Ask, attempt};
use crate::upstream::Backend;
use canon::fault::Fault;
use canon::target::Droppable;
use repair::pipeline::Complaint;

/// How often one provider has been asked.
pub struct Again<'a> {
    ask: &'a Ask,
    /// Whether the provider is asked for the first time.
    pub round: Round,
    /// Fields that it was asked without for having refused them just now.
    refused: Vec<Droppable>,
}

impl<'a> Again<'a> {
    /// A provider that has not been asked yet.
    pub fn new(ask: &'a Ask) -> Self {
        Self { ask, round: Round::First, refused: Vec::new() }
    }

    /// Whether it is worth another try after a fault.
    pub fn worth(
        &mut self,
        backend: &Backend,
        fault: &Fault,
        complaint: Option<&(Complaint, String)>,
        trail: &mut Trail,
    ) -> bool {
        self.complain(complaint, trail) || self.without(backend, fault, trail)
    }

    /// It is asked once more with what was wrong with a call of its answer.
    fn complain(&mut self, complaint: Option<&(Complaint, String)>, trail: &Trail) -> bool {
        let (Some((complaint, said)), Some(request)) = (complaint, self.ask.request()) else { return false };
        if self.round == Round::Again {
            return false;
        }
        self.round = Round::Again;
        trail.reasked(complaint);
        self.ask.ask_instead(Some(mending::with_complaint(&request, said, complaint)));
        true
    }

    /// It is asked without a field that it has just refused.
    fn without(&mut self, backend: &Backend, fault: &Fault, trail: &mut Trail) -> bool {
        let provider = &backend.provider;
        let Some(field) = attempt::droppable(fault) else { return false };
        // Others may have been refused it meanwhile; what counts is whether this attempt had it.
        if trail.left_out().contains(&field) || self.refused.contains(&field) {
            return false;
        }
        self.refused.push(field);
        self.ask.router.view.refused(provider, field);
        trail.refused(provider, field);
        true
    }
}

impl Drop for Again<'_> {
    /// Whoever comes next is asked what the client asked.
    fn drop(&mut self) {
        if self.round == Round::Again {
            self.ask.ask_instead(None);
        }
    }
}
