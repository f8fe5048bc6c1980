//! The page as its visitors and the tests know it: states, and elements by their `data-testid`.

use crate::browser::{Browser, Graphics};
use crate::network_log::Requested;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use xtask::server::Server;
use xtask::{page_folder, workspace_root};

/// The page is served under a path, as on a host that it shares with others: every address in it is relative.
const MOUNT: &str = "/shared/host/";

/// Notes each state of the page with its time, and each worker, so that one can be ended from outside.
const WATCH: &str = include_str!("watch.js");

/// The page, open in a browser of its own.
pub struct Page {
    browser: Browser,
    server: Server,
}

/// A worker of the page, by what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Reads the picture and puts the result together.
    Lead,
    /// Enlarges a strip.
    Strip,
    /// Has the graphics device.
    Device,
}

/// How many states the page had gone through at some moment.
#[derive(Clone, Copy)]
pub struct Moment(usize);

impl Page {
    /// Opens the page with a query such as `?backend=cpu` and waits until it can be used, or has failed.
    pub fn open(query: &str) -> Self {
        Self::open_with(Graphics::None, query)
    }

    /// The same, in a browser that has something to draw with.
    pub fn open_with(graphics: Graphics, query: &str) -> Self {
        let folder = page_folder();
        assert!(folder.join("index.html").is_file(), "the page is not built; `cargo xtask test` builds it");
        let server = Server::start(&folder, MOUNT, 0).unwrap();
        let browser = Browser::start(graphics);
        browser.set_size(1440, 900);
        browser.before_each_page(WATCH);
        browser.open(&format!("{}{query}", server.address()));
        let page = Self { browser, server };
        page.wait_for(&["idle", "failed"], Moment(0));
        page
    }

    /// The `data-state` of the document.
    pub fn state(&self) -> String {
        self.dataset("state")
    }

    /// The `data-backend` of the document.
    pub fn backend(&self) -> String {
        self.dataset("backend")
    }

    fn dataset(&self, name: &str) -> String {
        let value = self
            .browser
            .script("return document.documentElement.dataset[arguments[0]] ?? ''", vec![json!(name)]);
        value.as_str().unwrap_or_default().to_owned()
    }

    /// All states that the page has gone through.
    pub fn states(&self) -> Vec<String> {
        serde_json::from_value(self.browser.script("return astrochromaWatch.states", Vec::new())).unwrap()
    }

    /// Now, to wait for what comes after it.
    pub fn moment(&self) -> Moment {
        let count = self.browser.script("return astrochromaWatch.states.length", Vec::new());
        Moment(usize::try_from(count.as_u64().unwrap()).unwrap())
    }

    /// Waits until the page has come into one of these states since a moment, and gives that state.
    pub fn wait_for(&self, states: &[&str], since: Moment) -> String {
        let found = self.browser.slow_script(
            "const [states, since, done] = arguments; astrochromaWatch.waitFor(states, since).then(done)",
            vec![json!(states), json!(since.0)],
        );
        let found = found.unwrap_or_else(|error| {
            panic!(
                "the page is {} and came into none of {states:?}: {error}\n{}",
                self.state(),
                self.report()
            )
        });
        found.as_str().unwrap().to_owned()
    }

    /// The names of the sample pictures' files in `static/samples`, in the order of the page.
    pub fn samples(&self) -> Vec<PathBuf> {
        let sources = self.browser.script(
            "return [...document.querySelectorAll('[data-testid=sample]')].map(sample => (sample.querySelector('img') ?? sample).src)",
            Vec::new(),
        );
        let stem = |source: &Value| {
            let source = source.as_str().unwrap_or_default();
            let name = source.rsplit('/').next().unwrap_or_default();
            name.split(['.', '?']).next().unwrap_or_default().to_owned()
        };
        let stems = sources.as_array().unwrap().iter().map(stem);
        stems.map(|stem| workspace_root().join("static/samples").join(stem).with_extension("png")).collect()
    }

    /// The sample pictures' alternative texts, in the order of the page.
    pub fn sample_descriptions(&self) -> Vec<String> {
        let texts = self.browser.script(
            "return [...document.querySelectorAll('[data-testid=sample]')].map(sample => (sample.querySelector('img') ?? sample).alt ?? '')",
            Vec::new(),
        );
        serde_json::from_value(texts).unwrap()
    }

    /// Clicks a sample, and the button that runs it where there is one; gives the moment before.
    pub fn start_sample(&self, index: usize) -> Moment {
        self.start(|| self.browser.click(&self.browser.all("sample")[index]))
    }

    /// Chooses a file as with the system's dialogue, and runs it; gives the moment before.
    pub fn start_file(&self, path: &Path) -> Moment {
        self.start(|| self.browser.type_into(&self.browser.one("file-input"), &path.display().to_string()))
    }

    /// Drops (`drop`) or pastes (`paste`) a file somewhere on the page, and runs it; gives the moment before.
    pub fn start_by_event(&self, event: &str, bytes: &[u8]) -> Moment {
        self.start(|| {
            self.browser.script(
                "astrochromaWatch.give(arguments[0], arguments[1])",
                vec![json!(event), json!(bytes)],
            );
        })
    }

    /// Clicks a box to tick.
    pub fn tick(&self, id: &str) {
        self.browser.click(&self.browser.one(id));
    }

    /// Runs the same picture again, with other options; gives the moment before.
    pub fn run_again(&self) -> Moment {
        self.start(|| self.browser.click(&self.browser.one("run")))
    }

    /// Clicks the button with these words on it.
    pub fn press(&self, words: &str) {
        self.browser.click(&self.browser.button(words));
    }

