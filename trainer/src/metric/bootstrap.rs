//! How sure a mean over pictures is: percentile intervals of resampled objects.
//!
//! Pictures of one object are no independent witnesses, so objects are drawn, not pictures (cluster
//! bootstrap; Efron and Tibshirani 1993, chapter 13).

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;

/// How often objects are drawn anew.
const RESAMPLES: usize = 10_000;

/// A mean and where it lies with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Interval {
    /// Of all pictures.
    pub mean: f64,
    /// 2.5 % of the resampled means lie below.
    pub low: f64,
    /// 2.5 % of the resampled means lie above.
    pub high: f64,
}

/// The interval of the mean of `values`, one a picture; `objects` says what each shows.
pub fn interval(values: &[f64], objects: &[String]) -> Interval {
    let mut groups: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (value, object) in values.iter().zip(objects) {
        let group = groups.entry(object).or_default();
        *group = (group.0 + value, group.1 + 1.0);
    }
    let groups: Vec<(f64, f64)> = groups.into_values().collect();
    let mean = |drawn: &mut dyn Iterator<Item = (f64, f64)>| {
        let (sum, count) = drawn.fold((0.0, 0.0), |(sum, count), (s, c)| (sum + s, count + c));
        sum / f64::max(count, 1.0)
    };
    let mut chance = StdRng::seed_from_u64(1);
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| mean(&mut (0..groups.len()).map(|_| groups[chance.random_range(0..groups.len())])))
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |part: f64| means[(part * (RESAMPLES - 1) as f64).round() as usize];
    Interval { mean: mean(&mut groups.iter().copied()), low: at(0.025), high: at(0.975) }
}

impl std::fmt::Display for Interval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2} ({:.2} to {:.2})", self.mean, self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_one_object_count_as_one_witness() {
        let values = [1.0, 1.0, 1.0, 1.0, 5.0, 5.0, 5.0, 5.0];
        let single: Vec<String> = (0..8).map(|i| i.to_string()).collect();
        let pairs: Vec<String> = (0..8).map(|i| (i / 4).to_string()).collect();
        let (apart, together) = (interval(&values, &single), interval(&values, &pairs));
        assert_eq!((apart.mean, together.mean), (3.0, 3.0));
        assert!(apart.low > 1.0 && apart.low < 2.5 && apart.high < 5.0, "{apart}");
        assert_eq!((together.low, together.high), (1.0, 5.0));
    }
}
