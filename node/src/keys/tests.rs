//! Keys from every place, and a remote signer that is a real server.

use std::path::PathBuf;

use alloy::consensus::transaction::Transaction as _;
use alloy::eips::eip2718::Encodable2718 as _;
use alloy::network::TransactionBuilder as _;
use alloy::primitives::{U256, address};
use axum::Router;
use axum::extract::State;
use axum::response::Json;
use axum::routing::post;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

/// The third key of anvil, and its account.
const KEY: &str = "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a";
const ACCOUNT: Address = address!("3C44CdDdB6a900fa2b585dd299e03d12FA4293BC");
/// The second one.
const OTHER_KEY: &str = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
const OTHER: Address = address!("70997970C51812dc3A010C7d01b50e0d17dc79C8");

/// The example of the definition of version 3, and its account.
const ENCRYPTED: &str = r#"{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},
"ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2","kdfparams":{"c":262144,
"dklen":32,"prf":"hmac-sha256","salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
"mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},
"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}"#;
const ENCRYPTED_ACCOUNT: Address = address!("008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b");

struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: impl AsRef<str>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text.as_ref()).unwrap();
        path
    }

    fn store(&self, prover: &Value) -> Result<KeyStore, KeyError> {
        let store = json!({"schemaVersion": 1, "prover": prover});
        KeyStore::read(&self.write("store.json", store.to_string()))
    }
}

fn addresses(store: &KeyStore) -> Vec<Address> {
    store.accounts.iter().map(Account::address).collect()
}

#[test]
fn keys_are_read_and_never_shown() {
    for key in [KEY, &KEY[2..], &format!(" {KEY}\n")] {
        let account = Account::from_key(key).unwrap();
        assert_eq!(account.address(), ACCOUNT);
        assert!(!format!("{account:?}").contains("5de4111a"), "{account:?}");
    }
    let error = Account::from_key(&KEY[3..]).unwrap_err();
    assert!(matches!(error, KeyError::Key) && !error.to_string().contains("de4111a"), "{error}");
}

#[test]
fn a_file_has_one_key_on_each_line() {
    let files = Files::new();
    let accounts = Account::from_key_file(&files.write("keys", format!("# provers\n{KEY}\n\n{OTHER_KEY}\n")));
    assert_eq!(accounts.unwrap().iter().map(Account::address).collect::<Vec<_>>(), [ACCOUNT, OTHER]);
    assert!(matches!(Account::from_key_file(&files.write("none", "# none\n")), Err(KeyError::Empty { .. })));
    assert!(matches!(Account::from_key_file(&files.write("bad", "key")), Err(KeyError::Key)));
    assert!(matches!(Account::from_key_file(&files.0.path().join("gone")), Err(KeyError::File { .. })));
}

#[test]
fn encrypted_files_of_version_3_open_with_their_password() {
    let files = Files::new();
    let path = files.write("key.json", ENCRYPTED);
    assert_eq!(Account::from_encrypted(&path, "testpassword").unwrap().address(), ENCRYPTED_ACCOUNT);
    let error = Account::from_encrypted(&path, "Testpassword").unwrap_err();
    assert!(matches!(error, KeyError::Decrypt { .. }), "{error}");
    assert!(!error.to_string().contains("Testpassword"));
    assert!(matches!(
        Account::from_encrypted(&files.write("no.json", "{}"), "x"),
        Err(KeyError::Decrypt { .. })
    ));
}

#[test]
fn every_form_of_a_prover_in_a_key_store() {
    let files = Files::new();
    assert_eq!(addresses(&files.store(&json!(KEY)).unwrap()), [ACCOUNT]);
    let store = files.store(&json!({"id": OTHER, "publisher": [KEY, OTHER_KEY]})).unwrap();
    assert_eq!((store.prover_id, addresses(&store)), (Some(OTHER), vec![ACCOUNT, OTHER]));
    let encrypted = json!({"path": files.write("key", ENCRYPTED), "password": "testpassword"});
    assert_eq!(addresses(&files.store(&encrypted).unwrap()), [ENCRYPTED_ACCOUNT]);
    let phrase = "test test test test test test test test test test test junk";
    let mnemonic = json!({"mnemonic": phrase, "addressIndex": 1, "addressCount": 2});
    let store = files.store(&json!({"id": OTHER, "publisher": mnemonic})).unwrap();
    assert_eq!(addresses(&store), [OTHER, ACCOUNT]);
    let remote = json!({"address": OTHER, "remoteSignerUrl": "http://signer:9000"});
    let store = files.store(&remote).unwrap();
    assert_eq!(addresses(&store), [OTHER]);
    assert!(!format!("{store:?}").contains("signer:9000"), "{store:?}");
}

