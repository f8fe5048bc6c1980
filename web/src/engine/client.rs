//! One picture from file to result, as the page sees it: asks the workers in turn, tells the page.

use std::collections::HashSet;
use std::rc::Rc;

use astrochroma::network::Task as NetworkTask;
use astrochroma::weights::manifest::{Entry, Manifest};
use js_sys::{Array, ArrayBuffer};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, BlobPropertyBag};

use super::crew::{Crew, Heard, Stop, now};
use super::device::Choice;
use super::files;
use super::inbox::Inbox;
use super::news::{Card, Goal, Mail, News, Note, Outcome, Pixels, Progress, Source, Wish, Work};
use super::post::bytes_of;
use super::protocol::{
    About, Job, Patch, RESULT_PIXELS, Reply, Request, SCALE, Size, Step, Strip, Task, Trouble, View,
    reduction_for_screen,
};
use super::schedule::{Loss, Schedule};

/// The most bytes of a file that are read.
const FILE_BYTES: f64 = 512.0 * 1024.0 * 1024.0;

/// Serves the page as long as it is open.
pub async fn serve(choice: Choice, inbox: Inbox<Mail>, tell: Rc<dyn Fn(News)>) {
    let mut wanted = None;
    let mut client = loop {
        match Client::prepare(choice, &inbox, &tell, &mut wanted).await {
            Ok(client) => break client,
            Err(trouble) => tell(News::Failed(trouble)),
        }
        wanted = Some(next_work(&inbox).await);
    };
    let cards = client.manifest.networks.iter().filter_map(card).collect();
    tell(News::Ready(choice, cards));
    loop {
        let work = match wanted.take() {
            Some(work) => work,
            None => client.next_work(&inbox).await,
        };
        let result = client.run(&work).await;
        client.crew.dismiss_all();
        match result {
            Ok(outcome) => tell(News::Finished(outcome)),
            Err(Stop::Wish(Wish::Run(work))) => wanted = Some(work),
            Err(Stop::Wish(Wish::Cancel)) => tell(News::Cancelled),
            Err(Stop::Trouble(trouble)) => tell(News::Failed(trouble)),
            Err(Stop::LeadLost) => tell(News::Failed(Trouble::Stopped(client.step))),
        }
    }
}

/// The next picture, while there is no engine yet.
async fn next_work(inbox: &Inbox<Mail>) -> Work {
    loop {
        if let Mail::Wish(Wish::Run(work)) = inbox.next().await {
            return work;
        }
    }
}

/// What the page shows of a network, if it is one for pictures.
fn card(entry: &Entry) -> Option<Card> {
    let colors = match entry.task {
        NetworkTask::Colorize => true,
        NetworkTask::Upscale => false,
        NetworkTask::Criticize => return None,
    };
    let (id, title, data) = (entry.id.clone(), entry.title.clone(), entry.data.clone());
    Some(Card { id, title, data, bytes: entry.bytes, colors })
}

struct Client {
    choice: Choice,
    tell: Rc<dyn Fn(News)>,
    manifest: Manifest,
    /// As it was fetched, for the workers to read on their own.
    manifest_file: ArrayBuffer,
    crew: Crew,
    step: Step,
}

impl Client {
    /// Fetches and compiles the program and reads the manifest; a picture that is chosen meanwhile is
    /// put aside.
    async fn prepare(
        choice: Choice,
        inbox: &Inbox<Mail>,
        tell: &Rc<dyn Fn(News)>,
        wanted: &mut Option<Work>,
    ) -> Result<Client, Trouble> {
        spawn_local({
            let inbox = inbox.clone();
            async move { inbox.push(Mail::Compiled(files::compile_program().await)) }
        });
        spawn_local({
            let inbox = inbox.clone();
            async move {
                let (address, result) = (files::MANIFEST.to_string(), files::fetch(files::MANIFEST).await);
                inbox.push(Mail::Fetched { address, result });
            }
        });
        if wanted.is_some() {
            tell(News::Began(Step::Engine));
        }
        let (mut program, mut manifest_file) = (None, None);
        loop {
            if let (Some(program), Some(manifest_file)) = (&program, &manifest_file) {
                let crew = Crew::new(inbox.clone(), tell.clone(), Clone::clone(program));
                return Client::new(choice, tell.clone(), crew, Clone::clone(manifest_file));
            }
            match inbox.next().await {
                Mail::Compiled(result) => program = Some(result.map_err(Trouble::Unreachable)?),
                Mail::Fetched { result, .. } => manifest_file = Some(result.map_err(Trouble::Unreachable)?),
                Mail::Wish(Wish::Run(work)) => {
                    *wanted = Some(work);
                    tell(News::Began(Step::Engine));
                }
                Mail::Wish(Wish::Cancel) => {
                    *wanted = None;
                    tell(News::Cancelled);
                }
                _ => {}
            }
        }
    }

