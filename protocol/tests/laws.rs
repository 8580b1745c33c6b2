//! Laws of the codec: arbitrary bytes never panic, what decodes encodes to the same bytes, JSON and fields agree.

use chinampa_kernels::Fr;
use chinampa_protocol::EthAddress;
use chinampa_protocol::block::{BlockHeader, Checkpoint, CheckpointHeader, FeeAssetPriceModifier, L2Block};
use chinampa_protocol::circuits::{
    AvmCircuitPublicInputs, BlockRollupPublicInputs, CheckpointRollupPublicInputs, CircuitInputs,
    CircuitOutputs, FlatPublicLogs, RootRollupPublicInputs, TxRollupPublicInputs,
};
use chinampa_protocol::codec::json::from_slice;
use chinampa_protocol::codec::{Decode, DecodeErrorKind, Encode, FromFields, ToFields, TreeIndex, WideU32};
use chinampa_protocol::tx::{Tx, TxEffect};
use proptest::prelude::*;
use serde::de::DeserializeOwned;

/// Mostly zeros and a few ones: canonical, and accepted often, because points at infinity are zeros.
fn sparse_bytes(len: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![400 => Just(0u8), 1 => Just(1u8)], len)
}

fn round_trip<T>(bytes: &[u8]) -> Result<(), TestCaseError>
where
    T: Decode + Encode + PartialEq + std::fmt::Debug + serde::Serialize + DeserializeOwned,
{
    // Rejected cases are counted: a law whose inputs never decode fails for lack of cases.
    let value = T::from_bytes(bytes).map_err(|error| TestCaseError::reject(error.to_string()))?;
    prop_assert_eq!(value.to_bytes(), bytes);
    let json = serde_json::to_string(&value).expect("JSON");
    prop_assert_eq!(serde_json::from_str::<T>(&json).expect("our own JSON"), value);
    Ok(())
}

fn fields_round_trip<T: Decode + ToFields + FromFields + PartialEq + std::fmt::Debug>(
    bytes: &[u8],
) -> Result<(), TestCaseError> {
    // Rejected cases are counted: a law whose inputs never decode fails for lack of cases.
    let value = T::from_bytes(bytes).map_err(|error| TestCaseError::reject(error.to_string()))?;
    prop_assert_eq!(T::from_all_fields(&value.fields()).expect("our own fields"), value);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_decodes_encodes_to_the_same_bytes(
        header in sparse_bytes(440),
        checkpoint in sparse_bytes(316),
        block in sparse_bytes(1_270),
        root in sparse_bytes(3_136),
    ) {
        round_trip::<BlockHeader>(&header)?;
        round_trip::<CheckpointHeader>(&checkpoint)?;
        round_trip::<BlockRollupPublicInputs>(&block)?;
        round_trip::<RootRollupPublicInputs>(&root)?;
    }

    #[test]
    fn public_inputs_survive_their_fields(
        tx in sparse_bytes(1_114),
        block in sparse_bytes(1_270),
        checkpoint in sparse_bytes(3_568),
    ) {
        fields_round_trip::<TxRollupPublicInputs>(&tx)?;
        fields_round_trip::<BlockRollupPublicInputs>(&block)?;
        fields_round_trip::<CheckpointRollupPublicInputs>(&checkpoint)?;
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000), number in 0u32..20) {
        let _ = Tx::from_bytes(&bytes);
        let _ = TxEffect::from_bytes(&bytes);
        let _ = L2Block::from_bytes(&bytes);
        let _ = Checkpoint::from_bytes(&bytes);
        let _ = CircuitInputs::decode(number, &bytes);
        let _ = CircuitOutputs::decode(number, &bytes);
        let _ = AvmCircuitPublicInputs::from_bytes(&bytes);
    }

    #[test]
    fn integers_keep_their_range(value in any::<u64>(), high in any::<u8>()) {
        let index = TreeIndex(value);
        prop_assert_eq!(TreeIndex::from_bytes(&index.to_bytes()).expect("64 bits"), index);
        let mut wide = index.to_bytes();
        wide[23] = high;
        prop_assert_eq!(TreeIndex::from_bytes(&wide).is_ok(), high == 0);

        let expected = u32::try_from(value).ok();
        prop_assert_eq!(WideU32::from_bytes(&index.to_bytes()).ok().map(|wide| wide.0), expected);

        let signed = FeeAssetPriceModifier(value.cast_signed());
        prop_assert_eq!(FeeAssetPriceModifier::from_bytes(&signed.to_bytes()).expect("64 bits"), signed);

        prop_assert_eq!(u32::from_all_fields(&[Fr::from(value)]).ok(), expected);
    }

    #[test]
    fn eth_addresses_survive_text_and_fields(bytes in any::<[u8; 20]>()) {
        let address = EthAddress(bytes);
        prop_assert_eq!(address.to_string().parse::<EthAddress>().expect("our own text"), address);
        prop_assert_eq!(EthAddress::from_all_fields(&address.fields()).expect("160 bits"), address);
    }
}

#[test]
fn public_logs_stop_at_their_limit() {
    let logs = FlatPublicLogs::new(vec![Fr::ONE; 4_096]).expect("4,096 fields");
    assert_eq!(FlatPublicLogs::from_bytes(&logs.to_bytes()).expect("bytes"), logs);
    assert_eq!(FlatPublicLogs::from_all_fields(&logs.fields()).expect("fields"), logs);
    assert_eq!(FlatPublicLogs::new(vec![Fr::ONE; 4_097]), None);
    let mut bytes = logs.to_bytes();
    bytes[..4].copy_from_slice(&4_097u32.to_be_bytes());
    let error = FlatPublicLogs::from_bytes(&bytes).expect_err("one too many");
    assert_eq!(error.kind(), &DecodeErrorKind::TooMany { limit: 4_096, actual: 4_097 });
}

#[test]
fn json_that_is_not_the_object_is_refused_with_its_place() {
    let good = serde_json::to_value(BlockHeader::default()).expect("JSON");
    assert!(serde_json::from_value::<BlockHeader>(good.clone()).is_ok());
    let refused = |member: &str, value: serde_json::Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(member).expect("a member") = value;
        match from_slice::<BlockHeader>(bad.to_string().as_bytes()) {
            Ok(_) => false,
            Err(error) => {
                assert_eq!(error.path, member[1..].replace('/', "."), "the error names the member");
                assert_eq!(error.source.line(), 1);
                true
            }
        }
    };
    assert!(from_slice::<BlockHeader>(format!("{good} x").as_bytes()).is_err(), "text behind the object");
    assert!(refused(
        "/totalFees",
        "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001".into()
    ));
    assert!(!refused(
        "/totalFees",
        "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000".into()
    ));
    assert!(refused("/globalVariables/coinbase", "0x00".into()));
    assert!(refused("/globalVariables/timestamp", "18446744073709551616".into()));
    assert!(!refused("/globalVariables/timestamp", "18446744073709551615".into()));
    assert!(refused("/globalVariables/timestamp", "-1".into()));
    assert!(refused("/globalVariables/slotNumber", "0x100000000".into()));
    assert!(!refused("/globalVariables/slotNumber", "0xffffffff".into()));
    assert!(refused("/globalVariables/blockNumber", "1".into()));
}
