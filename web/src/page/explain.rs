//! How it works, in a few sentences.

use leptos::prelude::*;

use super::visit::Visit;
use super::words;

/// At the end of the page.
#[component]
pub(crate) fn Explain(visit: Visit) -> impl IntoView {
    let part = |[heading, text]: [&'static str; 2]| {
        view! {
            <div>
                <h3>{heading}</h3>
                <p>{text}</p>
            </div>
        }
    };
    // The first screen says it already.
    let engine = move || visit.engine.get().filter(|_| !visit.is_welcome());
    let engine = move || engine().map(|(choice, _)| words::engine(choice));
    view! {
        <section class="explain" id="how" aria-labelledby="how-heading">
            <h2 id="how-heading">{words::HOW}</h2>
            <div class="parts">{words::EXPLANATION.map(part).collect_view()}</div>
            <p class="quiet">{engine}</p>
        </section>
    }
}
