//! Which opcodes can be solved at the same time.
//!
//! Opcodes are gathered into tasks, each of which waits for the tasks whose values it reads. A task has a level, above
//! the levels of all that it waits for, so that no task waits for itself. An opcode joins the task that it would
//! otherwise wait for, as long as that one is small: a task costs about as much to hand to a thread as ten constraints
//! cost to solve.

use acvm::FieldElement;
use acvm::acir::brillig::Opcode as BrilligOpcode;

use super::operands::{Operand, visit};
use crate::acir::{BlackBox, Opcode, Program};

/// Programs with fewer opcodes are solved before a second thread has begun.
const MIN_OPCODES: usize = 20_000;
/// Costs are in the time that an average constraint takes, about 100 ns. A task of this cost takes no more opcodes.
const FULL: u32 = 200;
/// Of a hash or of a call of a function that the program calls often.
const HEAVY: u32 = 50;
/// A function that is called less often than this may run for seconds, so that its calls share no task.
const OFTEN: u32 = 256;
/// No task.
const NONE: u32 = u32::MAX;
/// The task of what is known before the first.
const INPUT: u32 = u32::MAX - 1;

/// Tasks, their opcodes, and who waits for whom.
#[derive(Debug)]
pub(crate) struct Plan {
    opcodes: Lists,
    followers: Lists,
    /// How many tasks each one waits for.
    waits: Vec<u32>,
}

/// A list of numbers for each task.
#[derive(Debug)]
struct Lists {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    /// `pairs` of a task and an item; items of a task stay in order.
    fn new(count: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0_u32; count + 1];
        pairs.clone().for_each(|(task, _)| starts[task as usize + 1] += 1);
        for task in 0..count {
            starts[task + 1] += starts[task];
        }
        let mut next = starts.clone();
        let mut items = vec![0; starts[count] as usize];
        for (task, item) in pairs {
            let place = &mut next[task as usize];
            items[*place as usize] = item;
            *place += 1;
        }
        Self { starts, items }
    }

    fn of(&self, task: u32) -> &[u32] {
        let (start, end) = (self.starts[task as usize], self.starts[task as usize + 1]);
        &self.items[start as usize..end as usize]
    }
}

impl Plan {
    /// None if the program is small, asks the world outside, or has an opcode of which it is not known before solving
    /// what it gives.
    pub(crate) fn new(program: &Program) -> Option<Self> {
        let asks = |opcode: &BrilligOpcode<FieldElement>| matches!(opcode, BrilligOpcode::ForeignCall { .. });
        let list = program.opcodes.list();
        let is_small = list.len() < MIN_OPCODES || u32::try_from(list.len()).is_err();
        if is_small || program.functions.iter().any(|function| function.bytecode.iter().any(asks)) {
            return None;
        }
        let mut planner = Planner::new(program);
        list.iter().try_for_each(|opcode| planner.add(opcode))?;
        Some(planner.finish())
    }

    /// How many tasks there are.
    pub(super) fn len(&self) -> usize {
        self.waits.len()
    }

    /// The opcodes of a task, in order.
    pub(super) fn opcodes(&self, task: u32) -> &[u32] {
        self.opcodes.of(task)
    }

    /// The tasks that wait for a task. One that waits for several of its opcodes may be there several times.
    pub(super) fn followers(&self, task: u32) -> &[u32] {
        self.followers.of(task)
    }

    /// How often each task is among the followers of others.
    pub(super) fn waits(&self) -> &[u32] {
        &self.waits
    }
}

struct Task {
    level: u32,
    cost: u32,
    /// The last task on the next level that was begun for something that waits for this one.
    next: u32,
    /// The last tasks that were noted for it to wait for: most of its opcodes wait for the same few.
    noted: [u32; 4],
    waits: u32,
}

struct Planner<'a> {
    program: &'a Program,
    call_counts: Vec<u32>,
    /// Task that gives each witness.
    givers: Vec<u32>,
    /// Last task that has changed each block, and those that have read it since.
    blocks: Vec<(u32, Vec<u32>)>,
    tasks: Vec<Task>,
    task_of: Vec<u32>,
    /// A task, and one that waits for it.
    edges: Vec<(u32, u32)>,
    /// The task for opcodes that wait for nothing.
    first: u32,
    /// Of the opcode at hand: the tasks that it waits for, and what it gives.
    sources: Vec<u32>,
    given: Vec<u32>,
}

impl<'a> Planner<'a> {
    fn new(program: &'a Program) -> Self {
        let mut givers = vec![NONE; program.witness_count as usize];
        program.inputs.iter().for_each(|witness| givers[*witness as usize] = INPUT);
        let mut call_counts = vec![0; program.functions.len()];
        for opcode in program.opcodes.list() {
            if let Opcode::Call(call) = opcode {
                call_counts[call.function as usize] += 1;
            }
        }
        let task_of = Vec::with_capacity(program.opcodes.list().len());
        Self {
            program,
            call_counts,
            givers,
            blocks: Vec::new(),
            tasks: Vec::new(),
            task_of,
            edges: Vec::new(),
            first: NONE,
            sources: Vec::new(),
            given: Vec::new(),
        }
    }

