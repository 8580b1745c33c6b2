//! What a circuit's unconstrained code may ask of the world around it.

use chinampa_kernels::Fr;

/// Why an oracle has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OracleError {
    /// No such function.
    #[error("unexpected oracle during execution")]
    Unknown,
    /// The arguments or what they say are wrong.
    #[error("{reason}")]
    Refused {
        /// What is wrong with them.
        reason: String,
    },
}

impl OracleError {
    /// The arguments or what they say are wrong.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused { reason: reason.into() }
    }
}

/// Answers the foreign calls of unconstrained code.
pub trait Oracle {
    /// Calls the function `name` with arguments of one or more fields each; the answer has as many values as the
    /// program expects, each of one or more fields.
    ///
    /// # Errors
    /// [`OracleError`]; solving ends with it.
    fn call(&mut self, name: &str, arguments: &[Vec<Fr>]) -> Result<Vec<Vec<Fr>>, OracleError>;

    /// Whether solving should end before it is done. Asked every few thousand opcodes.
    fn should_stop(&self) -> bool {
        false
    }
}

/// The oracle of a circuit that asks nothing: every call is unknown. The circuits that are proven need no other.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoOracle;

impl Oracle for NoOracle {
    fn call(&mut self, _: &str, _: &[Vec<Fr>]) -> Result<Vec<Vec<Fr>>, OracleError> {
        Err(OracleError::Unknown)
    }
}
