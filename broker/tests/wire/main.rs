//! The server over real sockets. One test binary, so that it is linked once.

#[cfg(test)]
mod capture;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod http;
#[cfg(test)]
mod own;
#[cfg(test)]
mod payloads;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod tls;
