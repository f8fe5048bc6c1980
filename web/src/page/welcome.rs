//! The first screen: one sentence, one action, an example.

use leptos::prelude::*;

use super::compare::Example;
use super::settings::Settings;
use super::visit::Visit;
use super::{drop, words};

/// Shown until the first picture is chosen.
#[component]
pub(crate) fn Welcome(visit: Visit) -> impl IntoView {
    let engine = move || match visit.engine.get() {
        Some((choice, _)) => words::engine(choice),
        None => words::ENGINE_LOADING.into(),
    };
    view! {
        <section class="welcome">
            <div class="invitation">
                <h1>{words::HEADLINE}</h1>
                <p class="lead">{words::LEAD}</p>
                <div class="place">
                    <button type="button" class="primary" on:click=|_| drop::choose()>
                        {words::CHOOSE}
                    </button>
                    <p>{words::OR_DROP}</p>
                    <p class="quiet">{words::FORMATS}</p>
                </div>
                <Settings visit short=true />
                <p class="quiet" data-testid="engine">
                    {engine}
                </p>
            </div>
            <Example />
        </section>
    }
}
