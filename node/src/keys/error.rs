//! Why keys cannot be used. Nothing here repeats a key or a password.

use std::io;
use std::path::PathBuf;

use alloy::primitives::Address;

/// Failures to read keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A private key is not one.
    #[error("a private key is not 64 hexadecimal digits of a valid key (it is not repeated here)")]
    Key,
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file or folder has no keys in it.
    #[error("{} holds no key of a prover", path.display())]
    Empty {
        /// The file or folder.
        path: PathBuf,
    },
    /// An encrypted key cannot be decrypted.
    #[error("{} cannot be decrypted: {reason}", path.display())]
    Decrypt {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        reason: String,
    },
    /// A key store is not of a form that Aztec has.
    #[error("{}: {what}", path.display())]
    KeyStore {
        /// The file.
        path: PathBuf,
        /// What is wrong, by the names of its members.
        what: String,
    },
    /// Two files are about the prover.
    #[error("{} and {} both have a prover; only one may", first.display(), second.display())]
    TwoProvers {
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// The same account is given twice.
    #[error("account {account} is given twice")]
    Twice {
        /// The account.
        account: Address,
    },
}

/// Failures to sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The key in memory cannot sign this.
    #[error("{0}")]
    Local(String),
    /// The remote signer cannot be reached. Its URL is left out: it may carry a key.
    #[error("the remote signer cannot be reached: {0}")]
    Http(#[source] reqwest::Error),
    /// The remote signer refuses.
    #[error("the remote signer refuses {method}: {message}")]
    Refused {
        /// The call.
        method: &'static str,
        /// What it says.
        message: String,
    },
    /// The remote signer answers with something else.
    #[error("the answer of the remote signer to {method} cannot be read: {what}")]
    Malformed {
        /// The call.
        method: &'static str,
        /// What is wrong.
        what: &'static str,
    },
    /// The remote signer has signed something else, or with another key.
    #[error("the remote signer returned another transaction than it was asked to sign: {what} differs")]
    Different {
        /// What differs.
        what: &'static str,
    },
    /// The remote signer does not have the account.
    #[error("the remote signer does not have account {account}")]
    NoAccount {
        /// The account.
        account: Address,
    },
}

impl SignError {
    /// Whether the same call may work later.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Http(_))
    }
}
