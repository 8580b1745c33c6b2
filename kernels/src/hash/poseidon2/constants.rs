//! Constants of Barretenberg's Poseidon2 over the BN254 scalar field, width 4.
//!
//! Source: Barretenberg 4.1.2 `crypto/poseidon2/poseidon2_params.hpp` (`Poseidon2Bn254ScalarFieldParams`), which
//! come from the generator script of Grassi, Khovratovich, Schofnegger, "Poseidon2" (eprint 2023/323). Each
//! element is its canonical integer, least significant limb first, converted at compile time.
//! `tests/vectors.rs` compares every value with `tests/vectors/poseidon2_params.json`.

use crate::field::Fr;

/// Field elements in the permutation's state.
pub const WIDTH: usize = 4;
/// Field elements absorbed per permutation.
pub const RATE: usize = 3;
/// Full rounds before the partial rounds, and again after them.
pub const HALF_FULL_ROUNDS: usize = 4;
/// Rounds with one S-box.
pub const PARTIAL_ROUNDS: usize = 56;

const fn fr(limbs: [u64; 4]) -> Fr {
    match Fr::from_canonical_limbs(limbs) {
        Some(element) => element,
        None => panic!("a constant is not below the modulus"),
    }
}

/// Diagonal of the internal matrix, less one: the matrix is this diagonal plus the all-ones matrix.
#[rustfmt::skip]
pub const INTERNAL_DIAGONAL: [Fr; WIDTH] = [
    fr([0xb56821fd19d3b6e7, 0x0d03f98929ca1d7f, 0x04b1e03b4bd9490c, 0x10dc6e9c006ea38b]),
    fr([0xa86b38cfb45a740b, 0x99df9756d4dd9b84, 0x0149b3d0a30b3bb5, 0x0c28145b6a44df3e]),
    fr([0x70067d00141cac15, 0xb21f75bb60e35961, 0xb2c7645a50392798, 0x00544b8338791518]),
    fr([0x13bc534433ee428b, 0x52e105a3b8fa8526, 0x2e2e82eb122789e3, 0x222c01175718386f]),
];

/// Constants of the full rounds before the partial rounds.
#[rustfmt::skip]
pub const FIRST_FULL: [[Fr; WIDTH]; HALF_FULL_ROUNDS] = [
    [
        fr([0x8b0878e269ed23e5, 0x02bb86744edc2623, 0x48da1d39bd5e4a43, 0x19b849f69450b068]),
        fr([0xad47f80c8dcf34d6, 0x20eb2cc7450acc1d, 0x7239347b758f0a13, 0x265ddfe127dd51bd]),
        fr([0x3dfc36bab497d8aa, 0x4108ac845015c2aa, 0xe0f66a545e1e5162, 0x199750ec472f1809]),
        fr([0xd032f787c7f1cdf8, 0x4d743ea25067f0ff, 0x110f06a5f74302b1, 0x157ff3fe65ac7208]),
    ],
    [
        fr([0xfe18f4896ac94902, 0x0b15c590692f8bee, 0x5fd35ac45fca33f1, 0x2e49c43c4569dd9c]),
        fr([0x2731345ffa2d1f1e, 0xcb2f0b6973c24fa8, 0x0d4aef2b6d6506c3, 0x0e35fb8998189052]),
        fr([0xc6fe723002e0b996, 0xa9d9e7806d667ffe, 0x05f109ae5e944f1b, 0x251ad47cb15c4f11]),
        fr([0x563fa39d9c22df4e, 0xf8beb56fdd05e5f3, 0x9873e97160234641, 0x13da07dc64d42836]),
    ],
    [
        fr([0x46e7b89055fd4738, 0xa553939689d350cd, 0x3dc00c7dccef7483, 0x0c009b84e650e6d2]),
        fr([0x203dec74befdca06, 0x04eb650c6d535eb0, 0x01992e3956f42d8b, 0x011f16b1c63a854f]),
        fr([0x85df07093f367549, 0x2f3f78d0467ad454, 0x209d9a561daa7961, 0x0ed69e5e383a688f]),
        fr([0x463672264c9f789b, 0x3aec507f5eb3d33f, 0x21acad41472b6bbe, 0x04dba94a7b0ce9e2]),
    ],
    [
        fr([0xce732ff1d4fa28e8, 0x6036757d4bb50bf7, 0x6eb094271c9d237b, 0x0a3f2637d840f3a1]),
        fr([0xe54a485d1182323f, 0x39b1f075569564b6, 0x8f8a1c502fdb38fa, 0x259a666f129eea19]),
        fr([0x7a32fdf7ede0d6a1, 0x7745d4271038e515, 0xd8e7d06a4ee3a47f, 0x28bf7459c9b2f4c6]),
        fr([0xec91bd6941432447, 0xc37c85bbcce6a2ae, 0x26ea200f489be8d4, 0x0a1ca941f0570375]),
    ],
];

