//! The challenges that relations are read under.

use chinampa_kernels::Fr;

/// Challenges of Oink, with their powers, and what the public inputs contribute to the grand product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelationParameters {
    /// Compresses memory records.
    pub eta: Fr,
    /// `eta^2`.
    pub eta_two: Fr,
    /// `eta^3`.
    pub eta_three: Fr,
    /// Compresses cells of copy constraints and rows of lookup tables.
    pub beta: Fr,
    /// `beta^2`.
    pub beta_sqr: Fr,
    /// `beta^3`.
    pub beta_cube: Fr,
    /// Shifts what [`beta`](Self::beta) compresses.
    pub gamma: Fr,
    /// The value at which the grand product ends.
    pub public_input_delta: Fr,
}

impl RelationParameters {
    /// All parameters from the three challenges and the public inputs' part.
    pub fn new(eta: Fr, beta: Fr, gamma: Fr, public_input_delta: Fr) -> Self {
        let (eta_two, beta_sqr) = (eta.square(), beta.square());
        Self {
            eta,
            eta_two,
            eta_three: eta_two * eta,
            beta,
            beta_sqr,
            beta_cube: beta_sqr * beta,
            gamma,
            public_input_delta,
        }
    }
}
