//! Which row of a column differs from Barretenberg's, where keys differ.
//!
//! A key commits to a column `v` by the sum of `v_i P_i`, and `bb write_vk` takes any points `P_i` that its folder of
//! reference strings has. With the powers of one secret up to a row and those of another one from there on, both sides'
//! commitments are moved by the same amount as long as all rows before it are equal. So the first row that differs is found
//! by halving, and its value is what is left between two neighbouring rows.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;
use std::process::Command;

use chinampa_honk::builder::power_of_two;
use chinampa_honk::srs::ProverSrs;
use chinampa_honk::trace::Trace;
use chinampa_kernels::Fr;
use chinampa_kernels::curve::bn254::{G1Affine, G1Projective};
use chinampa_testkit::peers;

use crate::key::{COLUMNS, Key};

/// Columns that are searched together: selectors, permutations, tables, the ends.
const GROUPS: [Range<usize>; 4] = [0..14, CELLS, 22..26, 26..28];

/// Columns of cells' names.
const CELLS: Range<usize> = 14..22;

/// Something that commits to the columns of a circuit.
pub(crate) trait Committer {
    /// The commitments for the points that there are for the circuit's rows.
    fn commit(&self, points: &[G1Affine]) -> Result<Vec<G1Affine>, String>;
}

/// bb 4.1.2 and a program.
pub(crate) struct Barretenberg {
    folder: tempfile::TempDir,
    program: PathBuf,
}

impl Barretenberg {
    /// A program in the form that `bb -b` takes: gzip of bytecode.
    pub(crate) fn of_bytecode(gzip: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program.gz");
        fs::write(&program, gzip).unwrap();
        Self { folder, program }
    }
}

impl Committer for Barretenberg {
    fn commit(&self, points: &[G1Affine]) -> Result<Vec<G1Affine>, String> {
        let bytes: Vec<u8> = points.iter().flat_map(G1Affine::to_be_bytes).collect();
        fs::write(self.folder.path().join("bn254_g1.dat"), bytes).map_err(|error| error.to_string())?;
        let output = Command::new(peers::path("bin/bb"))
            .args(["write_vk", "-t", "noir-recursive-no-zk", "-c", ".", "-o", ".", "-b"])
            .arg(&self.program)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .output()
            .map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let key = fs::read(self.folder.path().join("vk")).map_err(|error| error.to_string())?;
        Ok(Key::from_bytes(&key).points)
    }
}

/// The first row of a column that differs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) column: &'static str,
    pub(crate) row: usize,
    pub(crate) ours: Fr,
    /// The other side's value, if it is a small number or a power of two, the opposite of one, or a cell's name.
    pub(crate) theirs: Option<Fr>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, row, ours, theirs } = self;
        match theirs {
            Some(theirs) => write!(f, "{column}, row {row}: {}, theirs has {}", short(*ours), short(*theirs)),
            None => write!(f, "{column}, row {row}: {}, theirs has another value", short(*ours)),
        }
    }
}

/// The search.
struct Search<'a> {
    trace: &'a Trace,
    committer: &'a dyn Committer,
    /// Powers of two secrets, and those times the generator.
    scalars: [Vec<Fr>; 2],
    points: [Vec<G1Affine>; 2],
    /// Their commitments where the second secret's powers end before a row, by the row.
    known: BTreeMap<usize, Vec<G1Affine>>,
}

/// The first row that differs among the selectors, among the permutations, and so on, in all columns of the group that differ
/// there. The sizes of the circuits must be equal.
pub(crate) fn differences(trace: &Trace, committer: &dyn Committer) -> Result<Vec<Difference>, String> {
    let mut search = Search::new(trace, committer);
    let mut found = Vec::new();
    for columns in GROUPS {
        found.extend(search.first_differences(columns)?);
    }
    Ok(found)
}

impl<'a> Search<'a> {
    fn new(trace: &'a Trace, committer: &'a dyn Committer) -> Self {
        let secrets = [Fr::from(0x5eed_0001_u64), Fr::from(0x5eed_0002_u64)];
        // bb takes one point more than there are rows. The zeroth powers would not tell the secrets apart.
        let count = trace.size() + 1;
        let powers = |secret: Fr| std::iter::successors(Some(secret), move |power| Some(*power * secret));
        Self {
            trace,
            committer,
            scalars: secrets.map(|secret| powers(secret).take(count).collect()),
            points: secrets.map(|secret| ProverSrs::development(secret, count + 1).points()[1..].to_vec()),
            known: BTreeMap::new(),
        }
    }

