//! The workers of one picture: one that leads, several that enlarge; and the ear for all of them.

use std::collections::HashMap;
use std::rc::Rc;

use js_sys::ArrayBuffer;
use wasm_bindgen_futures::spawn_local;

use super::device::Backend;
use super::files::{self, Program};
use super::hand::Hand;
use super::inbox::Inbox;
use super::news::{Mail, News, Progress, Wish};
use super::protocol::{Hindrance, Reply, Request, Trouble, VERSION};

/// When ticks come this far apart, the page stood still (a closed laptop), not the workers.
const STANDSTILL_MILLIS: f64 = 5_000.0;

/// Why a picture is not gone on with.
pub enum Stop {
    /// The visitor wants something else.
    Wish(Wish),
    /// It cannot be done.
    Trouble(Trouble),
    /// The leading worker is gone, and with it the picture that it had read.
    LeadLost,
    /// The graphics device cannot be used any more.
    DeviceLost(Hindrance),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Stop {
        Stop::Trouble(trouble)
    }
}

/// What is heard while a picture is made.
pub enum Heard {
    /// The leading worker, with what came along.
    Lead(Reply, Vec<ArrayBuffer>),
    /// Another worker.
    Pool(u32, Reply, Vec<ArrayBuffer>),
    /// Another worker is gone.
    Lost(u32),
    /// A file or a program has arrived.
    Arrived,
    /// A program does not come.
    NoProgram,
    /// A file does not come; it may be one of a picture that was given up.
    Missing {
        /// Its address.
        address: String,
        /// In words for a report.
        why: String,
    },
    /// Half a second has passed.
    Tick {
        /// The page stood still before it.
        standstill: bool,
    },
}

/// Workers, and files that were fetched.
pub struct Crew {
    inbox: Inbox<Mail>,
    tell: Rc<dyn Fn(News)>,
    program: Program,
    /// Of the worker that has the graphics device.
    device_program: Option<Program>,
    /// What the pool runs on.
    backend: Backend,
    /// Fetched files by address; nothing while one is on its way.
    fetched: HashMap<String, Option<ArrayBuffer>>,
    lead: Option<Hand>,
    pool: Vec<Hand>,
    /// What every worker of the pool is given first.
    loads: Vec<Load>,
    next_id: u32,
    last_tick: f64,
}

/// A network on its way to a worker: [`Request::Load`] and its buffers.
pub type Load = (Request, Vec<ArrayBuffer>);

/// How long the worker that has the graphics device may be silent: shaders are compiled at first use.
const DEVICE_MILLIS: f64 = 60_000.0;

/// How long the leading worker may be silent over a request, in milliseconds; a slow telephone needs a
/// fifth of it. A file of so many bytes is read in one piece; all else comes in pieces or is short, but
/// for the writing of a large result.
fn patience(request: &Request, bytes: f64) -> f64 {
    match request {
        Request::Open => 15_000.0 + bytes / 1000.0,
        Request::Infer { .. } | Request::Colorize { .. } => 30_000.0,
        Request::Finish { .. } => 120_000.0,
        _ => 15_000.0,
    }
}

/// Milliseconds since the page was opened.
pub fn now() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
}

impl Crew {
    /// With the compiled program; no worker yet.
    pub fn new(inbox: Inbox<Mail>, tell: Rc<dyn Fn(News)>, program: Program) -> Crew {
        let fetched = HashMap::new();
        let last_tick = now();
        Crew {
            inbox,
            tell,
            program,
            device_program: None,
            backend: Backend::Cpu,
            fetched,
            lead: None,
            pool: Vec::new(),
            loads: Vec::new(),
            next_id: 0,
            last_tick,
        }
    }

    fn start(&mut self, backend: Backend) -> Result<Hand, Trouble> {
        self.next_id += 1;
        let program = match (backend, &self.device_program) {
            (Backend::WebGpu, Some(program)) => program,
            _ => &self.program,
        };
        Hand::start(self.next_id, program, &self.inbox, now())
    }

    /// Has the program fetched of the worker that has the graphics device.
    pub fn order_device_program(&self) {
        let inbox = self.inbox.clone();
        spawn_local(async move {
            let result = files::compile_program(Backend::WebGpu).await;
            inbox.push(Mail::Compiled(Backend::WebGpu, result));
        });
    }

    /// Whether that program is here.
    pub fn has_device_program(&self) -> bool {
        self.device_program.is_some()
    }

    /// What runs networks.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// What runs networks from now on; workers of before are ended.
    pub fn change(&mut self, backend: Backend) {
        self.dismiss_all();
        self.backend = backend;
    }

    /// A leading worker, if there is none.
    ///
    /// # Errors
    /// If the browser refuses.
    pub fn hire_lead(&mut self) -> Result<(), Trouble> {
        if self.lead.is_none() {
            self.lead = Some(self.start(Backend::Cpu)?);
        }
        Ok(())
    }

