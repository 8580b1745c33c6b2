//! JSON-RPC requests: every body has a well-formed reply, and every call is written and read again.
#![no_main]

use chinampa_jobs::rpc::{Call, CallResult, RpcLimits, Surface, parse_body, parse_replies};

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    let limits = RpcLimits::default();
    let (reply, count) = match parse_body(body, &limits, &Surface::broker_with_replay()) {
        Err(error) => (error.to_http(), 1),
        Ok(request) => {
            for call in request.requests().iter().filter_map(|request| request.call.as_ref().ok()) {
                let params = call.params_json();
                let again = Call::decode(call.method(), Some(raw(&params)));
                assert_eq!(again.as_ref(), Ok(call));
            }
            (request.answer(|_| Ok(CallResult::Void)), request.requests().len())
        }
    };
    let replies =
        parse_replies(&reply.body, usize::MAX, limits.max_batch_len).expect("replies are well formed");
    assert_eq!(replies.len(), count);
});

fn raw(params: &str) -> &serde_json::value::RawValue {
    serde_json::from_str(params).expect("parameters are written as JSON")
}
