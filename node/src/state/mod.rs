//! The world state on disk, and how it follows the archiver.

mod redb;
mod synchronizer;

use std::collections::BTreeSet;

use chinampa_protocol::circuits::PublicDataTreeLeaf;
use chinampa_protocol::hash::fee_payer_balance_leaf_slot;
use chinampa_protocol::tree::{Genesis, TreeError};
use chinampa_protocol::{AztecAddress, Fr};

pub use redb::RedbTrees;
pub use synchronizer::{StateError, Synchronizer};

/// The accounts that Aztec's test networks fund at genesis.
///
/// # Source
/// `getInitialTestAccountsData` of Aztec 4.1.2 `accounts/testing`.
const TEST_ACCOUNTS: [&str; 3] = [
    "0x0a60414ee907527880b7a53d4dacdeb9ef768bb98d9d8d1e7200725c13763331",
    "0x00cedf87a800bd88274762d77ffd93e97bc881d1fc99570d62ba97953597914d",
    "0x1dd551228da3a56b5da5f5d73728e08d8114f59897c27136f1bcdd4c05028905",
];
/// The contract that pays fees for everybody on test networks, deployed with salt 0.
///
/// # Source
/// `getSponsoredFPCAddress` of Aztec 4.1.2 `cli/src/utils/setup_contracts.ts`.
const SPONSORED_FPC: &str = "0x09a4df73aa47f82531a038d1d51abfc85b27665c4b7ca751e2d4fa9f19caffb2";
/// Fee juice of each of them: 10,000 units with 18 decimals.
const FUNDS: u128 = 10_000 * 10_u128.pow(18);

/// Who has fee juice before block 1. Real networks fund nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Funded {
    /// Aztec's three test accounts.
    pub test_accounts: bool,
    /// The sponsor of fees.
    pub sponsored_fpc: bool,
    /// Others.
    pub addresses: Vec<AztecAddress>,
}

impl Funded {
    /// The state before block 1.
    ///
    /// # Errors
    /// [`TreeError::Genesis`] for more accounts than the first leaves hold.
    pub fn genesis(&self) -> Result<Genesis, TreeError> {
        let known = |address: &str| AztecAddress(address.parse().expect("the constants above are fields"));
        let mut addresses: BTreeSet<AztecAddress> = self.addresses.iter().copied().collect();
        if self.test_accounts {
            addresses.extend(TEST_ACCOUNTS.map(known));
        }
        if self.sponsored_fpc {
            addresses.insert(known(SPONSORED_FPC));
        }
        let leaf = |address| PublicDataTreeLeaf {
            slot: fee_payer_balance_leaf_slot(address),
            value: Fr::from(FUNDS),
        };
        Genesis::with_public_data(addresses.into_iter().map(leaf).collect())
    }
}
