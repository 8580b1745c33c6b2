//! Settings of proofs and of bb.
//!
//! Names, defaults and variables of Aztec: `@aztec/prover-client`, `@aztec/bb-prover` 4.1.2.

use super::{Kind, Section, Setting, shapes};

pub(super) static PROVER: Section = Section {
    name: "prover",
    title: "Proofs, for agents and for the node",
    settings: &[
        Setting::new(
            "prover.proofs",
            Kind::Choice(&["real", "simulated"]),
            "Make real proofs, or only solve and check witnesses; simulated epochs are labelled everywhere.",
        )
        .default("real")
        .flag("--proofs")
        .aztec(&["--proverAgent.realProofs"], &["PROVER_REAL_PROOFS"])
        .aztec_boolean("real", "simulated"),
        Setting::new(
            "prover.backend",
            Kind::Choice(&["auto", "native", "bb"]),
            "What makes real proofs: our own prover for the circuits that it has and bb for the others, or one of them only.",
        )
        .default("auto")
        .flag("--backend"),
        Setting::new(
            "prover.arithmetic",
            Kind::Choice(&["auto", "portable", "avx2", "avx512ifma"]),
            "Instructions that our own prover computes with: the best that the processor has, or these.",
        )
        .default("auto"),
        Setting::new(
            "prover.program_log2",
            Kind::Integer(0, 24),
            "Logarithm of the rows of the largest submitted program that our own prover takes, after everything else; 0 takes none.",
        )
        .default("20"),
        Setting::new(
            "prover.msm_tables_mib",
            Kind::Integer(0, 4096),
            "Most MiB of multiples of points that our own prover keeps, so that it commits to up to 2^18 rows faster; 345 are all that help, 0 makes none.",
        )
        .default("0"),
        Setting::new(
            "prover.dev",
            Kind::Bool,
            "Allow a development reference string, whose secret is public. Never where proofs count.",
        )
        .default("false")
        .flag("--dev"),
        Setting::new(
            "prover.proof_store",
            Kind::Text(&shapes::PROOF_STORE),
            "Where inputs and results of jobs are kept. Unset: inside the messages.",
        )
        .aztec(&["--proverAgent.proofStore"], &["PROVER_PROOF_STORE"])
        .url_secret(),
        Setting::new(
            "prover.failed_proof_store",
            Kind::Text(&shapes::STORE_URL),
            "Where inputs of failed jobs are kept for inspection.",
        )
        .aztec(&["--proverNode.failedProofStore"], &["PROVER_FAILED_PROOF_STORE"])
        .url_secret(),
        Setting::new(
            "prover.cancel_jobs_on_stop",
            Kind::Bool,
            "Cancel queued jobs when the node stops, instead of finding them again after a restart.",
        )
        .default("false")
        .aztec(&["--proverAgent.cancelJobsOnStop"], &["PROVER_CANCEL_JOBS_ON_STOP"]),
        Setting::new(
            "prover.test_delay_type",
            Kind::Choice(&["fixed", "realistic"]),
            "Delay of simulated proofs: the same for all jobs, or by job type.",
        )
        .default("fixed")
        .aztec(&["--proverAgent.proverTestDelayType"], &["PROVER_TEST_DELAY_TYPE"]),
        Setting::new("prover.test_delay_ms", Kind::MILLISECONDS, "The fixed delay of simulated proofs.")
            .default("0")
            .aztec(&["--proverAgent.proverTestDelayMs"], &["PROVER_TEST_DELAY_MS"]),
        Setting::new(
            "prover.test_delay_factor",
            Kind::Decimal,
            "Multiplies the realistic delays of simulated proofs.",
        )
        .default("1.0")
        .aztec(&["--proverAgent.proverTestDelayFactor"], &["PROVER_TEST_DELAY_FACTOR"]),
        Setting::new(
            "prover.test_verification_delay_ms",
            Kind::MILLISECONDS,
            "Delay of each simulated verification.",
        )
        .default("10")
        .aztec(&["--proverAgent.proverTestVerificationDelayMs"], &["PROVER_TEST_VERIFICATION_DELAY_MS"]),
    ],
};

pub(super) static BB: Section = Section {
    name: "bb",
    title: "The external bb program, for job types that are not proved natively",
    settings: &[
        Setting::new(
            "bb.binary_path",
            Kind::Text(&shapes::PATH),
            "The bb program of the protocol release. Unset: bb in PATH.",
        )
        .aztec(&["--proverNode.bbBinaryPath"], &["BB_BINARY_PATH"]),
        Setting::new(
            "bb.working_directory",
            Kind::Text(&shapes::PATH),
            "Folder for its inputs and outputs. Unset: the system's temporary folder.",
        )
        .aztec(&["--proverNode.bbWorkingDirectory"], &["BB_WORKING_DIRECTORY"]),
        Setting::new("bb.skip_cleanup", Kind::Bool, "Keep its inputs and outputs.")
            .default("false")
            .aztec(&["--proverNode.bbSkipCleanup"], &["BB_SKIP_CLEANUP"]),
        Setting::new(
            "bb.crs_path",
            Kind::Text(&shapes::PATH),
            "Folder of the structured reference string. Unset: bb's own place.",
        )
        .aztec(&[], &["CRS_PATH"]),
        Setting::new("bb.time_limit_ms", Kind::MILLISECONDS, "A run that takes longer has failed.")
            .default("3600000"),
        Setting::new("bb.ivc_verifiers", Kind::POSITIVE, "Client proofs that are verified at the same time.")
            .default("8")
            .aztec(&["--proverNode.numConcurrentIVCVerifiers"], &["BB_NUM_IVC_VERIFIERS"]),
        Setting::new("bb.ivc_concurrency", Kind::POSITIVE, "Threads of each verification of a client proof.")
            .default("1")
            .aztec(&["--proverNode.bbIVCConcurrency"], &["BB_IVC_CONCURRENCY"]),
    ],
};
