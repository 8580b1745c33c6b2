//! Points that are looked up in memory: five ROMs of pairs.

use super::curve::ForeignCurve;
use super::point::Point;
use crate::builder::{Builder, RomId};
use crate::gadgets::{BigField, Field};

/// Points by index. The memory is written by the first lookup.
pub(super) struct PointTable<C: ForeignCurve> {
    points: Vec<Point<C>>,
    roms: [Option<RomId>; 5],
}

impl<C: ForeignCurve> PointTable<C> {
    pub(super) fn new(points: Vec<Point<C>>) -> Self {
        Self { points, roms: [None; 5] }
    }

    /// A point that is known.
    pub(super) fn at(&self, index: usize) -> Point<C> {
        self.points[index]
    }

    /// The point at an index.
    pub(super) fn read(&mut self, builder: &mut Builder, index: Field) -> Point<C> {
        let [x_low, x_high, y_low, y_high, primes] = std::array::from_fn(|table| {
            let rom = self.rom(builder, table);
            let index = index.into_var(builder);
            builder.read_rom_pair(rom, index).map(Field::of)
        });
        let x = [x_low[0], x_low[1], x_high[0], x_high[1]];
        let y = [y_low[0], y_low[1], y_high[0], y_high[1]];
        Point::new(
            BigField::from_table(x, primes[0], &self.points.iter().map(|point| point.x)),
            BigField::from_table(y, primes[1], &self.points.iter().map(|point| point.y)),
        )
    }

    fn rom(&mut self, builder: &mut Builder, table: usize) -> RomId {
        if let Some(rom) = self.roms[table] {
            return rom;
        }
        let pairs: Vec<[Field; 2]> = self.points.iter().map(|point| pair(point, table)).collect();
        let pairs: Vec<[Field; 2]> = pairs
            .into_iter()
            .map(|pair| {
                pair.map(|field| match field.as_constant() {
                    Some(value) => Field::of(builder.constant(value)),
                    None => field,
                })
            })
            .collect();
        let rom = builder.add_rom(pairs.len());
        for (index, pair) in pairs.into_iter().enumerate() {
            let vars = pair.map(|field| field.into_var(builder));
            builder.set_rom_pair(rom, index, vars);
        }
        self.roms[table] = Some(rom);
        rom
    }
}

fn pair<C: ForeignCurve>(point: &Point<C>, table: usize) -> [Field; 2] {
    let (x, y) = (point.x.limbs(), point.y.limbs());
    match table {
        0 => [x[0], x[1]],
        1 => [x[2], x[3]],
        2 => [y[0], y[1]],
        3 => [y[2], y[3]],
        _ => [point.x.native(), point.y.native()],
    }
}
