//! Proofs by the honest prover of traces that are not quite right: one subrelation fails, and the verifier notices.

#[path = "prove/t1.rs"]
mod t1;

use std::sync::LazyLock;

use chinampa_honk::Entity::{self, *};
use chinampa_honk::builder::{Builder, Purpose};
use chinampa_honk::gadgets::add_rollup_backend_inputs;
use chinampa_honk::ipa::{self, IPA_LEN, IpaClaim, IpaError};
use chinampa_honk::prove::{Prover, Randomness};
use chinampa_honk::relations::{NUM_SUBRELATIONS, RelationParameters, evaluate};
use chinampa_honk::srs::ProverSrs;
use chinampa_honk::trace::{Column, Trace};
use chinampa_honk::transcript::Word;
use chinampa_honk::{
    Flavor, PRECOMPUTED, PairingPoints, Row, UNSHIFTED, VerificationKey, VerifierSrs, VerifyError,
    verify_proof,
};
use chinampa_kernels::curve::bn254::G1Affine;
use chinampa_kernels::{Fq, Fr};
use chinampa_testkit::vectors;

static TAU: LazyLock<Fr> =
    LazyLock::new(|| vectors::text("srs/dev-tau.txt").trim().parse().expect("a scalar"));
static SRS: LazyLock<VerifierSrs> = LazyLock::new(|| {
    let bytes = vectors::bytes("srs/dev-bn254_g2.dat").try_into().expect("128 bytes");
    VerifierSrs::from_bytes(&bytes).expect("a point of the second group")
});
static POINTS: LazyLock<ProverSrs> = LazyLock::new(|| ProverSrs::development(*TAU, 1 << 12));

fn prove_and_verify(flavor: Flavor, trace: Trace) -> Result<(), VerifyError> {
    prove_and_verify_with(flavor, trace, &[])
}

fn prove_and_verify_with(flavor: Flavor, trace: Trace, ipa_proof: &[Word]) -> Result<(), VerifyError> {
    let key = VerificationKey::from_trace(&trace, POINTS.points()).expect("enough points");
    let prover = Prover::new(POINTS.points()).with_ipa_proof(ipa_proof);
    let prover = prover.with_randomness(Randomness::from_seed([5; 32]));
    let proved = prover.prove(flavor, trace, &key).expect("a proof, if only of what is wrong");
    verify_proof(&key, &proved.proof, &SRS)
}

/// Rows that no copy constraint holds, after [`free`].
const FREE_ROWS: std::ops::RangeInclusive<usize> = 25..=36;
const SEPARATOR: u64 = 1 << 28;

fn set(trace: &mut Trace, entity: Entity, row: usize, value: Fr) {
    let column = match entity {
        LookupReadCounts => &mut trace.lookup_read_counts,
        LookupReadTags => &mut trace.lookup_read_tags,
        entity if entity.index() < PRECOMPUTED => &mut trace.precomputed[entity.index()],
        entity => &mut trace.wires[entity.index() - PRECOMPUTED],
    };
    let mut values: Vec<Fr> = (0..column.end().max(row + 1)).map(|row| column.get(row)).collect();
    values[row] = value;
    *column = Column::new(0, values);
    // Row 0 of a column that is read a row further down must not be held.
    if entity.index() >= PRECOMPUTED && entity.index() < UNSHIFTED && column.get(0).is_zero() {
        let values = (1..column.end()).map(|row| column.get(row)).collect();
        *column = Column::new(1, values);
    }
}

/// The trace of `t1` with the cells of the last rows, which are one variable that is zero, cut loose.
fn free() -> Trace {
    let mut trace = t1::trace();
    for row in FREE_ROWS {
        for column in 0..4 {
            let name = Fr::from(row as u64 + SEPARATOR * column as u64);
            set(&mut trace, [Id1, Id2, Id3, Id4][column], row, name);
            set(&mut trace, [Sigma1, Sigma2, Sigma3, Sigma4][column], row, name);
        }
    }
    // The cycle now ends in the third wire of the row before.
    set(&mut trace, Sigma3, 24, Fr::from(4 * SEPARATOR));
    trace
}

/// A fault: the row of a gate, what is set in it and in the next row, and the subrelation that fails.
#[derive(Clone, Copy)]
struct Fault {
    row: usize,
    here: &'static [(Entity, i64)],
    next: &'static [(Entity, i64)],
    /// Whether both rows' fourth wires are records of reads.
    are_records: bool,
    subrelation: usize,
}

const fn fault(
    subrelation: usize,
    row: usize,
    here: &'static [(Entity, i64)],
    next: &'static [(Entity, i64)],
) -> Fault {
    Fault { row, here, next, are_records: false, subrelation }
}

const fn with_records(fault: Fault) -> Fault {
    Fault { are_records: true, ..fault }
}

