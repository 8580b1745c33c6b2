//! No code in comments.
//!
//! A comment block is suspicious when two or more of its lines in a row end the way statements do. It is reported
//! only if these lines also parse as Rust, with braces completed, so that prose with a semicolon stays quiet.

use proc_macro2::{TokenStream, TokenTree};

use super::{Finding, Source};

/// Lines in a row that make a comment suspicious.
const LINES_MIN: usize = 2;

/// Checks one Rust file.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let Ok(tokens) = source.text.parse::<TokenStream>() else {
        // The file does not parse; the length rule reports that.
        return Vec::new();
    };
    let mut inside_literals = Vec::new();
    multi_line_literals(tokens, &mut inside_literals);
    let mut findings = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    let mut first = 0;
    for (index, line) in source.text.lines().chain([""]).enumerate() {
        let number = index + 1;
        let in_literal = inside_literals.iter().any(|(start, end)| (*start..=*end).contains(&number));
        match comment(line).filter(|text| !in_literal && ends_like_code(text)) {
            Some(text) => {
                if run.is_empty() {
                    first = number;
                }
                run.push(text);
            }
            None => {
                if run.len() >= LINES_MIN && parses(&run) {
                    let message = format!("{} lines of code in a comment; delete them", run.len());
                    findings.push(Finding::error(&source.path, first, message));
                }
                run.clear();
            }
        }
    }
    findings
}

/// The text of a line that is a plain comment; documentation is prose and examples, and compiled as such.
fn comment(line: &str) -> Option<&str> {
    let text = line.trim_start().strip_prefix("//")?;
    (!text.starts_with('/') && !text.starts_with('!')).then(|| text.trim())
}

fn ends_like_code(text: &str) -> bool {
    text.ends_with([';', '{', '}']) || text.ends_with("},") || text.ends_with(");")
}

/// First and last lines of string literals that span lines: what looks like a comment in them is not one.
fn multi_line_literals(tokens: TokenStream, found: &mut Vec<(usize, usize)>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => multi_line_literals(group.stream(), found),
            TokenTree::Literal(literal) => {
                let span = literal.span();
                if span.start().line != span.end().line {
                    found.push((span.start().line, span.end().line));
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// Whether the lines are Rust statements or items once missing braces are added on either side.
fn parses(lines: &[&str]) -> bool {
    let text = lines.join("\n");
    let mut depth = 0_usize;
    let mut missing_before = 0;
    for character in text.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => missing_before += 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    let complete = format!("{{{}{text}{}}}", "{".repeat(missing_before), "}".repeat(depth));
    syn::parse_str::<syn::Block>(&complete).is_ok_and(|block| !block.stmts.is_empty())
        && text.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(text: &str) -> Vec<Option<usize>> {
        let source = Source { path: "a.rs".to_owned(), text: text.to_owned() };
        check(&source).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn statements_in_comments_are_found() {
        assert_eq!(lines_of("fn f() {\n    // let x = 1;\n    // g(x);\n}\n"), [Some(2)]);
    }

    #[test]
    fn a_whole_or_half_function_is_found() {
        assert_eq!(lines_of("// fn f() {\n// let x = 1;\n// }\nfn g() {}\n"), [Some(1)]);
        assert_eq!(lines_of("//    if a {\n//        b();\nfn g() {}\n"), [Some(1)]);
        assert_eq!(lines_of("//        b();\n//    }\nfn g() {}\n"), [Some(1)]);
    }

    #[test]
    fn one_line_alone_is_quiet() {
        assert_eq!(lines_of("// let x = 1;\nfn g() {}\n// let y = 2;\n"), []);
    }

    #[test]
    fn prose_is_quiet() {
        assert_eq!(lines_of("// The store is the truth;\n// notifications only wake;\nfn g() {}\n"), []);
        assert_eq!(lines_of("// Rows are laid out as {a, b}\n// and then as {c}\nfn g() {}\n"), []);
        assert_eq!(lines_of("// ------------ ;\n// ------------ ;\nfn g() {}\n"), []);
    }

    #[test]
    fn documentation_is_quiet() {
        assert_eq!(lines_of("/// let x = 1;\n/// g(x);\nfn g() {}\n"), []);
        assert_eq!(lines_of("//! let x = 1;\n//! g(x);\nfn g() {}\n"), []);
    }

    #[test]
    fn strings_that_hold_comments_are_quiet() {
        assert_eq!(lines_of("const A: &str = \"\n// let x = 1;\n// g(x);\n\";\n"), []);
    }
}
