//! What the page knows, and what it does with the visitor's wishes and the engine's news.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::js_sys::Reflect;
use web_sys::{Blob, File, FileList, Url, UrlSearchParams};

use super::State;
use super::sheet::Sheet;
use super::words::{self, Sample};
use crate::engine::client;
use crate::engine::device::{self, Choice, Machine};
use crate::engine::inbox::Inbox;
use crate::engine::news::{
    Card, Goal, Mail, News, Note, Options, Outcome, Pixels, Progress, Source, Wish, Work,
};
use crate::engine::protocol::{About, Step};

/// How often the client looks at its clock, in milliseconds.
const TICK_MILLIS: i32 = 500;

/// Signals of the page, and the way to the engine.
#[derive(Clone, Copy)]
pub(crate) struct Visit {
    /// What the page is at.
    pub(crate) state: RwSignal<State>,
    /// The engine and the networks, once they are known.
    pub(crate) engine: RwSignal<Option<(Choice, Vec<Card>)>>,
    /// What is to be done.
    pub(crate) options: RwSignal<Options>,
    /// What is shown.
    pub(crate) subject: RwSignal<Subject>,
    /// What was found in its file.
    pub(crate) about: RwSignal<Option<About>>,
    /// What becomes of it.
    pub(crate) goal: RwSignal<Option<Goal>>,
    /// What is being done.
    pub(crate) step: RwSignal<Step>,
    /// Bytes of networks that are being fetched.
    pub(crate) fetching: RwSignal<u64>,
    /// How far the step is.
    pub(crate) progress: RwSignal<Progress>,
    /// What there is to know.
    pub(crate) notes: RwSignal<Vec<Note>>,
    /// What is drawn.
    pub(crate) sheet: RwSignal<Option<Sheet>, LocalStorage>,
    /// The last result, kept until there is a new one.
    pub(crate) last: RwSignal<Option<Rc<Shown>>, LocalStorage>,
    /// Said to those who do not see the page.
    pub(crate) announcement: RwSignal<String>,
    /// What was last asked for.
    asked: RwSignal<Option<(Subject, Work)>, LocalStorage>,
    /// The way to the engine.
    inbox: StoredValue<Inbox<Mail>, LocalStorage>,
}

/// A picture by its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Subject {
    /// As it is shown: a title or the file's name.
    pub(crate) name: String,
    /// What a download is named after.
    pub(crate) stem: String,
    /// Who made it, if that is known.
    pub(crate) credit: String,
    /// What is to be seen on it.
    pub(crate) alternative: String,
}

/// A result and all that is shown with it.
pub(crate) struct Shown {
    /// Drawn.
    pub(crate) sheet: Option<Sheet>,
    /// Of what.
    pub(crate) subject: Subject,
    /// From what.
    pub(crate) work: Work,
    /// How.
    pub(crate) outcome: Outcome,
    /// What there is to know of it.
    pub(crate) notes: Vec<Note>,
    /// Of the PNG; valid as long as this is kept.
    pub(crate) address: String,
}

impl Drop for Shown {
    fn drop(&mut self) {
        // The browser keeps the file otherwise as long as the page is open.
        let _ = Url::revoke_object_url(&self.address);
    }
}

impl Visit {
    /// Starts the engine.
    pub(crate) fn open() -> Visit {
        let visit = Visit {
            state: RwSignal::new(State::Loading),
            engine: RwSignal::new(None),
            options: RwSignal::new(Options::default()),
            subject: RwSignal::new(Subject::default()),
            about: RwSignal::new(None),
            goal: RwSignal::new(None),
            step: RwSignal::new(Step::Engine),
            fetching: RwSignal::new(0),
            progress: RwSignal::new(Progress::default()),
            notes: RwSignal::new(Vec::new()),
            sheet: RwSignal::new_local(None),
            last: RwSignal::new_local(None),
            announcement: RwSignal::new(String::new()),
            asked: RwSignal::new_local(None),
            inbox: StoredValue::new_local(Inbox::default()),
        };
        visit.start_engine();
        visit
    }

