//! Which bodies are read as JSON.

/// The media types that Aztec's server reads; the body of any other request counts as `{}`.
const JSON_TYPES: [&str; 5] = [
    "application/json",
    "application/json-patch+json",
    "application/vnd.api+json",
    "application/csp-report",
    "application/scim+json",
];

/// Whether a body with this `Content-Type` is read. If not, pass an empty body to [`super::parse_body`].
///
/// Parameters such as `charset` are allowed but must be well formed, `name=value` or `name="value"`.
pub fn is_json_content_type(content_type: &str) -> bool {
    let mut parts = content_type.split(';');
    let media_type = parts.next().unwrap_or_default().trim();
    JSON_TYPES.iter().any(|known| known.eq_ignore_ascii_case(media_type)) && parts.all(is_parameter)
}

/// Whether the text between two semicolons is a parameter or nothing.
fn is_parameter(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() {
        return true;
    }
    let Some((name, value)) = text.split_once('=') else { return false };
    let is_quoted = value.len() >= 2 && value.starts_with('"') && value.ends_with('"');
    is_token(name) && (is_token(value) || is_quoted)
}

/// A token of RFC 9110.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
