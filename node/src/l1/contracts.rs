//! The parts of Aztec's L1 contracts that a prover calls, reads or listens to.
//!
//! # Sources
//! `RollupAbi`, `InboxAbi`, `RegistryAbi` of Aztec 4.1.2 `l1-artifacts`; Multicall3.

use alloy::sol;

sol! {
    #[derive(Debug, PartialEq, Eq)]
    #[sol(rpc)]
    interface Registry {
        function getCanonicalRollup() external view returns (address rollup);
        function getRollup(uint256 version) external view returns (address rollup);
    }

    #[derive(Debug, PartialEq, Eq)]
    #[sol(rpc)]
    interface Inbox {
        struct State {
            bytes16 rollingHash;
            uint64 totalMessagesInserted;
            uint64 inProgress;
        }

        event MessageSent(uint256 indexed checkpointNumber, uint256 index, bytes32 indexed hash, bytes16 rollingHash);

        function getState() external view returns (State state);
    }

    #[derive(Debug, PartialEq, Eq)]
    struct CommitteeAttestations {
        bytes signatureIndices;
        bytes signaturesOrAddresses;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct OracleInput {
        int256 feeAssetPriceModifier;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct ProposedGasFees {
        uint128 feePerDaGas;
        uint128 feePerL2Gas;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct ProposedHeader {
        bytes32 lastArchiveRoot;
        bytes32 blockHeadersHash;
        bytes32 blobsHash;
        bytes32 inHash;
        bytes32 outHash;
        uint256 slotNumber;
        uint256 timestamp;
        address coinbase;
        bytes32 feeRecipient;
        ProposedGasFees gasFees;
        uint256 totalManaUsed;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct ProposeArgs {
        bytes32 archive;
        OracleInput oracleInput;
        ProposedHeader header;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct ProposerSignature {
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct PublicInputArgs {
        bytes32 previousArchive;
        bytes32 endArchive;
        bytes32 outHash;
        address proverId;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct SubmitEpochRootProofArgs {
        uint256 start;
        uint256 end;
        PublicInputArgs args;
        bytes32[] fees;
        CommitteeAttestations attestations;
        bytes blobInputs;
        bytes proof;
    }

    #[derive(Debug, PartialEq, Eq)]
    #[sol(rpc)]
    interface Rollup {
        struct FeeHeader {
            uint256 excessMana;
            uint256 manaUsed;
            uint256 ethPerFeeAsset;
            uint256 congestionCost;
            uint256 proverCost;
        }

        struct CheckpointLog {
            bytes32 archive;
            bytes32 headerHash;
            bytes32 blobCommitmentsHash;
            bytes32 outHash;
            bytes32 attestationsHash;
            bytes32 payloadDigest;
            uint256 slotNumber;
            FeeHeader feeHeader;
        }

        struct ChainTips {
            uint256 pending;
            uint256 proven;
        }

        event CheckpointProposed(uint256 indexed checkpointNumber, bytes32 indexed archive, bytes32[] versionedBlobHashes, bytes32 payloadDigest, bytes32 attestationsHash);
        event L2ProofVerified(uint256 indexed checkpointNumber, address indexed proverId);

        error Rollup__ProverHaveAlreadySubmitted(address prover, uint256 epoch);
        error ValidatorSelection__InsufficientValidatorSetSize(uint256 actual, uint256 expected);

        function L1_BLOCK_AT_GENESIS() external view returns (uint256);
        function getVersion() external view returns (uint256);
        function getInbox() external view returns (address);
        function getGenesisTime() external view returns (uint256);
        function getSlotDuration() external view returns (uint256);
        function getEpochDuration() external view returns (uint256);
        function getProofSubmissionEpochs() external view returns (uint256);
        function getTargetCommitteeSize() external view returns (uint256);
        function getManaLimit() external view returns (uint256);

        function archiveAt(uint256 checkpointNumber) external view returns (bytes32);
        function getTips() external view returns (ChainTips tips);
        function getCheckpoint(uint256 checkpointNumber) external view returns (CheckpointLog log);
        function status(uint256 myCheckpointNumber) external view returns (uint256 provenCheckpointNumber, bytes32 provenArchive, uint256 pendingCheckpointNumber, bytes32 pendingArchive, bytes32 archiveOfMyCheckpoint, uint256 provenEpochNumber);
        function canPruneAtTime(uint256 timestamp) external view returns (bool);
        function getProvenCheckpointNumber() external view returns (uint256);
        function getCommitteeAt(uint256 timestamp) external returns (address[] committee);
        function getEscapeHatch() external view returns (address);
        function getSpecificProverRewardsForEpoch(uint256 epoch, address prover) external view returns (uint256 amount);
        function getHasSubmitted(uint256 epoch, uint256 length, address prover) external view returns (bool);

        function propose(ProposeArgs args, CommitteeAttestations attestations, address[] signers, ProposerSignature attestationsAndSignersSignature, bytes blobInput) external;
        function getEpochProofPublicInputs(uint256 start, uint256 end, PublicInputArgs args, bytes32[] fees, bytes blobPublicInputs) external view returns (bytes32[] inputs);
        function submitEpochRootProof(SubmitEpochRootProofArgs args) external;
    }

    #[derive(Debug, PartialEq, Eq)]
    #[sol(rpc)]
    interface EscapeHatch {
        function isHatchOpen(uint256 epoch) external view returns (bool isOpen, address proposer);
    }

    #[derive(Debug, PartialEq, Eq)]
    interface Multicall3 {
        struct Call3 {
            address target;
            bool allowFailure;
            bytes callData;
        }

        function aggregate3(Call3[] calls) external payable;
    }
}