/// Constants of the partial rounds, added to lane 0.
#[rustfmt::skip]
pub const PARTIAL: [Fr; PARTIAL_ROUNDS] = [
    fr([0xb43a26fd926361cf, 0x5535ed1539f051dc, 0x53d7fd4fc5451285, 0x0c6f8f958be0e930]),
    fr([0x84dd57e69caaf811, 0xa9e8a00708e296e0, 0xd426e8128ac9d90a, 0x123106a93cd17578]),
    fr([0x7b074867cd2dee75, 0x5e8fa83ff1e8f187, 0x7dd3ab52f8e84008, 0x26e1ba52ad9285d9]),
    fr([0x4471537e6a4ae2c5, 0xbe4d8b7bf9e09586, 0x18a64c5c47b9c97c, 0x1cb55cad7bd133de]),
    fr([0x7143f08e6e9055d0, 0x2a53043d5060a41c, 0x0e2c7ce04bde7f6d, 0x1dcd73e46acd8f8e]),
    fr([0xb12b9bb4512e5574, 0x0cda294a0eb4e9b9, 0xf5852f05474a4def, 0x011003e32f6d9c66]),
    fr([0xd7c508dd2287ae8c, 0xbadfe5903f58bafe, 0x9ad5f20d03a57dfe, 0x2b1e809ac1d10ab2]),
    fr([0xeaa69ae87bcec0a5, 0xef995d05ab2fc5fa, 0x9fb4dac35ee17ed0, 0x2539de1785b73599]),
    fr([0x43982cb11d77951d, 0xf4e1c3d41c86d46e, 0x26497f222b3e0a0e, 0x0c246c5a2ef8ee01]),
    fr([0x3f0305f5d03b527b, 0xbb09e6a6ad1a1c2f, 0x5408148f7c0632ed, 0x192089c4974f68e9]),
    fr([0x6d8fdc2fb5a60d85, 0x8529097d91096b75, 0x6a0ee36eeb0d0c05, 0x1eae0ad8ab68b2f0]),
    fr([0x9768bd98c5d06bfb, 0xdb6e2fdc0dee99e6, 0xe46f8282872abc88, 0x179190e5d0e22179]),
    fr([0x6cafe794a9b3cd1c, 0x14528f7db00f31bf, 0x76e9a81c7ac4b832, 0x29bb9e2c90767325]),
    fr([0xb10e590e6e691e08, 0x52652645882aac35, 0x403efd0c2464a90d, 0x225d394e42207599]),
    fr([0xe09efd454b23fd59, 0x2be13557451c087d, 0x753d238055b44453, 0x064760623c25c8cf]),
    fr([0x922910a78f6b5b87, 0x4d67f4bf42a75c10, 0x7f301c4b716d8a39, 0x10ba3a0e01df92e8]),
    fr([0x361b77693f21471c, 0xcb511bc0c242eb9d, 0x4f9c6e96b0c2a801, 0x0e070bf53f8451b2]),
    fr([0xa7f921014de252fb, 0xccd6cb11d2491d8a, 0xd39755ff93821a73, 0x1b94cd61b051b04d]),
    fr([0x0487b5aa7d74070b, 0x9d4e917d5713bb05, 0xe148787a2e70230f, 0x1d7cb39bafb8c744]),
    fr([0xbb74ac1f303b17db, 0x8785c2961829f701, 0x9117d0fe980c80ff, 0x2ec93189bd1ab4f6]),
    fr([0x82ea46bd83517926, 0xeac404a19ae07a90, 0xa692bb825b86275b, 0x2db366bfdd36d277]),
    fr([0xdc99cec6960711b8, 0x985275428450359a, 0x69655cf186a68532, 0x062100eb485db062]),
    fr([0x00c567bf41f5a59b, 0x20243f92fa59e4f9, 0x570e7f1e8244ca11, 0x0761d33c66614aaa]),
    fr([0xf7a72e494855ad0d, 0x5d78608a0f7de4cc, 0x2c2705aa034e3f31, 0x20fc411a114d1399]),
    fr([0xc3a30f317250bc5a, 0x102c67e8b3effb5f, 0xadd9ec4e9ab219ba, 0x25b5c004a4bdfcb5]),
    fr([0xd87e7dff62b37f4b, 0x038b186d8474155a, 0xa494e58f6df6f5ed, 0x23b1822d278ed632]),
    fr([0x16102a29cc2f69e0, 0x0f14d13bfcfcccaa, 0x606c4ba9012499bf, 0x22734b4c5c3f9493]),
    fr([0x54413d3fad795ce5, 0xe5bdff409aa36102, 0xe27a74dc33492347, 0x26c0c8fe09eb30b7]),
    fr([0xbbd626df348ccad9, 0x196be3083a809829, 0xe88eac03fa1fbb26, 0x070dd0ccb6bd7bba]),
    fr([0x6067c4ebfd4250da, 0xc2c0a6de46d8c5ad, 0xb043ba78bb28c3be, 0x12b6595bdb329b6f]),
    fr([0x5e33d95bb7e8d729, 0xc06fca9b275c671c, 0x3bec30e7a5876c11, 0x248d97d7f76283d6]),
    fr([0x106d15d9bd9baaaa, 0x8b45eb759ddde4aa, 0x16fc6fd64cc93931, 0x1a306d439d463b08]),
    fr([0x0d62d3d6ec7c56cf, 0xf4f1b54ddc27821b, 0xced7c00421cb4621, 0x28a8f8372e3c38da]),
    fr([0xbc852183e1e2ce7e, 0x071ce320c829f388, 0xbb35152f24d43294, 0x0094975717f9a8a8]),
    fr([0xf4103246db2e8d65, 0x593f74d4f653ae83, 0x80fde60d716480d3, 0x04d5ee4c3aa78f7d]),
    fr([0xd08495c12efde187, 0xc7bef54b8822cc76, 0x6349ad6fb8ed2269, 0x2a6cf5e9aa03d433]),
    fr([0xbaae48d7efcba3f3, 0xf792180808fd6e43, 0x9274da43e19ddeb7, 0x2304d31eaab960ba]),
    fr([0xe1c11d39d199f0b0, 0xbff08a7e0726fcb4, 0xd5e7009785817249, 0x03fd9ac865a4b2a6]),
    fr([0x3f7954d4d63b0b64, 0x798afc3a20919307, 0x2248404d55ee5044, 0x00b7258ded52bbda]),
    fr([0x6272c5ca65e92d9a, 0xb13d3a74f3298db3, 0xec38fca2d4bf65eb, 0x159f81ada0771799]),
    fr([0x71e144cf4264431f, 0x9000130ea25f0c54, 0x50237a75bc28e3bb, 0x1ef90e67437fbc85]),
    fr([0x95a79ed82932e30d, 0x8df739bc176b08ec, 0x196b49aa41a2d256, 0x1e65f838515e5ff0]),
    fr([0x6575c1068c94c33f, 0xb18c844e570e1f82, 0xec6ce768d079ba74, 0x2b1b045def3a166c]),
    fr([0xf1c6e07c168bb173, 0x65dc2d73bef715e3, 0x402543b1109229c1, 0x0832e5753ceb0ff6]),
    fr([0xc5a8e3c390b6ad16, 0xb1b841c2e8b6451b, 0x6b762ae0a37d41ba, 0x02f614e9cedfb3dc]),
    fr([0x0f6a0be27e7ed705, 0x7370ebb777bedff4, 0xdd640b8e362cad96, 0x0e2427d38bd46a60]),
    fr([0x0768bbe29214a53a, 0x049f0ec098c3c7c5, 0xeb7c84d414e7ce79, 0x0493630b7c670b6d]),
    fr([0x3dc06cc85327cea9, 0x6bb1515355d5461a, 0x4decdab17066c5a2, 0x22ead100e8e48267]),
    fr([0xe5084e0b6d2a6f16, 0x583f1ae35626d04d, 0xaae2626ed2554d48, 0x25b3e56e655b42cd]),
    fr([0x4b4fdc0a0cf6f9d0, 0xb599c336349e4c58, 0x5837a6cde8ff13db, 0x1e32752ada8836ef]),
    fr([0x72a9864074d412e5, 0x23c00995f05078f6, 0xc50f68f6f3c3455b, 0x2fa2a871c15a387c]),
    fr([0xcd18e7c7a7d83505, 0x54ccbf10661bab7f, 0x278e1db7311e889f, 0x2f569b8a9a4424c9]),
    fr([0x44165374b246b43d, 0xa7df93f7332ffd21, 0x531ade530234c518, 0x044cb455110a8fdd]),
    fr([0x78ddc723a5319025, 0x91fe8c90adfe1181, 0x420246157f2e42b1, 0x227808de93906d5d]),
    fr([0x8579d2e7a6800355, 0x5d03781ae090ad4a, 0x623adead87357986, 0x02fcca2934e046bc]),
    fr([0xcbec2e060d8befac, 0xbad3f3c5ab91a8dd, 0x6abccceb344a1d36, 0x0ef915f0ac120b87]),
];

