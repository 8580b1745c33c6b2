//! The state machine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chinampa_jobs::{EpochNumber, JobId, JobInputs, JobResult, RequestType};

use super::event::{Effect, EpochProof, Event, JobFailure, PlannedJob};
use super::section::{CheckpointSection, NodeState, Section};
use crate::execution::ExecutedCheckpoint;
use crate::planner::{EpochError, EpochPlan, Graph, NodeKind, Output, OutputError, check_follows};

/// Where a node is: in a checkpoint, by its position in the epoch, or above all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Checkpoint(usize, usize),
    Top(usize),
}

/// A job and who waits for it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request_type: RequestType,
    pub(super) state: JobState,
    pub(super) waiting: Vec<Place>,
}

#[derive(Debug)]
pub(super) enum JobState {
    Pending,
    Done(Arc<Output>),
    Failed(JobFailure),
}

/// The part above the checkpoints, once the epoch is complete.
#[derive(Debug)]
pub(super) struct Top {
    pub(super) plan: EpochPlan,
    pub(super) section: Section,
    last: u32,
}

/// What a step asks for.
#[derive(Debug, Default)]
struct Effects {
    list: Vec<Effect>,
    /// Jobs that a node stopped waiting for. One that another node takes up within the step is not abandoned.
    left: BTreeSet<JobId>,
}

/// One epoch on its way to its root proof.
#[derive(Debug)]
pub struct EpochProver {
    epoch: EpochNumber,
    first: u32,
    pub(super) checkpoints: Vec<CheckpointSection>,
    complete: Option<u32>,
    pub(super) top: Option<Top>,
    pub(super) jobs: BTreeMap<JobId, Job>,
}

impl EpochProver {
    /// An epoch of which nothing is known but its number and its first checkpoint.
    pub fn new(epoch: EpochNumber, first_checkpoint: u32) -> Self {
        Self {
            epoch,
            first: first_checkpoint,
            checkpoints: Vec::new(),
            complete: None,
            top: None,
            jobs: BTreeMap::new(),
        }
    }

    /// The epoch.
    pub fn epoch(&self) -> EpochNumber {
        self.epoch
    }

    /// Takes an event and gives what is to be done.
    ///
    /// # Errors
    /// [`EpochError`] for a checkpoint that does not fit; nothing is then changed.
    pub fn step(&mut self, event: Event) -> Result<Vec<Effect>, EpochError> {
        let mut effects = Effects::default();
        match event {
            Event::Checkpoint(checkpoint) => self.add(*checkpoint, &mut effects)?,
            Event::Removed { from } => self.truncate(from, &mut effects),
            Event::Complete { last } => {
                if self.complete != Some(last) {
                    self.drop_top(&mut effects);
                    self.complete = Some(last);
                }
                self.link(&mut effects);
            }
            Event::Done { id, result } => self.done(&id, &result, &mut effects),
            Event::Failed { id, reason } => self.fail(&id, JobFailure::Rejected(reason), &mut effects),
        }
        for id in effects.left {
            if self.jobs.get(&id).is_some_and(|job| job.waiting.is_empty()) {
                effects.list.push(Effect::Abandon(id));
            }
        }
        Ok(effects.list)
    }

    fn next(&self) -> u32 {
        self.first + u32::try_from(self.checkpoints.len()).expect("an epoch has few checkpoints")
    }

    fn add(&mut self, checkpoint: ExecutedCheckpoint, effects: &mut Effects) -> Result<(), EpochError> {
        let number = checkpoint.number;
        if number < self.first || number > self.next() {
            return Err(EpochError::Number { expected: self.next(), actual: number });
        }
        let index = (number - self.first) as usize;
        if let Some(previous) = index.checked_sub(1) {
            check_follows(&self.checkpoints[previous].executed, &checkpoint)?;
        }
        let section = CheckpointSection::new(checkpoint)?;
        self.truncate(number, effects);
        self.checkpoints.push(section);
        for node in 0..self.checkpoints[index].section.nodes().len() {
            if matches!(self.checkpoints[index].section.state(node), NodeState::Waiting(0)) {
                self.start(Place::Checkpoint(index, node), effects);
            }
        }
        self.link(effects);
        Ok(())
    }