    /// So many workers to run networks, each given these; the one that has the graphics device stays from
    /// picture to picture, with its compiled shaders.
    ///
    /// # Errors
    /// If the browser refuses.
    pub fn hire_pool(&mut self, count: usize, loads: Vec<Load>) -> Result<(), Trouble> {
        if let Some(hand) = self.pool.first_mut() {
            for load in loads {
                if !self.loads.iter().any(|(request, _)| *request == load.0) {
                    hand.send(&load.0, &load.1, 0.0, now())?;
                    self.loads.push(load);
                }
            }
            return Ok(());
        }
        self.loads = loads;
        for _ in 0..count {
            self.hire_one()?;
        }
        Ok(())
    }

    /// One more.
    ///
    /// # Errors
    /// If the browser refuses.
    pub fn hire_one(&mut self) -> Result<u32, Trouble> {
        let mut hand = self.start(self.backend)?;
        for (request, buffers) in &self.loads {
            hand.send(request, buffers, 0.0, now())?;
        }
        let id = hand.id();
        self.pool.push(hand);
        Ok(id)
    }

    /// Ends one.
    pub fn dismiss(&mut self, id: u32) {
        self.pool.retain(|hand| hand.id() != id);
    }

    /// Ends all: what they were at, and the memory that they took, is gone at once.
    pub fn dismiss_all(&mut self) {
        self.lead = None;
        self.pool.clear();
        self.loads.clear();
    }

    /// A picture is done: nobody has anything left to do.
    pub fn dismiss_idle(&mut self) {
        match self.backend {
            Backend::Cpu => self.dismiss_all(),
            Backend::WebGpu => self.lead = None,
        }
    }

    /// The numbers of those who enlarge.
    pub fn pool_ids(&self) -> Vec<u32> {
        self.pool.iter().map(Hand::id).collect()
    }

    /// A request to the leading worker.
    ///
    /// # Errors
    /// If there is none or the browser refuses.
    pub fn tell_lead(&mut self, request: &Request, buffers: &[ArrayBuffer]) -> Result<(), Stop> {
        let bytes = buffers.iter().map(|buffer| f64::from(buffer.byte_length())).sum();
        let patience = patience(request, bytes);
        let lead = self.lead.as_mut().ok_or(Stop::LeadLost)?;
        Ok(lead.send(request, buffers, patience, now())?)
    }

    /// A request to one of the pool, if it is still there; its schedule watches over its time.
    ///
    /// # Errors
    /// If the browser refuses.
    pub fn tell_pool(&mut self, id: u32, request: &Request, buffers: &[ArrayBuffer]) -> Result<(), Trouble> {
        match self.pool.iter_mut().find(|hand| hand.id() == id) {
            Some(hand) => hand.send(request, buffers, f64::INFINITY, now()),
            None => Ok(()),
        }
    }

    /// A request to the worker that has the graphics device.
    ///
    /// # Errors
    /// If it is gone or the browser refuses.
    pub fn tell_device(&mut self, request: &Request, buffers: &[ArrayBuffer]) -> Result<(), Stop> {
        let hand = self.pool.first_mut().ok_or(Stop::DeviceLost(Hindrance::Stopped))?;
        Ok(hand.send(request, buffers, DEVICE_MILLIS, now())?)
    }

    /// The same, and its answer.
    ///
    /// # Errors
    /// Whatever ends the picture, and the loss of the device.
    pub async fn ask_device(
        &mut self,
        request: &Request,
        buffers: &[ArrayBuffer],
    ) -> Result<(Reply, Vec<ArrayBuffer>), Stop> {
        self.tell_device(request, buffers)?;
        loop {
            match self.hear().await? {
                Heard::Pool(_, reply, buffers) => return Ok((reply, buffers)),
                Heard::Lost(_) => return Err(Stop::DeviceLost(Hindrance::Stopped)),
                _ => {}
            }
        }
    }

    /// A request to the leading worker and its last answer; rows done are passed on.
    ///
    /// # Errors
    /// Whatever ends the picture, the worker's own trouble included.
    pub async fn ask_lead(
        &mut self,
        request: &Request,
        buffers: &[ArrayBuffer],
    ) -> Result<(Reply, Vec<ArrayBuffer>), Stop> {
        self.tell_lead(request, buffers)?;
        loop {
            match self.hear().await? {
                Heard::Lead(Reply::Progress { rows, of }, _) => {
                    (self.tell)(News::Progress(Progress { rows, of, ..Progress::default() }));
                }
                Heard::Lead(Reply::Kept, _) => {}
                Heard::Lead(reply, buffers) => return Ok((reply, buffers)),
                Heard::Lost(_) if self.backend == Backend::WebGpu => {
                    return Err(Stop::DeviceLost(Hindrance::Stopped));
                }
                Heard::Lost(id) => {
                    self.dismiss(id);
                    self.hire_one()?;
                }
                _ => {}
            }
        }
    }

