//! One row of the table, built by `const` functions so that a row reads as a sentence.

use super::{Kind, Secrecy};

/// A group of settings: a table of the file, a heading of the documentation.
#[derive(Debug)]
pub(crate) struct Section {
    /// Name of the TOML table.
    pub(crate) name: &'static str,
    /// What the group is about.
    pub(crate) title: &'static str,
    /// Its settings.
    pub(crate) settings: &'static [Setting],
}

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// `section.name` in the file; the unit is the last word of the name.
    pub(crate) key: &'static str,
    /// Which values are accepted.
    pub(crate) kind: Kind,
    /// One or two sentences.
    pub(crate) help: &'static str,
    /// The value without any configuration, as text of `kind`; absent means unset.
    pub(crate) default: Option<&'static str>,
    /// Flags of `aztec start` with the same meaning.
    pub(crate) aztec_flags: &'static [&'static str],
    /// Variables of Aztec with the same meaning; the first that is set counts.
    pub(crate) aztec_env: &'static [&'static str],
    /// What of the value is never shown.
    pub(crate) secrecy: Secrecy,
    /// Our flag, where it is not derived from the key.
    flag: Option<&'static str>,
    /// Aztec's flags and variables of this choice are booleans: what `true` and `false` stand for.
    pub(crate) aztec_boolean: Option<[&'static str; 2]>,
}

impl Setting {
    /// A setting that is unset by default and unknown to Aztec.
    pub(super) const fn new(key: &'static str, kind: Kind, help: &'static str) -> Self {
        Self {
            key,
            kind,
            help,
            default: None,
            aztec_flags: &[],
            aztec_env: &[],
            secrecy: Secrecy::Public,
            flag: None,
            aztec_boolean: None,
        }
    }

    /// Sets the default.
    pub(super) const fn default(mut self, text: &'static str) -> Self {
        self.default = Some(text);
        self
    }

    /// Names Aztec's flags and variables.
    pub(super) const fn aztec(
        mut self,
        flags: &'static [&'static str],
        env: &'static [&'static str],
    ) -> Self {
        self.aztec_flags = flags;
        self.aztec_env = env;
        self
    }

    /// Says that Aztec's names carry a boolean, and which choice `true` and `false` are.
    pub(super) const fn aztec_boolean(mut self, when_true: &'static str, when_false: &'static str) -> Self {
        self.aztec_boolean = Some([when_true, when_false]);
        self
    }

    /// Gives our flag a name of its own.
    pub(super) const fn flag(mut self, flag: &'static str) -> Self {
        self.flag = Some(flag);
        self
    }

    /// Hides the whole value.
    pub(super) const fn secret(mut self) -> Self {
        self.secrecy = Secrecy::Secret;
        self
    }

    /// Hides what a URL may carry besides its host: passwords, tokens in the path, parameters.
    pub(super) const fn url_secret(mut self) -> Self {
        self.secrecy = Secrecy::Url;
        self
    }

    /// Our flag: `--broker-job-timeout-ms` for `broker.job_timeout_ms`.
    pub(crate) fn own_flag(&self) -> String {
        self.flag.map_or_else(|| format!("--{}", self.key.replace(['.', '_'], "-")), str::to_owned)
    }

    /// Every flag, ours first, each once.
    pub(crate) fn flags(&self) -> Vec<String> {
        let own = self.own_flag();
        let others = self.aztec_flags.iter().filter(|flag| **flag != own).map(|flag| (*flag).to_owned());
        let others = others.collect::<Vec<_>>();
        std::iter::once(own).chain(others).collect()
    }

    /// Our variable: `CHINAMPA_BROKER__JOB_TIMEOUT_MS` for `broker.job_timeout_ms`.
    pub(crate) fn own_env(&self) -> String {
        format!("CHINAMPA_{}", self.key.replace('.', "__").to_uppercase())
    }

    /// The section's name and the name in it.
    pub(crate) fn split_key(&self) -> (&'static str, &'static str) {
        self.key.split_once('.').expect("every key has a section")
    }
}
