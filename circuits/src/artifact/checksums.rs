//! SHA-256 of every artifact file of Aztec 4.1.2 that a prover needs.
//!
//! # Sources
//! `@aztec/noir-protocol-circuits-types` 4.1.2, folder `artifacts`.

/// File name and digest, hexadecimal; ascending by name.
const CHECKSUMS: [(&str, &str); 25] = [
    ("chonk_verifier_public.json", "00fab31a6c789f068fed133bd703b4df1ee2d50e06d3f60171d122516efd84fd"),
    ("parity_base.json", "544eaa46ad93a5cd227fb7161779d28237287987cd54fc9aa462744c8b658afb"),
    ("parity_root.json", "5769f63950f1043443cf07597f6e8493453860f96bf23d72265319ce472e0d52"),
    ("rollup_block_merge.json", "dfb0e4b8a609d6b196164d7cfbd50229f339c486aae46624c3348d11c3899e0c"),
    ("rollup_block_root.json", "c3a94b060acca9161bb58dff6795d5c3bdd8992fb221f5a69a30594988c473b0"),
    ("rollup_block_root_first.json", "57f43e42fee0048ca1f59e8ea74cb4463dd0868b203eed6144252e89f1be23cf"),
    (
        "rollup_block_root_first_empty_tx.json",
        "2a6c9287ce1c700c5685883f3423f66cd83fb89fd20cfe290d63fc54a04437ec",
    ),
    (
        "rollup_block_root_first_simulated.json",
        "7ceeb41ece5cd6180549b46933b4dd1aea6976e4e9f3ddc1a1498de36bba5783",
    ),
    (
        "rollup_block_root_first_single_tx.json",
        "bcfe33ad22b3ab4412bbb5ba0de943ac24dd09220f523c24da3fb7c59ade4e86",
    ),
    (
        "rollup_block_root_first_single_tx_simulated.json",
        "017eebec0b9fdec758d24667e82f4d02e49354766ac3d82e57c809eb6b876c24",
    ),
    ("rollup_block_root_simulated.json", "c6dae1a2f2afed232641f32dcf9caadb2f2356c045edd4e49c93b118dadee05c"),
    ("rollup_block_root_single_tx.json", "7bc26d43837b687af1d3e819ad72791c3fc883eb02bcfc6ab16b6ab3263ab7ff"),
    (
        "rollup_block_root_single_tx_simulated.json",
        "217e0a86f8aab73cf6f97de077102e3545f35b60714643690bf6b69fe97c3b96",
    ),
    ("rollup_checkpoint_merge.json", "91e44a652783f92993d8bd4de34a70fa54bcd5e9e2e3a357ec62193f1ce82e16"),
    ("rollup_checkpoint_padding.json", "6540b51a8cc4f17541575db7606183e7b3a15a17b5521cd4c7d7431120a9aca5"),
    ("rollup_checkpoint_root.json", "3e5b6d9ae511c327d3e0923e8b93bb4e3b74189d2d5c446472d01ab6cded1b75"),
    (
        "rollup_checkpoint_root_simulated.json",
        "98445dc6c688b4b47bd9b731446b2418259770482112cf9a9891388c9ac14aae",
    ),
    (
        "rollup_checkpoint_root_single_block.json",
        "814d3da7a25d7978154c097247461df578c952d5111b270a78985b4d7015f6b1",
    ),
    (
        "rollup_checkpoint_root_single_block_simulated.json",
        "cac1737a649dd17c53c0f4f171e91a7f9589c680c1017224835ca14bb49c0fe6",
    ),
    ("rollup_root.json", "c8e3ba24e5d1d673182b1610f73b99d01da2c11c01dd964e5ae3159ead4e7fe9"),
    ("rollup_tx_base_private.json", "6b2254a597c9c230731d339859531bc87a2d3ffbef59a9f9fe52d6503fc93886"),
    (
        "rollup_tx_base_private_simulated.json",
        "af6beaf737df75f82a0df8026c9c6110bbf0236b19f76ed70e8265de5a644da1",
    ),
    ("rollup_tx_base_public.json", "7a2a8a813a0e90253fb6d59d434bbe8b9736896fbe1bbcd09410fe63191e26f2"),
    (
        "rollup_tx_base_public_simulated.json",
        "fbcb89f3a6acd171416730b9b325836d67fba7ca4d29497173c858b94ee18ba0",
    ),
    ("rollup_tx_merge.json", "34e22e20609ad838e28dd0a5e67b0ee90777786819ff3672c4eb84d8be71ce8b"),
];

/// The digest of the release's file of this name.
pub(super) fn expected(file: &str) -> Option<&'static str> {
    let at = CHECKSUMS.binary_search_by(|(name, _)| (*name).cmp(file)).ok()?;
    Some(CHECKSUMS[at].1)
}
