//! Generated programs: every opcode and black box with constants, witnesses and both, at edge sizes, and random mixtures.
//! They only depend on what is written here, so that a recorded key belongs to a program by its name.

use chinampa_kernels::Fr;
use chinampa_kernels::curve::grumpkin::Affine;
use chinampa_kernels::hash::pedersen::derive_generators;
use chinampa_kernels::{Fq, field::FIELD_BYTES};

use crate::acir::{BlackBox, BlockType, Expression, F, Input, Opcode, Program};

/// A small generator of random numbers (splitmix64), so that no release of another one changes the programs.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn bytes(&mut self) -> [u8; FIELD_BYTES] {
        let mut bytes = [0; FIELD_BYTES];
        for chunk in bytes.chunks_exact_mut(8) {
            chunk.copy_from_slice(&self.next().to_be_bytes());
        }
        bytes
    }

    fn field(&mut self) -> Fr {
        Fr::from_be_bytes_reduced(&self.bytes())
    }

    /// A value of at most `bits` bits.
    fn bits(&mut self, bits: u32) -> Fr {
        let mut limbs = Fr::from_be_bytes_reduced(&self.bytes()).to_canonical_limbs();
        for (index, limb) in (0_u32..).zip(&mut limbs) {
            let kept = bits.saturating_sub(64 * index).min(64);
            *limb = if kept == 0 { 0 } else { *limb & (u64::MAX >> (64 - kept)) };
        }
        Fr::from_canonical_limbs(limbs).unwrap_or_default()
    }

    /// A coefficient: often small.
    fn coefficient(&mut self) -> Fr {
        match self.below(4) {
            0 => Fr::ONE,
            1 => -Fr::ONE,
            2 => Fr::from(self.below(100) + 2),
            _ => self.field(),
        }
    }
}

/// How operands are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operands {
    Witnesses,
    Constants,
    Mixed,
}

/// Operands of `bits` bits each.
fn operands(
    program: &mut Program,
    random: &mut Random,
    count: usize,
    bits: u32,
    kind: Operands,
) -> Vec<Input> {
    (0..count)
        .map(|index| {
            let value = random.bits(bits);
            let is_constant = match kind {
                Operands::Witnesses => false,
                Operands::Constants => true,
                Operands::Mixed => index % 3 == 1,
            };
            if is_constant { Input::Constant(F(value)) } else { Input::Witness(program.input(value)) }
        })
        .collect()
}

/// All generated programs.
pub(crate) fn programs() -> Vec<Program> {
    let mut all = Vec::new();
    all.extend((0..12).map(assertions));
    all.extend(
        [(0, 1), (1, 2), (2, 7), (3, 14), (4, 15), (5, 28), (6, 43), (7, 85), (8, 200), (9, 253)].map(ranges),
    );
    all.push(shared_ranges());
    all.extend(bit_operations());
    all.extend(hashes());
    all.extend(curve_operations());
    all.extend(memories());
    all.extend(crate::ecdsa::programs());
    all.extend(public_inputs());
    all.extend((0..16).map(mixture));
    all
}

/// A random expression whose last term, a new witness, makes it zero.
fn assertion(program: &mut Program, random: &mut Random, known: &mut Vec<u32>) {
    let pick = |random: &mut Random, known: &[u32]| known[random.below(known.len() as u64) as usize];
    let products = if random.below(3) == 0 { random.below(4) } else { random.below(2) };
    let mul =
        (0..products).map(|_| (F(random.coefficient()), pick(random, known), pick(random, known))).collect();
    let mut linear: Vec<(F, u32)> =
        (0..random.below(9)).map(|_| (F(random.coefficient()), pick(random, known))).collect();
    let result = program.fresh();
    linear.insert(random.below(linear.len() as u64 + 1) as usize, (F(random.coefficient()), result));
    let constant = if random.below(2) == 0 { Fr::ZERO } else { random.coefficient() };
    program.assert_zero(Expression { mul, linear, constant: F(constant) });
    known.push(result);
}

