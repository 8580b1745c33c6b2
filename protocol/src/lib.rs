//! Aztec 4.1.2 data.
