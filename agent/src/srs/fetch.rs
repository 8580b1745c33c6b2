//! Downloads the points of the real ceremony into the layout that bb reads, where they are missing.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_RANGE, HeaderMap, RANGE};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::map::MappedPoints;
use super::{
    G1_FILE, G2_FILE, GRUMPKIN_FILE, POINT_LEN, SrsError, SrsFolder, file_error, real_g2, write_grumpkin,
};

/// Where Barretenberg 4.1.2 downloads from: the first that answers.
pub const SOURCES: [&str; 2] = ["http://crs.aztec-cdn.foundation/g1.dat", "http://crs.aztec-labs.com/g1.dat"];
/// Attempts without a single new byte after which a download has failed.
const ATTEMPTS: u32 = 5;
/// Longest silence of a server.
const SILENCE: Duration = Duration::from_secs(30);
/// Pause before the second attempt; it doubles.
const PAUSE: Duration = Duration::from_millis(200);
/// Largest number of points: those of the ceremony.
const MAX_POINTS: u64 = 100_800_000;

/// What is downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// Points of BN254.
    pub points: u64,
    /// Addresses of the file, `http://`, tried in turn.
    pub sources: Vec<String>,
    /// SHA-256 that the points must have together, hexadecimal, if it is known.
    pub sha256: Option<String>,
}

/// Downloads what `folder` lacks. What an earlier download has left is gone on with.
///
/// The points are used only when all are there, the first is the generator, each is a point of the curve, and the checksum
/// is right, if there is one. bb checks the first two points after a download of its own, and nothing of a file that is
/// there.
///
/// # Errors
/// [`SrsError::Offline`] if no source gives all points, [`SrsError::Checksum`], [`SrsError::NotOnCurve`],
/// [`SrsError::NotOne`], [`SrsError::File`]
pub async fn fetch(folder: &Path, fetch: &Fetch) -> Result<SrsFolder, SrsError> {
    if fetch.points > MAX_POINTS {
        return Err(SrsError::TooMany { actual: fetch.points, limit: MAX_POINTS });
    }
    if let Ok(srs) = SrsFolder::open(folder)
        && srs.points() >= fetch.points
    {
        return Ok(srs);
    }
    fs::create_dir_all(folder).map_err(|source| file_error(folder, source))?;
    let part = folder.join(format!("{G1_FILE}.part"));
    Download::new(&part, fetch.points * POINT_LEN as u64)?.run(&fetch.sources, folder).await?;
    if let Err(error) = accept(&part, fetch) {
        // It would be found again, and be as wrong.
        let _ = fs::remove_file(&part);
        return Err(error);
    }
    let g2 = folder.join(G2_FILE);
    fs::write(&g2, real_g2()).map_err(|source| file_error(&g2, source))?;
    let grumpkin = folder.join(GRUMPKIN_FILE);
    if !grumpkin.exists() {
        write_grumpkin(&grumpkin).map_err(|source| file_error(&grumpkin, source))?;
    }
    let g1 = folder.join(G1_FILE);
    fs::rename(&part, &g1).map_err(|source| file_error(&g1, source))?;
    SrsFolder::open(folder)
}

/// Checks all that was downloaded.
fn accept(part: &Path, fetch: &Fetch) -> Result<(), SrsError> {
    let points = MappedPoints::open(part)?;
    if let Some(expected) = &fetch.sha256 {
        let actual = points.sha256();
        if !expected.eq_ignore_ascii_case(&actual) {
            return Err(SrsError::Checksum { expected: expected.clone(), actual });
        }
    }
    SrsFolder::check_first(part)?;
    points.check()
}

/// A file that grows.
struct Download {
    path: PathBuf,
    file: File,
    len: u64,
    wanted: u64,
    client: Client<HttpConnector, Empty<Bytes>>,
}

impl Download {
    fn new(path: &Path, wanted: u64) -> Result<Self, SrsError> {
        let error = |source| file_error(path, source);
        let mut file =
            OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(error)?;
        // What an earlier one has left may be more than is wanted now.
        let len = file.metadata().map_err(error)?.len().min(wanted);
        file.set_len(len).map_err(error)?;
        file.seek(SeekFrom::End(0)).map_err(error)?;
        let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        Ok(Self { path: path.into(), file, len, wanted, client })
    }

