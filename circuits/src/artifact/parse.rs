//! One artifact: its JSON, and what can be done with it.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use acvm::FieldElement;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chinampa_kernels::Fr;
use serde::Deserialize;

use crate::abi::Abi;
use crate::acir::Program;
use crate::error::{ArtifactError, OpcodeLocation, SolveError};
use crate::oracle::Oracle;
use crate::solve::{self, Failure, FailureAt, Plan};
use crate::witness::{Witness, from_kernel, to_kernel};

/// A compiled Noir program, ready to solve.
#[derive(Debug)]
pub struct Artifact {
    name: String,
    noir_version: String,
    abi: Abi,
    program: Arc<Program>,
    /// How to solve it on several threads, once somebody wants to; none if it is solved on one.
    plan: OnceLock<Option<Plan>>,
    gzip: Vec<u8>,
    verification_key: Option<VerificationKey>,
}

/// The verification key that an artifact of a protocol circuit carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationKey {
    /// As Barretenberg writes it.
    pub bytes: Vec<u8>,
    /// As circuits read it.
    pub fields: Vec<Fr>,
    /// Poseidon2 hash of the fields.
    pub hash: Fr,
}

/// The members of an artifact's JSON that are read. `debug_symbols` and `file_map` are left out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Json<'a> {
    #[serde(rename = "noir_version")]
    noir_version: String,
    abi: Abi,
    #[serde(borrow)]
    bytecode: Cow<'a, str>,
    verification_key: Option<KeyJson>,
}

#[derive(Deserialize)]
struct KeyJson {
    bytes: String,
    fields: Vec<String>,
    hash: String,
}

impl Artifact {
    /// Reads an artifact's JSON. `name` is for messages.
    ///
    /// # Errors
    /// [`ArtifactError`], those of reading files excepted.
    pub fn from_json(name: &str, json: &[u8]) -> Result<Self, ArtifactError> {
        let Json { noir_version, abi, bytecode, verification_key } = serde_json::from_slice(json)?;
        let gzip = STANDARD
            .decode(bytecode.as_bytes())
            .map_err(|error| ArtifactError::Encoding { expected: "base64", reason: error.to_string() })?;
        let program = Program::from_gzip(&gzip)?;
        let counts = [
            ("parameters", abi.input_count(), program.inputs.len()),
            ("the return value", abi.output_count(), program.outputs.len()),
        ];
        for (what, abi, bytecode) in counts {
            if abi != bytecode {
                return Err(ArtifactError::AbiMismatch { what, abi, bytecode });
            }
        }
        let verification_key = verification_key.as_ref().map(read_key).transpose()?;
        let program = Arc::new(program);
        let (name, plan) = (name.to_owned(), OnceLock::new());
        Ok(Self { name, noir_version, abi, program, plan, gzip, verification_key })
    }

    /// The name it was read under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Version of the compiler, with its commit.
    pub fn noir_version(&self) -> &str {
        &self.noir_version
    }

    /// What goes in and comes out.
    pub fn abi(&self) -> &Abi {
        &self.abi
    }

    /// The bytecode as `bb prove -b` reads it: gzip.
    pub fn bytecode_gzip(&self) -> &[u8] {
        &self.gzip
    }

    /// Its verification key; artifacts for simulation have none.
    pub fn verification_key(&self) -> Option<&VerificationKey> {
        self.verification_key.as_ref()
    }

    /// The program itself, which circuits are built from.
    pub(crate) fn program(&self) -> Arc<Program> {
        Arc::clone(&self.program)
    }

    /// How many opcodes the program has.
    pub fn opcode_count(&self) -> usize {
        self.program.opcodes.list().len()
    }

    /// Solves the circuit for these inputs: one field for each scalar of the parameters, in the order of the ABI.
    ///
    /// # Errors
    /// [`SolveError`]
    pub fn solve(&self, inputs: &[Fr], oracle: &mut dyn Oracle) -> Result<Witness, SolveError> {
        self.solve_on(1, inputs, oracle)
    }

