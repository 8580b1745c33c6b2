//! Aztec's key store files.
//!
//! # Source
//! Aztec 4.1.2 `node-keystore/src/schemas.ts`, `keystore_manager.ts`, `loader.ts`: versions 1 and 2, of which a prover reads
//! `prover` and `remoteSigner`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use alloy::primitives::Address;
use alloy::signers::local::{MnemonicBuilder, coins_bip39::English};
use serde_json::{Map, Value};
use url::Url;

use super::{Account, KeyError, read};

/// Most accounts of one mnemonic.
const DERIVED_MAX: u64 = 100;

/// What key stores say of the prover.
#[derive(Clone, Debug)]
pub struct KeyStore {
    /// Who is paid, if the store says.
    pub prover_id: Option<Address>,
    /// The accounts that submit.
    pub accounts: Vec<Account>,
}

/// A key store file while it is read.
struct Reader<'a> {
    path: &'a Path,
    /// Signer of accounts that are given as addresses.
    remote: Option<Url>,
}

impl KeyStore {
    /// Reads a file, or all `.json` files of a folder, of which one has a prover.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let files = if path.is_dir() { json_files(path)? } else { vec![path.to_path_buf()] };
        let mut found: Option<(PathBuf, Self)> = None;
        for file in files {
            let Some(store) = read_file(&file)? else { continue };
            if let Some((first, _)) = found {
                return Err(KeyError::TwoProvers { first, second: file });
            }
            found = Some((file, store));
        }
        let (_, store) = found.ok_or_else(|| KeyError::Empty { path: path.to_path_buf() })?;
        let mut seen = BTreeSet::new();
        match store.accounts.iter().map(Account::address).find(|account| !seen.insert(*account)) {
            Some(account) => Err(KeyError::Twice { account }),
            None => Ok(store),
        }
    }
}

fn json_files(folder: &Path) -> Result<Vec<PathBuf>, KeyError> {
    let failed = |source| KeyError::File { path: folder.to_path_buf(), source };
    let entries: Vec<_> =
        std::fs::read_dir(folder).map_err(failed)?.collect::<Result<_, _>>().map_err(failed)?;
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")));
    files.sort();
    Ok(files)
}

/// `None` for a store of validators only.
fn read_file(path: &Path) -> Result<Option<KeyStore>, KeyError> {
    let mut reader = Reader { path, remote: None };
    let store: Value = serde_json::from_str(&read(path)?)
        // The text is not repeated: it holds keys.
        .map_err(|error| reader.wrong(format!("not JSON (line {})", error.line())))?;
    if !matches!(store["schemaVersion"].as_u64(), Some(1 | 2)) {
        return Err(reader.wrong("schemaVersion is neither 1 nor 2"));
    }
    if let Some(remote) = store.get("remoteSigner") {
        reader.remote = Some(reader.remote_signer(remote)?);
    }
    store.get("prover").map(|prover| reader.prover(prover)).transpose()
}