fn assertions(seed: u64) -> Program {
    let mut random = Random::new(1000 + seed);
    let mut program = Program::new(format!("assertions_{seed}"));
    let mut known: Vec<u32> = (0..1 + random.below(8)).map(|_| program.input(random.field())).collect();
    for _ in 0..1 + 3 * seed {
        assertion(&mut program, &mut random, &mut known);
    }
    program
}

fn ranges((seed, bits): (u64, u32)) -> Program {
    let mut random = Random::new(2000 + seed);
    let mut program = Program::new(format!("ranges_{bits}"));
    let mut witnesses = Vec::new();
    for offset in 0..6 {
        let bits = (bits + offset).min(253);
        witnesses.push((program.input(random.bits(bits)), bits));
    }
    for (witness, bits) in witnesses {
        program.push(BlackBox::RANGE { input: Input::Witness(witness), num_bits: bits });
    }
    program
}

/// One witness in several ranges, smaller and larger ones in turn, and equal ones.
fn shared_ranges() -> Program {
    let mut program = Program::new("ranges_shared");
    let witnesses: Vec<u32> = (0..3).map(|value| program.input(Fr::from(value as u64))).collect();
    for bits in [12, 3, 3, 20, 14, 2, 1, 64, 5] {
        for witness in &witnesses {
            if bits > 1 || *witness < 2 {
                program.push(BlackBox::RANGE { input: Input::Witness(*witness), num_bits: bits });
            }
        }
    }
    program
}

fn bit_operations() -> Vec<Program> {
    let mut all = Vec::new();
    for (seed, bits) in (0_u64..).zip([1, 2, 7, 31, 32, 63, 64, 65, 96, 128, 200, 252]) {
        let mut random = Random::new(3000 + seed);
        let mut program = Program::new(format!("bits_{bits}"));
        let witnesses: Vec<Input> = operands(&mut program, &mut random, 4, bits, Operands::Witnesses);
        let constants = operands(&mut program, &mut random, 3, bits, Operands::Constants);
        let pairs = [
            (witnesses[0], witnesses[1]),
            (witnesses[2], constants[0]),
            (constants[1], witnesses[3]),
            (constants[0], constants[2]),
            (witnesses[0], witnesses[0]),
        ];
        for (lhs, rhs) in pairs {
            let output = program.fresh();
            program.push(BlackBox::AND { lhs, rhs, num_bits: bits, output });
            let output = program.fresh();
            program.push(BlackBox::XOR { lhs, rhs, num_bits: bits, output });
        }
        all.push(program);
    }
    all
}

fn hashes() -> Vec<Program> {
    let mut all = Vec::new();
    let mut random = Random::new(4000);
    for (kind, label) in
        [(Operands::Witnesses, "witnesses"), (Operands::Mixed, "mixed"), (Operands::Constants, "constants")]
    {
        let mut program = Program::new(format!("sha256_{label}"));
        let inputs = operands(&mut program, &mut random, 16, 32, kind);
        let hash_values = operands(&mut program, &mut random, 8, 32, kind);
        let outputs = program.fresh_many(8);
        program.push(BlackBox::Sha256Compression { inputs, hash_values, outputs });
        all.push(program);
        let mut program = Program::new(format!("keccak_{label}"));
        let inputs = operands(&mut program, &mut random, 25, 64, kind);
        let outputs = program.fresh_many(25);
        program.push(BlackBox::Keccakf1600 { inputs, outputs });
        all.push(program);
        for len in [0, 1, 63, 64, 65, 130] {
            let mut program = Program::new(format!("blake2s_{label}_{len}"));
            let inputs = operands(&mut program, &mut random, len, 8, kind);
            let outputs = program.fresh_many(32);
            program.push(BlackBox::Blake2s { inputs, outputs });
            all.push(program);
            let mut program = Program::new(format!("blake3_{label}_{len}"));
            let inputs = operands(&mut program, &mut random, len, 8, kind);
            let outputs = program.fresh_many(32);
            program.push(BlackBox::Blake3 { inputs, outputs });
            all.push(program);
        }
    }
    for (label, text, rest) in [
        ("witnesses_16", 16, Operands::Witnesses),
        ("witnesses_48", 48, Operands::Witnesses),
        ("constant_key", 32, Operands::Constants),
        ("mixed", 32, Operands::Mixed),
    ] {
        let mut program = Program::new(format!("aes128_{label}"));
        let kind = if rest == Operands::Mixed { rest } else { Operands::Witnesses };
        let inputs = operands(&mut program, &mut random, text, 8, kind);
        let iv = operands(&mut program, &mut random, 16, 8, rest);
        let key = operands(&mut program, &mut random, 16, 8, rest);
        let outputs = program.fresh_many(text);
        program.push(BlackBox::AES128Encrypt { inputs, iv, key, outputs });
        all.push(program);
    }
    let mut program = Program::new("poseidon2_chain");
    let mut inputs = operands(&mut program, &mut random, 4, 254, Operands::Witnesses);
    for _ in 0..5 {
        let outputs = program.fresh_many(4);
        program.push(BlackBox::Poseidon2Permutation { inputs, outputs: outputs.clone() });
        inputs = outputs.into_iter().map(Input::Witness).collect();
    }
    all.push(program);
    all
}