    fn start_engine(self) {
        let inbox = self.inbox.get_value();
        let ticks = inbox.clone();
        let tick = std::time::Duration::from_millis(TICK_MILLIS as u64);
        // Without a clock a dead worker would not be noticed, but all else works.
        let _ = set_interval_with_handle(move || ticks.push(Mail::Tick), tick);
        let (asked, workers) = (device::asked(wanted_backend().as_deref()), device::worker_count(machine()));
        spawn_local(client::serve(asked, workers, inbox, Rc::new(move |news| self.hear(news))));
    }

    /// Whether there is nothing but the invitation to show.
    pub(crate) fn is_welcome(self) -> bool {
        self.state.with(|state| matches!(state, State::Loading | State::Idle))
    }

    /// The first of some files, under this name or its own; whether there was one.
    pub(crate) fn take_first(self, files: Option<FileList>, name: Option<&str>) -> bool {
        let files = files_of(files);
        let Some(file) = files.first() else { return false };
        let name = name.map_or_else(|| file.name(), str::to_string);
        let (stem, alternative) = (stem(&file.name()), name.clone());
        let blob: &Blob = file;
        self.take(Subject { name, stem, credit: String::new(), alternative }, Source::File(blob.clone()));
        if files.len() > 1 {
            self.note(Note::FirstOfSeveral);
        }
        true
    }

    /// A sample.
    pub(crate) fn take_sample(self, sample: &Sample) {
        let subject = Subject {
            // A designation stays on one line.
            name: format!("{}, {}", sample.title[0], sample.title[1].replace(' ', "\u{a0}")),
            stem: sample.file.into(),
            credit: sample.credit.into(),
            alternative: sample.alternative.into(),
        };
        self.take(subject, Source::Sample(format!("samples/{}.png", sample.file)));
    }

    fn take(self, subject: Subject, source: Source) {
        self.run(subject, Work { source, options: self.options.get_untracked() });
    }

    /// The same picture again, with the options as they are now.
    pub(crate) fn run_again(self) {
        if let Some((subject, work)) = self.asked.get_untracked() {
            self.take(subject, work.source);
        }
    }

    /// The picture that failed, again; without one the page itself.
    pub(crate) fn try_again(self) {
        if self.asked.with_untracked(Option::is_some) {
            self.run_again();
        } else {
            reload();
        }
    }

    /// Whether another result would come of the same picture now.
    pub(crate) fn options_changed(self) -> bool {
        let options = self.options.get();
        let done = self.state.with(|state| *state == State::Done);
        done && self.last.with(|last| last.as_ref().is_some_and(|last| last.work.options != options))
    }

    fn run(self, subject: Subject, work: Work) {
        self.subject.set(subject.clone());
        self.about.set(None);
        self.goal.set(None);
        self.notes.set(Vec::new());
        self.sheet.set(None);
        self.begin(Step::Reading);
        self.asked.set(Some((subject, work.clone())));
        self.state.set(State::Working);
        self.wish(Wish::Run(work));
    }

    fn wish(self, wish: Wish) {
        self.inbox.with_value(|inbox| inbox.push(Mail::Wish(wish)));
    }

    /// Stops what is under way.
    pub(crate) fn cancel(self) {
        self.wish(Wish::Cancel);
    }

    /// Shows the last result again, or the invitation.
    pub(crate) fn go_back(self) {
        let last = self.last.get_untracked();
        self.state.set(match (&last, self.engine.with_untracked(Option::is_some)) {
            (Some(_), _) => State::Done,
            (None, true) => State::Idle,
            (None, false) => State::Loading,
        });
        let Some(last) = last else { return };
        self.subject.set(last.subject.clone());
        self.about.set(Some(last.outcome.about));
        self.goal.set(Some(last.outcome.goal));
        self.notes.set(last.notes.clone());
        self.sheet.set(last.sheet.clone());
        self.asked.set(Some((last.subject.clone(), last.work.clone())));
    }

    /// The title of the browser's tab.
    pub(crate) fn tab_title(self) -> String {
        match self.state.get() {
            State::Loading | State::Idle => words::NAME.into(),
            State::Working => self.progress.with(|progress| words::tab_working(self.step.get(), progress)),
            State::Done => words::TAB_DONE.into(),
            State::Failed(_) => words::TAB_FAILED.into(),
        }
    }

