//! How well a score puts accounts in order, and how honest it is as a probability. Scores that are equal
//! count as one place in the order.

use super::Interval;
use super::proportion::wilson95;

/// Groups of equal scores, the highest first: how many records, and how many of them happened.
fn places(scored: &[(f64, bool)]) -> Vec<(u64, u64)> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut places: Vec<(u64, u64)> = Vec::new();
    let mut before = None;
    for (score, happened) in sorted {
        if before != Some(score) {
            places.push((0, 0));
            before = Some(score);
        }
        let last = places.len() - 1;
        places[last].0 += 1;
        places[last].1 += u64::from(happened);
    }
    places
}

/// The probability that a record that happened has the higher score than one that did not, equal scores
/// counting half (Mann and Whitney, 1947): the area under the ROC curve. `None` where either kind is
/// missing.
pub fn auc(scored: &[(f64, bool)]) -> Option<f64> {
    let happened = scored.iter().filter(|record| record.1).count() as f64;
    let others = scored.len() as f64 - happened;
    if happened == 0.0 || others == 0.0 {
        return None;
    }
    let (mut pairs, mut above) = (0.0, 0.0);
    for (records, won) in places(scored) {
        let (won, lost) = (won as f64, (records - won) as f64);
        pairs += lost * (above + won / 2.0);
        above += won;
    }
    Some(pairs / (happened * others))
}

/// The area under the curve of precision over recall, sum((R_i - R_(i-1)) P_i) over the distinct scores
/// (average precision, as scikit-learn has it). `None` where nothing happened.
pub fn average_precision(scored: &[(f64, bool)]) -> Option<f64> {
    let all = scored.iter().filter(|record| record.1).count() as f64;
    if all == 0.0 {
        return None;
    }
    let (mut seen, mut found, mut area) = (0.0, 0.0, 0.0);
    for (records, happened) in places(scored) {
        seen += records as f64;
        found += happened as f64;
        area += happened as f64 / all * (found / seen);
    }
    Some(area)
}

/// What the `k` records with the highest scores hold.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Top {
    pub k: u64,
    /// Of the `k`, the share that happened.
    pub precision: f64,
    /// Of those that happened, the share among the `k`.
    pub recall: f64,
}

/// Precision and recall at `k`. Of equal scores at the edge each is taken in part, which is the mean over all
/// ways to order them. `None` where nothing happened or `k` is 0.
pub fn top(scored: &[(f64, bool)], k: usize) -> Option<Top> {
    let all = scored.iter().filter(|record| record.1).count() as f64;
    let k = k.min(scored.len());
    if all == 0.0 || k == 0 {
        return None;
    }
    let (mut left, mut found) = (k as f64, 0.0);
    for (records, happened) in places(scored) {
        let taken = left.min(records as f64);
        found += taken * happened as f64 / records as f64;
        left -= taken;
    }
    Some(Top { k: k as u64, precision: found / k as f64, recall: found / all })
}

/// One tenth of the records by score.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Decile {
    pub records: u64,
    pub happened: f64,
    /// The share that happened over that of all.
    pub lift: f64,
}

/// The tenths, the highest scores first; equal scores at an edge are shared out. Empty where nothing happened.
pub fn deciles(scored: &[(f64, bool)]) -> Vec<Decile> {
    let (n, all) = (scored.len(), scored.iter().filter(|record| record.1).count() as f64);
    let found = |k: usize| top(scored, k).map_or(0.0, |top| top.recall * all);
    let ends = (0..=10).map(|tenth| n * tenth / 10).collect::<Vec<_>>();
    if all == 0.0 {
        return Vec::new();
    }
    let pairs = ends.windows(2).filter(|pair| pair[1] > pair[0]);
    pairs
        .map(|pair| {
            let (records, happened) = ((pair[1] - pair[0]) as f64, found(pair[1]) - found(pair[0]));
            Decile {
                records: records as u64,
                happened,
                lift: happened / records / (all / n as f64),
            }
        })
        .collect()
}

/// The mean squared error of probabilities (Brier, Monthly Weather Review 78, 1950); 0 where there are none.
pub fn brier(forecast: &[(f64, bool)]) -> f64 {
    let error = |(p, happened): &(f64, bool)| (p - f64::from(u8::from(*happened))).powi(2);
    forecast.iter().map(error).sum::<f64>() / forecast.len().max(1) as f64
}

/// A band of probabilities beside its outcome.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Band {
    pub records: u64,
    /// The mean of the forecasts.
    pub forecast: f64,
    pub observed: f64,
    /// Wilson's at 95 %, of the observed rate.
    pub interval: Interval,
}

/// Forecasts in bands with the upper ends `ends` (ascending; the last band has the rest), each with its
/// outcome. Bands without a record are left out.
pub fn calibration(forecast: &[(f64, bool)], ends: &[f64]) -> Vec<Band> {
    let mut bands = vec![(0.0, 0_u64, 0_u64); ends.len() + 1];
    for (p, happened) in forecast {
        let (sum, records, count) = &mut bands[ends.partition_point(|end| end < p)];
        *sum += p;
        *records += 1;
        *count += u64::from(*happened);
    }
    let filled = bands.into_iter().filter(|(_, records, _)| *records > 0);
    filled
        .map(|(sum, records, happened)| Band {
            records,
            forecast: sum / records as f64,
            observed: happened as f64 / records as f64,
            interval: wilson95(happened, records),
        })
        .collect()
}