impl Reader<'_> {
    fn wrong(&self, what: impl Into<String>) -> KeyError {
        KeyError::KeyStore { path: self.path.to_path_buf(), what: what.into() }
    }

    fn prover(&self, prover: &Value) -> Result<KeyStore, KeyError> {
        let Some(publisher) = prover.get("publisher") else {
            let accounts = self.account(prover, "prover")?;
            return Ok(KeyStore { prover_id: None, accounts });
        };
        self.members(prover, "prover", &["id", "publisher"])?;
        let prover_id = self.address(&prover["id"], "prover.id")?;
        let accounts = match publisher {
            Value::Array(accounts) => {
                let accounts = accounts.iter().map(|account| self.account(account, "prover.publisher"));
                accounts.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect()
            }
            Value::Object(object) if object.contains_key("mnemonic") => self.mnemonic(object)?,
            account => self.account(account, "prover.publisher")?,
        };
        if accounts.is_empty() {
            return Err(self.wrong("prover.publisher has no account"));
        }
        Ok(KeyStore { prover_id: Some(prover_id), accounts })
    }

    /// A key, an address at the remote signer, or encrypted files, of which a folder may hold several.
    fn account(&self, account: &Value, at: &str) -> Result<Vec<Account>, KeyError> {
        match account {
            Value::String(text) if text.len() == 66 => Ok(vec![Account::from_key(text)?]),
            Value::String(_) => {
                let address = self.address(account, at)?;
                let remote = self.remote.clone();
                let remote =
                    remote.ok_or_else(|| self.wrong(format!("{at} is an address without remoteSigner")))?;
                Ok(vec![Account::remote(address, remote)])
            }
            Value::Object(object) if object.contains_key("path") => {
                self.members(account, at, &["path", "password"])?;
                self.encrypted(object, at)
            }
            Value::Object(object) if object.contains_key("address") => {
                let mut remote = object.clone();
                remote.remove("address");
                let url = self.remote_signer(&Value::Object(remote))?;
                Ok(vec![Account::remote(self.address(&account["address"], at)?, url)])
            }
            _ => Err(self.wrong(format!("{at} is no account"))),
        }
    }

    fn encrypted(&self, object: &Map<String, Value>, at: &str) -> Result<Vec<Account>, KeyError> {
        let path = object["path"].as_str().ok_or_else(|| self.wrong(format!("{at}.path is no text")))?;
        let password = object.get("password").and_then(Value::as_str);
        let password = password.ok_or_else(|| self.wrong(format!("{at} has no password")))?;
        let path = Path::new(path);
        let files = if path.is_dir() { json_files(path)? } else { vec![path.to_path_buf()] };
        if files.is_empty() {
            return Err(KeyError::Empty { path: path.to_path_buf() });
        }
        files.iter().map(|file| Account::from_encrypted(file, password)).collect()
    }

    /// Accounts `m/44'/60'/account'/0/address`.
    fn mnemonic(&self, object: &Map<String, Value>) -> Result<Vec<Account>, KeyError> {
        let number = |name: &str, default: u64| match object.get(name) {
            None => Ok(default),
            Some(value) => value.as_u64().ok_or_else(|| self.wrong(format!("{name} is no whole number"))),
        };
        let phrase = object["mnemonic"].as_str().unwrap_or_default().trim();
        let (first_account, accounts) = (number("accountIndex", 0)?, number("accountCount", 1)?);
        let (first_address, addresses) = (number("addressIndex", 0)?, number("addressCount", 1)?);
        if accounts.saturating_mul(addresses) > DERIVED_MAX {
            return Err(self.wrong(format!("more than {DERIVED_MAX} accounts of one mnemonic")));
        }
        let paths = (0..accounts).flat_map(|account| (0..addresses).map(move |address| (account, address)));
        let derived = paths.map(|(account, address)| {
            let (account, address) = (first_account + account, first_address + address);
            let path = format!("m/44'/60'/{account}'/0/{address}");
            let builder = MnemonicBuilder::<English>::default().phrase(phrase).derivation_path(path);
            let key = builder.and_then(|builder| builder.build());
            key.map(Account::from).map_err(|_| self.wrong("the mnemonic or its indexes are not valid"))
        });
        derived.collect()
    }

    fn remote_signer(&self, remote: &Value) -> Result<Url, KeyError> {
        let url = match remote {
            Value::String(url) => url.as_str(),
            Value::Object(object) => {
                self.members(remote, "remoteSigner", &["remoteSignerUrl", "certPath", "certPass"])?;
                if object.contains_key("certPath") {
                    return Err(
                        self.wrong("client certificates of remote signers (certPath) are not supported")
                    );
                }
                object.get("remoteSignerUrl").and_then(Value::as_str).unwrap_or_default()
            }
            _ => "",
        };
        url.parse().map_err(|_| self.wrong("remoteSignerUrl is no URL"))
    }

    fn address(&self, value: &Value, at: &str) -> Result<Address, KeyError> {
        let address = value.as_str().and_then(|text| text.parse().ok());
        address.ok_or_else(|| self.wrong(format!("{at} is no address")))
    }

    /// Refuses members that Aztec's schema does not have: they may be misspelt.
    fn members(&self, value: &Value, at: &str, known: &[&str]) -> Result<(), KeyError> {
        let members = value.as_object().into_iter().flatten().map(|(name, _)| name);
        match members.into_iter().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(self.wrong(format!("{at} has an unknown member {name}"))),
            None => Ok(()),
        }
    }
}
