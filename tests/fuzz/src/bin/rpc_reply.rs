//! JSON-RPC replies as a client reads them. The first byte picks the method.
#![no_main]

use chinampa_jobs::rpc::{Method, parse_replies};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((&method, body)) = bytes.split_first() else { return };
    let method =
        Method::BROKER.get(usize::from(method)).copied().unwrap_or(Method::AgentGetStatus { index: 0 });
    let Ok(messages) = parse_replies(body, 1 << 20, 100) else { return };
    for message in messages {
        let Ok(reply) = message.decode(method) else { continue };
        let json = reply.to_json();
        let again = parse_replies(json.as_bytes(), json.len(), 1).expect("a reply is written as JSON");
        assert_eq!(again[0].decode(method).map(|reply| reply.to_json()), Ok(json));
    }
});
