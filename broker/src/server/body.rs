//! Request bodies: read, decompressed, each within its limit.

use std::io::Read;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use chinampa_jobs::rpc::BodyError;
use http_body_util::BodyExt as _;

use super::routes::{App, BUFFER_UNIT};

/// How much of a body that is too long is read and thrown away, so that the client gets to read the reply.
const DISCARD_MAX: usize = 64 << 20;

/// Content encodings that are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
    Deflate,
    Brotli,
}

impl Encoding {
    /// Reads `Content-Encoding`.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, BodyError> {
        let Some(value) = headers.get(header::CONTENT_ENCODING) else { return Ok(Self::Identity) };
        let name = String::from_utf8_lossy(value.as_bytes());
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self::Identity),
            "gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            "br" => Ok(Self::Brotli),
            _ => Err(BodyError::UnsupportedEncoding { name: name.into_owned() }),
        }
    }

    /// Decompresses a body of at most `limit` bytes.
    pub(super) fn decode(self, wire: Vec<u8>, limit: usize) -> Result<Vec<u8>, BodyError> {
        match self {
            Self::Identity => Ok(wire),
            Self::Gzip => inflate(flate2::read::MultiGzDecoder::new(wire.as_slice()), limit),
            Self::Deflate => inflate(flate2::read::ZlibDecoder::new(wire.as_slice()), limit),
            Self::Brotli => inflate(brotli::Decompressor::new(wire.as_slice(), 4096), limit),
        }
    }
}

/// Why a body is not there.
#[derive(Debug)]
pub(super) enum ReadError {
    /// It is refused.
    Refused(BodyError),
    /// The connection broke.
    Lost,
}

/// Reads a body of at most `limit` bytes.
pub(super) async fn read(mut body: Body, limit: usize) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    let mut len: usize = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ReadError::Lost)?;
        let Ok(data) = frame.into_data() else { continue };
        len = len.saturating_add(data.len());
        if len <= limit {
            bytes.extend_from_slice(&data);
        } else if len.saturating_sub(limit) > DISCARD_MAX {
            break;
        } else {
            bytes = Vec::new();
        }
    }
    if len > limit {
        return Err(ReadError::Refused(BodyError::TooLong { limit, actual: len }));
    }
    Ok(bytes)
}

/// Receives a body of a call under `/v1`: reads it and decompresses it, within the server's limits.
pub(super) async fn receive(app: &App, headers: &HeaderMap, body: Body) -> Result<Vec<u8>, ReadError> {
    let limit = app.config.limits.max_body_len;
    let encoding = Encoding::of(headers).map_err(ReadError::Refused)?;
    let _room = app.room.acquire_many(reserved(headers, limit)).await;
    let wire = within(app.config.body_timeout, read(body, limit)).await?;
    if encoding == Encoding::Identity {
        return Ok(wire);
    }
    let _inflation = app.inflations.acquire().await.ok();
    let decoded = tokio::task::spawn_blocking(move || encoding.decode(wire, limit)).await;
    decoded.map_err(|_| ReadError::Lost)?.map_err(ReadError::Refused)
}

/// Room for a body, in [`BUFFER_UNIT`]s: what it says it needs, or the most that it may need.
pub(super) fn reserved(headers: &HeaderMap, limit: usize) -> u32 {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let len = announced.map_or(limit, |len: usize| len.min(limit));
    u32::try_from(len.div_ceil(BUFFER_UNIT)).unwrap_or(u32::MAX)
}

pub(super) async fn within(
    limit: Duration,
    reading: impl Future<Output = Result<Vec<u8>, ReadError>>,
) -> Result<Vec<u8>, ReadError> {
    tokio::time::timeout(limit, reading).await.unwrap_or(Err(ReadError::Lost))
}

fn inflate(reader: impl Read, limit: usize) -> Result<Vec<u8>, BodyError> {
    let mut bytes = Vec::new();
    let mut reader = reader.take(limit as u64 + 1);
    reader.read_to_end(&mut bytes).map_err(|_| BodyError::Decompression)?;
    if bytes.len() > limit {
        return Err(BodyError::TooLong { limit, actual: bytes.len() });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn the_limit_counts_decompressed_bytes() {
        let body = vec![b'x'; 1000];
        assert_eq!(Encoding::Gzip.decode(gzip(&body), 1000), Ok(body.clone()));
        let refused = Encoding::Gzip.decode(gzip(&body), 999);
        assert_eq!(refused, Err(BodyError::TooLong { limit: 999, actual: 1000 }));
    }

    #[test]
    fn every_encoding_refuses_noise() {
        for encoding in [Encoding::Gzip, Encoding::Deflate, Encoding::Brotli] {
            assert_eq!(encoding.decode(vec![0xff; 100], 1000), Err(BodyError::Decompression), "{encoding:?}");
        }
    }

    #[tokio::test]
    async fn bodies_end_at_their_limit() {
        let body = || Body::from(vec![1; 10]);
        assert_eq!(read(body(), 10).await.unwrap().len(), 10);
        let refused = read(body(), 9).await;
        assert!(matches!(refused, Err(ReadError::Refused(BodyError::TooLong { limit: 9, actual: 10 }))));
    }
}
