//! A program whose circuit is built, and the order in which that happens.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Arc;

use chinampa_honk::Flavor;
use chinampa_honk::builder::{Builder, Circuit, Purpose, Var};
use chinampa_honk::gadgets;
use chinampa_honk::ipa::IpaClaim;
use chinampa_kernels::curve::grumpkin;
use chinampa_kernels::{Fq, Fr};

use super::assert_zero::{self, Factors, NoGate, Row, Splitter};
use super::black_box::{self, Kind};
use super::error::CircuitError;
use super::memory::{self, Block, Operand};
use crate::acir::{BlackBox, Constants, Input, MemoryAccess, Opcode, Program};
use crate::artifact::Artifact;
use crate::error::{ArtifactError, OpcodeLocation};
use crate::witness::Witness;

/// Most witnesses that a program may name. The largest circuit of Aztec 4.1.2 has fewer than two million.
pub const MAX_WITNESSES: usize = 1 << 26;

/// Widest range that a circuit checks.
const MAX_RANGE_BITS: u32 = 253;

/// Which public inputs the backend appends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BackendInputs {
    /// Two points of a pairing that is still to be checked; at infinity without recursion.
    PairingPoints,
    /// The same, and a claim about an inner product: circuits of the rollup, whose proofs carry its proof.
    PairingPointsAndIpaClaim(IpaClaim),
}

impl BackendInputs {
    /// Those of a flavor, for a circuit whose key alone is wanted: it does not depend on what a claim says.
    pub fn of_key(flavor: Flavor) -> Self {
        if !flavor.has_ipa() {
            return Self::PairingPoints;
        }
        let commitment = grumpkin::Affine::GENERATOR;
        Self::PairingPointsAndIpaClaim(IpaClaim { commitment, challenge: Fq::ONE, evaluation: Fq::ONE })
    }
}

/// A program as circuits are built from: any Noir program, with or without an ABI.
#[derive(Debug)]
pub struct UltraProgram {
    program: Arc<Program>,
}

/// Opcodes by kind, each list in the program's order.
#[derive(Debug)]
struct Lists<'a> {
    /// Factors by the numbers that rows have for them.
    factors: Factors<'a>,
    single_rows: Vec<Row>,
    many_rows: Vec<Vec<Row>>,
    black_boxes: BTreeMap<Kind, Vec<&'a BlackBox>>,
    ranges: Vec<(Var, u32)>,
    blocks: BTreeMap<u32, Block<'a>>,
}

impl UltraProgram {
    /// Reads bytecode as `bb -b` takes it: gzip of one ACIR function in the serialisation of Noir 1.0.0-beta.18.
    ///
    /// # Errors
    /// [`ArtifactError`], those of reading files excepted.
    pub fn from_gzip(gzip: &[u8]) -> Result<Self, ArtifactError> {
        Ok(Self { program: Arc::new(Program::read(gzip)?) })
    }

    /// The program of an artifact, which is not read again.
    pub fn of_artifact(artifact: &Artifact) -> Self {
        Self { program: artifact.program() }
    }

    /// Number of witnesses: what a witness has values for.
    pub fn witness_count(&self) -> usize {
        self.program.largest_witness() as usize + 1
    }

    /// Number of opcodes.
    pub fn opcode_count(&self) -> usize {
        self.program.opcodes.list().len()
    }

    /// Refuses programs that have no circuit, before any work is done.
    ///
    /// # Errors
    /// [`CircuitError::TooManyWitnesses`]; [`CircuitError::Unsupported`] and [`CircuitError::Malformed`] with the first
    /// opcode that is.
    pub fn check(&self) -> Result<(), CircuitError> {
        let actual = self.witness_count();
        if actual > MAX_WITNESSES {
            return Err(CircuitError::TooManyWitnesses { limit: MAX_WITNESSES, actual });
        }
        let constants = self.program.opcodes.constants();
        for (index, opcode) in self.program.opcodes.list().iter().enumerate() {
            let location = OpcodeLocation { acir: index, brillig: None };
            let malformed = |reason| CircuitError::Malformed { location, reason };
            let unsupported = |opcode| CircuitError::Unsupported { location, opcode };
            match opcode {
                Opcode::AssertZero(_) | Opcode::Call(_) => {}
                Opcode::Range { input, bits } => check_range(input, *bits).map_err(malformed)?,
                Opcode::Memory(access) => self.check_access(access).map_err(malformed)?,
                Opcode::MemoryInit { is_databus: false, .. } => {}
                Opcode::MemoryInit { .. } => return Err(malformed("a databus block outside of a kernel")),
                Opcode::BlackBox(call) => black_box::check(constants, call).map_err(malformed)?,
                Opcode::Recursion { predicate, .. } if is_never(constants, predicate) => {}
                Opcode::Recursion { proof_type, .. } => {
                    return Err(unsupported(format!("verification of proofs of type {proof_type}")));
                }
            }
        }
        Ok(())
    }