#[test]
fn stores_that_aztec_would_refuse_are_refused() {
    let files = Files::new();
    for prover in [
        json!(OTHER),
        json!({"id": OTHER, "publisher": []}),
        json!({"id": OTHER, "publisher": [KEY], "coinbase": OTHER}),
        json!({"publisher": [KEY]}),
        json!({"path": "/key"}),
        json!({"address": OTHER, "remoteSignerUrl": "http://signer", "certPath": "/a", "certPass": "b"}),
        json!({"id": OTHER, "publisher": {"mnemonic": "test test", "addressCount": 1}}),
        json!({"id": OTHER, "publisher": {"mnemonic": "test", "addressCount": 101}}),
        json!(7),
    ] {
        assert!(matches!(files.store(&prover), Err(KeyError::KeyStore { .. })), "{prover}");
    }
    assert!(matches!(
        files.store(&json!({"id": OTHER, "publisher": [KEY, KEY]})),
        Err(KeyError::Twice { .. })
    ));
    let path = files.write("other.json", json!({"schemaVersion": 3, "prover": KEY}).to_string());
    assert!(matches!(KeyStore::read(&path), Err(KeyError::KeyStore { .. })));
}

#[test]
fn a_folder_has_one_prover() {
    let files = Files::new();
    files.write("a.json", json!({"schemaVersion": 1, "validators": []}).to_string());
    files.write("notes.txt", "no key store");
    assert!(matches!(KeyStore::read(files.0.path()), Err(KeyError::Empty { .. })));
    let remote = json!({"remoteSignerUrl": "http://signer"});
    files.write("b.json", json!({"schemaVersion": 2, "prover": OTHER, "remoteSigner": remote}).to_string());
    assert_eq!(addresses(&KeyStore::read(files.0.path()).unwrap()), [OTHER]);
    files.write("c.json", json!({"schemaVersion": 1, "prover": KEY}).to_string());
    assert!(matches!(KeyStore::read(files.0.path()), Err(KeyError::TwoProvers { .. })));
}

/// What the signer does with a transaction before it signs.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Honest,
    Greedy,
    OtherKey,
    Refuses,
}

/// A server with Web3Signer's calls that signs with [`KEY`].
async fn signer(mood: Mood) -> Url {
    async fn answer(State(mood): State<Mood>, Json(call): Json<Value>) -> Json<Value> {
        let result = match call["method"].as_str().unwrap() {
            "eth_accounts" => json!([ACCOUNT]),
            "eth_signTransaction" if mood == Mood::Refuses => {
                return Json(json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "no"}}));
            }
            "eth_signTransaction" => {
                let mut request: TransactionRequest =
                    serde_json::from_value(call["params"][0].clone()).unwrap();
                assert_eq!(request.from, Some(ACCOUNT));
                if mood == Mood::Greedy {
                    request.value = Some(U256::from(1));
                }
                let key = if mood == Mood::OtherKey { OTHER_KEY } else { KEY };
                let account = Account::from_key(key).unwrap();
                request.from = Some(account.address());
                let signed = account.sign(request).await.unwrap();
                json!(alloy::hex::encode_prefixed(signed.encoded_2718()))
            }
            other => panic!("{other}"),
        };
        Json(json!({"jsonrpc": "2.0", "id": call["id"], "result": result}))
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let router = Router::new().route("/", post(answer)).with_state(mood);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

fn request() -> TransactionRequest {
    TransactionRequest::default()
        .with_from(ACCOUNT)
        .with_to(OTHER)
        .with_input(vec![1, 2, 3])
        .with_chain_id(31_337)
        .with_nonce(7)
        .with_gas_limit(1_000_000)
        .with_max_fee_per_gas(30)
        .with_max_priority_fee_per_gas(2)
}

#[tokio::test]
async fn a_remote_signer_signs_as_the_key_itself() {
    let account = Account::remote(ACCOUNT, signer(Mood::Honest).await);
    account.check().await.unwrap();
    let signed = account.sign(request()).await.unwrap();
    let ours = Account::from_key(KEY).unwrap().sign(request()).await.unwrap();
    assert_eq!(signed, ours, "signatures are deterministic");
    assert_eq!((signed.nonce(), signed.max_fee_per_gas()), (7, 30));
}

#[tokio::test]
async fn what_a_remote_signer_returns_is_checked() {
    for (mood, what) in [(Mood::Greedy, "its content"), (Mood::OtherKey, "its signer")] {
        let error = Account::remote(ACCOUNT, signer(mood).await).sign(request()).await.unwrap_err();
        assert!(matches!(error, SignError::Different { what: actual } if actual == what), "{error}");
    }
    let url = signer(Mood::Refuses).await;
    let error = Account::remote(ACCOUNT, url.clone()).sign(request()).await.unwrap_err();
    assert!(matches!(error, SignError::Refused { .. }) && !error.is_temporary(), "{error}");
    let error = Account::remote(OTHER, url).check().await.unwrap_err();
    assert!(matches!(error, SignError::NoAccount { account: OTHER }), "{error}");
    let gone = Account::remote(ACCOUNT, "http://127.0.0.1:9".parse().unwrap()).sign(request()).await;
    assert!(gone.unwrap_err().is_temporary());
}
