//! The operators that lanes have, from methods.

/// Operators of a vector of elements of a field `P`, from its methods `add`, `sub`, `mul`, `neg` and `splat`.
macro_rules! operators {
    ($vector:ident) => {
        impl<P: FieldParams> std::ops::Neg for $vector<P> {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                self.neg()
            }
        }
        operators!($vector, Add, add, AddAssign, add_assign);
        operators!($vector, Sub, sub, SubAssign, sub_assign);
        operators!($vector, Mul, mul, MulAssign, mul_assign);
    };
    ($vector:ident, $operator:ident, $method:ident, $assigner:ident, $assign:ident) => {
        impl<P: FieldParams> std::ops::$operator for $vector<P> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                self.$method(other)
            }
        }

        impl<P: FieldParams> std::ops::$operator<Fp<P>> for $vector<P> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Fp<P>) -> Self {
                self.$method(Self::splat(other))
            }
        }

        impl<P: FieldParams> std::ops::$assigner for $vector<P> {
            #[inline(always)]
            fn $assign(&mut self, other: Self) {
                *self = self.$method(other);
            }
        }
    };
}

pub(super) use operators;