    fn check_access(&self, access: &MemoryAccess) -> Result<(), &'static str> {
        let is_operand = |expression| Operand::of(&self.program.opcodes, expression).is_some();
        if is_operand(&access.index) && is_operand(&access.value) {
            Ok(())
        } else {
            Err("a memory operation on an expression that is neither a witness nor a constant")
        }
    }

    /// Builds the circuit for its key.
    ///
    /// # Errors
    /// [`CircuitError::Unsupported`] and [`CircuitError::Malformed`].
    pub fn key_circuit(&self, backend: BackendInputs) -> Result<Circuit, CircuitError> {
        let placeholders = vec![Fr::ZERO; self.witness_count()];
        self.build(placeholders, Purpose::Key, backend)
    }

    /// Builds the circuit with the values of a witness, which is given up once they are copied, if it is given whole.
    ///
    /// # Errors
    /// [`CircuitError`]
    pub fn proof_circuit(
        &self,
        witness: impl Borrow<Witness>,
        backend: BackendInputs,
    ) -> Result<Circuit, CircuitError> {
        let values = witness.borrow().or_zero();
        drop(witness);
        let (expected, actual) = (self.witness_count(), values.len());
        if expected != actual {
            return Err(CircuitError::WitnessCount { expected, actual });
        }
        let circuit = self.build(values, Purpose::Proof, backend)?;
        match circuit.failure() {
            Some(reason) => Err(CircuitError::Unsatisfied { reason }),
            None => Ok(circuit),
        }
    }

    fn build(
        &self,
        witness: Vec<Fr>,
        purpose: Purpose,
        backend: BackendInputs,
    ) -> Result<Circuit, CircuitError> {
        self.check()?;
        let lists = self.lists()?;
        let opcodes = &self.program.opcodes;
        let constants = opcodes.constants();
        let public_inputs = self.program.public_inputs.iter().copied().map(Var::new).collect();
        let mut builder = Builder::with_palette(constants.palette().clone(), witness, public_inputs, purpose);
        assert_zero::build_single(&mut builder, &lists.factors, &lists.single_rows);
        drop(lists.single_rows);
        for rows in &lists.many_rows {
            assert_zero::build(&mut builder, &lists.factors, rows);
        }
        let mut black_boxes = lists.black_boxes;
        for call in black_boxes.remove(&Kind::Logic).unwrap_or_default() {
            black_box::build(&mut builder, constants, call);
        }
        for (var, bits) in lists.ranges {
            builder.constrain_bits(var, bits);
        }
        for call in black_boxes.into_values().flatten() {
            black_box::build(&mut builder, constants, call);
        }
        for block in lists.blocks.values() {
            memory::build(&mut builder, opcodes, block);
        }
        match backend {
            BackendInputs::PairingPoints => builder.add_default_backend_inputs(),
            BackendInputs::PairingPointsAndIpaClaim(claim) => {
                gadgets::add_rollup_backend_inputs(&mut builder, &claim);
            }
        }
        Ok(builder.finish())
    }

    /// Sorts the opcodes by kind.
    fn lists(&self) -> Result<Lists<'_>, CircuitError> {
        let opcodes = &self.program.opcodes;
        let mut splitter = Splitter::new(opcodes);
        let mut lists = Lists {
            factors: Factors::new(opcodes.constants()),
            single_rows: Vec::new(),
            many_rows: Vec::new(),
            black_boxes: BTreeMap::new(),
            ranges: Vec::new(),
            blocks: BTreeMap::new(),
        };
        for (index, opcode) in opcodes.list().iter().enumerate() {
            let location = OpcodeLocation { acir: index, brillig: None };
            match opcode {
                Opcode::AssertZero(expression) => {
                    let rows = splitter.split(expression);
                    match rows.map_err(|NoGate(reason)| CircuitError::Malformed { location, reason })? {
                        [row] => lists.single_rows.push(*row),
                        rows => lists.many_rows.push(rows.to_vec()),
                    }
                }
                Opcode::Range { input: Input::Witness(witness), bits } => {
                    lists.ranges.push((Var::new(*witness), *bits));
                }
                Opcode::BlackBox(call) => lists.black_boxes.entry(Kind::of(call)).or_default().push(call),
                Opcode::MemoryInit { block, values, .. } => {
                    lists.blocks.insert(*block, Block { values, accesses: Vec::new() });
                }
                Opcode::Memory(access) => {
                    let block = lists.blocks.get_mut(&access.block);
                    let block = block.filter(|block| memory::is_possible(opcodes, block, access));
                    let reason = "an access outside of all memory";
                    let block = block.ok_or(CircuitError::Malformed { location, reason })?;
                    block.accesses.push(access);
                }
                Opcode::Range { .. } | Opcode::Call(_) | Opcode::Recursion { .. } => {}
            }
        }
        lists.factors = splitter.into_factors();
        Ok(lists)
    }
}

fn check_range(input: &Input, bits: u32) -> Result<(), &'static str> {
    match input {
        Input::Constant(_) => Err("a range check of a constant"),
        Input::Witness(_) if bits == 0 => Err("a range check to no bits"),
        Input::Witness(_) if bits > MAX_RANGE_BITS => Err("a range check to as many bits as the field has"),
        Input::Witness(_) => Ok(()),
    }
}

/// Whether a predicate is the constant zero.
fn is_never(constants: &Constants, predicate: &Input) -> bool {
    matches!(predicate, Input::Constant(id) if constants.get(*id).is_zero())
}
