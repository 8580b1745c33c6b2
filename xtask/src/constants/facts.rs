//! Values that Aztec's packages compute when they are loaded. Node loads them and prints JSON.

use anyhow::Context as _;
use serde::Deserialize;

use crate::peers::Peers;

/// Identity of the release on L1 and in its protocol contracts. Each value is `0x` and 64 digits.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Facts {
    /// Root of the tree of verification keys.
    pub(crate) vk_tree_root: String,
    /// Hash over the addresses that the protocol contracts really have.
    pub(crate) protocol_contracts_hash: String,
    /// The protocol contracts by their fixed addresses, from 1 upwards.
    pub(crate) contracts: Vec<Contract>,
}

/// One protocol contract.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Contract {
    /// Name in the TypeScript packages.
    pub(crate) name: String,
    /// Address that follows from class, salt and keys.
    pub(crate) derived_address: String,
    /// Id of the contract class.
    pub(crate) class_id: String,
}

const SCRIPT: &str = r#"
const { getVKTreeRoot } = await import("@aztec/noir-protocol-circuits-types/vk-tree");
const protocol = await import("@aztec/protocol-contracts");
const contracts = protocol.protocolContractNames.map((name, index) => {
  const address = protocol.ProtocolContractAddress[name].toBigInt();
  if (address !== BigInt(index + 1)) throw new Error(`${name} has address ${address}`);
  return {
    name,
    derivedAddress: protocol.ProtocolContractDerivedAddress[name].toString(),
    classId: protocol.ProtocolContractClassId[name].toString(),
  };
});
console.log(JSON.stringify({
  vkTreeRoot: getVKTreeRoot().toString(),
  protocolContractsHash: protocol.protocolContractsHash.toString(),
  contracts,
}));
"#;

impl Facts {
    /// Asks the installed packages.
    pub(crate) fn load(peers: &Peers) -> anyhow::Result<Self> {
        serde_json::from_str(&peers.evaluate(SCRIPT)?).context("what node printed is not the expected JSON")
    }
}
