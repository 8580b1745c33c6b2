//! Lists of a reply as aligned columns.

use serde_json::Value;

/// The list `list` of a reply, with these members of its entries; a dot goes into a member. Other members of the reply
/// that are plain values follow, one on each line.
pub(crate) fn render(reply: &Value, list: &str, columns: &[&str]) -> String {
    let entries = reply[list].as_array().map(Vec::as_slice).unwrap_or_default();
    let header: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    let rows = entries.iter().map(|entry| columns.iter().map(|column| text(member(entry, column))).collect());
    let rows: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    let widths: Vec<usize> = (0..columns.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect();
    for (name, value) in reply.as_object().into_iter().flatten() {
        if name != list && !value.is_null() && !value.is_array() && !value.is_object() {
            lines.push(format!("{name}: {}", text(value)));
        }
    }
    lines.join("\n") + "\n"
}

fn member<'a>(entry: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(entry, |value, name| &value[name])
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_aligned_and_the_rest_follows() {
        let reply = json!({
            "jobs": [{ "id": "long", "at": { "agent": "a" } }, { "id": "x", "at": null }],
            "next": "7-1",
            "none": null
        });
        assert_eq!(
            render(&reply, "jobs", &["id", "at.agent"]),
            "id    at.agent\nlong  a\nx     -\nnext: 7-1\n"
        );
    }
}