    fn new(choice: Choice, tell: Rc<dyn Fn(News)>, crew: Crew, file: ArrayBuffer) -> Result<Client, Trouble> {
        let manifest =
            Manifest::parse(&bytes_of(&file)).map_err(|error| Trouble::Weights(error.to_string()))?;
        Ok(Client { choice, tell, manifest, manifest_file: file, crew, step: Step::Engine })
    }

    fn tell(&self, news: News) {
        (self.tell)(news);
    }

    fn begin(&mut self, step: Step) {
        self.step = step;
        self.tell(News::Began(step));
    }

    /// The next picture. What workers still have to say is of the last one; a file that comes late is
    /// kept.
    async fn next_work(&mut self, inbox: &Inbox<Mail>) -> Work {
        loop {
            match inbox.next().await {
                Mail::Wish(Wish::Run(work)) => return work,
                Mail::Fetched { address, result } => self.crew.take_in(address, result.ok()),
                _ => {}
            }
        }
    }

    /// A picture, from the beginning once more if the leading worker is lost on the way.
    async fn run(&mut self, work: &Work) -> Result<Outcome, Stop> {
        match self.attempt(work).await {
            Err(Stop::LeadLost) => {
                self.crew.dismiss_all();
                self.tell(News::Noted(Note::StartedAgain));
                self.attempt(work).await
            }
            result => result,
        }
    }

    async fn attempt(&mut self, work: &Work) -> Result<Outcome, Stop> {
        let started = now();
        self.begin(Step::Reading);
        self.crew.hire_lead()?;
        let about = self.open(work).await?;
        let goal = goal(work, about)?;
        self.note(work, about, goal);
        let (colorizer, upscaler) = self.networks(work, goal)?;
        self.supply(&colorizer, &upscaler).await?;
        if let Some(entry) = &colorizer {
            self.colorize(&entry.id, upscaler.is_none()).await?;
        }
        let mut workers = 0;
        if let Some(entry) = &upscaler {
            workers = self.enlarge(&entry.id, about, goal).await?;
        }
        self.begin(Step::Writing);
        let used = colorizer.iter().chain(&upscaler);
        let networks = used.clone().map(|entry| entry.id.clone()).collect();
        let (_, buffers) = self.crew.ask_lead(&Request::Finish { networks }, &[]).await?;
        let png = png_of(&first(buffers)?)?;
        let networks = used.filter_map(card).collect();
        Ok(Outcome { png, goal, about, seconds: (now() - started) / 1000.0, networks, workers })
    }

    /// Has the picture read and shown.
    async fn open(&mut self, work: &Work) -> Result<About, Stop> {
        let file = match &work.source {
            Source::File(blob) => bytes_of_blob(blob).await?,
            Source::Sample(address) => {
                let file = self.crew.file(address).await?;
                self.crew.forget(address);
                file
            }
        };
        let (reply, buffers) = self.crew.ask_lead(&Request::Open, &[file]).await?;
        let Reply::Opened(about, size) = reply else { return Err(unexpected()) };
        // What comes of it is not known to be possible yet, but the picture is there and is shown.
        let goal = goal(work, about).unwrap_or(Goal { color: false, upscale: false, size: about.size });
        self.tell(News::Opened(about, Pixels { size, buffer: first(buffers)? }, goal));
        Ok(about)
    }

    fn note(&self, work: &Work, about: About, goal: Goal) {
        if goal.color && about.colored {
            self.tell(News::Noted(Note::ColorsReplaced));
        }
        if work.options.upscale && !goal.upscale {
            self.tell(News::Noted(Note::OnlyColored { size: about.size }));
        }
    }

