//! The blob stream accepts what its encoder writes, and nothing else.

use chinampa_kernels::Fr;
use chinampa_protocol::AztecAddress;
use chinampa_protocol::blob::stream::{BlockBlobData, BlockEnd, CheckpointBlobData, StreamErrorKind};
use chinampa_protocol::circuits::PublicDataWrite;
use chinampa_protocol::codec::Array;
use chinampa_protocol::tx::{PrivateLog, PublicLog, RevertCode, TxEffect};
use proptest::prelude::*;

fn field() -> impl Strategy<Value = Fr> {
    prop_oneof![
        Just(Fr::ONE),
        Just(-Fr::ONE),
        any::<u64>().prop_map(|value| Fr::from(value | 1)),
        any::<[u8; 32]>().prop_map(|bytes| {
            let field = Fr::from_be_bytes_reduced(&bytes);
            if field.is_zero() { Fr::ONE } else { field }
        }),
    ]
}

fn fields(most: usize) -> impl Strategy<Value = Vec<Fr>> {
    prop::collection::vec(field(), 0..=most)
}

fn private_log() -> impl Strategy<Value = PrivateLog> {
    fields(16).prop_map(|emitted| PrivateLog {
        emitted_length: emitted.len() as u32,
        fields: Array::padded(emitted).expect("at most 16"),
    })
}

fn public_log() -> impl Strategy<Value = PublicLog> {
    (field(), fields(5))
        .prop_map(|(address, fields)| PublicLog { contract_address: AztecAddress(address), fields })
}

prop_compose! {
    fn effect()(
        code in 0u8..4,
        hash in field(),
        note_hashes in fields(5),
        first in field(),
        nullifiers in fields(4),
        l2_to_l1_msgs in fields(8),
        writes in prop::collection::vec((field(), field()), 0..5),
        private_logs in prop::collection::vec(private_log(), 0..4),
        public_logs in prop::collection::vec(public_log(), 0..4),
    ) -> TxEffect {
        TxEffect {
            revert_code: RevertCode::try_from(code).expect("0 to 3"),
            tx_hash: hash,
            transaction_fee: Fr::from(7u64),
            note_hashes,
            nullifiers: std::iter::once(first).chain(nullifiers).collect(),
            l2_to_l1_msgs,
            public_data_writes: writes
                .into_iter()
                .map(|(leaf_slot, value)| PublicDataWrite { leaf_slot, value })
                .collect(),
            private_logs,
            public_logs,
            contract_class_logs: Vec::new(),
        }
    }
}

fn block(first: bool) -> impl Strategy<Value = BlockBlobData> {
    let least = usize::from(!first);
    (prop::collection::vec(effect(), least..3), any::<u64>(), any::<u32>()).prop_map(
        move |(tx_effects, timestamp, block_number)| BlockBlobData {
            tx_effects,
            end: BlockEnd {
                timestamp,
                block_number,
                l1_to_l2_message_root: first.then_some(Fr::ONE),
                ..BlockEnd::default()
            },
        },
    )
}

fn checkpoint() -> impl Strategy<Value = CheckpointBlobData> {
    (block(true), prop::collection::vec(block(false), 0..3))
        .prop_map(|(first, rest)| CheckpointBlobData { blocks: std::iter::once(first).chain(rest).collect() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn decoding_undoes_encoding(data in checkpoint(), padding in 0usize..9) {
        let mut fields = data.to_fields();
        fields.resize(fields.len() + padding, Fr::ZERO);
        prop_assert_eq!(CheckpointBlobData::from_fields(&fields), Ok(data));
    }

    /// What a decoder accepts is what the encoder writes for it: no two streams mean the same.
    #[test]
    fn a_changed_stream_is_refused_or_means_something_else(
        data in checkpoint(),
        at in any::<prop::sample::Index>(),
        bit in 0usize..248,
    ) {
        let fields = data.to_fields();
        let at = at.index(fields.len());
        let mut changed = fields.clone();
        let mut bytes = changed[at].to_be_bytes();
        bytes[31 - bit / 8] ^= 1 << (bit % 8);
        changed[at] = Fr::from_be_bytes_reduced(&bytes);
        prop_assume!(changed[at] != fields[at]);
        if let Ok(other) = CheckpointBlobData::from_fields(&changed) {
            prop_assert_ne!(&other, &data);
            prop_assert_eq!(other.to_fields(), changed);
        }
    }

    #[test]
    fn a_cut_stream_is_refused(data in checkpoint(), at in any::<prop::sample::Index>()) {
        let fields = data.to_fields();
        prop_assert!(CheckpointBlobData::from_fields(&fields[..at.index(fields.len())]).is_err());
    }

    #[test]
    fn arbitrary_fields_never_panic(fields in fields(40)) {
        let _ = CheckpointBlobData::from_fields(&fields);
    }
}

fn empty() -> CheckpointBlobData {
    let end = BlockEnd { l1_to_l2_message_root: Some(Fr::ONE), ..BlockEnd::default() };
    CheckpointBlobData { blocks: vec![BlockBlobData { tx_effects: Vec::new(), end }] }
}

fn kind(fields: &[Fr]) -> StreamErrorKind {
    CheckpointBlobData::from_fields(fields).expect_err("not a checkpoint").kind().clone()
}

#[test]
fn an_empty_checkpoint_is_eight_fields_and_nothing_may_follow() {
    let fields = empty().to_fields();
    assert_eq!(fields.len(), 8);
    assert_eq!(CheckpointBlobData::from_fields(&fields), Ok(empty()));
    let mut tail = fields;
    tail.extend([Fr::ZERO, Fr::ONE]);
    let error = CheckpointBlobData::from_fields(&tail).expect_err("padding is not zero");
    assert_eq!((error.index(), error.kind()), (9, &StreamErrorKind::Zero { what: "padding", zero: true }));
}

#[test]
fn markers_and_counts_are_checked() {
    let fields = empty().to_fields();
    assert!(matches!(kind(&[]), StreamErrorKind::Truncated { expected: 1, actual: 0 }));
    assert!(matches!(kind(&[Fr::ZERO]), StreamErrorKind::Marker { actual } if actual.is_zero()));

    let mut count = fields.clone();
    count[7] += Fr::ONE;
    let expected = StreamErrorKind::Count { what: "fields of the checkpoint", expected: 8, actual: 9 };
    assert_eq!(kind(&count), expected);

    let mut txs = fields;
    txs[0] += Fr::ONE;
    assert_eq!(kind(&txs), StreamErrorKind::Count { what: "txs of the block", expected: 0, actual: 1 });

    let second = CheckpointBlobData {
        blocks: vec![
            empty().blocks[0].clone(),
            BlockBlobData { tx_effects: Vec::new(), end: BlockEnd::default() },
        ],
    };
    let refused = StreamErrorKind::Zero { what: "txs of a later block", zero: false };
    assert_eq!(kind(&second.to_fields()), refused);
}