    /// Has a file fetched, if it is not here or on its way.
    pub fn order(&mut self, address: &str) {
        if self.fetched.contains_key(address) {
            return;
        }
        self.fetched.insert(address.to_string(), None);
        let (inbox, address) = (self.inbox.clone(), address.to_string());
        spawn_local(async move {
            let result = files::fetch(&address).await;
            inbox.push(Mail::Fetched { address, result });
        });
    }

    /// A file, when it is here.
    ///
    /// # Errors
    /// Whatever ends the picture, a file that does not come included.
    pub async fn file(&mut self, address: &str) -> Result<ArrayBuffer, Stop> {
        self.order(address);
        loop {
            if let Some(file) = self.fetched(address) {
                return Ok(file);
            }
            if let Heard::Missing { address: missing, why } = self.hear().await?
                && missing == address
            {
                return Err(Stop::Trouble(Trouble::Unreachable(why)));
            }
        }
    }

    /// Lets go of a file that is not wanted again.
    pub fn forget(&mut self, address: &str) {
        self.fetched.remove(address);
    }

    /// The next thing that concerns the picture. Mail of workers that were ended is dropped.
    ///
    /// # Errors
    /// Whatever ends the picture.
    pub async fn hear(&mut self) -> Result<Heard, Stop> {
        loop {
            match self.inbox.next().await {
                Mail::Wish(wish) => return Err(Stop::Wish(wish)),
                Mail::Answer { from, reply, buffers } => {
                    if let Some(heard) = self.answer(from, reply, buffers)? {
                        return Ok(heard);
                    }
                }
                Mail::Died { id, message } => {
                    web_sys::console::warn_1(&format!("a worker stopped: {message}").into());
                    if self.is_lead(id) {
                        return Err(Stop::LeadLost);
                    }
                    if self.pool.iter().any(|hand| hand.id() == id) {
                        return Ok(Heard::Lost(id));
                    }
                }
                Mail::Fetched { address, result } => return Ok(self.arrived(address, result)),
                Mail::Compiled(Backend::WebGpu, result) => return Ok(self.compiled(result)),
                Mail::Compiled(Backend::Cpu, _) | Mail::Probed(_) => {}
                Mail::Tick => return self.tick(),
            }
        }
    }

    fn is_lead(&self, id: u32) -> bool {
        self.lead.as_ref().is_some_and(|lead| lead.id() == id)
    }

    fn answer(
        &mut self,
        from: u32,
        reply: Reply,
        buffers: Vec<ArrayBuffer>,
    ) -> Result<Option<Heard>, Trouble> {
        let is_lead = self.is_lead(from);
        let found = self.lead.iter_mut().chain(&mut self.pool).find(|hand| hand.id() == from);
        let Some(hand) = found else { return Ok(None) };
        hand.heard(&reply, now())?;
        match reply {
            Reply::Hello { version } if version != VERSION => Err(Trouble::Outdated),
            Reply::Hello { .. } => Ok(None),
            Reply::Failed(trouble) if !is_lead && self.backend == Backend::WebGpu => {
                web_sys::console::warn_1(&format!("the graphics device failed: {trouble:?}").into());
                Ok(Some(Heard::Lost(from)))
            }
            Reply::Failed(trouble) => Err(trouble),
            reply if is_lead => Ok(Some(Heard::Lead(reply, buffers))),
            reply => Ok(Some(Heard::Pool(from, reply, buffers))),
        }
    }

    fn compiled(&mut self, result: Result<Program, String>) -> Heard {
        match result {
            Ok(program) => {
                self.device_program = Some(program);
                Heard::Arrived
            }
            Err(why) => {
                web_sys::console::warn_1(&why.into());
                Heard::NoProgram
            }
        }
    }

    /// A file, if it is here already.
    pub fn fetched(&self, address: &str) -> Option<ArrayBuffer> {
        self.fetched.get(address)?.clone()
    }

    /// Keeps a file, or forgets that it was on its way.
    pub fn take_in(&mut self, address: String, file: Option<ArrayBuffer>) {
        match file {
            Some(file) => self.fetched.insert(address, Some(file)),
            None => self.fetched.remove(&address),
        };
    }

    fn arrived(&mut self, address: String, result: Result<ArrayBuffer, String>) -> Heard {
        let (file, why) = match result {
            Ok(file) => (Some(file), None),
            Err(why) => (None, Some(why)),
        };
        self.take_in(address.clone(), file);
        why.map_or(Heard::Arrived, |why| Heard::Missing { address, why })
    }

    fn tick(&mut self) -> Result<Heard, Stop> {
        let now = now();
        let standstill = now - self.last_tick > STANDSTILL_MILLIS;
        self.last_tick = now;
        if standstill {
            self.lead.iter_mut().chain(&mut self.pool).for_each(|hand| hand.forgive(now));
        }
        if self.lead.as_ref().is_some_and(|lead| lead.overdue(now)) {
            return Err(Stop::LeadLost);
        }
        let overdue = self.pool.iter().find(|hand| hand.overdue(now));
        Ok(overdue.map_or(Heard::Tick { standstill }, |hand| Heard::Lost(hand.id())))
    }
}
