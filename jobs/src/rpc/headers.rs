//! Version headers of Aztec 4.1.2.
//!
//! Aztec's clients refuse a reply whose version header is present and differs. A server sends exactly these values
//! or no version header at all.

/// Root of the tree of circuit verification keys.
pub const HEADER_VK_TREE_ROOT: &str = "x-aztec-l2circuitsvktreeroot";
/// Hash of the protocol contracts.
pub const HEADER_PROTOCOL_CONTRACTS_HASH: &str = "x-aztec-l2protocolcontractshash";
/// Version of the software. Clients do not look at it.
pub const HEADER_PACKAGE_VERSION: &str = "x-aztec-packageversion";

/// Value of [`HEADER_VK_TREE_ROOT`].
pub const VK_TREE_ROOT: &str = "0x1dd2644a17d1ddd8831287a78c5a1033b7ae35cdf2a3db833608856c062fc2ba";
/// Value of [`HEADER_PROTOCOL_CONTRACTS_HASH`].
pub const PROTOCOL_CONTRACTS_HASH: &str =
    "0x2672340d9a0107a7b81e6d10d25b854debe613f3272e8738e8df0ca2ff297141";
/// Value of [`HEADER_PACKAGE_VERSION`].
pub const PACKAGE_VERSION: &str = "4.1.2";

/// The headers that a broker or agent process sets on every reply, errors and `/status` included.
pub const VERSION_HEADERS: [(&str, &str); 3] = [
    (HEADER_VK_TREE_ROOT, VK_TREE_ROOT),
    (HEADER_PROTOCOL_CONTRACTS_HASH, PROTOCOL_CONTRACTS_HASH),
    (HEADER_PACKAGE_VERSION, PACKAGE_VERSION),
];