    fn hear(self, news: News) {
        match news {
            News::Ready(choice, cards) => self.ready(choice, cards),
            News::Changed(choice) => {
                let cards = self.engine.get_untracked().map(|(_, cards)| cards);
                self.ready(choice, cards.unwrap_or_default());
            }
            News::Began(step) => self.begin(step),
            News::Fetching(bytes) => self.fetching.set(bytes),
            News::Opened(about, pixels, goal) => self.opened(about, &pixels, goal),
            News::Noted(note) => self.note(note),
            News::Colored(pixels) => self.draw(|sheet| sheet.color(&pixels)),
            News::Unrolling(size) => self.draw(|sheet| {
                sheet.unroll(size);
            }),
            News::Rows(view, buffer) => self.draw(|sheet| sheet.rows(view, buffer)),
            News::Progress(progress) => self.progress.set(progress),
            News::Finished(outcome) => self.finished(outcome),
            News::Cancelled => {
                self.announcement.set(words::CANCELLED.into());
                self.go_back();
            }
            News::Failed(trouble) => self.state.set(State::Failed(trouble)),
        }
    }

    fn ready(self, choice: Choice, cards: Vec<Card>) {
        if let Some(root) = document().document_element() {
            // For testing from outside only.
            let _ = root.set_attribute("data-backend", choice.backend.name());
        }
        self.engine.set(Some((choice, cards)));
        if self.state.with_untracked(|state| *state == State::Loading) {
            self.state.set(State::Idle);
        }
    }

    fn begin(self, step: Step) {
        self.step.set(step);
        self.fetching.set(0);
        self.progress.set(Progress::default());
        self.announcement.set(words::step(step, 0));
    }

    fn note(self, note: Note) {
        self.announcement.set(words::note(note));
        self.notes.update(|notes| notes.push(note));
    }

    fn opened(self, about: About, pixels: &Pixels, goal: Goal) {
        let sheet = Sheet::new(pixels);
        let subject = self.subject.get_untracked();
        if let Some(sheet) = &sheet {
            sheet.describe(&subject.alternative, &words::described(&subject.alternative, goal));
        }
        self.sheet.set(sheet);
        self.about.set(Some(about));
        self.goal.set(Some(goal));
    }

    fn draw(self, draw: impl FnOnce(&Sheet)) {
        self.sheet.with_untracked(|sheet| {
            if let Some(sheet) = sheet {
                draw(sheet);
            }
        });
    }

    fn finished(self, outcome: Outcome) {
        let Some((subject, work)) = self.asked.get_untracked() else { return };
        // Without an address there is no download, but the picture is there.
        let address = Url::create_object_url_with_blob(&outcome.png).unwrap_or_default();
        self.announcement.set(words::done(outcome.goal, outcome.seconds));
        let (sheet, notes) = (self.sheet.get_untracked(), self.notes.get_untracked());
        self.last.set(Some(Rc::new(Shown { sheet, subject, work, outcome, notes, address })));
        self.state.set(State::Done);
    }
}

/// Loads the page anew.
pub(crate) fn reload() {
    // If the browser refuses, the visitor's own button for it is still there.
    let _ = window().location().reload();
}

/// The files of a list.
fn files_of(list: Option<FileList>) -> Vec<File> {
    list.map(|list| (0..list.length()).filter_map(|at| list.get(at)).collect()).unwrap_or_default()
}

/// A file's name without its last ending, for a download to be named after.
fn stem(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.into(),
        _ if name.is_empty() => "picture".into(),
        _ => name.into(),
    }
}

/// What the page's address asks for: `?backend=cpu`.
fn wanted_backend() -> Option<String> {
    let query = window().location().search().ok()?;
    UrlSearchParams::new_with_str(&query).ok()?.get("backend")
}

fn machine() -> Machine {
    let navigator = window().navigator();
    let memory = Reflect::get(&navigator, &"deviceMemory".into()).ok().and_then(|value| value.as_f64());
    let small = window().match_media("(max-width: 640px), (max-height: 480px)").ok().flatten();
    Machine {
        cores: navigator.hardware_concurrency() as usize,
        memory,
        small_screen: small.is_some_and(|query| query.matches()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_is_named_after_the_file() {
        let stems = ["m51.png", "m51.tar.gz", "m51", ".png", "", "ngc 1.jpeg"].map(stem);
        assert_eq!(stems, ["m51", "m51.tar", "m51", ".png", "picture", "ngc 1"]);
    }
}
