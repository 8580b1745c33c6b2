//! Bytes that another thread unpacks while those before them are decoded.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use flate2::read::GzDecoder;

/// Bytes that are handed over at a time.
const CHUNK_BYTES: usize = 1 << 16;

/// Chunks that may wait to be decoded.
const CHUNKS: usize = 8;

/// Unpacks `gzip` in a thread of its own while `work` reads what comes out, but no more than `limit` bytes and one.
pub(super) fn unpack_ahead<T>(gzip: &[u8], limit: usize, work: impl FnOnce(&mut Ahead) -> T) -> T {
    thread::scope(|scope| {
        let (sender, chunks) = sync_channel(CHUNKS);
        scope.spawn(move || unpack(GzDecoder::new(gzip).take(limit as u64 + 1), &sender));
        // Dropped before the thread is waited for, which ends it if `work` needs no more.
        let mut ahead = Ahead { chunks, chunk: Vec::new(), at: 0, taken: 0 };
        work(&mut ahead)
    })
}

/// Sends what `unpacked` has until its end, an error, or until nobody listens.
fn unpack(mut unpacked: impl Read, sender: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        let read = unpacked.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut chunk);
        // What comes before an error is read first.
        let is_end = chunk.is_empty();
        if !is_end && sender.send(Ok(chunk)).is_err() {
            return;
        }
        match read {
            Err(error) => {
                let _ = sender.send(Err(error));
                return;
            }
            Ok(_) if is_end => return,
            Ok(_) => {}
        }
    }
}

/// Reads what another thread unpacks.
pub(super) struct Ahead {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    at: usize,
    taken: usize,
}

impl Ahead {
    /// Bytes that have come over so far; they depend on what was read, not on how far the other thread is.
    pub(super) const fn taken(&self) -> usize {
        self.taken
    }

    #[cold]
    fn next_chunk(&mut self) -> io::Result<()> {
        // A closed channel is the end.
        if let Ok(chunk) = self.chunks.recv() {
            self.chunk = chunk?;
            self.taken += self.chunk.len();
            self.at = 0;
        }
        Ok(())
    }
}

impl Read for Ahead {
    #[inline]
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let rest = self.fill_buf()?;
        let len = rest.len().min(out.len());
        out[..len].copy_from_slice(&rest[..len]);
        self.consume(len);
        Ok(len)
    }

    #[inline]
    fn read_exact(&mut self, out: &mut [u8]) -> io::Result<()> {
        if let Some(bytes) = self.chunk.get(self.at..self.at + out.len()) {
            out.copy_from_slice(bytes);
            self.at += out.len();
            return Ok(());
        }
        let mut filled = 0;
        while filled < out.len() {
            match self.read(&mut out[filled..])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                len => filled += len,
            }
        }
        Ok(())
    }
}

impl BufRead for Ahead {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.chunk.len() {
            self.next_chunk()?;
        }
        Ok(&self.chunk[self.at..])
    }

    #[inline]
    fn consume(&mut self, len: usize) {
        self.at += len;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn all_is_read_to_the_limit_or_an_error() {
        for len in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 20 * CHUNK_BYTES + 5] {
            let bytes: Vec<u8> = (0..len).map(|index| ((index * index) >> 3) as u8).collect();
            let gzip = gzip(&bytes);
            let read = |gzip: &[u8], limit| {
                unpack_ahead(gzip, limit, |ahead| {
                    let mut out = Vec::new();
                    let result = ahead.read_to_end(&mut out);
                    (out, ahead.taken(), result.is_ok())
                })
            };
            assert_eq!(read(&gzip, len), (bytes.clone(), len, true));
            assert_eq!(read(&gzip, len + 1), (bytes.clone(), len, true));
            if len > 0 {
                assert_eq!(read(&gzip, len - 1).1, len);
                assert!(!read(&gzip[..gzip.len() - 9], len).2);
            }
        }
    }

    #[test]
    fn who_reads_no_further_waits_for_nothing() {
        let gzip = gzip(&vec![7; 40 * CHUNK_BYTES]);
        let first = unpack_ahead(&gzip, usize::MAX >> 1, |ahead| {
            let mut first = [0; 3];
            ahead.read_exact(&mut first).map(|()| first)
        });
        assert_eq!(first.unwrap(), [7; 3]);
    }
}
