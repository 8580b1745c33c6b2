//! Each cloud's service over real HTTP.

use chinampa_testkit::metadata::Metadata;
use chinampa_testkit::site::{Reply, Site};

use super::*;

const INTERVAL: Duration = Duration::from_millis(20);

fn watch(cloud: Option<(Cloud, String)>, file: Option<PathBuf>) -> SpotWatch {
    SpotWatch::new(SpotConfig { cloud, file, interval: INTERVAL }).unwrap()
}

/// The notice, if there is one soon.
async fn soon(watch: &mut SpotWatch) -> Option<SpotNotice> {
    tokio::time::timeout(Duration::from_millis(500), watch.notice()).await.ok()
}

fn in_runtime<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn every_cloud_says_when_the_machine_ends() {
    in_runtime(async {
        for cloud in [Cloud::Aws, Cloud::Gcp, Cloud::Azure] {
            let service = Metadata::start(cloud.name(), Duration::from_secs(100));
            let mut watch = watch(Some((cloud, service.url())), None);
            assert_eq!(soon(&mut watch).await, None, "{cloud:?}");
            service.end_machine();
            let notice = tokio::time::timeout(Duration::from_secs(20), watch.notice()).await.unwrap();
            assert_eq!(notice.source, cloud.name());
            let left = notice.time_left.map(|left| left.as_secs());
            if cloud == Cloud::Gcp {
                assert_eq!(left, None);
            } else {
                assert!(left.is_some_and(|left| (60..=100).contains(&left)), "{notice:?}");
            }
        }
    });
}

#[test]
fn a_session_token_that_has_expired_is_replaced() {
    use std::sync::atomic::{AtomicU32, Ordering};
    let (tokens, looks) = (AtomicU32::new(0), AtomicU32::new(0));
    let service = Site::start(move |request| {
        if request.method == "PUT" {
            return Reply::ok(format!("token{}", tokens.fetch_add(1, Ordering::SeqCst)));
        }
        // The first token works for two looks.
        let look = looks.fetch_add(1, Ordering::SeqCst);
        match request.header("x-aws-ec2-metadata-token") {
            Some("token0") if look < 2 => Reply::status(404),
            Some("token1") => Reply::ok(r#"{"action": "stop", "time": "2017-09-18T08:22:00Z"}"#),
            _ => Reply::status(401),
        }
    });
    in_runtime(async {
        let mut watch = watch(Some((Cloud::Aws, service.url())), None);
        let notice = tokio::time::timeout(Duration::from_secs(20), watch.notice()).await.unwrap();
        // The time has passed, so none is left.
        let what = "stop at 2017-09-18T08:22:00Z".to_owned();
        assert_eq!(notice, SpotNotice { source: "aws", what, time_left: Some(Duration::ZERO) });
    });
}

#[test]
fn events_of_other_machines_and_short_pauses_are_no_end() {
    let service = Site::start(|request| {
        if request.path.starts_with("/metadata/instance") {
            return Reply::ok("agent-7");
        }
        let event = |kind: &str, machine: &str| {
            format!(r#"{{"EventType": "{kind}", "Resources": ["{machine}"], "NotBefore": ""}}"#)
        };
        let events = [event("Preempt", "agent-8"), event("Freeze", "agent-7")].join(",");
        Reply::ok(format!(r#"{{"DocumentIncarnation": 2, "Events": [{events}]}}"#))
    });
    in_runtime(async {
        assert_eq!(soon(&mut watch(Some((Cloud::Azure, service.url())), None)).await, None);
    });
}

#[test]
fn moving_to_another_host_is_no_end_and_staying_is() {
    for (event, is_end) in [("MIGRATE_ON_HOST_MAINTENANCE", false), ("TERMINATE_ON_HOST_MAINTENANCE", true)] {
        let service = Site::start(move |request| {
            let text = if request.path.ends_with("preempted") { "FALSE" } else { event };
            Reply::ok(text).header("metadata-flavor", "Google")
        });
        in_runtime(async {
            let notice = soon(&mut watch(Some((Cloud::Gcp, service.url())), None)).await;
            assert_eq!(notice.map(|notice| notice.what).as_deref(), is_end.then_some(event));
        });
    }
    // Another program on the port, whatever it says.
    let service = Site::start(|_| Reply::ok("TRUE"));
    in_runtime(async {
        assert_eq!(soon(&mut watch(Some((Cloud::Gcp, service.url())), None)).await, None);
    });
}

#[test]
fn a_file_is_a_notice_even_while_the_service_does_not_answer() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ending");
    in_runtime(async {
        let mut watch = watch(Some((Cloud::Aws, "http://127.0.0.1:1".to_owned())), Some(file.clone()));
        assert_eq!(soon(&mut watch).await, None);
        for (text, seconds) in [("", None), ("17\n", Some(17)), ("soon", None)] {
            fs::write(&file, text).unwrap();
            let notice = soon(&mut watch).await.expect("a notice");
            assert_eq!((notice.source, notice.time_left), ("file", seconds.map(Duration::from_secs)));
        }
    });
}

#[test]
fn a_machine_says_which_cloud_it_is_in() {
    let of = |vendor: &str, tag: &str| {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("sys/class/dmi/id");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("sys_vendor"), format!("{vendor}\n")).unwrap();
        fs::write(folder.join("chassis_asset_tag"), format!("{tag}\n")).unwrap();
        Cloud::under(root.path())
    };
    assert_eq!(of("Amazon EC2", ""), Some(Cloud::Aws));
    assert_eq!(of("Google", ""), Some(Cloud::Gcp));
    assert_eq!(of("Microsoft Corporation", AZURE_ASSET_TAG), Some(Cloud::Azure));
    assert_eq!(of("Microsoft Corporation", "None"), None);
    assert_eq!(of("QEMU", ""), None);
    assert_eq!(Cloud::under(Path::new("/nowhere")), None);
}

#[test]
fn what_is_no_address_is_refused() {
    for url in ["", "169.254.169.254", "https://169.254.169.254", "http://"] {
        let config = SpotConfig { cloud: Some((Cloud::Aws, url.to_owned())), file: None, interval: INTERVAL };
        assert!(matches!(SpotWatch::new(config), Err(ProbeError::Address { .. })), "{url:?}");
    }
}
