//! Times in order.

use std::time::Duration;

/// `p50 1.234, p95 ..., p99 ...` in milliseconds.
pub(super) fn text(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let Some(last) = times.len().checked_sub(1) else { return "none".to_owned() };
    let quantile = |percent: usize| times[last * percent / 100].as_secs_f64() * 1e3;
    format!(
        "p50 {:.3}, p95 {:.3}, p99 {:.3}, max {:.3}",
        quantile(50),
        quantile(95),
        quantile(99),
        quantile(100)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occurred() {
        let times = (0..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(text(times), "p50 50.000, p95 95.000, p99 99.000, max 100.000");
        assert_eq!(text(Vec::new()), "none");
    }
}
