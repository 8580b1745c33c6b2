//! Writes ACIR programs: the serialisation of Noir 1.0.0-beta.18, and inputs that satisfy them.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chinampa_circuits::Artifact;
use chinampa_kernels::Fr;
use flate2::Compression;
use flate2::read::GzEncoder;
use serde::{Serialize, Serializer};

/// A field element: 32 bytes, big-endian.
#[derive(Clone, Copy, Debug)]
pub(crate) struct F(pub(crate) Fr);

impl Serialize for F {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0.to_be_bytes())
    }
}

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Expression {
    pub(crate) mul: Vec<(F, u32, u32)>,
    pub(crate) linear: Vec<(F, u32)>,
    pub(crate) constant: F,
}

impl Default for F {
    fn default() -> Self {
        Self(Fr::ZERO)
    }
}

impl Expression {
    pub(crate) fn constant(value: u64) -> Self {
        Self { constant: F(Fr::from(value)), ..Self::default() }
    }

    pub(crate) fn witness(witness: u32) -> Self {
        Self { linear: vec![(F(Fr::ONE), witness)], ..Self::default() }
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) enum Input {
    Constant(F),
    Witness(u32),
}

#[derive(Clone, Debug, Serialize)]
pub(crate) enum BlockType {
    Memory,
}

#[derive(Clone, Debug, Serialize)]
#[expect(clippy::upper_case_acronyms, reason = "the names are those of the format")]
pub(crate) enum BlackBox {
    AES128Encrypt {
        inputs: Vec<Input>,
        iv: Vec<Input>,
        key: Vec<Input>,
        outputs: Vec<u32>,
    },
    AND {
        lhs: Input,
        rhs: Input,
        num_bits: u32,
        output: u32,
    },
    XOR {
        lhs: Input,
        rhs: Input,
        num_bits: u32,
        output: u32,
    },
    RANGE {
        input: Input,
        num_bits: u32,
    },
    Blake2s {
        inputs: Vec<Input>,
        outputs: Vec<u32>,
    },
    Blake3 {
        inputs: Vec<Input>,
        outputs: Vec<u32>,
    },
    EcdsaSecp256k1 {
        x: Vec<Input>,
        y: Vec<Input>,
        signature: Vec<Input>,
        hash: Vec<Input>,
        predicate: Input,
        output: u32,
    },
    EcdsaSecp256r1 {
        x: Vec<Input>,
        y: Vec<Input>,
        signature: Vec<Input>,
        hash: Vec<Input>,
        predicate: Input,
        output: u32,
    },
    MultiScalarMul {
        points: Vec<Input>,
        scalars: Vec<Input>,
        predicate: Input,
        outputs: (u32, u32, u32),
    },
    EmbeddedCurveAdd {
        input1: Vec<Input>,
        input2: Vec<Input>,
        predicate: Input,
        outputs: (u32, u32, u32),
    },
    Keccakf1600 {
        inputs: Vec<Input>,
        outputs: Vec<u32>,
    },
    Poseidon2Permutation {
        inputs: Vec<Input>,
        outputs: Vec<u32>,
    },
    Sha256Compression {
        inputs: Vec<Input>,
        hash_values: Vec<Input>,
        outputs: Vec<u32>,
    },
}

#[derive(Clone, Debug, Serialize)]
pub(crate) enum Opcode {
    AssertZero(Expression),
    BlackBoxFuncCall(BlackBox),
    MemoryOp { block_id: u32, op: (Expression, Expression, Expression) },
    MemoryInit { block_id: u32, init: Vec<u32>, block_type: BlockType },
}

/// `[function_name, current_witness_index, opcodes, private, public, return values, assert messages]`.
type Circuit<'a> = (&'a str, u32, &'a [Opcode], &'a [u32], &'a [u32], &'a [u32], [(); 0]);

/// A program that grows, and the inputs that it is solved for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) opcodes: Vec<Opcode>,
    pub(crate) inputs: Vec<Fr>,
    pub(crate) public: Vec<u32>,
    pub(crate) returns: Vec<u32>,
    witnesses: u32,
}

impl Program {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// A new input. Inputs come before everything else.
    pub(crate) fn input(&mut self, value: Fr) -> u32 {
        assert_eq!(self.witnesses as usize, self.inputs.len(), "inputs come first");
        self.inputs.push(value);
        self.fresh()
    }

    /// A new witness that an opcode computes.
    pub(crate) fn fresh(&mut self) -> u32 {
        self.witnesses += 1;
        self.witnesses - 1
    }

    pub(crate) fn fresh_many(&mut self, count: usize) -> Vec<u32> {
        (0..count).map(|_| self.fresh()).collect()
    }

    pub(crate) fn push(&mut self, black_box: BlackBox) {
        self.opcodes.push(Opcode::BlackBoxFuncCall(black_box));
    }

    pub(crate) fn assert_zero(&mut self, expression: Expression) {
        self.opcodes.push(Opcode::AssertZero(expression));
    }

    /// The bytecode as `bb -b` reads it.
    pub(crate) fn gzip(&self) -> Vec<u8> {
        let private: Vec<u32> =
            (0..self.inputs.len() as u32).filter(|input| !self.public.contains(input)).collect();
        let last = self.witnesses.max(1) - 1;
        let circuit: Circuit<'_> = ("main", last, &self.opcodes, &private, &self.public, &self.returns, []);
        let mut raw = vec![3];
        let program: ([Circuit<'_>; 1], [(); 0]) = ([circuit], []);
        raw.extend(rmp_serde::to_vec(&program).unwrap());
        let mut gzip = Vec::new();
        GzEncoder::new(raw.as_slice(), Compression::best()).read_to_end(&mut gzip).unwrap();
        gzip
    }

    /// The artifact as `nargo compile` writes it, so far as anything reads it.
    pub(crate) fn json(&self) -> String {
        let fields =
            |len: usize| serde_json::json!({ "kind": "array", "length": len, "type": { "kind": "field" } });
        let parameters = match self.inputs.len() {
            0 => serde_json::json!([]),
            len => serde_json::json!([{ "name": "x", "type": fields(len), "visibility": "private" }]),
        };
        let return_type = match self.returns.len() {
            0 => serde_json::Value::Null,
            len => serde_json::json!({ "abi_type": fields(len), "visibility": "public" }),
        };
        serde_json::json!({
            "noir_version": "1.0.0-beta.18",
            "hash": "0",
            "abi": { "parameters": parameters, "return_type": return_type, "error_types": {} },
            "bytecode": STANDARD.encode(self.gzip()),
            "debug_symbols": "",
            "file_map": {},
        })
        .to_string()
    }

    /// The artifact, decoded.
    pub(crate) fn artifact(&self) -> Artifact {
        Artifact::from_json(&self.name, self.json().as_bytes()).unwrap()
    }
}