    /// As [`solve`](Self::solve), with the same witness or error, on up to `threads` threads. Programs that are small or that
    /// ask the oracle are solved on one.
    ///
    /// # Errors
    /// [`SolveError`]
    pub fn solve_on(
        &self,
        threads: usize,
        inputs: &[Fr],
        oracle: &mut dyn Oracle,
    ) -> Result<Witness, SolveError> {
        let expected = self.program.inputs.len();
        if inputs.len() != expected {
            let (circuit, actual) = (self.name.clone(), inputs.len());
            return Err(SolveError::InputCount { circuit, expected, actual });
        }
        let inputs = inputs.iter().map(|input| from_kernel(*input));
        let plan =
            if threads > 1 { self.plan.get_or_init(|| Plan::new(&self.program)).as_ref() } else { None };
        let values = match plan {
            Some(plan) => solve::solve_on(threads, plan, &self.program, inputs, oracle),
            None => solve::solve(&self.program, inputs, oracle),
        };
        Ok(Witness::of_solver(values.map_err(|failure| self.explain(failure))?))
    }

    /// What the circuit returned: one field for each scalar of the return value, in the order of the ABI.
    ///
    /// # Errors
    /// [`SolveError::Unassigned`] if the witness is not one of this circuit.
    pub fn outputs(&self, witness: &Witness) -> Result<Vec<Fr>, SolveError> {
        let value = |index: &u32| {
            let missing = || SolveError::Unassigned { circuit: self.name.clone(), index: *index };
            witness.get(*index).ok_or_else(missing)
        };
        self.program.outputs.iter().map(value).collect()
    }

    fn explain(&self, FailureAt { opcode, failure }: FailureAt) -> SolveError {
        let circuit = self.name.clone();
        let location = Some(OpcodeLocation { acir: opcode, brillig: None });
        match failure {
            Failure::Unsatisfied => {
                let selector = solve::payload_at(&self.program, opcode).map(|payload| payload.error_selector);
                let message = self.message(selector, "a constraint does not hold");
                SolveError::Assertion { circuit, location, message, values: Vec::new() }
            }
            Failure::Call { brillig, selector, message, values } => {
                let location = Some(OpcodeLocation { acir: opcode, brillig });
                let message =
                    message.unwrap_or_else(|| self.message(selector, "an unconstrained function failed"));
                let values = values.into_iter().map(to_kernel).collect();
                SolveError::Assertion { circuit, location, message, values }
            }
            Failure::Refused(message) => {
                SolveError::Assertion { circuit, location, message, values: Vec::new() }
            }
            Failure::Stopped => SolveError::Stopped { circuit },
            Failure::Unknown(reason) => SolveError::Unsolvable { circuit, location, reason },
            Failure::Oracle { name, source } => SolveError::Oracle { circuit, name, source },
        }
    }

    fn message(&self, selector: Option<u64>, otherwise: &str) -> String {
        let message = selector.and_then(|selector| self.abi.message(selector));
        message.unwrap_or(otherwise).to_owned()
    }
}

fn read_key(key: &KeyJson) -> Result<VerificationKey, ArtifactError> {
    Ok(VerificationKey {
        bytes: bytes(&key.bytes)?,
        fields: key.fields.iter().map(|field| read_field(field)).collect::<Result<_, _>>()?,
        hash: read_field(&key.hash)?,
    })
}

fn read_field(text: &str) -> Result<Fr, ArtifactError> {
    let wrong = |reason: String| ArtifactError::VerificationKey { reason };
    let bytes: [u8; 32] =
        bytes(text)?.try_into().map_err(|_| wrong(format!("{text} is not a field element of 32 bytes")))?;
    Fr::from_be_bytes(&bytes).map_err(|error| wrong(error.to_string()))
}

/// The bytes of hexadecimal text, with or without `0x`.
fn bytes(text: &str) -> Result<Vec<u8>, ArtifactError> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some((digit(*high)? * 16 + digit(*low)?) as u8),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
    bytes.ok_or_else(|| ArtifactError::VerificationKey { reason: "it is not hexadecimal".to_owned() })
}

/// The values of a program's inputs are held as the solver's fields, which must be as wide as ours.
const _: () = assert!(size_of::<FieldElement>() == size_of::<Fr>());
