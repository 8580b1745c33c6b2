//! The accounts that submit proofs: keys in memory, or at a remote signer. Keys are never shown.

mod error;
mod key_store;
mod remote;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use alloy::consensus::TxEnvelope;
use alloy::network::{EthereumWallet, NetworkTransactionBuilder as _};
use alloy::primitives::Address;
use alloy::rpc::types::TransactionRequest;
use alloy::signers::local::PrivateKeySigner;
use url::Url;

pub use error::{KeyError, SignError};
pub use key_store::KeyStore;
use remote::RemoteSigner;

/// An account and what signs for it.
#[derive(Clone)]
pub struct Account {
    address: Address,
    signer: Signer,
}

#[derive(Clone)]
enum Signer {
    Local(Box<PrivateKeySigner>),
    Remote(RemoteSigner),
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.signer {
            Signer::Local(_) => "local",
            Signer::Remote(_) => "remote",
        };
        f.debug_struct("Account").field("address", &self.address).field("signer", &kind).finish()
    }
}

impl From<PrivateKeySigner> for Account {
    fn from(key: PrivateKeySigner) -> Self {
        Self { address: key.address(), signer: Signer::Local(Box::new(key)) }
    }
}

impl Account {
    /// The account of a private key, 64 hexadecimal digits with or without 0x.
    ///
    /// # Errors
    /// [`KeyError::Key`]
    pub fn from_key(key: &str) -> Result<Self, KeyError> {
        let key: PrivateKeySigner = key.trim().parse().map_err(|_| KeyError::Key)?;
        Ok(key.into())
    }

    /// The accounts of a file with one private key on each line. Empty lines and lines that begin with `#` do not count.
    ///
    /// # Errors
    /// [`KeyError::File`], [`KeyError::Key`], [`KeyError::Empty`].
    pub fn from_key_file(path: &Path) -> Result<Vec<Self>, KeyError> {
        let text = read(path)?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let accounts: Vec<Self> = lines.map(Self::from_key).collect::<Result<_, _>>()?;
        if accounts.is_empty() { Err(KeyError::Empty { path: path.to_path_buf() }) } else { Ok(accounts) }
    }

    /// The account of an encrypted key file, version 3 as Ethereum's clients write it.
    ///
    /// # Errors
    /// [`KeyError::File`], [`KeyError::Decrypt`].
    pub fn from_encrypted(path: &Path, password: &str) -> Result<Self, KeyError> {
        // What the file says is checked before anything is derived from it, so that its error names what is missing.
        read(path)?;
        let key = PrivateKeySigner::decrypt_keystore(path, password);
        let key =
            key.map_err(|error| KeyError::Decrypt { path: path.to_path_buf(), reason: error.to_string() })?;
        Ok(key.into())
    }

    /// An account that a remote signer with the calls of Web3Signer has.
    pub fn remote(address: Address, url: Url) -> Self {
        Self { address, signer: Signer::Remote(RemoteSigner::new(url)) }
    }

    /// Its address.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Asks the remote signer, if there is one, whether it has the account.
    ///
    /// # Errors
    /// [`SignError`]
    pub async fn check(&self) -> Result<(), SignError> {
        match &self.signer {
            Signer::Local(_) => Ok(()),
            Signer::Remote(signer) => signer.check(self.address).await,
        }
    }

    /// Signs a transaction that is complete.
    ///
    /// # Errors
    /// [`SignError`], also if a remote signer signs something else.
    pub async fn sign(&self, request: TransactionRequest) -> Result<TxEnvelope, SignError> {
        match &self.signer {
            Signer::Local(key) => {
                let signed = request.build(&EthereumWallet::from((**key).clone())).await;
                signed.map_err(|error| SignError::Local(error.to_string()))
            }
            Signer::Remote(signer) => signer.sign(self.address, request).await,
        }
    }
}

fn read(path: &Path) -> Result<String, KeyError> {
    std::fs::read_to_string(path).map_err(|source| KeyError::File { path: path.to_path_buf(), source })
}