const FAULTS: &[Fault] = &[
    fault(0, 26, &[(QArith, 1), (QC, 1)], &[]),
    fault(0, 26, &[(QArith, 2), (QM, 1), (WL, 1), (WR, 1)], &[]),
    fault(0, 26, &[(QArith, 3)], &[(W4, 1)]),
    fault(1, 26, &[(QArith, 3), (WL, 1)], &[]),
    fault(7, 25, &[(WR, 5), (WO, 5), (W4, 5)], &[(WL, 5)]),
    fault(8, 25, &[(WO, 5), (W4, 5)], &[(WL, 5)]),
    fault(9, 25, &[(W4, 4)], &[(WL, 4)]),
    fault(10, 25, &[], &[(WL, -1)]),
    fault(11, 27, &[], &[(W4, 1)]),
    fault(12, 27, &[], &[(WO, 1), (WL, 1), (WR, -1)]),
    fault(11, 27, &[(QM, 1), (WO, 1)], &[(WR, 1), (WO, -1)]),
    fault(12, 27, &[(QM, 1), (WO, 1)], &[]),
    fault(13, 29, &[(QL, 1), (QM, 1), (W4, 1)], &[]),
    fault(13, 29, &[(QL, 1), (Q4, 1), (WO, 1)], &[]),
    fault(13, 29, &[(QO, 1), (W4, 2)], &[]),
    fault(14, 29, &[(QL, 1), (QR, 1)], &[(W4, 1)]),
    fault(15, 29, &[(QL, 1), (QR, 1)], &[(WL, 2)]),
    with_records(fault(16, 29, &[(QO, 1)], &[(WO, 1)])),
    with_records(fault(17, 29, &[(QO, 1)], &[(WL, 2)])),
    fault(18, 29, &[(QO, 1)], &[(W4, 5)]),
    fault(19, 31, &[(QR, 1), (QO, 1), (WO, 1)], &[]),
    fault(19, 31, &[(QR, 1), (Q4, 1)], &[(W4, 1)]),
    fault(19, 31, &[(QR, 1), (QM, 1), (W4, 1)], &[]),
    fault(19, 31, &[(QO, 1), (Q4, 1), (WL, 1)], &[]),
    fault(19, 31, &[(QO, 1), (QM, 1)], &[(WO, 1)]),
    fault(20, 33, &[], &[(WL, 1)]),
    fault(21, 33, &[], &[(WR, 1)]),
    fault(22, 33, &[], &[(WO, 1)]),
    fault(23, 33, &[], &[(W4, 1)]),
    fault(24, 35, &[], &[(WL, 1)]),
    fault(25, 35, &[], &[(WR, 1)]),
    fault(26, 35, &[], &[(WO, 1)]),
    fault(27, 35, &[], &[(W4, 1)]),
];

