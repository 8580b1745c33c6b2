//! The serialised form, member by member. Structs are arrays, so the order of members is the format; enums are
//! one-entry maps from the variant's name.

use std::fmt;

use acvm::FieldElement;
use acvm::acir::circuit::brillig::BrilligBytecode;
use chinampa_kernels::field::FIELD_BYTES;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use super::compact::Opcodes;

#[derive(Debug)]
pub(super) struct Program {
    pub(super) functions: Vec<Circuit>,
    pub(super) unconstrained_functions: Vec<BrilligBytecode<FieldElement>>,
}

/// Without the function's name, which comes first.
#[derive(Debug)]
pub(super) struct Circuit {
    pub(super) current_witness_index: u32,
    pub(super) opcodes: Opcodes,
    pub(super) private_parameters: Vec<u32>,
    pub(super) public_parameters: Vec<u32>,
    pub(super) return_values: Vec<u32>,
    pub(super) assert_messages: Vec<(OpcodeLocation, AssertionPayload)>,
}

/// Where an assertion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum OpcodeLocation {
    Acir(usize),
    Brillig { acir_index: usize, brillig_index: usize },
}

/// What a failing assertion says: a message of the ABI and values for it.
#[derive(Debug, Deserialize)]
pub(crate) struct AssertionPayload {
    pub(crate) error_selector: u64,
    #[expect(
        dead_code,
        reason = "values of messages with placeholders, which the artifacts do not spell out"
    )]
    payload: Vec<ExpressionOrMemory>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "part of a payload that is read over")]
pub(super) enum ExpressionOrMemory {
    Expression(Expression),
    Memory(u32),
}

/// A field element as it is written: 32 bytes, most significant first. Programs have millions of them and few distinct ones,
/// so that they are compared before anything is computed with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Factor(pub(super) [u8; FIELD_BYTES]);

impl<'de> Deserialize<'de> for Factor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Factor;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the 32 bytes of a field element")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Factor, E> {
                bytes.try_into().map(Factor).map_err(|_| E::invalid_length(bytes.len(), &self))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// The sum of `mul_terms` (factor and two witnesses), `linear_combinations` (factor and witness) and `q_c`.
#[derive(Debug, Deserialize)]
pub(super) struct Expression {
    pub(super) mul_terms: Vec<(Factor, u32, u32)>,
    pub(super) linear_combinations: Vec<(Factor, u32)>,
    pub(super) q_c: Factor,
}

#[derive(Debug, Deserialize)]
pub(super) enum FunctionInput {
    Constant(Factor),
    Witness(u32),
}

#[derive(Debug, Deserialize)]
pub(super) enum BlockType {
    Memory,
    CallData(#[expect(dead_code, reason = "which databus column; solving treats all blocks alike")] u32),
    ReturnData,
}

#[derive(Debug, Deserialize)]
pub(super) enum BrilligInputs {
    Single(Expression),
    Array(Vec<Expression>),
    MemoryArray(u32),
}

#[derive(Debug, Deserialize)]
pub(super) enum BrilligOutputs {
    Simple(u32),
    Array(Vec<u32>),
}

/// `operation` is the constant 0 for a read and 1 for a write.
#[derive(Debug, Deserialize)]
pub(super) struct MemOp {
    pub(super) operation: Expression,
    pub(super) index: Expression,
    pub(super) value: Expression,
}

#[derive(Debug, Deserialize)]
pub(super) enum Opcode {
    AssertZero(Expression),
    BlackBoxFuncCall(BlackBoxFuncCall),
    MemoryOp {
        block_id: u32,
        op: MemOp,
    },
    MemoryInit {
        block_id: u32,
        init: Vec<u32>,
        block_type: BlockType,
    },
    BrilligCall {
        id: u32,
        inputs: Vec<BrilligInputs>,
        outputs: Vec<BrilligOutputs>,
        predicate: Option<Expression>,
    },
    #[expect(dead_code, reason = "refused: the artifacts have one function")]
    Call {
        id: u32,
        inputs: Vec<u32>,
        outputs: Vec<u32>,
        predicate: Option<Expression>,
    },
}

#[derive(Debug, Deserialize)]
#[expect(clippy::upper_case_acronyms, reason = "the names are those of the format")]
#[expect(dead_code, reason = "the inputs of recursive verification are read over: solving does not verify")]
pub(super) enum BlackBoxFuncCall {
    AES128Encrypt {
        inputs: Vec<FunctionInput>,
        iv: Vec<FunctionInput>,
        key: Vec<FunctionInput>,
        outputs: Vec<u32>,
    },
    AND {
        lhs: FunctionInput,
        rhs: FunctionInput,
        num_bits: u32,
        output: u32,
    },
    XOR {
        lhs: FunctionInput,
        rhs: FunctionInput,
        num_bits: u32,
        output: u32,
    },
    RANGE {
        input: FunctionInput,
        num_bits: u32,
    },
    Blake2s {
        inputs: Vec<FunctionInput>,
        outputs: Vec<u32>,
    },
    Blake3 {
        inputs: Vec<FunctionInput>,
        outputs: Vec<u32>,
    },
    EcdsaSecp256k1 {
        public_key_x: Vec<FunctionInput>,
        public_key_y: Vec<FunctionInput>,
        signature: Vec<FunctionInput>,
        hashed_message: Vec<FunctionInput>,
        predicate: FunctionInput,
        output: u32,
    },
    EcdsaSecp256r1 {
        public_key_x: Vec<FunctionInput>,
        public_key_y: Vec<FunctionInput>,
        signature: Vec<FunctionInput>,
        hashed_message: Vec<FunctionInput>,
        predicate: FunctionInput,
        output: u32,
    },
    MultiScalarMul {
        points: Vec<FunctionInput>,
        scalars: Vec<FunctionInput>,
        predicate: FunctionInput,
        outputs: (u32, u32, u32),
    },
    EmbeddedCurveAdd {
        input1: Vec<FunctionInput>,
        input2: Vec<FunctionInput>,
        predicate: FunctionInput,
        outputs: (u32, u32, u32),
    },
    Keccakf1600 {
        inputs: Vec<FunctionInput>,
        outputs: Vec<u32>,
    },
    RecursiveAggregation {
        verification_key: Vec<FunctionInput>,
        proof: Vec<FunctionInput>,
        public_inputs: Vec<FunctionInput>,
        key_hash: FunctionInput,
        proof_type: u32,
        predicate: FunctionInput,
    },
    Poseidon2Permutation {
        inputs: Vec<FunctionInput>,
        outputs: Vec<u32>,
    },
    Sha256Compression {
        inputs: Vec<FunctionInput>,
        hash_values: Vec<FunctionInput>,
        outputs: Vec<u32>,
    },
}
