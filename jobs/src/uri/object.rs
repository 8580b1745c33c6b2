//! Objects in a proof store: a folder of a machine or a bucket.

use crate::error::{Error, excerpt};
use crate::job_id::JobId;
use crate::request_type::RequestType;

/// Kind of store that a URI points into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectScheme {
    /// `file://`: an absolute path.
    File,
    /// `gs://`: Google Cloud Storage.
    GoogleCloud,
    /// `s3://`: S3 or a service like it.
    S3,
    /// `az://`: Azure Blob Storage. Aztec's programs have no such URIs.
    Azure,
}

impl ObjectScheme {
    /// All schemes.
    pub const ALL: [Self; 4] = [Self::File, Self::GoogleCloud, Self::S3, Self::Azure];

    /// What such a URI starts with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::File => "file://",
            Self::GoogleCloud => "gs://",
            Self::S3 => "s3://",
            Self::Azure => "az://",
        }
    }
}

/// A place in a proof store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ObjectLocation<'a> {
    /// Kind of store.
    pub scheme: ObjectScheme,
    /// Bucket; for [`ObjectScheme::File`] the host, which is empty for the machine itself.
    pub bucket: &'a str,
    /// Path in the bucket without the leading slash.
    pub key: &'a str,
}

impl<'a> ObjectLocation<'a> {
    /// Reads a URI that starts with the prefix of a scheme.
    ///
    /// Empty segments are kept, as Aztec does; segments that an URL parser or a file system would read as
    /// something else (`..`, `?`, control characters) are refused.
    pub(super) fn parse(uri: &'a str) -> Result<Self, Error> {
        let (scheme, rest) = ObjectScheme::ALL
            .into_iter()
            .find_map(|scheme| Some((scheme, uri.strip_prefix(scheme.prefix())?)))
            .ok_or_else(|| Error::UriPrefix {
                expected: "data:, file://, gs://, s3:// or az://",
                actual: excerpt(uri).chars().take(16).collect(),
            })?;
        let (bucket, key) = rest.split_once('/').ok_or(Error::Missing { field: "object key" })?;
        let mut offset = uri.len() - rest.len();
        for segment in rest.split('/') {
            check_segment("proof URI", segment, offset)?;
            offset += segment.len() + 1;
        }
        Ok(Self { scheme, bucket, key })
    }

    /// Kind of proof that the object belongs to: the second-last non-empty segment of the key.
    ///
    /// # Errors
    /// [`Error::UnknownRequestType`]
    pub fn request_type(&self) -> Result<RequestType, Error> {
        let mut segments = self.key.rsplit('/').filter(|segment| !segment.is_empty());
        segments.nth(1).unwrap_or_default().parse().map_err(|error| match error {
            Error::UnknownRequestType { actual, .. } => {
                Error::UnknownRequestType { field: "proof URI", actual }
            }
            other => other,
        })
    }
}

/// Which of a job's two objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// Binary form of the inputs (for `PUBLIC_VM` their JSON text).
    Inputs,
    /// JSON form of the result.
    Outputs,
}

/// Where an object lies under the base of a proof store: `inputs/<TYPE_NAME>/<jobId>` or
/// `outputs/<TYPE_NAME>/<jobId>.json`.
///
/// # Errors
/// [`Error::UnsafePath`] if the id could not be one plain segment of a path. Ids come from the network.
pub fn object_path(kind: ObjectKind, request_type: RequestType, id: &JobId) -> Result<String, Error> {
    let text = id.as_str();
    if let Some(offset) = text.find('/') {
        return Err(Error::UnsafePath { field: "job id", offset, actual: excerpt(&text[offset..]) });
    }
    check_segment("job id", text, 0)?;
    Ok(match kind {
        ObjectKind::Inputs => format!("inputs/{request_type}/{text}"),
        ObjectKind::Outputs => format!("outputs/{request_type}/{text}.json"),
    })
}

fn check_segment(field: &'static str, segment: &str, offset: usize) -> Result<(), Error> {
    let unusable = |character: char| matches!(character, '\\' | '?' | '#') || character.is_control();
    if matches!(segment, "." | "..") || segment.contains(unusable) {
        return Err(Error::UnsafePath { field, offset, actual: excerpt(segment) });
    }
    Ok(())
}
