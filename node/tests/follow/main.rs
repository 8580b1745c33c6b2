//! The node's data side against the real rollup contracts on a local L1 with a recorded chain.

mod archiver;
