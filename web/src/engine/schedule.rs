//! Which worker has which strip, how far it is, and which worker has been silent for too long.
//!
//! Integers and milliseconds only: workers are numbers here, and time is handed in.

use super::protocol::Strip;

/// How often a strip may stop its worker before the picture is given up.
const DEATHS_ALLOWED: usize = 1;

/// Before its first rows a worker fills the network's memory, which takes longer the wider the strip:
/// so long, and so much more for each column. A slow telephone needs a fifth of it.
const FIRST_ROWS_MILLIS: f64 = 10_000.0;
const FIRST_ROWS_MILLIS_PER_COLUMN: f64 = 50.0;

/// After that it may be silent for this many times as long as rows took on average, and never less than
/// the second number: a machine that does something else for a while is not dead.
const PATIENCE: f64 = 12.0;
const LEAST_MILLIS: f64 = 4_000.0;

/// The strips of one picture.
pub struct Schedule {
    lanes: Vec<Lane>,
    rows: usize,
    started: f64,
}

/// A strip and what has become of it.
struct Lane {
    strip: Strip,
    rows_done: usize,
    deaths: usize,
    turn: Turn,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Turn {
    Waiting,
    Running { worker: u32, since: f64, heard: f64, bands: usize },
    Done,
}

/// What losing a worker means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// It had no strip.
    Nothing,
    /// Its strip has to be done again.
    Again,
    /// Its strip has stopped a worker once too often.
    GivenUp,
}

impl Schedule {
    /// For strips whose results have so many rows; `now` in milliseconds.
    pub fn new(strips: Vec<Strip>, rows: usize, now: f64) -> Schedule {
        let lane = |strip| Lane { strip, rows_done: 0, deaths: 0, turn: Turn::Waiting };
        Schedule { lanes: strips.into_iter().map(lane).collect(), rows, started: now }
    }

    /// A strip by its position.
    pub fn strip(&self, index: usize) -> Option<&Strip> {
        self.lanes.get(index).map(|lane| &lane.strip)
    }

    /// The next strip that nobody has, now this worker's.
    pub fn assign(&mut self, worker: u32, now: f64) -> Option<usize> {
        let index = self.lanes.iter().position(|lane| lane.turn == Turn::Waiting)?;
        self.lanes[index].turn = Turn::Running { worker, since: now, heard: now, bands: 0 };
        Some(index)
    }

    /// The worker that has this strip.
    pub fn worker_of(&self, index: usize) -> Option<u32> {
        match self.lanes.get(index)?.turn {
            Turn::Running { worker, .. } => Some(worker),
            _ => None,
        }
    }

    /// Rows have arrived, as far as this one of the result.
    pub fn heard(&mut self, index: usize, rows_done: usize, now: f64) {
        let Some(lane) = self.lanes.get_mut(index) else { return };
        lane.rows_done = rows_done.min(self.rows);
        if let Turn::Running { heard, bands, .. } = &mut lane.turn {
            *heard = now;
            *bands += 1;
        }
    }

    /// The strip's pixels have only now been sent: its worker's time starts.
    pub fn sent(&mut self, index: usize, now: f64) {
        if let Some(Lane { turn: Turn::Running { since, heard, .. }, .. }) = self.lanes.get_mut(index) {
            (*since, *heard) = (now, now);
        }
    }

    /// A strip is complete.
    pub fn done(&mut self, index: usize) {
        if let Some(lane) = self.lanes.get_mut(index) {
            lane.turn = Turn::Done;
            lane.rows_done = self.rows;
        }
    }

    /// A worker is gone.
    pub fn lost(&mut self, worker: u32) -> Loss {
        let had = |lane: &&mut Lane| matches!(lane.turn, Turn::Running { worker: has, .. } if has == worker);
        let Some(lane) = self.lanes.iter_mut().find(had) else { return Loss::Nothing };
        lane.turn = Turn::Waiting;
        lane.rows_done = 0;
        lane.deaths += 1;
        if lane.deaths > DEATHS_ALLOWED { Loss::GivenUp } else { Loss::Again }
    }

    /// Workers that should have been heard of.
    pub fn overdue(&self, now: f64) -> Vec<u32> {
        self.lanes.iter().filter_map(|lane| lane.overdue(now)).collect()
    }

    /// The page itself stood still (a closed laptop): nobody's silence counts until now.
    pub fn forgive(&mut self, now: f64) {
        for lane in &mut self.lanes {
            if let Turn::Running { heard, .. } = &mut lane.turn {
                *heard = now;
            }
        }
    }

