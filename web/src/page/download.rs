//! The result to take away, and what there is to say of it.

use leptos::prelude::*;

use super::visit::Visit;
use super::{drop, words};
use crate::engine::news::Card;

/// Shown with a result.
#[component]
pub(crate) fn Download(visit: Visit) -> impl IntoView {
    move || {
        visit.last.get().map(|shown| {
            let outcome = &shown.outcome;
            let network = |card: &Card| {
                let what = if card.colors { words::COLOR } else { words::DETAIL_NETWORK };
                view! {
                    <dt>{what}</dt>
                    <dd>{card.title.clone()}</dd>
                }
            };
            let learned = |card: &Card| view! { <p>{words::learned(&card.title, &card.data)}</p> };
            view! {
                <p class="honest">
                    <strong>{words::predicted(outcome.goal)}</strong>
                    " "
                    <span class="quiet">{words::kept(outcome.goal)}</span>
                </p>
                <div class="take">
                    <a
                        class="primary"
                        data-testid="download"
                        href=shown.address.clone()
                        download=format!("{}-astrochroma.png", shown.subject.stem)
                    >
                        {words::DOWNLOAD}
                        <small>{words::download_size(outcome.goal.size, outcome.png.size())}</small>
                    </a>
                    <button type="button" class="ghost" on:click=|_| drop::choose()>
                        {words::CHOOSE_OTHER}
                    </button>
                </div>
                <dl>
                    <dt>{words::TIME}</dt>
                    <dd data-testid="took">{words::took(outcome.seconds, outcome.backend, outcome.workers)}</dd>
                    {outcome.networks.iter().map(network).collect_view()}
                </dl>
                <details class="learned quiet">
                    <summary>{words::LEARNED_FROM}</summary>
                    {outcome.networks.iter().map(learned).collect_view()}
                </details>
            }
        })
    }
}
