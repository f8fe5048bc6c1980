//! One picture from file to result, as the page sees it: asks the workers in turn, tells the page.

use std::rc::Rc;

use astrochroma::network::Task as NetworkTask;
use astrochroma::pipeline::upscale::TILE_COLUMNS;
use astrochroma::weights::manifest::{Entry, Manifest};
use js_sys::{Array, ArrayBuffer};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag};

use super::crew::{Crew, Load, Stop, now};
use super::device::{Backend, Choice, Reason};
use super::enlarge::enlarge;
use super::files;
use super::inbox::Inbox;
use super::news::{Card, Goal, Mail, News, Note, Outcome, Pixels, Source, Wish, Work};
use super::post::bytes_of;
use super::protocol::{
    About, FILE_BYTES, Hindrance, Job, RESULT_PIXELS, Reply, Request, SCALE, Step, Task, Trouble,
    reduction_for_screen,
};

/// Serves the page as long as it is open, on the engine that its address asks for or the better one;
/// `workers` share a picture on the processor.
pub async fn serve(asked: Option<Backend>, workers: usize, inbox: Inbox<Mail>, tell: Rc<dyn Fn(News)>) {
    let mut wanted = None;
    let mut client = loop {
        match Client::ready(asked, workers, &inbox, &tell, &mut wanted).await {
            Ok(client) => break client,
            Err(trouble) => tell(News::Failed(trouble)),
        }
        wanted = Some(next_work(&inbox).await);
    };
    let cards = client.manifest.networks.iter().filter_map(card).collect();
    tell(News::Ready(client.choice, cards));
    loop {
        let work = match wanted.take() {
            Some(work) => work,
            None => client.next_work(&inbox).await,
        };
        let result = client.run(&work).await;
        match &result {
            Ok(_) => client.crew.dismiss_idle(),
            Err(_) => client.crew.dismiss_all(),
        }
        match result {
            Ok(outcome) => tell(News::Finished(outcome)),
            Err(Stop::Wish(Wish::Run(work))) => wanted = Some(work),
            Err(Stop::Wish(Wish::Cancel)) => tell(News::Cancelled),
            Err(Stop::Trouble(trouble)) => tell(News::Failed(trouble)),
            Err(Stop::LeadLost | Stop::DeviceLost(_)) => tell(News::Failed(Trouble::Stopped(client.step))),
        }
    }
}

/// Another number each time.
pub(super) fn seed() -> u64 {
    (js_sys::Math::random() * 9_007_199_254_740_992.0) as u64
}

