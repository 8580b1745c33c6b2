//! What the archiver has seen, in one redb file. Every change is one transaction, so a kill at any write leaves a
//! state from which the next start goes on.

use std::path::{Path, PathBuf};

use alloy::primitives::{Address, B256};
use chinampa_protocol::Fr;
use chinampa_protocol::block::Checkpoint;
use chinampa_protocol::codec::{Decode, DecodeError, Encode, Reader};
use chinampa_protocol::constants::NUMBER_OF_L1_L2_MESSAGES_PER_ROLLUP;
use chinampa_protocol::state::AppendOnlyTreeSnapshot;
use redb::{
    Database, ReadableDatabase as _, ReadableTable as _, ReadableTableMetadata as _, TableDefinition,
    WriteTransaction,
};

use super::attestations::Attestations;

type Numbered = TableDefinition<'static, u32, &'static [u8]>;

const CHECKPOINTS: Numbered = TableDefinition::new("checkpoints");
/// Checkpoint of each block.
const BLOCKS: TableDefinition<'static, u32, u32> = TableDefinition::new("blocks");
/// Messages by their leaf index in the message tree.
const MESSAGES: TableDefinition<'static, u64, &'static [u8]> = TableDefinition::new("messages");
const META: TableDefinition<'static, &'static str, u64> = TableDefinition::new("meta");
const IDENTITY: TableDefinition<'static, &'static str, &'static [u8]> = TableDefinition::new("identity");

/// Layout of the tables.
const FORMAT: u64 = 1;
const CACHE_LEN_BYTES: usize = 32 << 20;
const MESSAGES_PER_CHECKPOINT: u64 = NUMBER_OF_L1_L2_MESSAGES_PER_ROLLUP as u64;

/// Where on L1 a checkpoint was proposed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct L1Position {
    /// Block number.
    pub block_number: u64,
    /// Its time, seconds since 1970.
    pub timestamp_s: u64,
    /// Its hash.
    pub block_hash: B256,
}

/// A checkpoint as L1 has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishedCheckpoint {
    /// Header and blocks.
    pub checkpoint: Checkpoint,
    /// The committee's signatures; the last checkpoint's go to L1 with an epoch's proof.
    pub attestations: Attestations,
    /// Where it was proposed.
    pub l1: L1Position,
}

/// A message to L2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its leaf index in the message tree.
    pub index: u64,
    /// Its leaf.
    pub leaf: Fr,
    /// The inbox's rolling hash after it.
    pub rolling_hash: [u8; 16],
    /// L1 block that carried it.
    pub l1_block: u64,
}

/// Failures of the archiver's file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiverStoreError {
    /// The file cannot be opened; another process may hold it.
    #[error("cannot open {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<redb::Error>,
    },
    /// The file belongs to another network or rollup.
    #[error("{} holds the chain of {actual}, expected {expected}; use another data directory", path.display())]
    Identity {
        /// The file.
        path: PathBuf,
        /// As configured.
        expected: String,
        /// As stored.
        actual: String,
    },
    /// The file was written by another version.
    #[error("{} has format {actual}, expected {FORMAT}; remove it to sync again from L1", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// As stored.
        actual: u64,
    },
    /// Disk or file failed.
    #[error("the archiver's store failed")]
    Database(#[source] Box<redb::Error>),
    /// A record cannot be read back.
    #[error("the stored {what} cannot be read; remove the archiver's file to sync again from L1")]
    Corrupt {
        /// Which record.
        what: &'static str,
        /// Where it is wrong.
        #[source]
        source: DecodeError,
    },
}

fn failed(error: impl Into<redb::Error>) -> ArchiverStoreError {
    ArchiverStoreError::Database(Box::new(error.into()))
}

/// The store. One writer; readers run beside it.
#[derive(Debug)]
pub struct ArchiverStore {
    database: Database,
}

impl ArchiverStore {
    /// Opens the file, or makes it for the rollup.
    ///
    /// # Errors
    /// [`ArchiverStoreError`]
    pub fn open(path: &Path, chain_id: u64, rollup: Address) -> Result<Self, ArchiverStoreError> {
        let opened = Database::builder().set_cache_size(CACHE_LEN_BYTES).create(path);
        let database = opened.map_err(|error| ArchiverStoreError::Open {
            path: path.to_path_buf(),
            source: Box::new(error.into()),
        })?;
        let store = Self { database };
        store.prepare(path, &format!("rollup {rollup} on chain {chain_id}"))?;
        Ok(store)
    }

