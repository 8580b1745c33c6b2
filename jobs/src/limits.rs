//! Size limits of everything that comes from outside. Decoders check them before they allocate.
//!
//! The largest objects of a real epoch are far below: the inputs of `PUBLIC_VM` are a few megabytes, those of
//! `CHECKPOINT_ROOT_ROLLUP` about 0.8 MB, results at most 0.7 MB (`PUBLIC_VM`, with the binary proof about 1.2 MB).

/// Longest job id, in bytes: the largest key of the LMDB database in which Aztec's broker keeps its jobs.
pub const MAX_JOB_ID_LEN: usize = 511;

/// Longest proof URI, in bytes. Inline URIs hold the whole object, so this bounds inline jobs.
pub const MAX_URI_LEN: usize = 64 << 20;

/// Largest binary form of a job's inputs, in bytes (for `PUBLIC_VM`: of its JSON text).
pub const MAX_INPUTS_LEN: usize = 32 << 20;

/// Largest JSON form of a job's inputs, in bytes: base64 of [`MAX_INPUTS_LEN`] and room for the frame.
pub const MAX_INPUTS_JSON_LEN: usize = MAX_INPUTS_LEN.div_ceil(3) * 4 + 1024;

/// Largest binary form of one part of a result (public inputs, proof or verification key), in bytes.
pub const MAX_RESULT_PART_LEN: usize = 4 << 20;

/// Largest JSON form of a job's result, in bytes: three base64 parts and room for the frame.
pub const MAX_RESULT_JSON_LEN: usize = 3 * (MAX_RESULT_PART_LEN.div_ceil(3) * 4) + 1024;