    /// Whether all strips are complete.
    pub fn complete(&self) -> bool {
        self.lanes.iter().all(|lane| lane.turn == Turn::Done)
    }

    /// Rows of the whole that are done: the mean over the strips, each as wide as it is.
    pub fn rows_done(&self) -> usize {
        let width: usize = self.lanes.iter().map(|lane| lane.strip.output.len()).sum();
        let done: usize = self.lanes.iter().map(|lane| lane.rows_done * lane.strip.output.len()).sum();
        done / width.max(1)
    }

    /// Rows of the result.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// For each strip: first and last column and rows done, as parts of the whole, 0..1.
    pub fn fronts(&self) -> Vec<[f64; 3]> {
        let width = self.lanes.iter().map(|lane| lane.strip.output.end).max().unwrap_or(0).max(1) as f64;
        let rows = self.rows.max(1) as f64;
        let front = |lane: &Lane| {
            let columns = &lane.strip.output;
            [columns.start as f64 / width, columns.end as f64 / width, lane.rows_done as f64 / rows]
        };
        self.lanes.iter().map(front).collect()
    }

    /// Seconds until the last row, from the rows so far; nothing before a guess means something.
    pub fn seconds_left(&self, now: f64) -> Option<f64> {
        let (done, passed) = (self.rows_done(), (now - self.started) / 1000.0);
        let enough = done * 20 >= self.rows && passed >= 0.5;
        enough.then(|| passed * (self.rows - done) as f64 / done as f64)
    }
}

impl Lane {
    fn overdue(&self, now: f64) -> Option<u32> {
        let Turn::Running { worker, since, heard, bands } = self.turn else { return None };
        let limit = if bands == 0 {
            FIRST_ROWS_MILLIS + FIRST_ROWS_MILLIS_PER_COLUMN * self.strip.input.len() as f64
        } else {
            ((heard - since) / bands as f64 * PATIENCE).max(LEAST_MILLIS)
        };
        (now - heard > limit).then_some(worker)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Schedule {
        let strip = |input, output| Strip { input, output };
        Schedule::new(vec![strip(0..84, 0..256), strip(44..192, 256..768)], 400, 0.0)
    }

    #[test]
    fn strips_go_to_whoever_asks_and_rows_add_up() {
        let mut schedule = two();
        assert_eq!(
            [schedule.assign(7, 0.0), schedule.assign(8, 0.0), schedule.assign(9, 0.0)],
            [Some(0), Some(1), None]
        );
        assert_eq!(schedule.worker_of(1), Some(8));
        assert_eq!(schedule.seconds_left(900.0), None);
        schedule.heard(1, 150, 1000.0);
        assert_eq!(schedule.rows_done(), 100);
        assert_eq!(schedule.seconds_left(1000.0), Some(3.0));
        assert_eq!(schedule.fronts()[1], [1.0 / 3.0, 1.0, 0.375]);
        schedule.done(0);
        assert!(!schedule.complete());
        schedule.done(1);
        assert!(schedule.complete() && schedule.rows_done() == 400);
    }

    #[test]
    fn a_lost_strip_is_done_again_once() {
        let mut schedule = two();
        assert_eq!(schedule.lost(7), Loss::Nothing);
        schedule.assign(7, 0.0);
        schedule.heard(0, 96, 10.0);
        assert_eq!(schedule.lost(7), Loss::Again);
        assert_eq!((schedule.rows_done(), schedule.worker_of(0)), (0, None));
        assert_eq!(schedule.assign(8, 20.0), Some(0));
        assert_eq!(schedule.lost(8), Loss::GivenUp);
    }

    #[test]
    fn silence_is_measured_by_the_rows_before_it() {
        let mut schedule = two();
        schedule.assign(7, 0.0);
        assert!(schedule.overdue(14_000.0).is_empty());
        assert_eq!(schedule.overdue(14_300.0), [7]);
        schedule.forgive(14_300.0);
        assert!(schedule.overdue(20_000.0).is_empty());
        schedule.sent(0, 20_000.0);
        schedule.heard(0, 32, 20_100.0);
        assert!(schedule.overdue(24_000.0).is_empty());
        assert_eq!(schedule.overdue(24_200.0), [7]);
        schedule.heard(0, 64, 22_000.0);
        assert!(schedule.overdue(33_900.0).is_empty());
        assert_eq!(schedule.overdue(34_100.0), [7]);
    }
}
