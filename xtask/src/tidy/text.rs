//! Words that must not stay: folders of one machine, and marks of unfinished work.

use super::{Finding, Source};

/// Folders that exist on somebody's machine only. Written in two parts, so that this file passes its own rule.
const MACHINE_FOLDERS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
/// Macros that stand for missing code.
const MISSING_CODE: [&str; 2] = [concat!("to", "do!"), concat!("unimpl", "emented!")];
/// Marks that people leave for later.
const MARKS: [&str; 2] = [concat!("FIX", "ME"), concat!("X", "XX")];

/// Checks one text file.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        let mut found = |message: String| findings.push(Finding::error(&source.path, index + 1, message));
        for folder in MACHINE_FOLDERS {
            if stands_alone(line, folder, |before| !is_path_character(before), |_| true) {
                found(format!("{folder} is a folder of one machine"));
            }
        }
        for mark in MARKS {
            if stands_alone(line, mark, |before| !before.is_alphanumeric(), |after| !after.is_alphanumeric())
            {
                found(format!("{mark}: finish it, or describe the limitation"));
            }
        }
        for name in MISSING_CODE {
            let is_rust = source.path.ends_with(".rs");
            if is_rust && stands_alone(line, name, |before| !before.is_alphanumeric(), |_| true) {
                found(format!("{name} stands for missing code; return a typed error instead"));
            }
        }
    }
    findings
}

/// What may stand before a folder when it continues a path: `target/work/x` and `$base/home/x` are fine.
fn is_path_character(character: char) -> bool {
    character.is_alphanumeric() || "._-$}~*".contains(character)
}

/// Whether `needle` occurs in `line` with acceptable neighbours. The ends of the line are always acceptable.
fn stands_alone(
    line: &str,
    needle: &str,
    before: impl Fn(char) -> bool,
    after: impl Fn(char) -> bool,
) -> bool {
    line.match_indices(needle).any(|(start, _)| {
        line[..start].chars().next_back().is_none_or(&before)
            && line[start + needle.len()..].chars().next().is_none_or(&after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> usize {
        check(&Source { path: path.to_owned(), text: text.to_owned() }).len()
    }

    #[test]
    fn folders_of_a_machine_are_found_anywhere() {
        for folder in MACHINE_FOLDERS {
            assert_eq!(findings("README.md", &format!("see {folder}notes")), 1);
            assert_eq!(findings("a.sh", &format!("cd \"{folder}x\"")), 1);
            assert_eq!(findings("a.rs", &format!("{folder}x")), 1);
        }
    }

    #[test]
    fn longer_paths_are_quiet() {
        for folder in MACHINE_FOLDERS {
            assert_eq!(
                findings("a.sh", &format!("cd \"$peers{folder}x\" target{folder}x ${{base}}{folder}y")),
                0
            );
        }
    }

    #[test]
    fn marks_are_found_as_whole_words() {
        for mark in MARKS {
            assert_eq!(findings("a.md", &format!("{mark}: later")), 1);
            assert_eq!(findings("a.sh", &format!("mktemp -d name.{mark}{mark}")), 0);
        }
    }

    #[test]
    fn missing_code_is_found_in_rust_only() {
        for name in MISSING_CODE {
            assert_eq!(findings("a.rs", &format!("    {name}()")), 1);
            assert_eq!(findings("a.md", &format!("never `{name}`")), 0);
            assert_eq!(findings("a.rs", &format!("my_{name}()").replace('_', "x")), 0);
        }
    }

    #[test]
    fn the_line_is_reported() {
        let source = Source { path: "a.md".to_owned(), text: format!("fine\n{}x\n", MACHINE_FOLDERS[0]) };
        assert_eq!(check(&source)[0].line, Some(2));
    }
}
