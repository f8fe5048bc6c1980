//! A worker as the page sees it: it is sent requests, its answers and its death arrive in the inbox.

use std::collections::VecDeque;

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
    silence: Silence,
    _listeners: Listeners,
}

/// What a worker has not answered yet, and since when it has been silent.
///
/// It answers in order, so it is at the oldest request: a long one behind that gives it no more time.
struct Silence {
    /// Milliseconds that each request may take, the oldest first.
    unanswered: VecDeque<f64>,
    heard: f64,
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
        // To say hello is the first thing that it is asked.
        let silence = Silence { unanswered: VecDeque::from([START_MILLIS]), heard: now };
        Ok(Hand { id, worker, early: Some(Vec::new()), silence, _listeners: listeners })
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
            self.silence.asked(patience, now);
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
        let last = !matches!(reply, Reply::Progress { .. } | Reply::Rows(..));
        self.silence.heard(last, now);
        if let Reply::Hello { .. } = reply {
            for message in self.early.take().unwrap_or_default() {
                self.post(&message)?;
            }
        }
        Ok(())
    }

    /// Whether it should have been heard of.
    pub fn overdue(&self, now: f64) -> bool {
        self.silence.overdue(now)
    }

    /// The page itself stood still: its silence counts from now.
    pub fn forgive(&mut self, now: f64) {
        self.silence.heard = now;
    }
}

impl Silence {
    fn asked(&mut self, patience: f64, now: f64) {
        if self.unanswered.is_empty() {
            self.heard = now;
        }
        self.unanswered.push_back(patience);
    }

    /// Something was said, which may be the last answer to the oldest request.
    fn heard(&mut self, last: bool, now: f64) {
        self.heard = now;
        if last {
            self.unanswered.pop_front();
        }
    }

    fn overdue(&self, now: f64) -> bool {
        self.unanswered.front().is_some_and(|patience| now - self.heard > *patience)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_measured_by_the_oldest_request() {
        let mut silence = Silence { unanswered: VecDeque::new(), heard: 0.0 };
        assert!(!silence.overdue(1e9));
        silence.asked(10.0, 100.0);
        silence.asked(1000.0, 105.0);
        assert!(!silence.overdue(110.0) && silence.overdue(111.0));
        silence.heard(false, 108.0);
        assert!(!silence.overdue(118.0) && silence.overdue(119.0));
        silence.heard(true, 109.0);
        assert!(!silence.overdue(1109.0) && silence.overdue(1110.0));
        silence.heard(true, 200.0);
        assert!(!silence.overdue(1e9));
    }
}
