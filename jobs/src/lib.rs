//! The job contract.
