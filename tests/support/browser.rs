//! A headless Chromium, driven through WebDriver as a visitor would drive it by hand.

use crate::network_log::{Requested, read};
use fantoccini::elements::Element;
use fantoccini::wd::{TimeoutConfiguration, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::future::Future;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use xtask::program::{CHROMEDRIVER, CHROMIUM, find};

/// Longest time for a script in the page: the longest run of a test on a slow machine, with room.
const SCRIPT_LIMIT: Duration = Duration::from_secs(240);

/// The last chunk of every PNG: its name, and the checksum of nothing.
const PNG_END: &[u8] = b"IEND\xae\x42\x60\x82";

const DOWNLOAD_LIMIT: Duration = Duration::from_secs(30);

/// A browser with one window, ended when this value is dropped.
pub struct Browser {
    runtime: Runtime,
    client: Option<Client>,
    driver: Child,
    folder: TempDir,
}

/// What the driver knows beyond the WebDriver standard.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

/// What a browser has to compute with, beside the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Graphics {
    /// Nothing: WebGPU is there, but gives no adapter.
    None,
    /// SwiftShader, an adapter that is a program on the processor.
    Software,
}

impl Browser {
    /// Starts the driver on a free port and a browser with a fresh profile.
    pub fn start(graphics: Graphics) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("downloads")).unwrap();
        let (driver, port) = start_driver();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // Before the session is there, so that the driver ends with this value if the session fails.
        let mut browser = Self { runtime, client: None, driver, folder };
        let capabilities = browser.capabilities(graphics);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities.as_object().unwrap().clone());
        let address = format!("http://127.0.0.1:{port}/");
        browser.client = Some(browser.runtime.block_on(builder.connect(&address)).unwrap());
        let limits = TimeoutConfiguration::new(Some(SCRIPT_LIMIT), Some(SCRIPT_LIMIT), Some(Duration::ZERO));
        browser.wait(browser.client().update_timeouts(limits));
        let downloads = browser.downloads();
        browser.devtools(
            "Browser.setDownloadBehavior",
            json!({ "behavior": "allow", "downloadPath": downloads }),
        );
        browser
    }

    fn capabilities(&self, graphics: Graphics) -> Value {
        let chromium = find(&CHROMIUM).expect("chromium is not on PATH; `cargo xtask test` installs it");
        let mut arguments = vec![
            "--headless".to_owned(),
            // The sandbox does not start for root, which is who runs tests in a container.
            "--no-sandbox".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            // What the browser itself would ask of its maker, and anything that a page should not ask for, finds
            // no host; the attempt stands in the network log all the same.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1".to_owned(),
            format!("--user-data-dir={}", self.folder.path().join("profile").display()),
            format!("--log-net-log={}", self.network_log().display()),
        ];
        arguments.extend(match graphics {
            Graphics::None => vec!["--disable-gpu".to_owned()],
            Graphics::Software => {
                vec!["--enable-unsafe-webgpu".to_owned(), "--use-webgpu-adapter=swiftshader".to_owned()]
            }
        });
        json!({
            "goog:chromeOptions": { "binary": chromium, "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        })
    }

    fn network_log(&self) -> PathBuf {
        self.folder.path().join("network.json")
    }

    fn downloads(&self) -> PathBuf {
        self.folder.path().join("downloads")
    }

    fn client(&self) -> &Client {
        self.client.as_ref().expect("the browser was closed")
    }

    fn wait<T, E: std::fmt::Debug>(&self, work: impl Future<Output = Result<T, E>>) -> T {
        self.runtime.block_on(work).unwrap()
    }

    /// Opens an address and waits until it is loaded.
    pub fn open(&self, address: &str) {
        self.wait(self.client().goto(address));
    }

    /// Runs a script before any of the page's own, in every page opened from now on.
    pub fn before_each_page(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }));
    }

    /// Sets the size of the window's inside, also below what a window with borders can have.
    pub fn set_size(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", size);
    }

    fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.wait(self.client().issue_cmd(Extension { path: "goog/cdp/execute", body }))
    }

    /// The value of a script's `return`.
    pub fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.wait(self.client().execute(script, arguments))
    }

    /// The value that a script passes to the function that is its last argument, or an error after 240 seconds.
    ///
    /// # Errors
    /// If the script throws or does not answer in time.
    pub fn slow_script(&self, script: &str, arguments: Vec<Value>) -> Result<Value, String> {
        let work = self.client().execute_async(script, arguments);
        self.runtime.block_on(work).map_err(|error| error.to_string())
    }

    /// All elements with a `data-testid`.
    pub fn all(&self, id: &str) -> Vec<Element> {
        self.wait(self.client().find_all(Locator::Css(&selector(id))))
    }

    /// The element with a `data-testid`: the first that is shown, or the first of all where none is.
    pub fn one(&self, id: &str) -> Element {
        let all = self.all(id);
        let shown = all.iter().find(|element| self.is_shown(element));
        shown.or(all.first()).unwrap_or_else(|| panic!("there is no [data-testid={id}]")).clone()
    }

    /// The button with these words on it that is shown.
    pub fn button(&self, words: &str) -> Element {
        let path = format!("//button[normalize-space()='{words}']");
        let all = self.wait(self.client().find_all(Locator::XPath(&path)));
        let shown = all.into_iter().find(|element| self.is_shown(element));
        shown.unwrap_or_else(|| panic!("no button `{words}` is shown"))
    }

    /// Whether a visitor can see an element.
    pub fn is_shown(&self, element: &Element) -> bool {
        self.wait(element.is_displayed())
    }

    /// Clicks an element, which has to be visible and not covered.
    pub fn click(&self, element: &Element) {
        self.wait(element.click());
    }

    /// Types into an element; into one for files, a path chooses it.
    pub fn type_into(&self, element: &Element, keys: &str) {
        self.wait(element.send_keys(keys));
    }

    /// The words of an element as they are shown.
    pub fn text(&self, element: &Element) -> String {
        self.wait(element.text())
    }

    /// What the window shows, as PNG.
    pub fn screenshot(&self) -> Vec<u8> {
        self.wait(self.client().screenshot())
    }

    /// The errors in the browser's console since the last call: exceptions, failed requests, broken policy.
    pub fn console_errors(&self) -> Vec<String> {
        let entries = self
            .wait(self.client().issue_cmd(Extension { path: "se/log", body: json!({ "type": "browser" }) }));
        let entries = entries.as_array().cloned().unwrap_or_default();
        let errors = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        errors.map(|entry| entry["message"].to_string()).collect()
    }

    /// Does what starts a download of a PNG and gives the file's bytes once it is complete.
    pub fn download(&self, start: impl FnOnce()) -> Vec<u8> {
        let files = || std::fs::read_dir(self.downloads()).unwrap().map(|entry| entry.unwrap().path());
        for old in files() {
            std::fs::remove_file(old).unwrap();
        }
        start();
        let begin = Instant::now();
        loop {
            // While it is incomplete, the browser keeps the file under another name, and may hold its place with
            // an empty one.
            let png = files().find(|file| file.extension().is_some_and(|extension| extension == "png"));
            let bytes = png.and_then(|file| std::fs::read(file).ok()).unwrap_or_default();
            if bytes.ends_with(PNG_END) {
                return bytes;
            }
            assert!(begin.elapsed() < DOWNLOAD_LIMIT, "no download after {} s", DOWNLOAD_LIMIT.as_secs());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends the browser and gives every request that left any of its pages and workers.
    pub fn close_and_list_requests(mut self) -> Vec<Requested> {
        self.close();
        read(&std::fs::read_to_string(self.network_log()).unwrap())
    }

    fn close(&mut self) {
        if let Some(client) = self.client.take() {
            // Where the browser has died, the driver is ended below.
            self.runtime.block_on(client.close()).ok();
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.close();
        self.driver.kill().ok();
        self.driver.wait().ok();
    }
}

fn selector(id: &str) -> String {
    format!("[data-testid='{id}']")
}

/// Starts the driver, which takes a free port and names it in its first lines.
fn start_driver() -> (Child, u16) {
    let program = find(&CHROMEDRIVER).expect("chromedriver is not on PATH; `cargo xtask test` installs it");
    let mut driver =
        Command::new(program).arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = lines.find_map(|line| {
        let (_, port) = line.split_once("successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    // It writes little more; what it writes has to be taken, or it would wait.
    std::thread::spawn(move || lines.for_each(drop));
    (driver, port.expect("chromedriver did not name its port"))
}
