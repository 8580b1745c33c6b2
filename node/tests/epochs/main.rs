//! Execution, planner, epoch state machine and prover against recorded chains. One test binary, so that it is linked once.

#[cfg(test)]
mod circuits;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod mixed;
#[cfg(test)]
mod payloads;
#[cfg(test)]
mod prover;
#[cfg(test)]
mod publishing;
#[cfg(test)]
mod shapes;
#[cfg(test)]
mod support;
#[cfg(test)]
mod traces;