/// For whoever looks into the matter: the visitor is told in other words.
pub(super) fn report(disagreement: Option<&str>) {
    if let Some(words) = disagreement {
        web_sys::console::warn_1(&format!("the graphics device disagrees: {words}").into());
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

pub(super) struct Client {
    pub(super) choice: Choice,
    pub(super) tell: Rc<dyn Fn(News)>,
    pub(super) manifest: Manifest,
    /// As it was fetched, for the workers to read on their own.
    manifest_file: ArrayBuffer,
    pub(super) crew: Crew,
    step: Step,
}

impl Client {
    /// With the manifest's file.
    ///
    /// # Errors
    /// If that is not what it should be.
    pub(super) fn new(
        choice: Choice,
        tell: Rc<dyn Fn(News)>,
        crew: Crew,
        file: ArrayBuffer,
    ) -> Result<Client, Trouble> {
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
                Mail::Died { id, .. } => self.crew.dismiss(id),
                _ => {}
            }
        }
    }

    /// A picture, from the beginning once more if the leading worker or the graphics device is lost on the
    /// way.
    async fn run(&mut self, work: &Work) -> Result<Outcome, Stop> {
        let mut again = false;
        loop {
            match self.attempt(work).await {
                Err(Stop::LeadLost) if !again => {
                    again = true;
                    self.crew.dismiss_all();
                    self.tell(News::Noted(Note::StartedAgain));
                }
                Err(Stop::DeviceLost(hindrance)) if self.choice.reason != Reason::Asked => {
                    self.crew.change(Backend::Cpu);
                    self.choice = Choice::processor(Reason::Hindered(hindrance), self.choice.workers);
                    self.tell(News::Changed(self.choice));
                    self.tell(News::Noted(Note::DeviceLeft(hindrance)));
                }
                Err(Stop::DeviceLost(hindrance)) => return Err(Trouble::NoWebGpu(hindrance).into()),
                result => return result,
            }
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
        let seconds = (now() - started) / 1000.0;
        Ok(Outcome { png, goal, about, seconds, networks, backend: self.choice.backend, workers })
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
        match (self.choice.backend, upscaler) {
            (Backend::WebGpu, _) => {
                let mut loads = Vec::new();
                for entry in entries() {
                    loads.push(self.load(entry).await?);
                }
                self.crew.hire_pool(1, loads)?;
                for entry in entries() {
                    self.test_device(&entry.id).await?;
                }
            }
            (Backend::Cpu, Some(entry)) => {
                let loads = vec![self.load(entry).await?];
                self.crew.hire_pool(self.choice.workers, loads)?;
            }
            (Backend::Cpu, None) => {}
        }
        Ok(())
    }

    /// A graphics device can go wrong later too, and without a word: each picture is preceded by a tile.
    async fn test_device(&mut self, network: &str) -> Result<(), Stop> {
        let test = Request::Test { network: network.into(), seed: seed(), timed: false };
        let (Reply::Tested { disagreement, .. }, _) = self.crew.ask_device(&test, &[]).await? else {
            return Err(unexpected());
        };
        report(disagreement.as_deref());
        if disagreement.is_some() { Err(Stop::DeviceLost(Hindrance::Wrong)) } else { Ok(()) }
    }

    async fn load(&mut self, entry: &Entry) -> Result<Load, Stop> {
        let file = self.crew.file(&files::weights(&entry.file)).await?;
        Ok(self.load_with(entry, file))
    }

    /// A network with its file, for a worker.
    pub(super) fn load_with(&self, entry: &Entry, file: ArrayBuffer) -> Load {
        (Request::Load { network: entry.id.clone() }, vec![self.manifest_file.clone(), file])
    }

    async fn colorize(&mut self, network: &str, last: bool) -> Result<(), Stop> {
        self.begin(Step::Coloring);
        let view = Request::View { network: network.into() };
        let (Reply::Viewed(size), input) = self.crew.ask_lead(&view, &[]).await? else {
            return Err(unexpected());
        };
        let infer = Request::Infer { network: network.into(), size };
        let (reply, output) = match self.choice.backend {
            Backend::Cpu => self.crew.ask_lead(&infer, &input).await?,
            Backend::WebGpu => self.crew.ask_device(&infer, &input).await?,
        };
        let Reply::Inferred(size) = reply else { return Err(unexpected()) };
        let (reply, buffers) = self.crew.ask_lead(&Request::Colorize { size, last }, &output).await?;
        let Reply::Colored(size) = reply else { return Err(unexpected()) };
        self.tell(News::Colored(Pixels { size, buffer: first(buffers)? }));
        Ok(())
    }

    /// Has all strips enlarged and put together; how many of the processor's workers did it.
    async fn enlarge(&mut self, network: &str, about: About, goal: Goal) -> Result<usize, Stop> {
        self.begin(Step::Enlarging);
        let workers = match self.choice.backend {
            Backend::Cpu => self.choice.workers,
            Backend::WebGpu => about.size.width.div_ceil(TILE_COLUMNS),
        };
        let divide = Request::Divide { network: network.into(), workers };
        let (Reply::Divided(strips), _) = self.crew.ask_lead(&divide, &[]).await? else {
            return Err(unexpected());
        };
        let reduction = reduction_for_screen(goal.size);
        self.tell(News::Unrolling(goal.size.divided(reduction)));
        let (bits, gray) = (about.bits, about.gray && !goal.color);
        let task =
            |index, strip, size| Task { network: network.into(), index, strip, size, bits, gray, reduction };
        let workers = if self.choice.backend == Backend::Cpu { workers.min(strips.len()) } else { 0 };
        enlarge(&mut self.crew, &*self.tell, strips, goal.size.height, task).await?;
        Ok(workers)
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
    let found = blob.size() as u64;
    if found > FILE_BYTES {
        return Err(Trouble::FileTooLarge(found).into());
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
    use super::super::protocol::Size;
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
