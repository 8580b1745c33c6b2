//! Solving on several threads gives what solving in order gives: the same witness, or the same error.

use chinampa_circuits::{Artifact, NoOracle, Oracle, OracleError, SolveError};
use chinampa_kernels::Fr;
use chinampa_testkit::dice::Dice;
use proptest::prelude::*;

use crate::acir::{BlackBox, BlockType, Expression, F, Input, Opcode, Program};

/// More opcodes than a program has that is always solved in order.
const OPCODES: usize = 20_500;
/// Cells of each block of memory.
const CELLS: u64 = 8;

/// A witness that is known: often a recent one, so that there are chains.
fn pick(dice: &mut Dice, known: &[u32]) -> u32 {
    let len = known.len() as u64;
    let place = if dice.roll(2) == 0 { len - 1 - dice.roll(len.min(5)) } else { dice.roll(len) };
    known[usize::try_from(place).unwrap()]
}

/// What is wrong with a program, and at which of its opcodes.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// A constraint that never holds.
    Broken,
    /// An expression that is 0 whatever its unknown witness is, which another opcode gives later.
    Open,
    /// A sum of two witnesses that nobody has solved.
    Unknown,
}

/// `0 = left * right + third - result` for a new witness.
fn product(program: &mut Program, dice: &mut Dice, known: &mut Vec<u32>) {
    let mul = vec![(F(Fr::ONE), pick(dice, known), pick(dice, known))];
    let result = program.fresh();
    let linear = vec![(F(Fr::from(3_u64)), pick(dice, known)), (F(-Fr::ONE), result)];
    let expression = Expression { mul, linear, constant: F(Fr::from(dice.roll(9))) };
    program.assert_zero(expression.clone());
    if dice.roll(4) == 0 {
        // The same again is a check.
        program.assert_zero(expression);
    }
    known.push(result);
}

fn access(program: &mut Program, dice: &mut Dice, known: &mut Vec<u32>, blocks: u64) {
    let block_id = u32::try_from(dice.roll(blocks)).unwrap();
    let index = Expression::constant(dice.roll(CELLS));
    let is_write = dice.roll(2) == 0;
    let value = if is_write { pick(dice, known) } else { program.fresh() };
    let op = (Expression::constant(u64::from(is_write)), index, Expression::witness(value));
    program.opcodes.push(Opcode::MemoryOp { block_id, op });
    known.push(value);
}

fn fault(program: &mut Program, fault: Fault, zero: u32, known: &mut Vec<u32>) {
    match fault {
        Fault::Broken => program.assert_zero(Expression::constant(1)),
        Fault::Open => {
            let open = program.fresh();
            let mul = vec![(F(Fr::ONE), zero, open)];
            program.assert_zero(Expression { mul, ..Expression::default() });
            let linear = vec![(F(Fr::ONE), open), (F(Fr::ONE), known[1])];
            program.assert_zero(Expression { linear, ..Expression::default() });
            known.push(open);
        }
        Fault::Unknown => {
            let linear = program.fresh_many(2).into_iter().map(|witness| (F(Fr::ONE), witness)).collect();
            program.assert_zero(Expression { linear, ..Expression::default() });
        }
    }
}

fn program(seed: u64, mut faults: Vec<(usize, Fault)>) -> (Artifact, Vec<Fr>) {
    let mut dice = Dice::new(seed | 1);
    let mut program = Program::new("generated");
    let zero = program.input(Fr::ZERO);
    let mut known: Vec<u32> = (0..CELLS).map(|value| program.input(Fr::from(value + 7))).collect();
    let blocks = 3;
    for block_id in 0..blocks {
        let init = known[..usize::try_from(CELLS).unwrap()].to_vec();
        program.opcodes.push(Opcode::MemoryInit { block_id, init, block_type: BlockType::Memory });
    }
    faults.sort_by_key(|(place, _)| *place);
    let mut faults = faults.into_iter().peekable();
    while program.opcodes.len() < OPCODES {
        while let Some((_, kind)) = faults.next_if(|(place, _)| *place <= program.opcodes.len()) {
            fault(&mut program, kind, zero, &mut known);
        }
        match dice.roll(40) {
            0..30 => product(&mut program, &mut dice, &mut known),
            30..38 => access(&mut program, &mut dice, &mut known, u64::from(blocks)),
            38 => {
                let inputs = (0..4).map(|_| Input::Witness(pick(&mut dice, &known))).collect();
                let outputs = program.fresh_many(4);
                known.extend(&outputs);
                program.push(BlackBox::Poseidon2Permutation { inputs, outputs });
            }
            _ => {
                let input = Input::Witness(pick(&mut dice, &known));
                program.push(BlackBox::RANGE { input, num_bits: 254 });
            }
        }
    }
    (program.artifact(), program.inputs)
}

fn kind() -> impl Strategy<Value = Fault> {
    prop_oneof![Just(Fault::Broken), Just(Fault::Open), Just(Fault::Unknown)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn threads_change_nothing(
        seed: u64,
        faults in prop::collection::vec((0..OPCODES, kind()), 0..3),
        threads in 2_usize..6,
    ) {
        let is_solvable = faults.iter().all(|(_, kind)| matches!(kind, Fault::Open));
        let (artifact, inputs) = program(seed, faults);
        let in_order = artifact.solve(&inputs, &mut NoOracle);
        prop_assert_eq!(in_order.is_ok(), is_solvable);
        prop_assert!(artifact.solve_on(threads, &inputs, &mut NoOracle) == in_order);
    }
}

#[test]
fn the_first_failure_in_order_is_reported() {
    let faults = vec![(15_000, Fault::Unknown), (9_000, Fault::Broken), (12_000, Fault::Broken)];
    let (artifact, inputs) = program(5, faults);
    for threads in [1, 2, 5] {
        match artifact.solve_on(threads, &inputs, &mut NoOracle) {
            Err(SolveError::Assertion { location: Some(location), .. }) => {
                assert!((9_000..9_002).contains(&location.acir), "{location}");
            }
            other => panic!("expected an assertion, got {:?}", other.map(|_| ())),
        }
    }
}

/// Wants an end as soon as it is asked a second time.
struct Impatient(std::cell::Cell<u32>);

impl Oracle for Impatient {
    fn call(&mut self, _: &str, _: &[Vec<Fr>]) -> Result<Vec<Vec<Fr>>, OracleError> {
        Err(OracleError::Unknown)
    }

    fn should_stop(&self) -> bool {
        self.0.set(self.0.get() + 1);
        self.0.get() > 1
    }
}

#[test]
fn solving_on_threads_ends_when_it_should() {
    let (artifact, inputs) = program(9, Vec::new());
    for threads in [1, 2, 5] {
        let ended = artifact.solve_on(threads, &inputs, &mut Impatient(std::cell::Cell::new(0)));
        assert!(matches!(ended, Err(SolveError::Stopped { .. })), "{threads}");
    }
}
