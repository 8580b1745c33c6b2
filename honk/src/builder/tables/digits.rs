//! Numbers by their digits.

/// The digits of a number, least significant first, as many as there are.
fn digits(mut number: u64, base: u64) -> impl Iterator<Item = u64> {
    std::iter::from_fn(move || {
        let digit = number % base;
        let is_more = number > 0;
        number /= base;
        is_more.then_some(digit)
    })
}

/// The number with the same digits in another base, if they are below `limit`, that base.
pub(super) fn rebase(number: u64, base: u64, limit: u64) -> Option<u64> {
    let mut weight = 1_u64;
    let mut sum = 0_u64;
    for digit in digits(number, base) {
        if digit >= limit {
            return None;
        }
        sum = sum.checked_add(digit.checked_mul(weight)?)?;
        weight = weight.checked_mul(limit)?;
    }
    Some(sum)
}

/// The number whose digit `i` in `base` is `map` of the digit `i` of `number` in `from`.
pub(super) fn map_digits(number: u64, from: u64, base: u64, map: impl Fn(u64) -> u64) -> u64 {
    digits(number, from)
        .fold((0, 1), |(sum, weight), digit| (sum + map(digit) * weight, weight.wrapping_mul(base)))
        .0
}
