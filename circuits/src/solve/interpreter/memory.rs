//! The machine's memory, which is used again.

use acvm::acir::brillig::MemoryAddress;

use super::value::Value;
use super::{GaveUp, Step};

/// Places that are cleaned together, as a power of two.
const PAGE_LOG2: usize = 7;
/// Most places: 3 GB. Noir's machine has more.
const MAX_PLACES: usize = 1 << 26;

/// Places of values. Slot 0 holds the start of the present function's frame, which relative addresses count from.
#[derive(Debug, Default)]
pub(super) struct Memory {
    places: Vec<Value>,
    /// One past the highest place that this call has written to; Noir's memory ends there.
    end: usize,
    frame: u32,
    is_touched: Vec<bool>,
    touched: Vec<usize>,
}

impl Memory {
    fn resolve(&self, address: MemoryAddress) -> Step<usize> {
        match address {
            MemoryAddress::Direct(place) => Ok(place as usize),
            MemoryAddress::Relative(offset) => Ok(self.frame.checked_add(offset).ok_or(GaveUp)? as usize),
        }
    }

    #[inline]
    pub(super) fn read(&self, address: MemoryAddress) -> Step<Value> {
        Ok(self.places.get(self.resolve(address)?).copied().unwrap_or_default())
    }

    /// The address that is held at an address.
    #[inline]
    pub(super) fn pointer(&self, address: MemoryAddress) -> Step<MemoryAddress> {
        let place = self.resolve(address)?;
        if place >= self.end {
            return Err(GaveUp);
        }
        Ok(MemoryAddress::Direct(self.places[place].address()?))
    }

    pub(super) fn slice(&self, address: MemoryAddress, len: usize) -> Step<&[Value]> {
        if len == 0 {
            return Ok(&[]);
        }
        let start = self.resolve(address)?;
        let end = start.checked_add(len).filter(|end| *end <= self.end).ok_or(GaveUp)?;
        Ok(&self.places[start..end])
    }

    #[inline]
    pub(super) fn write(&mut self, address: MemoryAddress, value: Value) -> Step<()> {
        let place = self.resolve(address)?;
        if place >= self.end {
            self.grow(place + 1)?;
        }
        self.touch(place >> PAGE_LOG2);
        self.places[place] = value;
        // By this name only, as in Noir's machine.
        if address == MemoryAddress::Direct(0)
            && let Ok(frame) = value.address()
        {
            self.frame = frame;
        }
        Ok(())
    }

    pub(super) fn write_slice(
        &mut self,
        address: MemoryAddress,
        values: impl Iterator<Item = Value>,
        len: usize,
    ) -> Step<()> {
        let start = self.resolve(address)?;
        // Nobody puts an array where the frame's start is.
        if start == 0 {
            return Err(GaveUp);
        }
        let end = start.checked_add(len).ok_or(GaveUp)?;
        if end > self.end {
            self.grow(end)?;
        }
        if len > 0 {
            (start >> PAGE_LOG2..=(end - 1) >> PAGE_LOG2).for_each(|page| self.touch(page));
        }
        self.places[start..end].iter_mut().zip(values).for_each(|(place, value)| *place = value);
        Ok(())
    }

    #[inline]
    fn touch(&mut self, page: usize) {
        if !self.is_touched[page] {
            self.is_touched[page] = true;
            self.touched.push(page);
        }
    }

    #[cold]
    fn grow(&mut self, end: usize) -> Step<()> {
        if end > MAX_PLACES {
            return Err(GaveUp);
        }
        self.end = end;
        if end > self.places.len() {
            let pages = end.next_power_of_two().max(1 << 16) >> PAGE_LOG2;
            self.places.resize(pages << PAGE_LOG2, Value::default());
            self.is_touched.resize(pages, false);
        }
        Ok(())
    }

    /// Makes it as new.
    pub(super) fn clean(&mut self) {
        for page in self.touched.drain(..) {
            self.places[page << PAGE_LOG2..(page + 1) << PAGE_LOG2].fill(Value::default());
            self.is_touched[page] = false;
        }
        self.end = 0;
        self.frame = 0;
    }
}
