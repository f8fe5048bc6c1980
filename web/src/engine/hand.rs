//! A worker as the page sees it: it is sent requests, its answers and its death arrive in the inbox.

use js_sys::{Array, ArrayBuffer};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, Event, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::files::Program;
use super::inbox::Inbox;
use super::news::Mail;
use super::post::{Delivery, pack, unpack};
use super::protocol::{Reply, Request, Trouble};

/// Ends the worker when it is dropped: the one way of cancelling that always works.
pub struct Hand {
    id: u32,
    worker: Worker,
    /// Messages that wait for the worker to say hello.
    early: Option<Vec<(Array, Array)>>,
    /// Requests without their last answer.
    unanswered: usize,
    heard: f64,
    patience: f64,
    _listeners: Listeners,
}

struct Listeners {
    _message: Closure<dyn FnMut(MessageEvent)>,
    _error: Closure<dyn FnMut(Event)>,
}

/// How long a worker may take to start, in milliseconds.
const START_MILLIS: f64 = 20_000.0;

impl Hand {
    /// Starts one from its program. `now` in milliseconds.
    ///
    /// # Errors
    /// If the browser refuses.
    pub fn start(id: u32, program: &Program, inbox: &Inbox<Mail>, now: f64) -> Result<Hand, Trouble> {
        let refused = |error: JsValue| Trouble::Internal(super::files::reason(&error));
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(program.script, &options).map_err(refused)?;
        let listeners =
            Listeners { _message: listen_to_messages(id, inbox), _error: listen_to_errors(id, inbox) };
        worker.set_onmessage(Some(listeners._message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(listeners._error.as_ref().unchecked_ref()));
        worker.set_onmessageerror(Some(listeners._error.as_ref().unchecked_ref()));
        worker.post_message(&program.module).map_err(refused)?;
        let early = Some(Vec::new());
        Ok(Hand {
            id,
            worker,
            early,
            unanswered: 0,
            heard: now,
            patience: START_MILLIS,
            _listeners: listeners,
        })
    }

    /// Its number, given once.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Sends a request whose last answer may take so many milliseconds.
    ///
    /// # Errors
    /// If the browser refuses, as when a buffer is gone already.
    pub fn send(
        &mut self,
        request: &Request,
        buffers: &[ArrayBuffer],
        patience: f64,
        now: f64,
    ) -> Result<(), Trouble> {
        let answered = !matches!(request, Request::Load { .. });
        let delivery = if answered { Delivery::Transfer } else { Delivery::Copy };
        if answered {
            if self.unanswered == 0 {
                (self.heard, self.patience) = (now, patience);
            }
            self.patience = self.patience.max(patience);
            self.unanswered += 1;
        }
        let message = pack(request, buffers, delivery);
        match &mut self.early {
            Some(early) => early.push(message),
            None => self.post(&message)?,
        }
        Ok(())
    }

    fn post(&self, (message, handed_over): &(Array, Array)) -> Result<(), Trouble> {
        let posted = self.worker.post_message_with_transfer(message, handed_over);
        posted.map_err(|error| Trouble::Internal(super::files::reason(&error)))
    }

    /// Takes note of an answer.
    ///
    /// # Errors
    /// If the browser refuses to send what waited for this one.
    pub fn heard(&mut self, reply: &Reply, now: f64) -> Result<(), Trouble> {
        self.heard = now;
        match reply {
            Reply::Hello { .. } => {
                for message in self.early.take().unwrap_or_default() {
                    self.post(&message)?;
                }
            }
            Reply::Progress { .. } | Reply::Rows(..) => {}
            _ => self.unanswered = self.unanswered.saturating_sub(1),
        }
        Ok(())
    }

    /// Whether it should have been heard of.
    pub fn overdue(&self, now: f64) -> bool {
        let waited_for = self.early.is_some() || self.unanswered > 0;
        let patience = if self.early.is_some() { START_MILLIS } else { self.patience };
        waited_for && now - self.heard > patience
    }

    /// The page itself stood still: its silence counts from now.
    pub fn forgive(&mut self, now: f64) {
        self.heard = now;
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.set_onmessageerror(None);
        self.worker.terminate();
    }
}

fn listen_to_messages(id: u32, inbox: &Inbox<Mail>) -> Closure<dyn FnMut(MessageEvent)> {
    let inbox = inbox.clone();
    Closure::new(move |event: MessageEvent| match unpack::<Reply>(&event.data()) {
        Some((reply, buffers)) => inbox.push(Mail::Answer { from: id, reply, buffers }),
        // A worker from a cache of another day speaks otherwise.
        None => inbox.push(Mail::Answer {
            from: id,
            reply: Reply::Failed(Trouble::Outdated),
            buffers: Vec::new(),
        }),
    })
}

fn listen_to_errors(id: u32, inbox: &Inbox<Mail>) -> Closure<dyn FnMut(Event)> {
    let inbox = inbox.clone();
    Closure::new(move |event: Event| {
        let message = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
        inbox.push(Mail::Died { id, message });
    })
}
