//! The strips of a picture on their way: cut out by the leading worker, enlarged by the others, shown
//! and put in their place row by row.

use std::collections::HashSet;

use js_sys::ArrayBuffer;

use super::crew::{Crew, Heard, Stop, now};
use super::device::Backend;
use super::news::{News, Note, Progress};
use super::protocol::{Hindrance, Patch, Reply, Request, Size, Strip, Task, Trouble, View};
use super::schedule::{Loss, Schedule};

/// Has these strips of a result of so many rows enlarged; `task` gives a strip's, by its position, the
/// strip and the size of its cut-out.
///
/// # Errors
/// Whatever ends the picture.
pub async fn enlarge(
    crew: &mut Crew,
    tell: &dyn Fn(News),
    strips: Vec<Strip>,
    rows: usize,
    task: impl Fn(usize, Strip, Size) -> Task,
) -> Result<(), Stop> {
    let schedule = Schedule::new(strips, rows, now());
    Enlarging { crew, tell, schedule, cutting: HashSet::new() }.run(&task).await
}

/// Strips under way.
struct Enlarging<'a> {
    crew: &'a mut Crew,
    tell: &'a dyn Fn(News),
    schedule: Schedule,
    /// Strips whose pixels are on their way from the leading worker.
    cutting: HashSet<usize>,
}

impl Enlarging<'_> {
    async fn run(&mut self, task: &impl Fn(usize, Strip, Size) -> Task) -> Result<(), Stop> {
        for id in self.crew.pool_ids() {
            self.assign(id)?;
        }
        while !self.schedule.complete() {
            match self.crew.hear().await? {
                Heard::Lead(Reply::CutOut { index, size }, buffers) => {
                    self.cutting.remove(&index);
                    if let (Some(id), Some(strip)) =
                        (self.schedule.worker_of(index), self.schedule.strip(index))
                    {
                        let request = Request::Upscale(task(index, strip.clone(), size));
                        self.crew.tell_pool(id, &request, &buffers)?;
                        self.schedule.sent(index, now());
                    }
                }
                Heard::Pool(_, Reply::Rows(patch, view), buffers) => {
                    self.schedule.heard(patch.index, patch.top + patch.rows, now());
                    self.keep(patch, view, buffers)?;
                }
                Heard::Pool(id, Reply::Upscaled { index }, _) => {
                    self.schedule.done(index);
                    self.assign(id)?;
                }
                Heard::Lost(id) => self.replace(id)?,
                Heard::Tick { standstill } => self.watch(standstill)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Gives a worker the next strip, if there is one.
    fn assign(&mut self, id: u32) -> Result<(), Stop> {
        if let Some(index) = self.schedule.assign(id, now())
            && self.cutting.insert(index)
        {
            self.crew.tell_lead(&Request::Cut { index }, &[])?;
        }
        Ok(())
    }

    /// Shows finished rows and hands them on.
    fn keep(&mut self, patch: Patch, view: View, buffers: Vec<ArrayBuffer>) -> Result<(), Stop> {
        let [samples, pixels] = <[ArrayBuffer; 2]>::try_from(buffers).map_err(|_| Trouble::Outdated)?;
        self.crew.tell_lead(&Request::Put(patch), &[samples])?;
        if view.size.height > 0 {
            (self.tell)(News::Rows(view, pixels));
        }
        (self.tell)(News::Progress(Progress {
            rows: self.schedule.rows_done(),
            of: self.schedule.rows(),
            seconds_left: self.schedule.seconds_left(now()),
            fronts: self.schedule.fronts(),
        }));
        Ok(())
    }

    /// Ends a worker; another one does its strip again. There is no second graphics device.
    fn replace(&mut self, id: u32) -> Result<(), Stop> {
        if self.crew.backend() == Backend::WebGpu {
            return Err(Stop::DeviceLost(Hindrance::Stopped));
        }
        let (rows, of) = (self.schedule.rows_done(), self.schedule.rows());
        self.crew.dismiss(id);
        match self.schedule.lost(id) {
            Loss::GivenUp => return Err(Stop::Trouble(Trouble::StripStopped { rows, of })),
            Loss::Again => (self.tell)(News::Noted(Note::StripAgain)),
            Loss::Nothing => {}
        }
        let id = self.crew.hire_one()?;
        self.assign(id)
    }

    fn watch(&mut self, standstill: bool) -> Result<(), Stop> {
        if standstill {
            self.schedule.forgive(now());
        }
        for id in self.schedule.overdue(now()) {
            self.replace(id)?;
        }
        Ok(())
    }
}