    /// Their commitments with the second secret's powers before `row`.
    fn commitments(&mut self, row: usize) -> Result<&[G1Affine], String> {
        if !self.known.contains_key(&row) {
            let points = [&self.points[1][..row], &self.points[0][row..]].concat();
            let commitments = self.committer.commit(&points)?;
            self.known.insert(row, commitments);
        }
        Ok(&self.known[&row])
    }

    /// Their commitment less ours.
    fn distance(&mut self, column: usize, row: usize) -> Result<G1Projective, String> {
        let theirs = self.commitments(row)?[column];
        let ours: Fr = (0..self.trace.size())
            .map(|at| self.trace.precomputed[column].get(at) * self.scalars[usize::from(at < row)][at])
            .sum();
        Ok(G1Projective::from(theirs) - G1Affine::GENERATOR * ours)
    }

    /// Their commitments less ours.
    fn distances(&mut self, columns: &Range<usize>, row: usize) -> Result<Vec<G1Projective>, String> {
        columns.clone().map(|column| self.distance(column, row)).collect()
    }

    fn first_differences(&mut self, columns: Range<usize>) -> Result<Vec<Difference>, String> {
        let start = self.distances(&columns, 0)?;
        if start.iter().all(|distance| *distance == G1Projective::IDENTITY) {
            return Ok(Vec::new());
        }
        // Rows before `equal` are equal; one before `different` is not.
        let (mut equal, mut different) = (0, self.trace.size());
        while equal + 1 < different {
            let middle = equal.midpoint(different);
            if self.distances(&columns, middle)? == start {
                equal = middle;
            } else {
                different = middle;
            }
        }
        let behind = self.distances(&columns, different)?;
        let differing = columns.zip(start.iter().zip(&behind)).filter(|(_, (start, behind))| start != behind);
        differing.map(|(column, _)| self.difference(column, equal)).collect()
    }

    fn difference(&mut self, column: usize, row: usize) -> Result<Difference, String> {
        let step = self.scalars[1][row] - self.scalars[0][row];
        let inverse = step.inverse().ok_or("two powers are equal")?;
        let before = G1Projective::from(self.commitments(row)?[column]);
        let value = (G1Projective::from(self.commitments(row + 1)?[column]) - before) * inverse;
        Ok(Difference {
            column: COLUMNS[column],
            row,
            ours: self.trace.precomputed[column].get(row),
            theirs: self.number(column, value),
        })
    }

    /// The number of a multiple of the generator.
    fn number(&self, column: usize, multiple: G1Projective) -> Option<Fr> {
        let size = self.trace.size() as u64;
        for exponent in 12..254 {
            let power = power_of_two(exponent);
            let point = G1Affine::GENERATOR * power;
            if point == multiple {
                return Some(power);
            }
            if -point == multiple {
                return Some(-power);
            }
        }
        let cells = (0..4).map(|wire| (wire << 28)..(wire << 28) + size);
        let tags = (1 << 30)..(1 << 30) + (1 << 10);
        let names = cells.chain([tags]).filter(|_| CELLS.contains(&column));
        for range in std::iter::once(0..1 << 12).chain(names) {
            let mut point = G1Affine::GENERATOR * Fr::from(range.start);
            for number in range {
                let number = Fr::from(number);
                if point == multiple {
                    return Some(number);
                }
                if -point == multiple {
                    return Some(-number);
                }
                point += G1Affine::GENERATOR;
            }
        }
        None
    }
}

/// Rows of both sides: the selectors that are not zero.
pub(crate) fn selectors(
    trace: &Trace,
    committer: &dyn Committer,
    rows: Range<usize>,
) -> Result<Vec<String>, String> {
    let mut search = Search::new(trace, committer);
    let mut lines = Vec::new();
    for row in rows {
        let [mut ours, mut theirs] = [format!("row {row}, ours:"), format!("row {row}, theirs:")];
        for column in GROUPS[0].clone() {
            let difference = search.difference(column, row)?;
            let name = difference.column;
            if !difference.ours.is_zero() {
                ours += &format!(" {name}={}", short(difference.ours));
            }
            match difference.theirs {
                Some(value) if value.is_zero() => {}
                Some(value) => theirs += &format!(" {name}={}", short(value)),
                None => theirs += &format!(" {name}=?"),
            }
        }
        lines.extend([ours, theirs]);
    }
    Ok(lines)
}

