//! The program from the outside. One test binary, so that it is linked once.

#[cfg(test)]
mod agents;
#[cfg(test)]
mod amqp;
#[cfg(test)]
mod aztec_names;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod execute;
#[cfg(test)]
mod farm;
#[cfg(test)]
mod honk;
#[cfg(test)]
mod inspect;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod node_reliability;
#[cfg(test)]
mod operating;
#[cfg(test)]
mod out_of_memory;
#[cfg(test)]
mod post_mortem;
#[cfg(test)]
mod program;
#[cfg(test)]
mod reliability;
#[cfg(test)]
mod solidity;
#[cfg(test)]
mod spot;
#[cfg(test)]
mod start;
#[cfg(test)]
mod support;
