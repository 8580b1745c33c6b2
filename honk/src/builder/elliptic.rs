//! Gates of the embedded curve (Grumpkin): incomplete addition and doubling.

use chinampa_kernels::Fr;

use super::block::{BlockKind, LEFT, PRODUCT};
use super::circuit::Builder;
use super::palette::Palette;
use super::variables::Var;

impl Builder {
    /// Constrains `(x1, y1) + sign * (x2, y2) = (x3, y3)`, for points whose x differ; `sign` is 1 or -1.
    pub fn add_curve_addition(&mut self, first: [Var; 2], second: [Var; 2], sum: [Var; 2], sign: Fr) {
        self.start_curve_gate(first, LEFT, sign);
        self.add_unconstrained(BlockKind::Elliptic, [second[0], sum[0], sum[1], second[1]]);
    }

    /// Constrains `2 (x1, y1) = (x3, y3)`.
    pub fn add_curve_doubling(&mut self, point: [Var; 2], double: [Var; 2]) {
        self.start_curve_gate(point, PRODUCT, Fr::ONE);
        self.add_unconstrained(BlockKind::Elliptic, [self.zero, double[0], double[1], self.zero]);
    }

    /// The row of a gate's first operand. Where the last row of the block has that point already, as the result of the
    /// gate before, it serves.
    fn start_curve_gate(&mut self, point: [Var; 2], selector: usize, value: Fr) {
        let zero = self.zero;
        let shade = self.palette.number(value);
        let block = self.block(BlockKind::Elliptic);
        let is_fused = block.wires.last().is_some_and(|wires| [wires[1], wires[2]] == point);
        if !is_fused {
            block.push([zero, point[0], point[1], zero], [Palette::ZERO; 6], 0);
        }
        let row = block.len() - 1;
        block.shared[row][selector] = shade;
        block.gate[row] = 1;
    }
}