    async fn run(mut self, sources: &[String], folder: &Path) -> Result<(), SrsError> {
        let mut last = "no address to download from".to_owned();
        for source in sources {
            let (mut failures, mut pause) = (0, PAUSE);
            while self.len < self.wanted && failures < ATTEMPTS {
                let before = self.len;
                match self.attempt(source).await? {
                    Ok(()) => {}
                    Err(reason) => {
                        last = format!("{source}: {reason}");
                        if self.len > before {
                            (failures, pause) = (0, PAUSE);
                            tracing::info!(
                                bytes = self.len,
                                of = self.wanted,
                                "the download goes on: {reason}"
                            );
                        } else {
                            failures += 1;
                            tokio::time::sleep(pause).await;
                            pause *= 2;
                        }
                    }
                }
            }
            if self.len >= self.wanted {
                return self.file.sync_all().map_err(|source| file_error(&self.path, source));
            }
        }
        Err(SrsError::Offline { folder: folder.into(), reason: last })
    }

    /// Asks for what is missing. The outer error is the disk's, the inner one the network's.
    async fn attempt(&mut self, source: &str) -> Result<Result<(), String>, SrsError> {
        let response = match self.ask(source).await {
            Ok(response) => response,
            Err(reason) => return Ok(Err(reason)),
        };
        let start = match (response.status(), start_of_range(response.headers())) {
            (StatusCode::PARTIAL_CONTENT, Some(start)) if start == self.len => start,
            // A server that knows no ranges begins again.
            (StatusCode::OK, _) => 0,
            (status, _) => return Ok(Err(format!("status {status} for a range from byte {}", self.len))),
        };
        if start != self.len {
            self.file.set_len(0).map_err(|source| file_error(&self.path, source))?;
            self.file.seek(SeekFrom::Start(0)).map_err(|source| file_error(&self.path, source))?;
            self.len = 0;
        }
        self.read(response.into_body()).await
    }

    async fn ask(&self, source: &str) -> Result<Response<Incoming>, String> {
        let uri: Uri = source.parse().map_err(|error: hyper::http::uri::InvalidUri| error.to_string())?;
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = uri;
        let range = format!("bytes={}-{}", self.len, self.wanted - 1);
        request.headers_mut().insert(RANGE, range.parse().expect("digits"));
        let answer = tokio::time::timeout(SILENCE, self.client.request(request)).await;
        answer.map_err(|_| "no answer".to_owned())?.map_err(|error| error.to_string())
    }

    async fn read(&mut self, mut body: Incoming) -> Result<Result<(), String>, SrsError> {
        while self.len < self.wanted {
            let frame = match tokio::time::timeout(SILENCE, body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => return Ok(Err(error.to_string())),
                Ok(None) => return Ok(Err("the answer ends early".to_owned())),
                Err(_) => return Ok(Err("the server says nothing any more".to_owned())),
            };
            let Some(bytes) = frame.data_ref() else { continue };
            let left = usize::try_from(self.wanted - self.len).unwrap_or(usize::MAX);
            let bytes = &bytes[..bytes.len().min(left)];
            self.file.write_all(bytes).map_err(|source| file_error(&self.path, source))?;
            self.len += bytes.len() as u64;
        }
        Ok(Ok(()))
    }
}