fn scalar(value: i64) -> Fr {
    let magnitude = Fr::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

impl Fault {
    fn trace(&self) -> Trace {
        let mut trace = free();
        for &(entity, value) in self.here {
            set(&mut trace, entity, self.row, scalar(value));
        }
        for &(entity, value) in self.next {
            set(&mut trace, entity, self.row + 1, scalar(value));
        }
        if self.are_records {
            trace.memory_read_rows = vec![self.row as u32, self.row as u32 + 1];
        }
        trace
    }

    /// The subrelations that fail in the gate's row, under some challenges.
    fn failing(&self, trace: &Trace) -> Vec<usize> {
        let challenge = |value: u64| Fr::from(value);
        let parameters = RelationParameters::new(challenge(3), challenge(5), challenge(7), challenge(11));
        let wire = |entity: Entity, row: usize| {
            let get = |entity: Entity| trace.wires[entity.index() - PRECOMPUTED].get(row);
            if entity == W4 && self.are_records {
                return get(WL) * parameters.eta
                    + get(WR) * parameters.eta_two
                    + get(WO) * parameters.eta_three;
            }
            get(entity)
        };
        let row = Row::from_fn(|entity| match entity {
            WL | WR | WO | W4 => wire(entity, self.row),
            WLShift => wire(WL, self.row + 1),
            WRShift => wire(WR, self.row + 1),
            WOShift => wire(WO, self.row + 1),
            W4Shift => wire(W4, self.row + 1),
            entity if entity.index() < PRECOMPUTED && entity != LagrangeLast => {
                trace.precomputed[entity.index()].get(self.row)
            }
            _ => Fr::ZERO,
        });
        let values = evaluate(&row, &parameters);
        (0..NUM_SUBRELATIONS).filter(|&subrelation| !values[subrelation].is_zero()).collect()
    }
}

/// The prover derives one of the first univariate's values from the sum that there should be, so the fault may show a round
/// later.
fn is_noticed(result: &Result<(), VerifyError>) -> bool {
    matches!(result, Err(VerifyError::SumcheckRound { round: 0..=1 }))
}

#[test]
fn a_row_that_fails_one_subrelation_is_noticed() {
    assert_eq!(prove_and_verify(Flavor::UltraKeccak, free()), Ok(()));
    for (number, fault) in FAULTS.iter().enumerate() {
        let trace = fault.trace();
        assert_eq!(fault.failing(&trace), [fault.subrelation], "fault {number}");
        let result = prove_and_verify(Flavor::UltraKeccak, trace);
        assert!(is_noticed(&result), "fault {number}: {result:?}");
    }
}

/// Faults that show only in sums over all rows: copies, public inputs, lookups.
fn sums() -> Vec<(&'static str, Trace)> {
    let trace = |change: &dyn Fn(&mut Trace)| {
        let mut trace = t1::trace();
        change(&mut trace);
        trace
    };
    let one = Fr::ONE;
    vec![
        ("a copy", trace(&|trace| set(trace, WR, 14, one))),
        ("a public input", trace(&|trace| trace.public_inputs[0] += one)),
        ("the result of a lookup", trace(&|trace| set(trace, WO, 11, one))),
        ("a count", trace(&|trace| set(trace, LookupReadCounts, 3, one + one))),
        ("a tag", trace(&|trace| set(trace, LookupReadTags, 3, one + one))),
        ("a missing tag", trace(&|trace| set(trace, LookupReadTags, 3, Fr::ZERO))),
        ("a tag too many", trace(&|trace| set(trace, LookupReadTags, 4, one + one))),
    ]
}

#[test]
fn faults_that_show_only_in_sums_are_noticed() {
    for flavor in [Flavor::Ultra, Flavor::UltraZK, Flavor::UltraKeccak, Flavor::UltraKeccakZK] {
        assert_eq!(prove_and_verify(flavor, t1::trace()), Ok(()));
        for (name, trace) in sums() {
            let result = prove_and_verify(flavor, trace);
            assert!(is_noticed(&result), "{flavor:?}, {name}: {result:?}");
        }
    }
}

/// `t1` with these pairing points as public inputs.
fn with_pairing_points(points: &PairingPoints) -> Trace {
    let mut trace = t1::trace();
    for (position, value) in points.to_public_inputs().into_iter().enumerate() {
        trace.public_inputs[1 + position] = value;
        set(&mut trace, WL, 2 + position, value);
        set(&mut trace, WR, 2 + position, value);
        // The gate that fixes the input.
        set(&mut trace, WL, 14 + position, value);
        set(&mut trace, QC, 14 + position, -value);
    }
    trace
}

#[test]
fn pairing_points_inside_a_good_proof_are_checked() {
    let second = G1Affine::GENERATOR * Fr::from(3u64);
    let good = PairingPoints { first: -(second * *TAU).to_affine(), second: second.to_affine() };
    let bad = PairingPoints { first: -good.first, second: good.second };
    for flavor in [Flavor::Ultra, Flavor::UltraZK, Flavor::UltraKeccak, Flavor::UltraKeccakZK] {
        assert_eq!(prove_and_verify(flavor, with_pairing_points(&good)), Ok(()));
        assert_eq!(prove_and_verify(flavor, with_pairing_points(&bad)), Err(VerifyError::Pairing));
    }
}

/// The smallest circuit of the rollup, with this claim.
fn with_ipa_claim(claim: &IpaClaim) -> Trace {
    let mut builder = Builder::new(vec![Fr::ONE], Vec::new(), Purpose::Proof);
    add_rollup_backend_inputs(&mut builder, claim);
    builder.finish().into_trace()
}

#[test]
fn an_ipa_claim_inside_a_good_proof_is_checked() {
    let generators = SRS.grumpkin();
    let mut coefficients = Box::new([Fq::ZERO; IPA_LEN]);
    for (coefficient, i) in coefficients.iter_mut().zip(3u64..) {
        *coefficient = Fq::from(i).square() + Fq::ONE;
    }
    let claim = ipa::claim(generators, &coefficients, Fq::from(11u64));
    let proof = ipa::prove(generators, &coefficients, &claim);
    let check = |claim: &IpaClaim, proof: &[Word]| {
        prove_and_verify_with(Flavor::UltraRollup, with_ipa_claim(claim), proof)
    };
    assert_eq!(check(&claim, &proof), Ok(()));
    let wrong = IpaClaim { evaluation: claim.evaluation + Fq::ONE, ..claim };
    assert_eq!(check(&wrong, &proof), Err(VerifyError::Ipa(IpaError::Generator)));
    let proof = ipa::prove(generators, &coefficients, &wrong);
    assert_eq!(check(&wrong, &proof), Err(VerifyError::Ipa(IpaError::Opening)));
}
