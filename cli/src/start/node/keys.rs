//! The accounts that submit proofs, from wherever the settings say.

use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::Address;
use chinampa_node::keys::{Account, KeyError, KeyStore};
use chinampa_node::l1::{Deployment, L1};
use chinampa_node::publisher::{FeePolicy, Publisher, PublisherConfig};
use chinampa_protocol::EthAddress;

use super::settings::{PublisherSection, Settings};
use crate::exit::Error;

const WEI_PER_GWEI: f64 = 1e9;

/// Who submits, and who is paid if a key store says so.
pub(super) struct Keys {
    prover_id: Option<Address>,
    accounts: Vec<Account>,
}

impl PublisherSection {
    /// All accounts that are configured, in the order: settings, files, key store, remote signer.
    fn accounts(&self) -> Result<Keys, KeyError> {
        let mut accounts: Vec<Account> =
            self.private_keys.iter().map(|key| Account::from_key(key)).collect::<Result<_, _>>()?;
        if let Some(file) = &self.private_keys_file {
            accounts.extend(Account::from_key_file(file)?);
        }
        let password = self.password_file.as_deref().map(|path| {
            std::fs::read_to_string(path)
                .map_err(|source| KeyError::File { path: path.to_path_buf(), source })
        });
        let password = password.transpose()?.unwrap_or_default();
        // Editors end a file with a newline that is no part of the password.
        let password = password.trim_end_matches(['\r', '\n']);
        for file in &self.encrypted_key_files {
            accounts.push(Account::from_encrypted(file, password)?);
        }
        let mut prover_id = None;
        if let Some(folder) = &self.key_store_directory {
            let store = KeyStore::read(folder)?;
            prover_id = store.prover_id;
            accounts.extend(store.accounts);
        }
        if let Some(url) = &self.web3_signer_url {
            accounts.extend(self.addresses.iter().map(|address| Account::remote(*address, url.clone())));
        }
        Ok(Keys { prover_id, accounts })
    }
}

impl Settings {
    /// Reads the keys and asks remote signers whether they have theirs.
    pub(super) async fn keys(&self) -> Result<Keys, Error> {
        let keys = self.publisher.accounts().map_err(Error::Keys)?;
        for account in &keys.accounts {
            if let Err(error) = account.check().await {
                // A signer that is away now may be there when a proof is to be sent.
                if !error.is_temporary() {
                    return Err(Error::node(error));
                }
                tracing::warn!(account = %account.address(), %error, "the remote signer does not answer");
            }
        }
        Ok(keys)
    }

    pub(super) fn publisher(
        &self,
        keys: &Keys,
        l1: &L1,
        deployment: &Arc<Deployment>,
    ) -> Result<Option<Publisher>, Error> {
        if self.node.disable_proof_publish {
            return Ok(None);
        }
        let section = &self.publisher;
        let config = PublisherConfig {
            fees: FeePolicy {
                max_fee_cap_wei: wei(section.gas_price_max_gwei),
                priority_fee_min_wei: wei(section.priority_fee_min_gwei),
                priority_bump_percent: section.priority_fee_bump_percent,
                retry_bump_percent: section.priority_fee_retry_bump_percent,
                stall: Duration::from_millis(section.tx_stall_time_ms),
                l1_slot: Duration::from_secs(self.l1.slot_duration_s),
            },
            gas_limit_buffer_percent: section.gas_limit_buffer_percent,
            check_interval: Duration::from_millis(section.tx_check_interval_ms),
        };
        let publisher = Publisher::new(l1.clone(), Arc::clone(deployment), keys.accounts.clone(), config);
        publisher.map(Some).map_err(Error::node)
    }

    /// Who is paid: as the key store or the configuration says, else the first account that submits.
    pub(super) fn prover_id(&self, keys: &Keys) -> Result<EthAddress, Error> {
        let missing = || Error::Missing { what: "prover id", setting: "node.prover_id (PROVER_ID)" };
        if let Some(id) = keys.prover_id {
            return Ok(EthAddress(id.into()));
        }
        match &self.node.prover_id {
            Some(text) => {
                // An address, or a field whose last 20 bytes are one.
                let digits = text.trim_start_matches("0x").trim_start_matches('0');
                format!("0x{digits:0>40}").parse().map_err(|_| missing())
            }
            None => {
                let account = keys.accounts.first().map(Account::address);
                account.map(|account| EthAddress(account.into())).ok_or_else(missing)
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cap far above any price loses nothing"
)]
fn wei(gwei: f64) -> u128 {
    (gwei.max(0.0) * WEI_PER_GWEI) as u128
}