    /// None if it cannot be planned.
    fn add(&mut self, opcode: &Opcode) -> Option<()> {
        self.sources.clear();
        self.given.clear();
        let mut block = None;
        let mut is_known = true;
        let Self { program, givers, blocks, sources, given, .. } = self;
        visit(&program.opcodes, opcode, |operand| match operand {
            Operand::Read(witness) | Operand::ReadOrSolve(witness) | Operand::Give(witness) => {
                match givers[witness as usize] {
                    NONE if matches!(operand, Operand::Read(_)) => is_known = false,
                    NONE => given.push(witness),
                    giver => sources.push(giver),
                }
            }
            Operand::ReadBlock(number) | Operand::WriteBlock(number) => {
                let is_write = matches!(operand, Operand::WriteBlock(_));
                if let Some((writer, readers)) = blocks.get(number as usize) {
                    sources.push(*writer);
                    if is_write {
                        sources.extend(readers);
                    }
                }
                // More than one block is read by calls only, which change none.
                block = Some((number, is_write));
            }
        });
        given.dedup();
        is_known &= match opcode {
            Opcode::AssertZero(_) => given.len() <= 1,
            _ => true,
        };
        if !is_known {
            return None;
        }
        self.sources.retain(|task| *task < INPUT);
        let task = self.place(self.cost(opcode));
        self.task_of.push(task);
        for index in 0..self.given.len() {
            self.givers[self.given[index] as usize] = task;
        }
        self.touch_blocks(opcode, task, block)
    }

    /// Notes who has read or changed blocks. None for one that was never initialised.
    fn touch_blocks(&mut self, opcode: &Opcode, task: u32, block: Option<(u32, bool)>) -> Option<()> {
        let Some((number, is_write)) = block else { return Some(()) };
        let index = number as usize;
        // The solver has the same limit.
        let is_init =
            matches!(opcode, Opcode::MemoryInit { .. }) && index <= self.program.opcodes.list().len();
        if is_init && index >= self.blocks.len() {
            self.blocks.resize(index + 1, (NONE, Vec::new()));
        }
        let is_there = |(writer, _): &&mut (u32, Vec<u32>)| is_init || *writer != NONE;
        if is_write {
            *self.blocks.get_mut(index).filter(is_there)? = (task, Vec::new());
            return Some(());
        }
        let mut read = |number: u32| {
            let (_, readers) = self.blocks.get_mut(number as usize).filter(is_there)?;
            if readers.last() != Some(&task) {
                readers.push(task);
            }
            Some(())
        };
        let Opcode::Call(call) = opcode else { return read(number) };
        call.inputs.iter().try_for_each(|input| match input {
            crate::acir::BrilligInput::Memory(number) => read(*number),
            crate::acir::BrilligInput::Values(_) => Some(()),
        })
    }

    fn cost(&self, opcode: &Opcode) -> u32 {
        match opcode {
            Opcode::Call(call) if self.call_counts[call.function as usize] < OFTEN => FULL,
            Opcode::Call(_) => HEAVY,
            Opcode::BlackBox(call) => match **call {
                BlackBox::And { .. } | BlackBox::Xor { .. } => 1,
                BlackBox::Ecdsa { .. } | BlackBox::MultiScalarMul { .. } => FULL,
                _ => HEAVY,
            },
            Opcode::MemoryInit { values, .. } => 1 + u32::try_from(values.len() / 10).unwrap_or(FULL),
            _ => 1,
        }
    }

    /// The task of an opcode of this cost that waits for `sources`.
    fn place(&mut self, cost: u32) -> u32 {
        let level = |task: &u32| self.tasks[*task as usize].level;
        let has_room =
            |task: u32| task != NONE && self.tasks[task as usize].cost + cost <= FULL.max(cost + 1);
        let Some(top) = self.sources.iter().map(level).max() else {
            if !has_room(self.first) || cost >= FULL {
                self.first = self.begin(0);
            }
            return self.join(self.first, cost);
        };
        let mut tops = self.sources.iter().copied().filter(|task| level(task) == top);
        let last = tops.clone().max().expect("one has the highest level");
        let is_alone = tops.all(|task| task == last);
        let task = if is_alone && cost < HEAVY && has_room(last) {
            last
        } else if has_room(self.tasks[last as usize].next) && cost < FULL {
            self.tasks[last as usize].next
        } else {
            let new = self.begin(top + 1);
            self.tasks[last as usize].next = new;
            new
        };
        self.join(task, cost)
    }

    fn begin(&mut self, level: u32) -> u32 {
        let number = u32::try_from(self.tasks.len()).expect("there are no more tasks than opcodes");
        self.tasks.push(Task { level, cost: 0, next: NONE, noted: [NONE; 4], waits: 0 });
        number
    }

    fn join(&mut self, number: u32, cost: u32) -> u32 {
        let task = &mut self.tasks[number as usize];
        task.cost += cost;
        for source in self.sources.iter().copied() {
            if source != number && !task.noted.contains(&source) {
                task.noted.rotate_right(1);
                task.noted[0] = source;
                task.waits += 1;
                self.edges.push((source, number));
            }
        }
        number
    }

    fn finish(self) -> Plan {
        let count = self.tasks.len();
        let opcodes = Lists::new(count, (0..).zip(&self.task_of).map(|(opcode, task)| (*task, opcode)));
        let followers = Lists::new(count, self.edges.iter().copied());
        Plan { opcodes, followers, waits: self.tasks.into_iter().map(|task| task.waits).collect() }
    }
}
