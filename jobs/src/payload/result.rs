//! Results of jobs.

use serde_json::value::RawValue;

use super::base64_json;
use super::proof::RecursiveProof;
use super::reader::FIELD_LEN;
use super::verification_key::VerificationKeyData;
use crate::error::{Error, check_len, excerpt};
use crate::js_number;
use crate::limits::{MAX_RESULT_JSON_LEN, MAX_RESULT_PART_LEN};
use crate::raw_json;
use crate::request_type::RequestType;
use crate::uri::ProofUri;

/// Result of a job: the proof and, for all types but `PUBLIC_VM`, the circuit's public inputs and verification key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobResult {
    request_type: RequestType,
    proof: RecursiveProof,
    outputs: Option<CircuitOutputs>,
}

/// What a circuit proof comes with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitOutputs {
    /// Binary form of the public inputs, of the class that the request type names. Those of a program are 32 bytes each.
    pub public_inputs: Vec<u8>,
    /// Key that verifies the proof.
    pub verification_key: VerificationKeyData,
}

impl JobResult {
    /// The result of a `PUBLIC_VM` job.
    ///
    /// # Errors
    /// [`Error::ProofLength`]
    pub fn public_vm(proof: RecursiveProof) -> Result<Self, Error> {
        Self::checked(RequestType::PublicVm, proof, None)
    }

    /// The result of a circuit.
    ///
    /// # Errors
    /// [`Error::UnexpectedRequestType`] for `PUBLIC_VM`, [`Error::ProofLength`], and [`Error::Length`] if the public
    /// inputs do not have the size of their class, or are no whole field elements
    pub fn circuit(
        request_type: RequestType,
        proof: RecursiveProof,
        outputs: CircuitOutputs,
    ) -> Result<Self, Error> {
        Self::checked(request_type, proof, Some(outputs))
    }

    fn checked(
        request_type: RequestType,
        proof: RecursiveProof,
        outputs: Option<CircuitOutputs>,
    ) -> Result<Self, Error> {
        let (expected, actual) = (request_type.proof_field_count(), proof.fields().len());
        if expected != actual {
            return Err(Error::ProofLength { expected, actual });
        }
        match (request_type.public_inputs_class(), &outputs) {
            (None, None) => {}
            (Some(class), Some(outputs)) => {
                let actual = outputs.public_inputs.len();
                let expected = class.len_bytes().unwrap_or(actual.next_multiple_of(FIELD_LEN));
                if expected != actual {
                    return Err(Error::Length { field: "result.inputs", expected, actual });
                }
            }
            (None, Some(_)) | (Some(_), None) => {
                return Err(Error::UnexpectedRequestType {
                    expected: "one with public inputs, or PUBLIC_VM without".to_owned(),
                    actual: request_type.to_string(),
                });
            }
        }
        Ok(Self { request_type, proof, outputs })
    }

    /// Kind of proof.
    pub fn request_type(&self) -> RequestType {
        self.request_type
    }

    /// The proof.
    pub fn proof(&self) -> &RecursiveProof {
        &self.proof
    }

    /// Public inputs and key; none for `PUBLIC_VM`.
    pub fn outputs(&self) -> Option<&CircuitOutputs> {
        self.outputs.as_ref()
    }

    /// The JSON form `{"type":n,"result":...}`, as Aztec writes it.
    pub fn to_json(&self) -> String {
        let mut out = format!("{{\"type\":{},\"result\":", self.request_type.number());
        if let Some(outputs) = &self.outputs {
            out.push_str("{\"inputs\":");
            base64_json::write(&mut out, &outputs.public_inputs);
            out.push_str(",\"proof\":");
            base64_json::write(&mut out, &self.proof.encode());
            out.push_str(",\"verificationKey\":");
            base64_json::write(&mut out, &outputs.verification_key.encode());
            out.push('}');
        } else {
            base64_json::write(&mut out, &self.proof.encode());
        }
        out.push('}');
        out
    }

    /// Reads the JSON form. Surplus bytes behind the binary forms are dropped, as Aztec does.
    ///
    /// # Errors
    /// Any of [`Error`] but those of URIs and ids
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        check_len("result JSON", MAX_RESULT_JSON_LEN, text.len())?;
        let raw = raw_json::parse("result JSON", text)?;
        let (request_type, [result]) = read_tagged(raw, "result JSON", ["result"])?;
        let result = result.ok_or(Error::Missing { field: "result" })?;
        let Some(class) = request_type.public_inputs_class() else {
            return Self::public_vm(read_proof(request_type, "result", result)?);
        };
        let [inputs, proof, key] =
            raw_json::members(result, ["inputs", "proof", "verificationKey"]).ok_or_else(|| {
                Error::WrongKind { field: "result", expected: "an object", actual: raw_json::kind(result) }
            })?;
        let inputs = inputs.ok_or(Error::Missing { field: "result.inputs" })?;
        let mut public_inputs = base64_json::read("result.inputs", MAX_RESULT_PART_LEN, inputs)?;
        public_inputs.truncate(class.len_bytes().unwrap_or(MAX_RESULT_PART_LEN));
        let proof = proof.ok_or(Error::Missing { field: "result.proof" })?;
        let proof = read_proof(request_type, "result.proof", proof)?;
        let key = key.ok_or(Error::Missing { field: "result.verificationKey" })?;
        let key = base64_json::read("result.verificationKey", MAX_RESULT_PART_LEN, key)?;
        let verification_key = VerificationKeyData::decode(&key)?;
        Self::circuit(request_type, proof, CircuitOutputs { public_inputs, verification_key })
    }

    /// The inline URI that holds it.
    ///
    /// # Errors
    /// [`Error::TooLong`]
    pub fn to_inline_uri(&self) -> Result<ProofUri, Error> {
        ProofUri::inline(&self.to_json())
    }

    /// Reads an inline URI.
    ///
    /// # Errors
    /// Those of [`ProofUri::inline_json`] and [`JobResult::from_json`]
    pub fn from_inline_uri(uri: &ProofUri) -> Result<Self, Error> {
        Self::from_json(uri.inline_json()?.as_bytes())
    }
}

fn read_proof(
    request_type: RequestType,
    field: &'static str,
    raw: &RawValue,
) -> Result<RecursiveProof, Error> {
    let bytes = base64_json::read(field, MAX_RESULT_PART_LEN, raw)?;
    RecursiveProof::decode(&bytes, request_type.proof_field_count())
}

/// The request type of a `{"type":n,...}` object and the wanted members beside it.
pub(super) fn read_tagged<'a, const N: usize>(
    raw: &'a RawValue,
    field: &'static str,
    names: [&'static str; N],
) -> Result<(RequestType, [Option<&'a RawValue>; N]), Error> {
    let wrong_kind = || Error::WrongKind { field, expected: "an object", actual: raw_json::kind(raw) };
    let [tag] = raw_json::members(raw, ["type"]).ok_or_else(wrong_kind)?;
    let members = raw_json::members(raw, names).ok_or_else(wrong_kind)?;
    let tag = tag.ok_or(Error::Missing { field: "type" })?;
    let unknown = |actual: &str| Error::UnknownRequestType { field: "type", actual: excerpt(actual) };
    let number: f64 = tag.get().parse().map_err(|_| unknown(tag.get()))?;
    let request_type =
        js_number::whole(number).and_then(RequestType::from_number).ok_or_else(|| unknown(tag.get()))?;
    Ok((request_type, members))
}
