//! The page: what a visitor sees and does. It draws and relays; it computes nothing.
//!
//! In reading order: `State` here, `visit` (what the page knows, and what it does with news of the
//! engine), `sheet` (a picture before and after, on two canvases), the components (`drop`,
//! `welcome`, `settings`, `bench`, `compare`, `progress`, `notice`, `download`,
//! `samples`, `explain`) and `words`, which alone holds text for visitors.

#![expect(
    unreachable_pub,
    reason = "Leptos makes the properties of a component public, whatever the component is"
)]

mod bench;
mod compare;
mod download;
mod drop;
mod explain;
mod notice;
mod progress;
mod samples;
mod settings;
mod sheet;
mod visit;
mod welcome;
mod words;

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::engine::protocol::Trouble;
use visit::Visit;

/// What the page is at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    /// The engine is not here yet. A picture can be chosen already.
    Loading,
    /// Nothing was chosen yet.
    Idle,
    /// A picture is being made.
    Working,
    /// A result is shown.
    Done,
    /// It could not be done.
    Failed(Trouble),
}

impl State {
    /// As the attribute `data-state` of the document names it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            State::Loading => "loading",
            State::Idle => "idle",
            State::Working => "working",
            State::Done => "done",
            State::Failed(_) => "failed",
        }
    }
}

/// Puts the page in place of what stands in the document until then.
pub fn open() {
    console_error_panic_hook::set_once();
    if let Some(waiting) = document().get_element_by_id("waiting") {
        waiting.remove();
    }
    mount_to_body(Page);
}

/// All of it.
#[component]
fn Page() -> impl IntoView {
    let visit = Visit::open();
    follow(visit);
    let welcome = move || visit.is_welcome();
    view! {
        <a class="skip" href="#main">{words::SKIP}</a>
        <header class="bar">
            <a class="brand" href="./">
                <img src="icons/icon.svg" alt="" width="28" height="28" />
                {words::NAME}
            </a>
            <nav>
                <a href="#how">{words::HOW}</a>
            </nav>
        </header>
        <main id="main" tabindex="-1">
            <drop::Drop visit />
            <Show when=welcome>
                <welcome::Welcome visit />
            </Show>
            <Show when=move || !welcome()>
                <bench::Bench visit />
            </Show>
            <samples::Samples visit />
            <explain::Explain visit />
        </main>
        <footer>
            <p>{words::FOOTER}</p>
            <p>
                <a href="samples/credits.csv">{words::CREDITS}</a>
                " · "
                {words::CREDITS_NOTE}
            </p>
        </footer>
        <p class="hidden" role="status" aria-live="polite">
            {move || visit.announcement.get()}
        </p>
    }
}

/// Has the document say what the page is at: attributes, title, focus.
fn follow(visit: Visit) {
    let name = Memo::new(move |_| visit.state.with(State::name));
    Effect::new(move |before: Option<&str>| {
        let name = name.get();
        if let Some(root) = document().document_element() {
            // Nothing a visitor could do about it failing, and nothing else depends on it.
            let _ = root.set_attribute("data-state", name);
        }
        if before.is_some_and(|before| before != name) {
            request_animation_frame(move || focus_for(name));
        }
        name
    });
    Effect::new(move || document().set_title(&visit.tab_title()));
}

/// Moves the keyboard's focus to what has just come, where what had it may be gone.
fn focus_for(state: &str) {
    let id = match state {
        "working" | "done" => "picture",
        "failed" => "message",
        _ => return,
    };
    let found = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if let Some(element) = found {
        let _ = element.focus();
    }
}