/// A point's three words.
fn point(program: &mut Program, point: Affine, is_constant: bool) -> Vec<Input> {
    let words = [point.x(), point.y(), Fr::from(point.is_identity())];
    let word =
        |value| if is_constant { Input::Constant(F(value)) } else { Input::Witness(program.input(value)) };
    words.map(word).to_vec()
}

/// A scalar's two words.
fn scalar(program: &mut Program, random: &mut Random, is_constant: bool) -> Vec<Input> {
    let [a, b, c, d] = Fq::from_be_bytes_reduced(&random.bytes()).to_canonical_limbs();
    let words = [[a, b, 0, 0], [c, d, 0, 0]].map(|limbs| Fr::from_canonical_limbs(limbs).unwrap());
    let word =
        |value| if is_constant { Input::Constant(F(value)) } else { Input::Witness(program.input(value)) };
    words.map(word).to_vec()
}

fn triple(program: &mut Program) -> (u32, u32, u32) {
    (program.fresh(), program.fresh(), program.fresh())
}

fn curve_operations() -> Vec<Program> {
    let points: Vec<Affine> = derive_generators(b"chinampa", 0, 4).collect();
    let mut all = additions(&points);
    all.extend(products(&points));
    all.extend([0, 1].map(|holds| predicates(&points, holds)));
    all
}

fn additions(points: &[Affine]) -> Vec<Program> {
    let one = Input::Constant(F(Fr::ONE));
    let mut all = Vec::new();
    let additions = [
        ("witnesses", points[0], points[1], [false, false]),
        ("double", points[0], points[0], [false, false]),
        ("cancel", points[0], -points[0], [false, false]),
        ("infinity", points[0], Affine::IDENTITY, [false, false]),
        ("constant_left", points[0], points[1], [true, false]),
        ("constant_right", points[0], points[1], [false, true]),
        ("constants", points[0], points[1], [true, true]),
        ("constant_infinity", Affine::IDENTITY, points[1], [true, false]),
    ];
    for (label, left, right, constant) in additions {
        let mut program = Program::new(format!("curve_add_{label}"));
        let input1 = point(&mut program, left, constant[0]);
        let input2 = point(&mut program, right, constant[1]);
        let outputs = triple(&mut program);
        program.push(BlackBox::EmbeddedCurveAdd { input1, input2, predicate: one, outputs });
        all.push(program);
    }
    all
}

/// A point, whether it is a constant, and whether its scalar is.
type Term = (Affine, bool, bool);

