//! Execution, planner and epoch state machine against recorded chains. One test binary, so that it is linked once.

#[cfg(test)]
mod golden;
#[cfg(test)]
mod mixed;
#[cfg(test)]
mod support;
