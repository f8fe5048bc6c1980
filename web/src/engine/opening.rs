//! What comes before the first picture: the program, the manifest, and whether the graphics device is
//! used.

use std::pin::Pin;
use std::rc::Rc;

use astrochroma::network::Task;
use js_sys::ArrayBuffer;
use wasm_bindgen_futures::spawn_local;

use super::adapter;
use super::client::{Client, report, seed};
use super::crew::{Crew, Heard, Stop};
use super::device::{Backend, Choice, Reason, verdict};
use super::files::{self, Program};
use super::inbox::Inbox;
use super::news::{Mail, News, Wish, Work};
use super::protocol::{Hindrance, Reply, Request, Step, Trouble};

/// How often the clock ticks, two times a second, until a browser that does not answer has no adapter.
const PROBE_TICKS: u32 = 20;

impl Client {
    /// Prepares, and decides which engine it is.
    ///
    /// # Errors
    /// If a file does not come, or the engine that was asked for cannot be used.
    pub(super) async fn ready(
        asked: Option<Backend>,
        workers: usize,
        inbox: &Inbox<Mail>,
        tell: &Rc<dyn Fn(News)>,
        wanted: &mut Option<Work>,
    ) -> Result<Client, Trouble> {
        let (mut client, adapter) = Client::prepare(asked, workers, inbox, tell, wanted).await?;
        if asked == Some(Backend::Cpu) {
            return Ok(client);
        }
        let forced = asked == Some(Backend::WebGpu);
        let found = match adapter {
            // Who asks for it gets it, a slow one too.
            Err(hindrance) if !(forced && hindrance == Hindrance::Software) => Err(hindrance),
            _ => client.prove_device(forced, wanted).await,
        };
        match found {
            Ok(()) => {
                let reason = if forced { Reason::Asked } else { Reason::Proved };
                client.choice = Choice { backend: Backend::WebGpu, reason, workers };
            }
            Err(hindrance) if forced => return Err(Trouble::NoWebGpu(hindrance)),
            Err(hindrance) => {
                client.crew.change(Backend::Cpu);
                client.choice = Choice::processor(Reason::Hindered(hindrance), workers);
            }
        }
        Ok(client)
    }

    /// Fetches and compiles the program, reads the manifest and asks for a graphics device; a picture that
    /// is chosen meanwhile is put aside.
    async fn prepare(
        asked: Option<Backend>,
        workers: usize,
        inbox: &Inbox<Mail>,
        tell: &Rc<dyn Fn(News)>,
        wanted: &mut Option<Work>,
    ) -> Result<(Client, Result<(), Hindrance>), Trouble> {
        let push = |mail: Pin<Box<dyn Future<Output = Mail>>>| {
            let inbox = inbox.clone();
            spawn_local(async move { inbox.push(mail.await) });
        };
        push(Box::pin(async { Mail::Compiled(Backend::Cpu, files::compile_program(Backend::Cpu).await) }));
        push(Box::pin(async {
            let (address, result) = (files::MANIFEST.to_string(), files::fetch(files::MANIFEST).await);
            Mail::Fetched { address, result }
        }));
        if asked != Some(Backend::Cpu) {
            push(Box::pin(async { Mail::Probed(adapter::probe().await) }));
        }
        if wanted.is_some() {
            tell(News::Began(Step::Engine));
        }
        let (mut program, mut manifest_file) = (None, None);
        let mut ticks = 0;
        let mut probed = (asked == Some(Backend::Cpu)).then_some(Err(Hindrance::NoAdapter));
        loop {
            if let (Some(program), Some(manifest_file), Some(probed)) = (&program, &manifest_file, probed) {
                let crew = Crew::new(inbox.clone(), tell.clone(), Program::clone(program));
                let choice = Choice::processor(Reason::Asked, workers);
                let client = Client::new(choice, tell.clone(), crew, ArrayBuffer::clone(manifest_file))?;
                return Ok((client, probed));
            }
            match inbox.next().await {
                Mail::Compiled(Backend::Cpu, result) => program = Some(result.map_err(Trouble::Unreachable)?),
                Mail::Fetched { result, .. } => manifest_file = Some(result.map_err(Trouble::Unreachable)?),
                Mail::Probed(result) => probed = Some(result),
                Mail::Wish(wish) => put_aside(wish, wanted, tell),
                Mail::Tick if program.is_some() && manifest_file.is_some() => {
                    ticks += 1;
                    if ticks >= PROBE_TICKS {
                        probed = Some(Err(Hindrance::NoAdapter));
                    }
                }
                _ => {}
            }
        }
    }

    /// Starts the worker that has the graphics device and has it computed on a tile, whose result is
    /// compared; unless it is asked for, it has to be no slower than the processor too.
    async fn prove_device(&mut self, forced: bool, wanted: &mut Option<Work>) -> Result<(), Hindrance> {
        let entry = self.manifest.default_for(Task::Upscale).cloned().ok_or(Hindrance::Unreachable)?;
        let address = files::weights(&entry.file);
        self.crew.order_device_program();
        self.crew.order(&address);
        let mut asked = false;
        loop {
            if !asked
                && self.crew.has_device_program()
                && let Some(file) = self.crew.fetched(&address)
            {
                asked = true;
                self.crew.change(Backend::WebGpu);
                let loads = vec![self.load_with(&entry, file)];
                let network = entry.id.clone();
                let test = Request::Test { network, seed: seed(), timed: !forced };
                let hired = self.crew.hire_pool(1, loads);
                let told = hired.map_err(Stop::from).and_then(|()| self.crew.tell_device(&test, &[]));
                told.map_err(|_| Hindrance::Stopped)?;
            }
            match self.crew.hear().await {
                Ok(Heard::Pool(_, Reply::Tested { disagreement, speed }, _)) => {
                    report(disagreement.as_deref());
                    return verdict(disagreement.is_none(), speed, self.choice.workers);
                }
                Ok(Heard::Missing { .. } | Heard::NoProgram) => return Err(Hindrance::Unreachable),
                Ok(Heard::Lost(_)) => return Err(Hindrance::Stopped),
                Ok(_) => {}
                Err(Stop::Wish(wish)) => put_aside(wish, wanted, &self.tell),
                Err(_) => return Err(Hindrance::Stopped),
            }
        }
    }
}

/// What the visitor wants while there is no engine yet.
fn put_aside(wish: Wish, wanted: &mut Option<Work>, tell: &Rc<dyn Fn(News)>) {
    match wish {
        Wish::Run(work) => {
            *wanted = Some(work);
            tell(News::Began(Step::Engine));
        }
        Wish::Cancel => {
            *wanted = None;
            tell(News::Cancelled);
        }
    }
}
