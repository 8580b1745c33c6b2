//! The server over real sockets. One test binary, so that it is linked once.

#![expect(clippy::unwrap_used, reason = "what goes wrong here fails the test, as it should")]

#[cfg(test)]
mod capture;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod http;
#[cfg(test)]
mod replay;
