//! Functions of at most 70 lines; files of at most 600, with a warning from 401.
//!
//! A function counts from `fn` to its closing brace, blank lines and comments included. A file counts up to a
//! trailing `#[cfg(test)] mod`; files that hold only tests may have any length.

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, Item, Signature};

use super::{Finding, Source};

/// Lines that a function may have.
const FUNCTION_LINES_MAX: usize = 70;
/// Lines from which on a file gets a warning.
const FILE_LINES_AIM: usize = 400;
/// Lines that a file may have.
const FILE_LINES_MAX: usize = 600;

/// Checks one Rust file.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let file = match syn::parse_file(&source.text) {
        Ok(file) => file,
        Err(error) => {
            let message = format!("not Rust: {error}");
            return vec![Finding::error(&source.path, error.span().start().line, message)];
        }
    };
    let mut functions = Functions { path: &source.path, findings: Vec::new() };
    functions.visit_file(&file);
    let mut findings = functions.findings;
    if !source.is_test_file() {
        findings.extend(file_length(source, file.items.last()));
    }
    findings
}

fn file_length(source: &Source, last: Option<&Item>) -> Option<Finding> {
    let lines = match last {
        Some(Item::Mod(tests)) if tests.content.is_some() && tests.attrs.iter().any(is_cfg_test) => {
            tests.span().start().line - 1
        }
        _ => source.text.lines().count(),
    };
    if lines > FILE_LINES_MAX {
        let message = format!("{lines} lines without tests, at most {FILE_LINES_MAX}; split it");
        Some(Finding::error(&source.path, None, message))
    } else if lines > FILE_LINES_AIM {
        let message = format!("{lines} lines without tests, aim for {FILE_LINES_AIM}");
        Some(Finding::warning(&source.path, message))
    } else {
        None
    }
}

fn is_cfg_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|word| word == "test")
}

struct Functions<'a> {
    path: &'a str,
    findings: Vec<Finding>,
}

impl Functions<'_> {
    fn function(&mut self, signature: &Signature, body: &Block) {
        let first = signature.fn_token.span.start().line;
        let end: Span = body.brace_token.span.close();
        let lines = end.end().line - first + 1;
        if lines > FUNCTION_LINES_MAX {
            let name = &signature.ident;
            let message = format!("function {name} has {lines} lines, at most {FUNCTION_LINES_MAX}");
            self.findings.push(Finding::error(self.path, first, message));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.function(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.function(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.function(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::*;

    fn check_text(path: &str, text: String) -> Vec<Finding> {
        check(&Source { path: path.to_owned(), text })
    }

    /// A function of exactly `lines` lines.
    fn function(head: &str, lines: usize) -> String {
        format!("/// Docs.\n#[inline]\n{head} {{\n{}}}\n", "    work();\n".repeat(lines - 2))
    }

    #[test]
    fn a_function_at_the_limit_is_quiet_and_one_more_line_is_found() {
        for head in ["fn f()", "pub(crate) const fn f()", "async fn f()"] {
            assert_eq!(check_text("a.rs", function(head, FUNCTION_LINES_MAX)), [], "{head}");
            let found = check_text("a.rs", function(head, FUNCTION_LINES_MAX + 1));
            assert_eq!(found.len(), 1, "{head}");
            assert_eq!(found[0].line, Some(3));
            assert!(found[0].message.contains("f has 71 lines"), "{}", found[0].message);
        }
    }

    #[test]
    fn methods_trait_defaults_and_nested_functions_count_too() {
        let long = function("fn f()", FUNCTION_LINES_MAX + 1);
        for wrapper in ["impl A", "trait A", "mod a"] {
            assert_eq!(check_text("a.rs", format!("{wrapper} {{\n{long}}}\n")).len(), 1, "{wrapper}");
        }
        let nested = format!("fn outer() {{\n{long}}}\n");
        assert_eq!(check_text("a.rs", nested).len(), 2, "the outer function is longer still");
    }

    #[test]
    fn file_lengths_at_both_limits() {
        let file = |lines: usize| check_text("a.rs", "const _: () = ();\n".repeat(lines));
        assert_eq!(file(FILE_LINES_AIM), []);
        assert_eq!(file(FILE_LINES_AIM + 1)[0].severity, Severity::Warning);
        assert_eq!(file(FILE_LINES_MAX)[0].severity, Severity::Warning);
        assert_eq!(file(FILE_LINES_MAX + 1)[0].severity, Severity::Error);
    }

    #[test]
    fn trailing_tests_and_test_files_are_not_counted() {
        let code = "const _: () = ();\n".repeat(FILE_LINES_AIM);
        let more = "const _: () = ();\n".repeat(FILE_LINES_MAX);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{more}}}\n");
        assert_eq!(check_text("a.rs", format!("{code}{tests}")), []);
        assert_eq!(
            check_text("a.rs", format!("{tests}{code}")).len(),
            1,
            "only a trailing module is left out"
        );
        assert_eq!(
            check_text("a.rs", format!("{code}mod tests {{\n{more}}}\n")).len(),
            1,
            "without cfg(test)"
        );
        assert_eq!(check_text("a/tests/laws.rs", more), []);
    }

    #[test]
    fn a_file_that_is_not_rust_is_found() {
        assert_eq!(check_text("a.rs", "fn (".to_owned()).len(), 1);
    }
}
