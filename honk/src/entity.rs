//! The columns of an Ultra circuit and their fixed order.
//!
//! The order is part of the proof system: it is the order of the verification key's commitments, of the evaluations that a
//! proof claims, and of the powers of `rho` that batch them. Source: Barretenberg 4.1.2 `flavor/ultra_flavor.hpp`
//! (`AllEntities`).

use std::ops::{Index, IndexMut};

/// Columns fixed by the circuit, committed to in the verification key.
pub const PRECOMPUTED: usize = 28;
/// Columns filled by the prover.
pub const WITNESS: usize = 8;
/// Columns that relations also read one row further down.
pub const SHIFTED: usize = 5;
/// Columns with a commitment of their own: precomputed and witness.
pub const UNSHIFTED: usize = PRECOMPUTED + WITNESS;
/// All values that relations read in one row.
pub const ENTITIES: usize = UNSHIFTED + SHIFTED;

/// Selectors that several kinds of gates use, each with its own meaning.
pub const NON_GATE_SELECTORS: usize = 6;
/// Selectors that switch one kind of gate on.
pub const GATE_SELECTORS: usize = 8;

macro_rules! entities {
    ($($(#[$doc:meta])* $variant:ident $name:literal,)*) => {
        /// One column, or one of the five columns seen a row further down. The discriminant is its position.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Entity {
            $($(#[$doc])* $variant,)*
        }

        impl Entity {
            /// All entities, in order.
            pub const ALL: [Self; ENTITIES] = [$(Self::$variant,)*];

            /// Barretenberg's name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

entities! {
    /// Coefficient of the product of the first two wires.
    QM "q_m",
    /// Constant term.
    QC "q_c",
    /// Coefficient of the first wire (`q_1`).
    QL "q_l",
    /// Coefficient of the second wire (`q_2`).
    QR "q_r",
    /// Coefficient of the third wire (`q_3`).
    QO "q_o",
    /// Coefficient of the fourth wire.
    Q4 "q_4",
    /// Switches lookup gates on.
    QLookup "q_lookup",
    /// Switches arithmetic gates on; 2 and 3 choose variants.
    QArith "q_arith",
    /// Switches delta-range gates on.
    QDeltaRange "q_delta_range",
    /// Switches Grumpkin additions and doublings on.
    QElliptic "q_elliptic",
    /// Switches ROM and RAM gates on.
    QMemory "q_memory",
    /// Switches non-native field gates on.
    QNnf "q_nnf",
    /// Switches full rounds of Poseidon2 on.
    QPoseidon2External "q_poseidon2_external",
    /// Switches partial rounds of Poseidon2 on.
    QPoseidon2Internal "q_poseidon2_internal",
    /// Where the copy cycle goes from the first wire.
    Sigma1 "sigma_1",
    /// Where the copy cycle goes from the second wire.
    Sigma2 "sigma_2",
    /// Where the copy cycle goes from the third wire.
    Sigma3 "sigma_3",
    /// Where the copy cycle goes from the fourth wire.
    Sigma4 "sigma_4",
    /// Name of the first wire's cell.
    Id1 "id_1",
    /// Name of the second wire's cell.
    Id2 "id_2",
    /// Name of the third wire's cell.
    Id3 "id_3",
    /// Name of the fourth wire's cell.
    Id4 "id_4",
    /// First column of the lookup tables.
    Table1 "table_1",
    /// Second column of the lookup tables.
    Table2 "table_2",
    /// Third column of the lookup tables.
    Table3 "table_3",
    /// Index of the lookup table.
    Table4 "table_4",
    /// One in row 0.
    LagrangeFirst "lagrange_first",
    /// One in the last row in use.
    LagrangeLast "lagrange_last",
    /// First wire.
    WL "w_l",
    /// Second wire.
    WR "w_r",
    /// Third wire.
    WO "w_o",
    /// Fourth wire.
    W4 "w_4",
    /// Grand product of the copy constraints.
    ZPerm "z_perm",
    /// Inverses of the lookup argument.
    LookupInverses "lookup_inverses",
    /// How often each table row is looked up.
    LookupReadCounts "lookup_read_counts",
    /// One in the table rows that are looked up.
    LookupReadTags "lookup_read_tags",
    /// First wire, next row.
    WLShift "w_l_shift",
    /// Second wire, next row.
    WRShift "w_r_shift",
    /// Third wire, next row.
    WOShift "w_o_shift",
    /// Fourth wire, next row.
    W4Shift "w_4_shift",
    /// Grand product, next row.
    ZPermShift "z_perm_shift",
}

impl Entity {
    /// The entities with a commitment in the verification key.
    pub const PRECOMPUTED: [Self; PRECOMPUTED] = part(0);
    /// The entities that the prover commits to.
    pub const WITNESS: [Self; WITNESS] = part(PRECOMPUTED);
    /// The entities that are another one's next row.
    pub const SHIFTED: [Self; SHIFTED] = part(UNSHIFTED);
    /// The selectors that switch one kind of gate on.
    pub const GATE_SELECTORS: [Self; GATE_SELECTORS] = part(NON_GATE_SELECTORS);
    /// What [`SHIFTED`](Self::SHIFTED) are the next rows of, in the same order.
    pub const TO_BE_SHIFTED: [Self; SHIFTED] = part(PRECOMPUTED);

    /// Position among the 41.
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// `N` consecutive entities.
const fn part<const N: usize>(start: usize) -> [Entity; N] {
    let mut entities = [Entity::QM; N];
    let mut i = 0;
    while i < N {
        entities[i] = Entity::ALL[start + i];
        i += 1;
    }
    entities
}

/// One value per entity: what relations read in one row of the trace, or at one point of the hypercube's extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<T>(pub [T; ENTITIES]);

impl<T> Row<T> {
    /// The row with `value(entity)` for each entity.
    pub fn from_fn(mut value: impl FnMut(Entity) -> T) -> Self {
        Self(Entity::ALL.map(&mut value))
    }
}

impl<T> Index<Entity> for Row<T> {
    type Output = T;
    #[inline(always)]
    fn index(&self, entity: Entity) -> &T {
        &self.0[entity as usize]
    }
}

impl<T> IndexMut<Entity> for Row<T> {
    #[inline(always)]
    fn index_mut(&mut self, entity: Entity) -> &mut T {
        &mut self.0[entity as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_discriminants() {
        for (position, entity) in Entity::ALL.into_iter().enumerate() {
            assert_eq!(entity.index(), position);
        }
    }

    #[test]
    fn shifted_entities_are_named_after_what_they_shift() {
        for (shifted, entity) in Entity::SHIFTED.into_iter().zip(Entity::TO_BE_SHIFTED) {
            assert_eq!(shifted.name(), format!("{}_shift", entity.name()));
        }
    }

    #[test]
    fn parts_meet() {
        assert_eq!(Entity::PRECOMPUTED.last(), Some(&Entity::LagrangeLast));
        assert_eq!(Entity::WITNESS.first(), Some(&Entity::WL));
        assert_eq!(Entity::WITNESS.last(), Some(&Entity::LookupReadTags));
        assert_eq!(Entity::GATE_SELECTORS.first(), Some(&Entity::QLookup));
        assert_eq!(Entity::GATE_SELECTORS.last(), Some(&Entity::QPoseidon2Internal));
    }
}