/// Constants of the full rounds after the partial rounds.
#[rustfmt::skip]
pub const LAST_FULL: [[Fr; WIDTH]; HALF_FULL_ROUNDS] = [
    [
        fr([0xf3b16ef2b1405d38, 0xab0fb85f6be63b09, 0x77eb757bc6f287f6, 0x1797130f4b7a3e17]),
        fr([0x36c668555decc6e5, 0x8c7f497c20156d4d, 0x3306c85abab59e60, 0x0a76225dc04170ae]),
        fr([0x96174b5326a31a5c, 0xf8fa76d48acb6647, 0xa1e77a7b93209af6, 0x1fffb9ec1992d66b]),
        fr([0x0611889b797b9c5f, 0x5f8fbba6c6b9c609, 0x53b57c338fa538d8, 0x25721c4fc15a3f28]),
    ],
    [
        fr([0xeb63b982bfcaf75a, 0xadb4c3790705da95, 0x215e3d07ba197216, 0x0c817fd42d5f7a41]),
        fr([0x2bc15866e52b5a96, 0xdf8cf86ce00a2200, 0x9f7e13c2c24970b6, 0x13abe3f5239915d3]),
        fr([0x92cd60acb4d391ce, 0x5c1bc3dc29bdbd7a, 0x12ef7f39987a46c8, 0x2106feea546224ea]),
        fr([0x57e1b3345bb0f959, 0xf1ca5a28c748bc71, 0xaaa79474a37dab49, 0x21ca859468a746b6]),
    ],
    [
        fr([0x8f1a48999e34185b, 0x2911d14d0321662a, 0x5cf1f0df934194c6, 0x05ccd6255c1e6f0c]),
        fr([0xea28678cb09490a4, 0x16c4fb267fe44fe6, 0xe464d846674c4c88, 0x0f0e34a64b70a626]),
        fr([0x8f5b1a8a2de0d4bf, 0x47dbfcfe350d6483, 0x6157794ca36d0e96, 0x0558531a4e25470c]),
        fr([0xb72f5864961f1455, 0x924cadad3f655a60, 0xceea125157683d18, 0x09d3dca9173ed2fa]),
    ],
    [
        fr([0x17d4c722e5bd4335, 0xf23f92d68aaec486, 0x493f866ed03d218b, 0x0328cbd54e8c0913]),
        fr([0xee3347dd5329d34b, 0xe79e7bcc9798c648, 0x23a487b1a7094e07, 0x2bf07216e2aff0a2]),
        fr([0x111e11a63fe412df, 0xd6f78ed6a6dffc82, 0x6499c583cb76c316, 0x1daf345a58006b73]),
        fr([0x391e6f2293d2c404, 0x1ef39039b2edc7ff, 0x46b694c60e182361, 0x176563472456aaa7]),
    ],
];
