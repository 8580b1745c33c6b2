//! Which crate may depend on which. The table is the design; a new edge is a decision and edits it.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;
use cargo_metadata::{DependencyKind, MetadataCommand};

use super::Finding;

/// Product crates and what each may depend on, normally or for its build. Development dependencies are free.
const ALLOWED: [(&str, &[&str]); 9] = [
    ("kernels", &[]),
    ("honk", &["kernels"]),
    ("circuits", &["honk", "kernels"]),
    ("protocol", &["kernels"]),
    ("jobs", &[]),
    ("broker", &["jobs"]),
    ("agent", &["jobs", "protocol", "circuits", "honk", "kernels"]),
    ("node", &["jobs", "protocol", "honk"]),
    ("cli", &["kernels", "honk", "circuits", "protocol", "jobs", "broker", "agent", "node"]),
];

/// Crates that only serve development: they may depend on anything, and no product crate on them.
const DEVELOPMENT: [&str; 5] = ["testkit", "sim", "bench", "fuzz", "xtask"];

/// A workspace member and the members that it depends on, normally or for its build.
#[derive(Debug)]
pub(super) struct Crate {
    name: String,
    manifest: String,
    dependencies: BTreeSet<String>,
}

/// The members of the workspace, from `cargo metadata`.
pub(super) fn workspace(root: &Path) -> anyhow::Result<Vec<Crate>> {
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec().context("cargo metadata")?;
    let short = |name: &str| name.strip_prefix("chinampa-").unwrap_or(name).to_owned();
    let members: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let crates = metadata.packages.iter().map(|package| {
        let edges = package.dependencies.iter().filter(|dependency| {
            dependency.kind != DependencyKind::Development && members.contains(dependency.name.as_str())
        });
        let manifest = package.manifest_path.strip_prefix(&metadata.workspace_root);
        Crate {
            name: short(&package.name),
            manifest: manifest.unwrap_or(&package.manifest_path).to_string(),
            dependencies: edges.map(|dependency| short(&dependency.name)).collect(),
        }
    });
    Ok(crates.collect())
}

/// Compares the crates with the table.
pub(super) fn check(crates: &[Crate]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in crates {
        if DEVELOPMENT.contains(&member.name.as_str()) {
            continue;
        }
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == member.name) else {
            let message = format!("{} has no row in xtask/src/tidy/edges.rs", member.name);
            findings.push(Finding::error(&member.manifest, None, message));
            continue;
        };
        for dependency in &member.dependencies {
            if !allowed.contains(&dependency.as_str()) {
                let message = format!(
                    "{} may not depend on {dependency}; allowed: {}",
                    member.name,
                    if allowed.is_empty() {
                        "nothing of this workspace".to_owned()
                    } else {
                        allowed.join(", ")
                    }
                );
                findings.push(Finding::error(&member.manifest, None, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, dependencies: &[&str]) -> Crate {
        Crate {
            name: name.to_owned(),
            manifest: format!("{name}/Cargo.toml"),
            dependencies: dependencies.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn every_allowed_edge_is_quiet() {
        let crates: Vec<Crate> = ALLOWED.iter().map(|(name, allowed)| member(name, allowed)).collect();
        assert_eq!(check(&crates), []);
    }

    #[test]
    fn an_upward_edge_is_found() {
        let found = check(&[member("kernels", &[]), member("protocol", &["kernels", "jobs"])]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "protocol/Cargo.toml");
        assert!(found[0].message.contains("protocol may not depend on jobs"), "{}", found[0].message);
    }

    #[test]
    fn development_crates_are_free_but_no_product_crate_uses_them() {
        assert_eq!(check(&[member("xtask", &["cli"]), member("testkit", &["kernels", "honk"])]), []);
        for (product, _) in ALLOWED {
            for development in DEVELOPMENT {
                assert_eq!(check(&[member(product, &[development])]).len(), 1, "{product} -> {development}");
            }
        }
    }

    #[test]
    fn an_unknown_crate_is_found() {
        assert_eq!(check(&[member("misc", &[])]).len(), 1);
    }

    #[test]
    fn metadata_leaves_development_dependencies_out() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let crates = workspace(root).unwrap();
        let kernels = crates.iter().find(|member| member.name == "kernels").unwrap();
        assert_eq!(kernels.manifest, "kernels/Cargo.toml");
        assert!(!kernels.dependencies.contains("testkit"));
    }
}
