//! The challenges that relations are read under.

use chinampa_kernels::Fr;

/// Challenges of Oink, with their powers, and what the public inputs contribute to the grand product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelationParameters<T = Fr> {
    /// Compresses memory records.
    pub eta: T,
    /// `eta^2`.
    pub eta_two: T,
    /// `eta^3`.
    pub eta_three: T,
    /// Compresses cells of copy constraints and rows of lookup tables.
    pub beta: T,
    /// `beta^2`.
    pub beta_sqr: T,
    /// `beta^3`.
    pub beta_cube: T,
    /// Shifts what [`beta`](Self::beta) compresses.
    pub gamma: T,
    /// The value at which the grand product ends.
    pub public_input_delta: T,
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

    /// The same for many rows at once.
    #[inline(always)]
    pub fn map<T>(&self, widen: impl Fn(Fr) -> T) -> RelationParameters<T> {
        RelationParameters {
            eta: widen(self.eta),
            eta_two: widen(self.eta_two),
            eta_three: widen(self.eta_three),
            beta: widen(self.beta),
            beta_sqr: widen(self.beta_sqr),
            beta_cube: widen(self.beta_cube),
            gamma: widen(self.gamma),
            public_input_delta: widen(self.public_input_delta),
        }
    }
}