    /// Removes the checkpoints from `number` on. Which one is the last must then be said again.
    fn truncate(&mut self, number: u32, effects: &mut Effects) {
        let kept = number.saturating_sub(self.first) as usize;
        if kept >= self.checkpoints.len() {
            return;
        }
        self.complete = None;
        self.drop_top(effects);
        for index in kept..self.checkpoints.len() {
            for node in 0..self.checkpoints[index].section.nodes().len() {
                self.leave(Place::Checkpoint(index, node), effects);
            }
        }
        self.checkpoints.truncate(kept);
    }

    /// Takes back what is above the checkpoints, and the checkpoint roots, which were told of all of them.
    fn drop_top(&mut self, effects: &mut Effects) {
        let Some(top) = &self.top else { return };
        for node in 0..top.section.nodes().len() {
            self.leave(Place::Top(node), effects);
        }
        self.top = None;
        for index in 0..self.checkpoints.len() {
            let root = self.checkpoints[index].section.last();
            self.leave(Place::Checkpoint(index, root), effects);
            self.checkpoints[index].section.hold(root);
        }
    }

    /// A node no longer waits for its job, if it has one.
    fn leave(&mut self, place: Place, effects: &mut Effects) {
        let state = match place {
            Place::Checkpoint(index, node) => self.checkpoints[index].section.state(node),
            Place::Top(node) => match &self.top {
                Some(top) => top.section.state(node),
                None => return,
            },
        };
        let NodeState::Pending(id) = state.clone() else { return };
        let job = self.jobs.get_mut(&id).expect("a pending node has a job");
        job.waiting.retain(|waiting| *waiting != place);
        if job.waiting.is_empty() {
            effects.left.insert(id);
        }
    }

    /// Links the checkpoints if all of the epoch are there, and lets their roots go on.
    fn link(&mut self, effects: &mut Effects) {
        let Some(last) = self.complete.filter(|last| self.top.is_none() && *last < self.next()) else {
            return;
        };
        let count = (last + 1).saturating_sub(self.first) as usize;
        let executed: Vec<_> =
            self.checkpoints[..count].iter().map(|checkpoint| &checkpoint.executed).collect();
        let planned = EpochPlan::new(&executed).and_then(|plan| Ok((plan, Graph::epoch(count)?)));
        let (plan, graph) = match planned {
            Ok(planned) => planned,
            Err(error) => {
                effects.list.push(Effect::Unlinked(error));
                return;
            }
        };
        let nodes = graph.nodes().iter().enumerate();
        let padding = nodes.filter(|(_, node)| node.kind == NodeKind::CheckpointPadding);
        let padding = padding.map(|(index, _)| index).next();
        self.top = Some(Top { plan, section: Section::new(graph), last });
        if let Some(node) = padding {
            self.start(Place::Top(node), effects);
        }
        for index in 0..count {
            let section = &mut self.checkpoints[index].section;
            let root = section.last();
            if section.arrived(root) {
                self.start(Place::Checkpoint(index, root), effects);
            }
        }
    }

    /// All that a node needs is there: makes its job, or takes a proof that is there already.
    fn start(&mut self, place: Place, effects: &mut Effects) {
        let mut ready = vec![place];
        while let Some(place) = ready.pop() {
            let (request_type, buffer) = self.inputs(place);
            let inputs =
                JobInputs::from_buffer(request_type, buffer).expect("circuit inputs are within limits");
            let id = inputs.job_id(self.epoch);
            let job = self.jobs.entry(id.clone()).or_insert(Job {
                request_type,
                state: JobState::Pending,
                waiting: Vec::new(),
            });
            match &job.state {
                JobState::Done(output) => {
                    let output = Arc::clone(output);
                    match self.check(place, &output) {
                        Ok(()) => ready.extend(self.finish(place, output, effects)),
                        Err(error) => self.reject(place, id, error, effects),
                    }
                    continue;
                }
                JobState::Failed(failure) => effects.list.push(Effect::Failed(id.clone(), failure.clone())),
                JobState::Pending if job.waiting.is_empty() && !effects.left.contains(&id) => {
                    effects.list.push(Effect::Enqueue(Box::new(PlannedJob { id: id.clone(), inputs })));
                }
                JobState::Pending => {}
            }
            job.waiting.push(place);
            self.section(place).set(place.node(), NodeState::Pending(id));
        }
    }