fn products(points: &[Affine]) -> Vec<Program> {
    let one = Input::Constant(F(Fr::ONE));
    let mut all = Vec::new();
    let defaults: Vec<Affine> = derive_generators(b"DEFAULT_DOMAIN_SEPARATOR", 0, 2).collect();
    let products: [(&str, Vec<Term>); 7] = [
        ("witnesses", vec![(points[0], false, false), (points[1], false, false), (points[2], false, false)]),
        ("infinity", vec![(Affine::IDENTITY, false, false)]),
        ("fixed", vec![(defaults[0], true, false), (defaults[1], true, false)]),
        ("constant_points", vec![(points[0], true, false), (points[1], true, false)]),
        ("constants", vec![(points[0], true, true), (points[1], true, true)]),
        (
            "fixed_and_constants",
            vec![(defaults[0], true, false), (points[1], true, true), (points[2], true, false)],
        ),
        (
            "all_kinds",
            vec![
                (defaults[1], true, false),
                (points[0], false, true),
                (points[1], false, false),
                (points[3], true, true),
            ],
        ),
    ];
    for (seed, (label, terms)) in (5000_u64..).zip(products) {
        let mut random = Random::new(seed);
        let mut program = Program::new(format!("multiply_{label}"));
        let (mut all_points, mut scalars) = (Vec::new(), Vec::new());
        for (base, is_constant_point, is_constant_scalar) in terms {
            all_points.extend(point(&mut program, base, is_constant_point));
            scalars.extend(scalar(&mut program, &mut random, is_constant_scalar));
        }
        let outputs = triple(&mut program);
        program.push(BlackBox::MultiScalarMul { points: all_points, scalars, predicate: one, outputs });
        all.push(program);
    }
    all
}

/// Both operations with a predicate that is a witness.
fn predicates(points: &[Affine], holds: u64) -> Program {
    let mut random = Random::new(5100 + holds);
    let mut program = Program::new(format!("curve_predicate_{holds}"));
    let predicate = Input::Witness(program.input(Fr::from(holds)));
    let input1 = point(&mut program, points[0], false);
    let input2 = point(&mut program, points[1], true);
    let scalars = scalar(&mut program, &mut random, false);
    let outputs = triple(&mut program);
    program.push(BlackBox::EmbeddedCurveAdd { input1: input1.clone(), input2, predicate, outputs });
    let outputs = triple(&mut program);
    program.push(BlackBox::MultiScalarMul { points: input1, scalars, predicate, outputs });
    program
}

fn access(program: &mut Program, block_id: u32, is_write: bool, index: Expression, value: Expression) {
    let operation = Expression::constant(u64::from(is_write));
    program.opcodes.push(Opcode::MemoryOp { block_id, op: (operation, index, value) });
}

fn memories() -> Vec<Program> {
    let mut all = Vec::new();
    for (seed, (cells, reads)) in (6000_u64..).zip([(1, 1), (2, 5), (9, 3), (40, 60)]) {
        let mut random = Random::new(seed);
        let mut program = Program::new(format!("rom_{cells}_{reads}"));
        let init: Vec<u32> = (0..cells).map(|_| program.input(random.field())).collect();
        let indices: Vec<u32> = (0..reads).map(|_| program.input(Fr::from(random.below(cells)))).collect();
        program.opcodes.push(Opcode::MemoryInit { block_id: 0, init, block_type: BlockType::Memory });
        for index in indices {
            let value = program.fresh();
            access(&mut program, 0, false, Expression::witness(index), Expression::witness(value));
            let value = program.fresh();
            let known = Expression::constant(random.below(cells));
            access(&mut program, 0, false, known, Expression::witness(value));
        }
        all.push(program);
    }
    for (seed, (cells, accesses)) in (6100_u64..).zip([(1, 1), (2, 6), (12, 40)]) {
        let mut random = Random::new(seed);
        let mut program = Program::new(format!("ram_{cells}_{accesses}"));
        let init: Vec<u32> = (0..cells).map(|_| program.input(random.field())).collect();
        let indices: Vec<u32> = (0..accesses).map(|_| program.input(Fr::from(random.below(cells)))).collect();
        let values: Vec<u32> = (0..accesses).map(|_| program.input(random.field())).collect();
        // A higher block first: blocks are built by number.
        for block_id in [1, 0] {
            let init = init.clone();
            program.opcodes.push(Opcode::MemoryInit { block_id, init, block_type: BlockType::Memory });
        }
        for (step, (index, value)) in indices.into_iter().zip(values).enumerate() {
            let block_id = u32::from(step % 2 == 0);
            let known = Expression::constant(random.below(cells));
            let at = if step % 5 == 4 { known } else { Expression::witness(index) };
            let stored = if step % 7 == 3 { Expression::constant(5) } else { Expression::witness(value) };
            access(&mut program, block_id, true, at.clone(), stored);
            let read = program.fresh();
            access(&mut program, block_id, false, at, Expression::witness(read));
        }
        all.push(program);
    }
    all
}

