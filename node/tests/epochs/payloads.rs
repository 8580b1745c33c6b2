//! Where the prover writes inputs and reads results, and which refusals of a broker are final.

use std::fs;
use std::path::Path;

use chinampa_jobs::objects::ObjectsError;
use chinampa_jobs::rpc::{ErrorCode, RpcError};
use chinampa_jobs::{EpochNumber, JobInputs, ProofUri, RequestType, limits};
use chinampa_node::prover::{BrokerError, PayloadError, PayloadStore};

fn uri(text: impl AsRef<str>) -> ProofUri {
    text.as_ref().parse().expect("short")
}

fn store(folder: &Path) -> PayloadStore {
    PayloadStore::open(Some(&format!("file://{}", folder.display()))).expect("a folder")
}

fn inline() -> PayloadStore {
    PayloadStore::open(None).expect("no place")
}

#[tokio::test]
async fn inputs_are_written_once_and_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(folder.path());
    let inputs = JobInputs::from_buffer(RequestType::ParityBase, vec![7; 100]).expect("short");
    let id = inputs.job_id(EpochNumber::from(5));
    let place = store.save_inputs(&id, &inputs).await.expect("written");
    let path = folder.path().join(format!("inputs/PARITY_BASE/{id}"));
    assert_eq!(place.as_str(), format!("file://{}", path.display()));
    assert_eq!(fs::read(&path).expect("there"), vec![7; 100]);
    let names = fs::read_dir(path.parent().expect("a folder")).expect("a folder");
    assert_eq!(names.count(), 1, "nothing is left of the writing");
    // Again: the same place, and what is there stays.
    fs::write(&path, [1]).expect("written");
    assert_eq!(store.save_inputs(&id, &inputs).await.expect("there"), place);
    assert_eq!(fs::read(&path).expect("there"), [1]);

    let inline = inline().save_inputs(&id, &inputs).await.expect("short");
    assert_eq!(JobInputs::from_inline_uri(&inline).expect("inputs"), inputs);
}

#[tokio::test]
async fn results_are_read_from_the_folder_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let outside = tempfile::tempdir().expect("another folder");
    let store = store(folder.path());
    for path in [folder.path(), outside.path()] {
        fs::write(path.join("x.json"), "{}").expect("written");
    }
    let inside = uri(format!("file://{}/x.json", folder.path().display()));
    // It is read, and is no result.
    assert!(matches!(store.load_result(&inside).await, Err(PayloadError::Format(_))));
    assert!(matches!(inline().load_result(&inside).await, Err(PayloadError::Place { .. })));
    let name = outside.path().file_name().expect("a name").to_string_lossy().into_owned();
    for (place, what) in [
        (format!("file://{}/x.json", outside.path().display()), "another folder"),
        (format!("file://host{}/x.json", folder.path().display()), "another host"),
        (format!("s3:/{}/x.json", folder.path().display()), "a bucket"),
    ] {
        assert!(matches!(store.load_result(&uri(place)).await, Err(PayloadError::Place { .. })), "{what}");
    }
    let climbing = uri(format!("file://{}/../{name}/x.json", folder.path().display()));
    assert!(matches!(
        store.load_result(&climbing).await,
        Err(PayloadError::Format(chinampa_jobs::Error::UnsafePath { .. }))
    ));
    let missing = uri(format!("file://{}/y.json", folder.path().display()));
    assert!(matches!(
        store.load_result(&missing).await,
        Err(PayloadError::Objects(ObjectsError::Missing { .. }))
    ));
}

#[tokio::test]
async fn a_result_file_has_a_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(folder.path());
    let path = folder.path().join("x.json");
    let place = uri(format!("file://{}", path.display()));
    let file = fs::File::create(&path).expect("a file");
    let limit = limits::MAX_RESULT_JSON_LEN as u64;
    file.set_len(limit).expect("sparse");
    assert!(matches!(store.load_result(&place).await, Err(PayloadError::Format(_))));
    file.set_len(limit + 1).expect("sparse");
    match store.load_result(&place).await {
        Err(PayloadError::Objects(ObjectsError::TooLong { limit: told, actual, .. })) => {
            assert_eq!((told as u64, actual), (limit, limit + 1));
        }
        other => panic!("unexpected {other:?}"),
    }
}

#[test]
fn refusals_about_the_call_itself_are_final() {
    let epoch = EpochNumber::from;
    let final_ones = [
        BrokerError::Refused(RpcError::duplicate_job()),
        BrokerError::Refused(RpcError::epoch_too_old(epoch(1), epoch(9))),
        BrokerError::Refused(RpcError::invalid_params("0.id: required")),
        BrokerError::Refused(RpcError::method_not_found("proverBroker_enqueueProvingJob")),
        BrokerError::Unexpected { method: "enqueueProvingJob" },
    ];
    assert!(final_ones.iter().all(|error| !error.is_temporary()));
    let passing = [
        BrokerError::Unreachable("connection refused".to_owned()),
        BrokerError::Refused(RpcError::handler("no space left on device")),
        BrokerError::Refused(RpcError::new(ErrorCode::Handler, "Broker not started")),
    ];
    assert!(passing.iter().all(BrokerError::is_temporary));
}
