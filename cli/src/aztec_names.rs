//! Every flag of `aztec start` and every variable of Aztec 4.1.2, so that a name that a prover does not need can be
//! told apart from a typing error. The list is generated from the npm packages by `cargo xtask flags`.

/// One name a line after a comment: flags start with `--`, variables do not.
const NAMES: &str = include_str!("aztec_names.txt");

fn names() -> impl Iterator<Item = &'static str> {
    NAMES.lines().filter(|line| !line.starts_with('#'))
}

/// Whether Aztec reads the variable.
pub(crate) fn is_variable(name: &str) -> bool {
    names().any(|known| known == name)
}

/// Whether `aztec start` has the flag, written with its dashes.
pub(crate) fn is_flag(flag: &str) -> bool {
    flag.starts_with("--") && names().any(|known| known == flag)
}