    /// A result came. One that nothing waits for is kept: its checkpoint may come back.
    fn done(&mut self, id: &JobId, result: &JobResult, effects: &mut Effects) {
        let Some(job) = self.jobs.get_mut(id) else { return };
        if matches!(job.state, JobState::Done(_)) {
            return;
        }
        let output = match Output::read(job.request_type, result) {
            Ok(output) => Arc::new(output),
            Err(error) => {
                self.fail(id, error.into(), effects);
                return;
            }
        };
        let waiting = job.waiting.clone();
        if let Some(error) = waiting.iter().find_map(|place| self.check(*place, &output).err()) {
            self.fail(id, error.into(), effects);
            return;
        }
        let job = self.jobs.get_mut(id).expect("it was there");
        job.state = JobState::Done(Arc::clone(&output));
        job.waiting.clear();
        for place in waiting {
            if let Some(parent) = self.finish(place, Arc::clone(&output), effects) {
                self.start(parent, effects);
            }
        }
    }

    fn fail(&mut self, id: &JobId, failure: JobFailure, effects: &mut Effects) {
        let Some(job) = self.jobs.get_mut(id) else { return };
        if matches!(job.state, JobState::Pending) {
            job.state = JobState::Failed(failure.clone());
            if !job.waiting.is_empty() {
                effects.list.push(Effect::Failed(id.clone(), failure));
            }
        }
    }

    /// A proof that is there already turns out to be of something else.
    fn reject(&mut self, place: Place, id: JobId, error: OutputError, effects: &mut Effects) {
        let job = self.jobs.get_mut(&id).expect("it was there");
        job.state = JobState::Failed(error.clone().into());
        job.waiting.push(place);
        self.section(place).set(place.node(), NodeState::Pending(id.clone()));
        effects.list.push(Effect::Failed(id, error.into()));
    }

    /// Puts a proof where it belongs and gives the nodes for which it was the last.
    fn finish(&mut self, place: Place, output: Arc<Output>, effects: &mut Effects) -> Option<Place> {
        let section = self.section(place);
        section.set(place.node(), NodeState::Done(Arc::clone(&output)));
        if let Some(parent) = section.node(place.node()).parent {
            return section.arrived(parent).then(|| place.with_node(parent));
        }
        match place {
            // The checkpoint's leaf of the epoch's own graph.
            Place::Checkpoint(index, _) => self.finish(Place::Top(index), output, effects),
            Place::Top(_) => {
                effects.list.extend(self.proof(&output).map(|proof| Effect::Proven(Box::new(proof))));
                None
            }
        }
    }

    fn proof(&self, output: &Output) -> Option<EpochProof> {
        let (Some(top), Output::Root(root)) = (&self.top, output) else { return None };
        Some(EpochProof {
            first: self.first,
            last: top.last,
            public_inputs: root.public_inputs.clone(),
            proof: root.proof.clone(),
            blob_batch: *top.plan.blob_batch(),
        })
    }

    pub(super) fn section(&mut self, place: Place) -> &mut Section {
        match place {
            Place::Checkpoint(index, _) => &mut self.checkpoints[index].section,
            Place::Top(_) => &mut self.top.as_mut().expect("nodes above the checkpoints live in it").section,
        }
    }
}

impl Place {
    pub(super) fn node(self) -> usize {
        match self {
            Self::Checkpoint(_, node) | Self::Top(node) => node,
        }
    }

    /// Another node of the same graph.
    fn with_node(self, node: usize) -> Self {
        match self {
            Self::Checkpoint(index, _) => Self::Checkpoint(index, node),
            Self::Top(_) => Self::Top(node),
        }
    }
}
