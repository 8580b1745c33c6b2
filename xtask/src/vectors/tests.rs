//! The rule on small checkouts of its own.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A folder with golden data, a manifest and readers, removed at the end.
struct Checkout(PathBuf);

impl Checkout {
    fn new(files: &[(&str, &str)]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("xtask-vectors-{}-{number}", std::process::id()));
        for (path, text) in files {
            let file = root.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        Self(root)
    }

    fn messages(&self) -> Vec<String> {
        check(&self.0).unwrap().iter().map(ToString::to_string).collect()
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn set(path: &str, reader: &str, sha256: &str) -> String {
    format!(
        "[[set]]\npath = \"{path}\"\nreader = \"{reader}\"\nproducer = \"bb\"\nsource = \"recorded\"\nsha256 = \"{sha256}\"\n"
    )
}

fn checkout(manifest: &str) -> Checkout {
    Checkout::new(&[
        ("tests/vectors/MANIFEST.toml", manifest),
        ("tests/vectors/broker/b.json", "two"),
        ("tests/vectors/broker/a/first.json", "one"),
        ("jobs/tests/wire.rs", "vectors::path(\"broker\")"),
        ("jobs/tests/other.rs", "nothing"),
    ])
}

#[test]
fn a_described_folder_is_quiet_after_an_update() {
    let checkout = checkout(&format!("# Kept.\n{}", set("broker", "jobs/tests/wire.rs", "")));
    assert_eq!(checkout.messages().len(), 1, "the checksum is missing");
    update(&checkout.0).unwrap();
    assert_eq!(checkout.messages(), [""; 0]);
    let text = fs::read_to_string(checkout.0.join(MANIFEST)).unwrap();
    let expected = hex::encode(Sha256::digest("onetwo"));
    assert_eq!(text, format!("# Kept.\n{}", set("broker", "jobs/tests/wire.rs", &expected)));
}

#[test]
fn changed_contents_are_found() {
    let checkout = checkout(&set("broker", "jobs/tests/wire.rs", ""));
    update(&checkout.0).unwrap();
    fs::write(checkout.0.join("tests/vectors/broker/b.json"), "three").unwrap();
    let messages = checkout.messages();
    assert_eq!(messages.len(), 1);
    assert!(messages[0].starts_with("error: tests/vectors/MANIFEST.toml:6: "), "{}", messages[0]);
}

#[test]
fn a_file_in_no_set_or_in_two_is_found() {
    let checkout = checkout(&set("broker/a", "jobs/tests/wire.rs", ""));
    update(&checkout.0).unwrap();
    let messages = checkout.messages();
    assert!(messages.iter().any(|message| message.contains("broker/b.json: no set")), "{messages:?}");

    let both =
        format!("{}{}", set("broker", "jobs/tests/wire.rs", ""), set("broker/a", "jobs/tests/wire.rs", ""));
    fs::write(checkout.0.join(MANIFEST), both).unwrap();
    update(&checkout.0).unwrap();
    let messages = checkout.messages();
    assert!(messages.iter().any(|message| message.contains("first.json: 2 sets")), "{messages:?}");
}

#[test]
fn a_set_does_not_take_files_of_a_longer_name() {
    let checkout = checkout(&set("brok", "jobs/tests/wire.rs", ""));
    assert!(checkout.messages().iter().any(|message| message.contains("brok has no files")));
}

#[test]
fn a_reader_that_is_missing_or_does_not_name_the_set_is_found() {
    for (reader, complaint) in
        [("jobs/tests/gone.rs", "does not exist"), ("jobs/tests/other.rs", "mention broker")]
    {
        let checkout = checkout(&set("broker", reader, ""));
        update(&checkout.0).unwrap();
        let messages = checkout.messages();
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].contains(complaint), "{messages:?}");
    }
}

#[test]
fn an_empty_origin_is_found() {
    let checkout = checkout(&set("broker", "jobs/tests/wire.rs", "").replace("recorded", " "));
    update(&checkout.0).unwrap();
    assert!(checkout.messages()[0].contains("where it comes from"));
}

#[test]
fn an_unknown_key_is_refused() {
    let checkout = checkout(&format!("{}colour = 1\n", set("broker", "jobs/tests/wire.rs", "")));
    assert!(check(&checkout.0).is_err());
}