/// The first byte of `bytes 64-127/1000`.
fn start_of_range(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    range.split('-').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use chinampa_testkit::site::{Reply, Request as Asked, Site};

    use super::super::write_development;
    use super::*;

    /// Points that a test downloads. They are those of a development string: there are no others here.
    const POINTS: u64 = 1 << 10;

    fn points() -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        write_development(folder.path(), 10).unwrap();
        let mut bytes = fs::read(folder.path().join(G1_FILE)).unwrap();
        bytes.truncate(usize::try_from(POINTS).unwrap() * POINT_LEN);
        bytes
    }

    /// A range of the points, as a web server answers it.
    fn range(points: &[u8], request: &Asked) -> Reply {
        let range = request.header("range").unwrap().strip_prefix("bytes=").unwrap();
        let (start, end) = range.split_once('-').unwrap();
        let (start, end): (usize, usize) = (start.parse().unwrap(), end.parse().unwrap());
        let total = points.len();
        let mut reply = Reply::ok(&points[start..=end.min(total - 1)]);
        reply.status = 206;
        reply.header("content-range", &format!("bytes {start}-{end}/{total}"))
    }

    fn run(folder: &Path, sources: &[String], sha256: Option<&str>) -> Result<SrsFolder, SrsError> {
        let wanted = Fetch { points: POINTS, sources: sources.to_vec(), sha256: sha256.map(str::to_owned) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(fetch(folder, &wanted))
    }

    fn sha256(bytes: &[u8]) -> String {
        use sha2::Digest as _;
        sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn connections_that_break_cost_only_what_was_not_read() {
        let points = Arc::new(points());
        let (served, asked) = (Arc::clone(&points), Arc::new(AtomicU32::new(0)));
        let count = Arc::clone(&asked);
        let site = Site::start(move |request| {
            let number = count.fetch_add(1, Ordering::SeqCst);
            // Cut in the middle of a point, three times; and once nothing at all.
            let mut reply = range(&served, request);
            reply.cut_after = [Some(10_001), Some(0), Some(20_003), Some(777), None][number.min(4) as usize];
            reply
        });
        let folder = tempfile::tempdir().unwrap();
        let srs = run(folder.path(), &[site.url()], Some(&sha256(&points))).unwrap();
        assert_eq!((srs.points(), srs.is_development()), (POINTS, true));
        assert!(fs::read(folder.path().join(G1_FILE)).unwrap() == *points);
        assert_eq!(asked.load(Ordering::SeqCst), 5);
        // The layout of bb, and nothing else.
        assert_eq!(fs::read(folder.path().join(G2_FILE)).unwrap(), real_g2());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
        assert_eq!(srs.map().unwrap().len() as u64, POINTS);

        // What is there is not downloaded again, and a development string is still none for proofs that count.
        let again = run(folder.path(), &[], None).unwrap();
        assert!(matches!(again.allow(false), Err(SrsError::Development { .. })));
    }

    #[test]
    fn a_download_goes_on_after_the_process_has_ended() {
        let points = Arc::new(points());
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(format!("{G1_FILE}.part")), &points[..30_000]).unwrap();
        let served = Arc::clone(&points);
        let site = Site::start(move |request| {
            assert!(request.header("range").unwrap().starts_with("bytes=30000-"));
            range(&served, request)
        });
        run(folder.path(), &[site.url()], None).unwrap();
        assert!(fs::read(folder.path().join(G1_FILE)).unwrap() == *points);
    }

    #[test]
    fn a_server_without_ranges_is_read_from_the_beginning() {
        let points = Arc::new(points());
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(format!("{G1_FILE}.part")), [1; 5_000]).unwrap();
        let served = Arc::clone(&points);
        // Its file is longer than what is wanted.
        let site = Site::start(move |_| Reply::ok([&served[..], &[9; 640]].concat()));
        run(folder.path(), &[site.url()], None).unwrap();
        assert!(fs::read(folder.path().join(G1_FILE)).unwrap() == *points);
    }

    #[test]
    fn the_second_source_serves_when_the_first_does_not() {
        let points = Arc::new(points());
        let gone = Site::start(|_| Reply::status(404));
        let served = Arc::clone(&points);
        let site = Site::start(move |request| range(&served, request));
        let folder = tempfile::tempdir().unwrap();
        run(folder.path(), &[gone.url(), site.url()], None).unwrap();
        let offline = run(tempfile::tempdir().unwrap().path(), &["http://127.0.0.1:1".to_owned()], None);
        assert!(matches!(offline, Err(SrsError::Offline { .. })));
    }

    #[test]
    fn wrong_points_are_not_used_and_not_kept() {
        let points = points();
        let mut bent = points.clone();
        bent[700 * POINT_LEN + 5] ^= 1;
        let mut started_elsewhere = points.clone();
        started_elsewhere[..POINT_LEN].copy_from_slice(&points[POINT_LEN..2 * POINT_LEN]);
        let expected = sha256(&points);
        let folder = tempfile::tempdir().unwrap();
        for (served, checksum) in
            [(bent.clone(), None), (bent, Some(expected.as_str())), (started_elsewhere, None)]
        {
            let site = Site::start(move |request| range(&served, request));
            let refused = run(folder.path(), &[site.url()], checksum).unwrap_err();
            match checksum {
                Some(_) => assert!(matches!(refused, SrsError::Checksum { .. }), "{refused}"),
                None => assert!(
                    matches!(refused, SrsError::NotOnCurve { index: 700, .. } | SrsError::NotOne { .. }),
                    "{refused}"
                ),
            }
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        }
        let wanted = Fetch { points: MAX_POINTS + 1, sources: Vec::new(), sha256: None };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert!(matches!(runtime.block_on(fetch(folder.path(), &wanted)), Err(SrsError::TooMany { .. })));
    }
}
