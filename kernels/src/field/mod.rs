//! The two prime fields of BN254. Grumpkin uses the same two with their roles swapped.
//!
//! [`Fr`] is the scalar field of BN254 and the base field of Grumpkin; [`Fq`] is the base field of BN254 and
//! the scalar field of Grumpkin. Elements are held in Montgomery form (`x * 2^256 mod p`), always reduced, so
//! equality of limbs is equality of elements.

mod batch;
mod encoding;
mod inverse;
mod limbs;
mod loose;
mod montgomery;
mod params;
mod sqrt;
mod text;

pub use batch::batch_inverse;
pub use encoding::{FIELD_BYTES, FieldError};
pub(crate) use loose::Loose;
pub use montgomery::{FieldParams, Fp};
pub use params::{FqParams, FrParams};

/// Scalar field of BN254, base field of Grumpkin; the field of every Aztec hash and tree.
pub type Fr = Fp<FrParams>;

/// Base field of BN254, scalar field of Grumpkin.
pub type Fq = Fp<FqParams>;