    fn prepare(&self, path: &Path, expected: &str) -> Result<(), ArchiverStoreError> {
        self.write(|transaction| {
            transaction.open_table(CHECKPOINTS).map_err(failed)?;
            transaction.open_table(BLOCKS).map_err(failed)?;
            transaction.open_table(MESSAGES).map_err(failed)?;
            let mut meta = transaction.open_table(META).map_err(failed)?;
            let mut identity = transaction.open_table(IDENTITY).map_err(failed)?;
            let format = meta.get("format").map_err(failed)?.map(|value| value.value());
            if let Some(actual) = format.filter(|format| *format != FORMAT) {
                return Err(ArchiverStoreError::Format { path: path.to_path_buf(), actual });
            }
            let actual = identity.get("rollup").map_err(failed)?;
            let actual = actual.map(|value| String::from_utf8_lossy(value.value()).into_owned());
            match actual {
                Some(actual) if actual != expected => {
                    let (path, expected) = (path.to_path_buf(), expected.to_owned());
                    return Err(ArchiverStoreError::Identity { path, expected, actual });
                }
                Some(_) => {}
                None => {
                    meta.insert("format", FORMAT).map_err(failed)?;
                    identity.insert("rollup", expected.as_bytes()).map_err(failed)?;
                }
            }
            Ok(())
        })
    }

    fn write<T>(
        &self,
        change: impl FnOnce(&WriteTransaction) -> Result<T, ArchiverStoreError>,
    ) -> Result<T, ArchiverStoreError> {
        let transaction = self.database.begin_write().map_err(failed)?;
        let value = change(&transaction)?;
        transaction.commit().map_err(failed)?;
        Ok(value)
    }

    /// A checkpoint, if it is known.
    ///
    /// # Errors
    /// [`ArchiverStoreError`]
    pub fn checkpoint(&self, number: u32) -> Result<Option<PublishedCheckpoint>, ArchiverStoreError> {
        let transaction = self.database.begin_read().map_err(failed)?;
        let table = transaction.open_table(CHECKPOINTS).map_err(failed)?;
        let found = table.get(number).map_err(failed)?;
        found.map(|value| decode("checkpoint", value.value())).transpose()
    }

    /// The newest checkpoint.
    ///
    /// # Errors
    /// [`ArchiverStoreError`]
    pub fn tip(&self) -> Result<Option<PublishedCheckpoint>, ArchiverStoreError> {
        let transaction = self.database.begin_read().map_err(failed)?;
        let table = transaction.open_table(CHECKPOINTS).map_err(failed)?;
        let found = table.last().map_err(failed)?;
        found.map(|(_, value)| decode("checkpoint", value.value())).transpose()
    }

    /// The checkpoint that a block belongs to.
    ///
    /// # Errors
    /// [`ArchiverStoreError`]
    pub fn checkpoint_of_block(&self, block: u32) -> Result<Option<u32>, ArchiverStoreError> {
        let transaction = self.database.begin_read().map_err(failed)?;
        let table = transaction.open_table(BLOCKS).map_err(failed)?;
        Ok(table.get(block).map_err(failed)?.map(|value| value.value()))
    }

    /// The archive after a block; `None` for a block that is not known.
    ///
    /// # Errors
    /// [`ArchiverStoreError`]
    pub fn archive_after(&self, block: u32) -> Result<Option<AppendOnlyTreeSnapshot>, ArchiverStoreError> {
        let Some(number) = self.checkpoint_of_block(block)? else { return Ok(None) };
        let Some(published) = self.checkpoint(number)? else { return Ok(None) };
        let blocks = published.checkpoint.blocks.iter();
        let mut found = blocks.filter(|other| other.header.global_variables.block_number == block);
        Ok(found.next().map(|block| block.archive))
    }

    /// Stores checkpoints whose predecessors are stored.
    ///
    /// # Errors
    /// [`ArchiverStoreError`]
    pub fn add_checkpoints(&self, checkpoints: &[PublishedCheckpoint]) -> Result<(), ArchiverStoreError> {
        self.write(|transaction| {
            let mut table = transaction.open_table(CHECKPOINTS).map_err(failed)?;
            let mut blocks = transaction.open_table(BLOCKS).map_err(failed)?;
            for published in checkpoints {
                let number = published.checkpoint.number;
                table.insert(number, published.to_bytes().as_slice()).map_err(failed)?;
                for block in &published.checkpoint.blocks {
                    blocks.insert(block.header.global_variables.block_number, number).map_err(failed)?;
                }
            }
            Ok(())
        })
    }

    /// Forgets all checkpoints above a number.
    ///
    /// # Errors
    /// [`ArchiverStoreError`]
    pub fn remove_checkpoints_above(&self, number: u32) -> Result<(), ArchiverStoreError> {
        self.write(|transaction| {
            let mut table = transaction.open_table(CHECKPOINTS).map_err(failed)?;
            table.retain_in(number.saturating_add(1).., |_, _| false).map_err(failed)?;
            let mut blocks = transaction.open_table(BLOCKS).map_err(failed)?;
            blocks.retain(|_, checkpoint| checkpoint <= number).map_err(failed)
        })
    }

    /// The newest message.
    ///
    /// # Errors
    /// [`ArchiverStoreError`]
    pub fn last_message(&self) -> Result<Option<StoredMessage>, ArchiverStoreError> {
        let transaction = self.database.begin_read().map_err(failed)?;
        let table = transaction.open_table(MESSAGES).map_err(failed)?;
        let found = table.last().map_err(failed)?;
        found.map(|(index, value)| message(index.value(), value.value())).transpose()
    }

