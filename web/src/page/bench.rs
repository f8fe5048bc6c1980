//! A picture under way or done: its name, itself, and what there is to say and to do about it.

use leptos::prelude::*;

use super::compare::Compare;
use super::download::Download;
use super::notice::{Failure, Notes};
use super::progress::ProgressBar;
use super::session::Session;
use super::settings::Settings;
use super::{State, words};

/// Shown from the first picture on.
#[component]
pub(crate) fn Bench(session: Session) -> impl IntoView {
    let is = move |wanted: &'static str| session.state.with(State::name) == wanted;
    // What has failed before there was a picture leaves nothing to look at.
    let has_picture = move || !is("failed") || session.sheet.with(Option::is_some);
    let name = move || match session.subject.with(|subject| subject.name.clone()) {
        name if name.is_empty() => words::NAME.to_string(),
        name => name,
    };
    let about = move || session.about.get().map(words::about).unwrap_or_default();
    let credit = move || session.subject.with(|subject| subject.credit.clone());
    view! {
        <section class="bench">
            <div class="title">
                <h1 id="picture" tabindex="-1">
                    {name}
                </h1>
                <p class="quiet">{about}</p>
                <p class="quiet">{credit}</p>
            </div>
            <div class="view">
                <Failure session />
                <Show when=has_picture>
                    <Compare session />
                </Show>
            </div>
            <div class="panel">
                <Show when=move || is("working")>
                    <ProgressBar session />
                </Show>
                <Notes session />
                <Show when=move || is("done")>
                    <Download session />
                </Show>
                <Show when=move || !is("working")>
                    <Settings session />
                </Show>
            </div>
        </section>
    }
}