fn public_inputs() -> Vec<Program> {
    let mut all = Vec::new();
    for (label, public, returns) in [
        ("parameters", vec![0, 2], 0),
        ("returns", vec![], 2),
        ("both", vec![1], 3),
        ("many", (0..20).collect(), 1),
    ] {
        let mut random = Random::new(7000);
        let mut program = Program::new(format!("public_{label}"));
        let mut known: Vec<u32> = (0..22).map(|_| program.input(random.field())).collect();
        let first = known.len();
        for _ in 0..4 {
            assertion(&mut program, &mut random, &mut known);
        }
        program.public = public;
        program.returns = known[first..first + returns].to_vec();
        all.push(program);
    }
    all
}

/// Opcodes of all cheap kinds in random order.
fn mixture(seed: u64) -> Program {
    let mut random = Random::new(8000 + seed);
    let mut program = Program::new(format!("mixture_{seed}"));
    let small: Vec<u32> = (0..6).map(|_| program.input(random.bits(8))).collect();
    let mut known: Vec<u32> = (0..6).map(|_| program.input(random.field())).collect();
    let index = program.input(Fr::from(random.below(4)));
    program.public = vec![small[0], known[0]];
    let init = known[..4].to_vec();
    program.opcodes.push(Opcode::MemoryInit { block_id: 0, init, block_type: BlockType::Memory });
    for _ in 0..5 + 4 * seed {
        let pick = |random: &mut Random| small[random.below(small.len() as u64) as usize];
        match random.below(7) {
            0 | 1 => assertion(&mut program, &mut random, &mut known),
            2 => {
                let input = Input::Witness(pick(&mut random));
                program.push(BlackBox::RANGE { input, num_bits: 8 + random.below(60) as u32 });
            }
            3 => {
                let (lhs, rhs) = (Input::Witness(pick(&mut random)), Input::Witness(pick(&mut random)));
                let (num_bits, output) = (8 + random.below(40) as u32, program.fresh());
                program.push(BlackBox::AND { lhs, rhs, num_bits, output });
            }
            4 => {
                let (lhs, rhs) = (Input::Witness(pick(&mut random)), Input::Constant(F(random.bits(8))));
                let (num_bits, output) = (8 + random.below(40) as u32, program.fresh());
                program.push(BlackBox::XOR { lhs, rhs, num_bits, output });
            }
            5 => {
                let value = program.fresh();
                let is_write = seed % 2 == 1 && random.below(2) == 0;
                let stored =
                    if is_write { Expression::witness(known[0]) } else { Expression::witness(value) };
                access(&mut program, 0, is_write, Expression::witness(index), stored);
                if is_write {
                    // The unused witness still needs a value.
                    let linear = vec![(F(Fr::ONE), value), (F(Fr::ONE), known[1])];
                    program.assert_zero(Expression { linear, ..Expression::default() });
                }
            }
            _ => {
                let inputs = known[..4].iter().map(|witness| Input::Witness(*witness)).collect();
                let outputs = program.fresh_many(4);
                known.extend(&outputs);
                program.push(BlackBox::Poseidon2Permutation { inputs, outputs });
            }
        }
    }
    program
}
