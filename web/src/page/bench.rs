//! A picture under way or done: its name, itself, and what there is to say and to do about it.

use leptos::prelude::*;

use super::compare::Compare;
use super::download::Download;
use super::notice::{Failure, Notes};
use super::progress::ProgressBar;
use super::settings::Settings;
use super::visit::Visit;
use super::{State, words};

/// Shown from the first picture on.
#[component]
pub(crate) fn Bench(visit: Visit) -> impl IntoView {
    let is = move |wanted: &'static str| visit.state.with(State::name) == wanted;
    // What has failed before there was a picture leaves nothing to look at.
    let has_picture = move || !is("failed") || visit.sheet.with(Option::is_some);
    let name = move || match visit.subject.with(|subject| subject.name.clone()) {
        name if name.is_empty() => words::NAME.to_string(),
        name => name,
    };
    let about = move || visit.about.get().map(words::about).unwrap_or_default();
    let credit = move || visit.subject.with(|subject| subject.credit.clone());
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
                <Failure visit />
                <Show when=has_picture>
                    <Compare visit />
                </Show>
            </div>
            <div class="panel">
                <Show when=move || is("working")>
                    <ProgressBar visit />
                </Show>
                <Notes visit />
                <Show when=move || is("done")>
                    <Download visit />
                </Show>
                <Show when=move || !is("working")>
                    <Settings visit />
                </Show>
            </div>
        </section>
    }
}