/// A number that is small, or the opposite of one, in few digits.
fn short(value: Fr) -> String {
    let digits =
        |value: Fr| format!("0x{}", value.to_string().trim_start_matches("0x").trim_start_matches('0'));
    let (plain, negated) = (digits(value), digits(-value));
    if negated.len() < plain.len() { format!("-{negated}") } else { plain }
}

/// What is said where keys differ: the first rows that do, or why they cannot be found.
pub(crate) fn explain(trace: &Trace, committer: &dyn Committer) -> String {
    match differences(trace, committer) {
        Ok(differences) => {
            let lines: Vec<String> = differences.iter().map(Difference::to_string).collect();
            format!("first rows that differ:\n  {}", lines.join("\n  "))
        }
        Err(error) => format!("the rows cannot be compared: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use chinampa_circuits::{BackendInputs, UltraProgram};

    use super::*;
    use crate::keys::bytecode;

    fn trace(name: &str) -> Trace {
        let program = UltraProgram::from_gzip(&bytecode(name)).unwrap();
        program.key_circuit(BackendInputs::PairingPoints).unwrap().into_trace()
    }

    /// Another circuit of ours.
    struct Ours(Trace);

    impl Committer for Ours {
        fn commit(&self, points: &[G1Affine]) -> Result<Vec<G1Affine>, String> {
            let commit = |column: &chinampa_honk::trace::Column| {
                let values: Vec<Fr> = (0..self.0.size()).map(|row| column.get(row)).collect();
                chinampa_kernels::msm(&points[..values.len()], &values)
            };
            Ok(self.0.precomputed.iter().map(commit).collect())
        }
    }

    /// The trace with another value in a row of a column.
    fn altered(mut trace: Trace, column: usize, row: usize, value: Fr) -> Trace {
        let size = trace.size();
        let column = &mut trace.precomputed[column];
        let mut values: Vec<Fr> = (0..size).map(|row| column.get(row)).collect();
        values[row] = value;
        *column = chinampa_honk::trace::Column::new(0, values);
        trace
    }

    #[test]
    fn equal_circuits_have_no_differences() {
        let trace = trace("poseidon2");
        assert_eq!(differences(&trace, &Ours(trace.clone())), Ok(Vec::new()));
    }

    #[test]
    fn altered_rows_are_named_with_their_values() {
        let good = trace("poseidon2");
        let q_l = altered(good.clone(), 2, 20, Fr::from(77_u64));
        let name = Fr::from((3 << 28) + 5_u64);
        let both = altered(q_l, 16, 33, name);
        let expected = vec![
            Difference {
                column: "q_l",
                row: 20,
                ours: good.precomputed[2].get(20),
                theirs: Some(77_u64.into()),
            },
            Difference { column: "sigma_3", row: 33, ours: good.precomputed[16].get(33), theirs: Some(name) },
        ];
        let other = Ours(both);
        assert_eq!(differences(&good, &other), Ok(expected));
        let lines = selectors(&good, &other, 20..21).unwrap();
        assert!(lines[0].starts_with("row 20, ours:") && !lines[0].contains("0x4d"), "{lines:?}");
        assert!(lines[1].starts_with("row 20, theirs:") && lines[1].contains(" q_l=0x4d"), "{lines:?}");
    }

    #[test]
    fn the_row_of_an_altered_circuit_that_bb_has_otherwise_is_named() {
        let good = trace("range8");
        let bb = Barretenberg::of_bytecode(&bytecode("range8"));
        assert_eq!(differences(&good, &bb), Ok(Vec::new()));
        let row = (0..good.size()).find(|row| good.precomputed[7].get(*row) == Fr::ONE).unwrap();
        let bad = altered(good, 7, row, Fr::from(2_u64));
        let difference = Difference { column: "q_arith", row, ours: Fr::from(2_u64), theirs: Some(Fr::ONE) };
        assert_eq!(differences(&bad, &bb), Ok(vec![difference]));
    }
}
