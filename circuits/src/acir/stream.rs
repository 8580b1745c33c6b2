//! Reads a program while its bytes come. Sums, which are most of a program, go to the compact form byte by byte; everything else is
//! read by `rmp_serde`, value by value.

use std::io::BufRead;

use rmp_serde::decode::Error;
use serde::de::DeserializeOwned;

use super::build::Builder;
use super::compact::{Expression, Opcode, Opcodes};
use super::layout::{self, Factor};

/// How most opcodes begin: a map of one entry, whose name has ten bytes.
const ASSERT_ZERO: &[u8; 12] = b"\x81\xaaAssertZero";

/// Reads a program without its format byte.
pub(super) fn program(source: &mut impl BufRead) -> Result<layout::Program, Error> {
    members(source, 2, "a program")?;
    let functions = (0..array(source)?).map(|_| circuit(source)).collect::<Result<_, _>>()?;
    Ok(layout::Program { functions, unconstrained_functions: value(source)? })
}

fn circuit(source: &mut impl BufRead) -> Result<layout::Circuit, Error> {
    members(source, 7, "a function")?;
    // Its name, which nothing needs.
    value::<String>(source)?;
    Ok(layout::Circuit {
        current_witness_index: value(source)?,
        opcodes: opcodes(source)?,
        private_parameters: value(source)?,
        public_parameters: value(source)?,
        return_values: value(source)?,
        assert_messages: value(source)?,
    })
}

fn opcodes(source: &mut impl BufRead) -> Result<Opcodes, Error> {
    let mut builder = Builder::new();
    for _ in 0..array(source)? {
        let opcode = if source.fill_buf().map_err(Error::InvalidMarkerRead)?.starts_with(ASSERT_ZERO) {
            source.consume(ASSERT_ZERO.len());
            Opcode::AssertZero(expression(source, &mut builder)?)
        } else {
            // One that lies across the end of what has come is read here, too.
            builder.opcode(value(source)?).map_err(Error::Syntax)?
        };
        builder.push(opcode);
    }
    Ok(builder.finish())
}

fn expression(source: &mut impl BufRead, builder: &mut Builder) -> Result<Expression, Error> {
    members(source, 3, "a sum")?;
    let start = builder.start();
    for _ in 0..array(source)? {
        members(source, 3, "a product")?;
        let factor = factor(source)?;
        builder.push_product(factor, number(source)?, number(source)?);
    }
    for _ in 0..array(source)? {
        members(source, 2, "a term")?;
        let factor = factor(source)?;
        builder.push_term(factor, number(source)?);
    }
    Ok(builder.end(start, factor(source)?))
}

/// Any value.
fn value<T: DeserializeOwned>(source: &mut impl BufRead) -> Result<T, Error> {
    rmp_serde::from_read(source)
}

#[inline]
fn peek(source: &mut impl BufRead) -> Result<u8, Error> {
    let bytes = source.fill_buf().map_err(Error::InvalidMarkerRead)?;
    bytes.first().copied().ok_or_else(|| Error::InvalidMarkerRead(std::io::ErrorKind::UnexpectedEof.into()))
}

#[inline]
fn exact<const N: usize>(source: &mut impl BufRead) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes).map_err(Error::InvalidDataRead)?;
    Ok(bytes)
}

/// The length of a list.
#[inline]
fn array(source: &mut impl BufRead) -> Result<u32, Error> {
    let marker = peek(source)?;
    source.consume(1);
    match marker {
        0x90..=0x9f => Ok(u32::from(marker & 0x0f)),
        0xdc => Ok(u32::from(u16::from_be_bytes(exact(source)?))),
        0xdd => Ok(u32::from_be_bytes(exact(source)?)),
        _ => Err(Error::Syntax(format!("byte {marker:#x} where a list begins"))),
    }
}

/// A struct of so many members.
#[inline]
fn members(source: &mut impl BufRead, expected: u32, what: &str) -> Result<(), Error> {
    match array(source)? {
        actual if actual == expected => Ok(()),
        actual => Err(Error::Syntax(format!("{what} of {actual} members where {expected} are expected"))),
    }
}

#[inline]
fn number(source: &mut impl BufRead) -> Result<u32, Error> {
    let marker = peek(source)?;
    // Other forms of integers are rare, and none that fits is longer than needed where Noir writes it.
    if !matches!(marker, 0..=0x7f | 0xcc..=0xce) {
        return value(source);
    }
    source.consume(1);
    Ok(match marker {
        0xcc => u32::from(exact::<1>(source)?[0]),
        0xcd => u32::from(u16::from_be_bytes(exact(source)?)),
        0xce => u32::from_be_bytes(exact(source)?),
        small => u32::from(small),
    })
}

#[inline]
fn factor(source: &mut impl BufRead) -> Result<Factor, Error> {
    match exact(source)? {
        [0xc4, 32] => Ok(Factor(exact(source)?)),
        [marker, len] => {
            Err(Error::Syntax(format!("bytes {marker:#x} {len:#x} where a field element begins")))
        }
    }
}