    /// How many messages there are.
    ///
    /// # Errors
    /// [`ArchiverStoreError`]
    pub fn message_count(&self) -> Result<u64, ArchiverStoreError> {
        let transaction = self.database.begin_read().map_err(failed)?;
        transaction.open_table(MESSAGES).map_err(failed)?.len().map_err(failed)
    }

    /// The leaves of a checkpoint's messages, in order and without padding.
    ///
    /// # Errors
    /// [`ArchiverStoreError`]
    pub fn messages_of(&self, checkpoint: u32) -> Result<Vec<Fr>, ArchiverStoreError> {
        let first = u64::from(checkpoint).saturating_sub(1) * MESSAGES_PER_CHECKPOINT;
        let transaction = self.database.begin_read().map_err(failed)?;
        let table = transaction.open_table(MESSAGES).map_err(failed)?;
        let range = table.range(first..first + MESSAGES_PER_CHECKPOINT).map_err(failed)?;
        let leaf = |entry: Result<(redb::AccessGuard<'_, u64>, redb::AccessGuard<'_, &[u8]>), _>| {
            let (index, value) = entry.map_err(failed)?;
            message(index.value(), value.value()).map(|message| message.leaf)
        };
        range.map(leaf).collect()
    }

    /// Stores messages.
    ///
    /// # Errors
    /// [`ArchiverStoreError`]
    pub fn add_messages(&self, messages: &[StoredMessage]) -> Result<(), ArchiverStoreError> {
        self.write(|transaction| {
            let mut table = transaction.open_table(MESSAGES).map_err(failed)?;
            for message in messages {
                let mut value = message.leaf.to_bytes();
                value.extend_from_slice(&message.rolling_hash);
                message.l1_block.encode(&mut value);
                table.insert(message.index, value.as_slice()).map_err(failed)?;
            }
            Ok(())
        })
    }

    /// Forgets all messages with an index from `index` on.
    ///
    /// # Errors
    /// [`ArchiverStoreError`]
    pub fn remove_messages_from(&self, index: u64) -> Result<(), ArchiverStoreError> {
        self.write(|transaction| {
            let mut table = transaction.open_table(MESSAGES).map_err(failed)?;
            table.retain_in(index.., |_, _| false).map_err(failed)
        })
    }

    /// A number that was noted, or 0.
    pub(super) fn noted(&self, note: Note) -> Result<u64, ArchiverStoreError> {
        let transaction = self.database.begin_read().map_err(failed)?;
        let table = transaction.open_table(META).map_err(failed)?;
        Ok(table.get(note.key()).map_err(failed)?.map_or(0, |value| value.value()))
    }

    /// Notes a number.
    pub(super) fn note(&self, note: Note, value: u64) -> Result<(), ArchiverStoreError> {
        if self.noted(note)? == value {
            return Ok(());
        }
        self.write(|transaction| {
            let mut table = transaction.open_table(META).map_err(failed)?;
            table.insert(note.key(), value).map_err(failed)?;
            Ok(())
        })
    }
}

/// Numbers that outlive the process.
#[derive(Clone, Copy, Debug)]
pub(super) enum Note {
    /// L1 block up to which messages are known.
    MessagesUpTo,
    /// The proven checkpoint.
    Proven,
    /// The proven checkpoint in a block of L1 that cannot be undone.
    Finalized,
}

impl Note {
    fn key(self) -> &'static str {
        match self {
            Self::MessagesUpTo => "messages_up_to",
            Self::Proven => "proven",
            Self::Finalized => "finalized",
        }
    }
}

fn decode<T: Decode>(what: &'static str, bytes: &[u8]) -> Result<T, ArchiverStoreError> {
    T::from_bytes(bytes).map_err(|source| ArchiverStoreError::Corrupt { what, source })
}

fn message(index: u64, bytes: &[u8]) -> Result<StoredMessage, ArchiverStoreError> {
    let corrupt = |source| ArchiverStoreError::Corrupt { what: "message", source };
    let mut reader = Reader::new(bytes);
    Ok(StoredMessage {
        index,
        leaf: Fr::decode(&mut reader).map_err(corrupt)?,
        rolling_hash: reader.take_array().map_err(corrupt)?,
        l1_block: u64::decode(&mut reader).map_err(corrupt)?,
    })
}

impl Encode for PublishedCheckpoint {
    fn encode(&self, out: &mut Vec<u8>) {
        self.l1.block_number.encode(out);
        self.l1.timestamp_s.encode(out);
        out.extend_from_slice(self.l1.block_hash.as_slice());
        self.attestations.encode(out);
        self.checkpoint.encode(out);
    }
}

impl Decode for PublishedCheckpoint {
    const LEN_BYTES_MIN: usize = 48 + Attestations::LEN_BYTES_MIN + Checkpoint::LEN_BYTES_MIN;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let l1 = L1Position {
            block_number: u64::decode(reader)?,
            timestamp_s: u64::decode(reader)?,
            block_hash: B256::from(reader.take_array::<32>()?),
        };
        let attestations = Attestations::decode(reader)?;
        Ok(Self { checkpoint: Checkpoint::decode(reader)?, attestations, l1 })
    }
}
