//! One sentence of documentation per constant, from the way Aztec builds its names.

/// Name endings and the sentence that each stands for; `{}` is the rest of the name in words.
const ENDINGS: [(&str, &str); 27] = [
    ("_VK_INDEX", "Leaf of the verification key tree that holds the key of {}."),
    ("_TREE_HEIGHT", "Height of the {} tree."),
    ("_TREE_MAX_HEIGHT", "Greatest height of the {} tree."),
    ("_SUBTREE_HEIGHT", "Height of the subtree that one insertion adds to the {} tree."),
    ("_HEIGHT", "Height of the {} tree."),
    ("_TREE_ID", "Number of the {} tree in the world state."),
    ("_TREE_LEAF_COUNT", "Leaves of the {} tree."),
    ("_SIBLING_PATH_LENGTH", "Hashes in the sibling path of {}."),
    ("_COLUMNS_MAX_LENGTH", "Rows of a column of {}."),
    ("_ROW_IDX", "First row of {}."),
    ("_LENGTH_IN_FIELDS_PADDED", "Field elements of {}, padded."),
    ("_LENGTH_IN_FIELDS", "Field elements of {}."),
    ("_LENGTH_BYTES", "Bytes of {}."),
    ("_SIZE_IN_FIELDS", "Field elements of {}."),
    ("_SIZE_IN_BYTES", "Bytes of {}."),
    ("_BIT_SIZE", "Bits of {}."),
    ("_NUM_BITS", "Bits of {}."),
    ("_NUM_BYTES", "Bytes of {}."),
    ("_LIMBS", "Limbs of an element of {}."),
    ("_LENGTH", "Field elements of {}."),
    ("_BASE_L2_GAS", "L2 gas of {}, independent of its operands."),
    ("_DYN_L2_GAS", "L2 gas of each further unit of {}."),
    ("_BASE_DA_GAS", "DA gas of {}, independent of its operands."),
    ("_DYN_DA_GAS", "DA gas of each further unit of {}."),
    ("_MAGIC_VALUE", "First field of the log that announces {}."),
    ("_ADDRESS", "Address of {}."),
    ("_OFFSET", "Offset of {}."),
];

/// Documentation of the constant `name`.
pub(super) fn constant(name: &str) -> String {
    for (ending, sentence) in ENDINGS {
        if let Some(rest) = name.strip_suffix(ending) {
            return sentence.replace("{}", &words(rest));
        }
    }
    if let Some((what, unit)) = name.strip_prefix("MAX_").and_then(|rest| rest.split_once("_PER_")) {
        return format!("Most {} per {}.", words(what), words(unit));
    }
    if let Some(rest) = name.strip_prefix("PROOF_TYPE_") {
        return format!("Number of the proof type {} in a recursion opcode.", words(rest));
    }
    if let Some(rest) = name.strip_prefix("MAX_") {
        return format!("Greatest {}.", words(rest));
    }
    if let Some(rest) = name.strip_prefix("NUM_").or_else(|| name.strip_prefix("NUMBER_OF_")) {
        return format!("Number of {}.", words(rest));
    }
    let mut sentence = words(name);
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    format!("{sentence}.")
}

/// Documentation of the domain separator `name`.
pub(super) fn separator(name: &str) -> String {
    format!("Leading field of the hash for: {}.", words(name))
}

/// Parts of names that stay in capitals.
const CAPITALS: [&str; 28] = [
    "AVM", "BLS12", "DA", "ETH", "FF", "FQ", "FR", "HN", "ID", "IPA", "IVPK", "IVSK", "L1", "L2", "NHK",
    "NPK", "OVPK", "OVSK", "SDC", "TPK", "TSK", "U1", "U8", "U16", "U32", "U64", "U128", "VK",
];

/// `NOTE_HASH` as `note hash`.
fn words(name: &str) -> String {
    let parts = name.split('_').map(|part| match part {
        _ if CAPITALS.contains(&part) => part.to_owned(),
        "MSG" => "message".to_owned(),
        "MSGS" => "messages".to_owned(),
        "IO" | "M" | "X" | "Y" | "V1" | "V2" | "AND" | "OR" | "XOR" | "NOT" => part.to_owned(),
        _ => part.to_lowercase(),
    });
    parts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_follow_the_name() {
        let cases = [
            ("PARITY_BASE_VK_INDEX", "Leaf of the verification key tree that holds the key of parity base."),
            ("L1_TO_L2_MSG_TREE_HEIGHT", "Height of the L1 to L2 message tree."),
            ("MAX_NOTE_HASHES_PER_TX", "Most note hashes per tx."),
            ("GAS_FEES_LENGTH", "Field elements of gas fees."),
            ("TWO_POW_64", "Two pow 64."),
        ];
        for (name, sentence) in cases {
            assert_eq!(constant(name), sentence);
        }
        assert_eq!(separator("NOTE_HASH"), "Leading field of the hash for: note hash.");
    }
}