    /// The networks that do it: the chosen ones, else the defaults.
    fn networks(&self, work: &Work, goal: Goal) -> Result<(Option<Entry>, Option<Entry>), Trouble> {
        let find = |wanted: bool, chosen: &Option<String>, task: NetworkTask, job: Job| {
            let entries = || self.manifest.networks.iter().filter(|entry| entry.task == task);
            let entry =
                entries().find(|entry| chosen.as_ref() == Some(&entry.id)).or_else(|| entries().next());
            match (wanted, entry) {
                (false, _) => Ok(None),
                (true, Some(entry)) => Ok(Some(entry.clone())),
                (true, None) => Err(Trouble::NoNetwork(job)),
            }
        };
        let colorizer = find(goal.color, &work.options.colorizer, NetworkTask::Colorize, Job::Color)?;
        let upscaler = find(goal.upscale, &work.options.upscaler, NetworkTask::Upscale, Job::Upscale)?;
        Ok((colorizer, upscaler))
    }

    /// Fetches the networks, hires who enlarges, and hands the networks out.
    async fn supply(&mut self, colorizer: &Option<Entry>, upscaler: &Option<Entry>) -> Result<(), Stop> {
        self.begin(Step::Networks);
        let entries = || colorizer.iter().chain(upscaler);
        self.tell(News::Fetching(entries().map(|entry| entry.bytes).sum()));
        entries().for_each(|entry| self.crew.order(&files::weights(&entry.file)));
        for entry in entries() {
            let (request, buffers) = self.load(entry).await?;
            self.crew.tell_lead(&request, &buffers)?;
        }
        if let Some(entry) = upscaler {
            let loads = vec![self.load(entry).await?];
            self.crew.hire_pool(self.choice.workers, loads)?;
        }
        Ok(())
    }

    async fn load(&mut self, entry: &Entry) -> Result<(Request, Vec<ArrayBuffer>), Stop> {
        let file = self.crew.file(&files::weights(&entry.file)).await?;
        Ok((Request::Load { network: entry.id.clone() }, vec![self.manifest_file.clone(), file]))
    }

    async fn colorize(&mut self, network: &str, last: bool) -> Result<(), Stop> {
        self.begin(Step::Coloring);
        let request = Request::Colorize { network: network.into(), last };
        let (reply, buffers) = self.crew.ask_lead(&request, &[]).await?;
        let Reply::Colored(size) = reply else { return Err(unexpected()) };
        self.tell(News::Colored(Pixels { size, buffer: first(buffers)? }));
        Ok(())
    }

    /// Has all strips enlarged and put together; how many workers did it.
    async fn enlarge(&mut self, network: &str, about: About, goal: Goal) -> Result<usize, Stop> {
        self.begin(Step::Enlarging);
        let workers = self.choice.workers;
        let divide = Request::Divide { network: network.into(), workers };
        let (Reply::Divided(strips), _) = self.crew.ask_lead(&divide, &[]).await? else {
            return Err(unexpected());
        };
        let reduction = reduction_for_screen(goal.size);
        self.tell(News::Unrolling(goal.size.divided(reduction)));
        let workers = workers.min(strips.len());
        let (bits, gray) = (about.bits, about.gray && !goal.color);
        let task =
            |index, strip, size| Task { network: network.into(), index, strip, size, bits, gray, reduction };
        let mut enlarging = Enlarging {
            schedule: Schedule::new(strips, goal.size.height, now()),
            cutting: HashSet::new(),
            client: self,
        };
        enlarging.run(&task).await?;
        Ok(workers)
    }
}

/// Strips under way.
struct Enlarging<'a> {
    client: &'a mut Client,
    schedule: Schedule,
    /// Strips whose pixels are on their way from the leading worker.
    cutting: HashSet<usize>,
}

