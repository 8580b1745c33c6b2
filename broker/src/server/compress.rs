//! Compression of replies.

use std::io::{self, Write as _};

/// Shortest reply that is compressed, as in Aztec.
const COMPRESSED_LEN_MIN: usize = 1024;

/// An encoding of replies, in Aztec's order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReplyEncoding {
    Zstd,
    Gzip,
    Deflate,
}

impl ReplyEncoding {
    /// The encoding for a reply of `len` bytes to a client with this `Accept-Encoding`.
    pub(super) fn choose(accept_encoding: &str, len: usize) -> Option<Self> {
        if len < COMPRESSED_LEN_MIN {
            return None;
        }
        [Self::Zstd, Self::Gzip, Self::Deflate]
            .into_iter()
            .find(|encoding| accepts(accept_encoding, encoding.name()))
    }

    /// Its name in headers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        }
    }

    /// The compressed bytes. Fast levels: what travels is mostly base64, which no level makes much smaller.
    pub(super) fn encode(self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let level = flate2::Compression::fast();
        match self {
            Self::Zstd => zstd::encode_all(bytes, 1),
            Self::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
                encoder.write_all(bytes)?;
                encoder.finish()
            }
            Self::Deflate => {
                let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
                encoder.write_all(bytes)?;
                encoder.finish()
            }
        }
    }
}

/// Whether a header value lists an encoding with a weight above 0.
fn accepts(accept_encoding: &str, name: &str) -> bool {
    accept_encoding.split(',').any(|part| {
        let mut words = part.split(';').map(str::trim);
        let is_named = words.next().is_some_and(|listed| listed.eq_ignore_ascii_case(name));
        let weight = words.find_map(|word| word.strip_prefix("q=")?.parse::<f32>().ok());
        is_named && weight.is_none_or(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_preference_is_ours() {
        let choose = |header| ReplyEncoding::choose(header, 1024);
        assert_eq!(choose("gzip, deflate, zstd"), Some(ReplyEncoding::Zstd));
        assert_eq!(choose("deflate, GZIP;q=0.5"), Some(ReplyEncoding::Gzip));
        assert_eq!(choose("zstd;q=0, deflate"), Some(ReplyEncoding::Deflate));
        assert_eq!(choose("br"), None);
        assert_eq!(choose(""), None);
    }

    #[test]
    fn short_replies_stay_as_they_are() {
        assert_eq!(ReplyEncoding::choose("gzip", 1023), None);
        assert_eq!(ReplyEncoding::choose("gzip", 1024), Some(ReplyEncoding::Gzip));
    }
}