    fn start(&self, choose: impl FnOnce()) -> Moment {
        let before = self.moment();
        choose();
        let started = self.browser.slow_script(
            "const [since, done] = arguments; astrochromaWatch.started(since).then(done)",
            vec![json!(before.0)],
        );
        started.unwrap_or_else(|error| panic!("nothing began: {error}\n{}", self.report()));
        before
    }

    /// Waits until a run has ended well.
    pub fn wait_until_done(&self, since: Moment) {
        let state = self.wait_for(&["done", "failed"], since);
        assert_eq!(state, "done", "{}", self.report());
    }

    /// Waits until a run has failed, and gives the message.
    pub fn wait_until_failed(&self, since: Moment) -> String {
        let state = self.wait_for(&["done", "failed"], since);
        assert_eq!(state, "failed");
        self.message()
    }

    /// Saves the result as a visitor does, and gives the file.
    pub fn download(&self) -> Vec<u8> {
        self.browser.download(|| self.browser.click(&self.browser.one("download")))
    }

    /// The message that is shown.
    pub fn message(&self) -> String {
        self.browser.text(&self.browser.one("message"))
    }

    /// Whether the result is shown.
    pub fn shows_result(&self) -> bool {
        let shown = "const result = document.querySelector('[data-testid=result]'); return !!result && result.getClientRects().length > 0";
        self.browser.script(shown, Vec::new()) == true
    }

    /// What the page says beside the picture that there is to know of it.
    pub fn notes(&self) -> String {
        self.browser.text(&self.browser.one("notes"))
    }

    /// How the result is looked at: `slider`, `sides` or `full`.
    pub fn view(&self) -> String {
        let view = "return document.querySelector('[data-testid=result]').dataset.view";
        self.browser.script(view, Vec::new()).as_str().unwrap_or_default().to_owned()
    }

    /// The result's width on the screen, in pixels.
    pub fn result_width(&self) -> f64 {
        let width = "return document.querySelector('[data-testid=result] canvas.after').offsetWidth";
        self.browser.script(width, Vec::new()).as_f64().unwrap()
    }

    /// Waits until the page says that rows are being enlarged.
    pub fn wait_until_enlarging(&self) {
        self.expect_in_time(
            "astrochromaWatch.enlarging().then(arguments[0])",
            Vec::new(),
            "no row was enlarged",
        );
    }

    fn expect_in_time(&self, script: &str, arguments: Vec<Value>, otherwise: &str) {
        let came = self.browser.slow_script(script, arguments);
        assert_eq!(came, Ok(json!(true)), "{otherwise}\n{}", self.report());
    }

    /// Clicks Cancel and gives the milliseconds until the page no longer works, measured in the page.
    pub fn cancel_millis(&self) -> f64 {
        // The click is the page's own, so that the driver's way is no part of the measure; it has to be there to see.
        assert!(self.browser.is_shown(&self.browser.one("cancel")), "there is no way to cancel");
        let millis = self.browser.slow_script("astrochromaWatch.cancel().then(arguments[0])", Vec::new());
        millis.unwrap_or_else(|error| panic!("cancel: {error}\n{}", self.report())).as_f64().unwrap()
    }

    /// Ends a worker in the midst of its work, once there is one: it stops at once, and no event tells the page,
    /// except for the graphics device's, whose silence the page would bear for a minute.
    pub fn kill(&self, role: Role) {
        let name = match role {
            Role::Lead => "lead",
            Role::Strip => "strip",
            Role::Device => "device",
        };
        self.expect_in_time(
            "const [role, done] = arguments; astrochromaWatch.kill(role).then(done)",
            vec![json!(name)],
            &format!("no worker was met at its work ({name})"),
        );
    }

    /// Where the slider stands, as assistive technology reads it.
    pub fn slider_position(&self) -> f64 {
        let read = "const slider = document.querySelector('[data-testid=slider]');
            const input = slider.matches('input') ? slider : slider.querySelector('input') ?? slider;
            return Number(input.value ?? input.getAttribute('aria-valuenow'))";
        self.browser.script(read, Vec::new()).as_f64().unwrap()
    }

    /// Types on the slider.
    pub fn type_on_slider(&self, keys: &str) {
        self.browser.type_into(&self.browser.one("slider"), keys);
    }

    /// Keeps a picture of the page at the width of a telephone and of two desks, under `target/screenshots`, and
    /// asserts that nothing has to be scrolled sideways.
    pub fn keep_screenshots(&self, name: &str) {
        let folder = workspace_root().join("target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        // The last size is the one that pages are opened in.
        for (width, height) in [(360, 800), (1920, 1080), (1440, 900)] {
            self.browser.set_size(width, height);
            std::fs::write(folder.join(format!("{name}-{width}.png")), self.browser.screenshot()).unwrap();
            let inside = self.browser.script("return document.documentElement.scrollWidth", Vec::new());
            assert!(
                inside.as_u64().unwrap() <= u64::from(width),
                "{name}: {inside} pixels wide in a window of {width}"
            );
        }
    }

    /// Asserts that the browser's console holds no error: no exception, no blocked or missing file.
    pub fn expect_quiet_console(&self) {
        assert_eq!(self.browser.console_errors(), Vec::<String>::new());
    }

    /// Ends the browser; gives the page's origin and every request that was made.
    pub fn close_and_list_requests(self) -> (String, Vec<Requested>) {
        let origin = self.server.origin();
        (origin, self.browser.close_and_list_requests())
    }

    /// What a person would look at first when something went wrong.
    pub fn report(&self) -> String {
        let message = self.browser.all("message").first().map(|element| self.browser.text(element));
        format!("message: {}\nconsole: {:#?}", message.unwrap_or_default(), self.browser.console_errors())
    }
}