impl Enlarging<'_> {
    async fn run(&mut self, task: &impl Fn(usize, Strip, Size) -> Task) -> Result<(), Stop> {
        for id in self.client.crew.pool_ids() {
            self.assign(id)?;
        }
        while !self.schedule.complete() {
            match self.client.crew.hear().await? {
                Heard::Lead(Reply::CutOut { index, size }, buffers) => {
                    self.cutting.remove(&index);
                    if let (Some(id), Some(strip)) =
                        (self.schedule.worker_of(index), self.schedule.strip(index))
                    {
                        let request = Request::Upscale(task(index, strip.clone(), size));
                        self.client.crew.tell_pool(id, &request, &buffers)?;
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
            self.client.crew.tell_lead(&Request::Cut { index }, &[])?;
        }
        Ok(())
    }

    /// Shows finished rows and hands them on.
    fn keep(&mut self, patch: Patch, view: View, buffers: Vec<ArrayBuffer>) -> Result<(), Stop> {
        let [samples, pixels] = <[ArrayBuffer; 2]>::try_from(buffers).map_err(|_| unexpected())?;
        self.client.crew.tell_lead(&Request::Put(patch), &[samples])?;
        if view.size.height > 0 {
            self.client.tell(News::Rows(view, pixels));
        }
        self.client.tell(News::Progress(Progress {
            rows: self.schedule.rows_done(),
            of: self.schedule.rows(),
            seconds_left: self.schedule.seconds_left(now()),
            fronts: self.schedule.fronts(),
        }));
        Ok(())
    }

    /// Ends a worker; another one does its strip again.
    fn replace(&mut self, id: u32) -> Result<(), Stop> {
        let (rows, of) = (self.schedule.rows_done(), self.schedule.rows());
        self.client.crew.dismiss(id);
        match self.schedule.lost(id) {
            Loss::GivenUp => return Err(Stop::Trouble(Trouble::StripStopped { rows, of })),
            Loss::Again => self.client.tell(News::Noted(Note::StripAgain)),
            Loss::Nothing => {}
        }
        let id = self.client.crew.hire_one()?;
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

/// What becomes of a picture: enlarged too only if the result is not too large.
fn goal(work: &Work, about: About) -> Result<Goal, Trouble> {
    let enlarged = about.size.times(SCALE);
    let upscale = work.options.upscale && enlarged.pixels() <= RESULT_PIXELS;
    if !upscale && !work.options.color {
        return Err(Trouble::NothingToDo(about.size));
    }
    Ok(Goal { color: work.options.color, upscale, size: if upscale { enlarged } else { about.size } })
}

async fn bytes_of_blob(blob: &Blob) -> Result<ArrayBuffer, Stop> {
    if blob.size() > FILE_BYTES {
        let found = blob.size() / 1_048_576.0;
        return Err(Stop::Trouble(Trouble::TooLarge(format!(
            "the file has {found:.0} MiB, at most 512 are read"
        ))));
    }
    let bytes = JsFuture::from(blob.array_buffer()).await;
    bytes
        .map(JsCast::unchecked_into)
        .map_err(|error| Stop::Trouble(Trouble::Unreachable(files::reason(&error))))
}

fn png_of(buffer: &ArrayBuffer) -> Result<Blob, Trouble> {
    let options = BlobPropertyBag::new();
    options.set_type("image/png");
    let blob = Blob::new_with_buffer_source_sequence_and_options(&Array::of1(buffer), &options);
    blob.map_err(|error| Trouble::Internal(files::reason(&error)))
}

fn first(buffers: Vec<ArrayBuffer>) -> Result<ArrayBuffer, Stop> {
    buffers.into_iter().next().ok_or_else(unexpected)
}

/// A worker gave an answer that belongs to another question.
fn unexpected() -> Stop {
    Stop::Trouble(Trouble::Outdated)
}

#[cfg(test)]
mod tests {
    use super::super::news::Options;
    use super::*;

    fn work(color: bool, upscale: bool) -> Work {
        let source = Source::Sample(String::new());
        Work { source, options: Options { color, upscale, ..Options::default() } }
    }

    fn about(height: usize, width: usize) -> About {
        About { size: Size { height, width }, bits: 8, gray: true, colored: false }
    }

    #[test]
    fn a_result_that_would_be_too_large_is_only_coloured() {
        let both = work(true, true);
        let goal_of = |height, width| goal(&both, about(height, width)).unwrap();
        assert!(goal_of(2000, 2000).upscale);
        assert_eq!(goal_of(2000, 2000).size, Size { height: 8000, width: 8000 });
        assert!(!goal_of(2001, 2000).upscale);
        assert_eq!(goal_of(2001, 2000).size, Size { height: 2001, width: 2000 });
        let error = goal(&work(false, true), about(2001, 2000)).unwrap_err();
        assert_eq!(error, Trouble::NothingToDo(Size { height: 2001, width: 2000 }));
    }
}
