//! The OpenAPI document: paths from the table of routes, schemas from a file beside this one.

use serde_json::{Map, Value, json};

use super::routes::{ROUTES, Route};

/// Schemas of bodies and replies.
const SCHEMAS: &str = include_str!("schemas.json");

/// The document of our own API, OpenAPI 3.1.
pub fn document() -> Value {
    let mut paths = Map::new();
    for route in &ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.to_ascii_lowercase()] = operation(route);
    }
    let schemas: Value =
        serde_json::from_str(SCHEMAS).expect("the file beside this one is JSON; a test reads it");
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Chinampa broker",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The agent protocol and the administration of the queue. Aztec's JSON-RPC is on POST / of the same port."
        },
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas
        }
    })
}

fn operation(route: &Route) -> Value {
    let mut parameters: Vec<_> = route
        .query
        .iter()
        .map(|name| json!({ "name": name, "in": "query", "required": false, "schema": { "type": "string" } }))
        .collect();
    if let Some(name) = argument(route.path) {
        let schema = json!({ "type": "string" });
        parameters.insert(0, json!({ "name": name, "in": "path", "required": true, "schema": schema }));
    }
    let success = match (route.path, route.reply) {
        ("/v1/events", _) => json!({ "description": "A stream", "content": { "text/event-stream": {} } }),
        (_, "") => json!({ "description": "A document", "content": { "application/json": {} } }),
        (_, schema) => json!({ "description": "Done", "content": content(schema, is_agents(route)) }),
    };
    let problem = json!({ "description": "Refused", "content": content("Problem", false) });
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.summary,
        "description": format!("Needs the permission {:?}.", route.permission),
        "parameters": parameters,
        "responses": { "200": success, "default": problem }
    });
    if !route.body.is_empty() {
        operation["requestBody"] =
            json!({ "required": true, "content": content(route.body, is_agents(route)) });
    }
    operation
}

fn is_agents(route: &Route) -> bool {
    route.path.starts_with("/v1/agent/")
}

fn content(schema: &str, has_binary: bool) -> Value {
    let mut content = json!({
        "application/json": { "schema": { "$ref": format!("#/components/schemas/{schema}") } }
    });
    if has_binary {
        content[chinampa_jobs::agent::BINCODE_CONTENT_TYPE] = json!({});
    }
    content
}

fn argument(path: &'static str) -> Option<&'static str> {
    let (_, rest) = path.split_once('{')?;
    rest.split_once('}').map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_document_has_every_route_and_every_schema_is_there_and_used() {
        let document = document();
        let mut used = BTreeSet::new();
        references(&document, &mut used);
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let named: BTreeSet<_> = schemas.keys().cloned().collect();
        assert_eq!(used, named);
        let mut operations = BTreeSet::new();
        for route in &ROUTES {
            let operation = &document["paths"][route.path][route.method.to_ascii_lowercase()];
            assert_eq!(operation["operationId"], route.name, "{}", route.path);
            assert!(operations.insert(route.name), "{} is there twice", route.name);
        }
        let count: usize =
            document["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum();
        assert_eq!(count, ROUTES.len());
    }

    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match (name.as_str(), member) {
                        ("$ref", Value::String(path)) => {
                            found.insert(path.rsplit('/').next().unwrap().to_owned());
                        }
                        _ => references(member, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
}
