//! What there is to know: notes beside the picture, and what went wrong with the way out.

use leptos::prelude::*;

use super::session::Session;
use super::{State, drop, words};
use crate::engine::protocol::Trouble;

/// Notes of the picture that is shown.
#[component]
pub(crate) fn Notes(session: Session) -> impl IntoView {
    let note = |note| view! { <p class="note">{words::note(note)}</p> };
    view! {
        <div class="notes" data-testid="notes">
            {move || session.notes.get().into_iter().map(note).collect_view()}
        </div>
    }
}

/// What went wrong, what is safe, what to do.
#[component]
pub(crate) fn Failure(session: Session) -> impl IntoView {
    move || {
        let State::Failed(trouble) = session.state.get() else { return None };
        let still_here = session.sheet.with(Option::is_some).then_some(words::STILL_HERE);
        let detail = words::detail(&trouble).map(str::to_string);
        Some(view! {
            <div class="failure" id="message" tabindex="-1" role="alert" data-testid="message">
                <h2>{words::trouble(&trouble)}</h2>
                <p>{still_here} " " {words::way_out(&trouble)}</p>
                <div class="row">
                    <Ways session trouble />
                </div>
                {detail
                    .map(|detail| {
                        view! {
                            <details>
                                <summary>{words::DETAILS}</summary>
                                <pre>{detail}</pre>
                            </details>
                        }
                    })}
            </div>
        })
    }
}

/// Buttons, the most likely first.
#[component]
fn Ways(session: Session, trouble: Trouble) -> impl IntoView {
    let first = match trouble {
        Trouble::NoWebGpu => view! {
            <a class="primary" href="?backend=cpu">
                {words::USE_PROCESSOR}
            </a>
        }
        .into_any(),
        Trouble::Outdated | Trouble::Internal(_) | Trouble::Weights(_) => view! {
            <button type="button" class="primary" on:click=|_| reload()>
                {words::RELOAD}
            </button>
        }
        .into_any(),
        Trouble::Unreachable(_)
        | Trouble::Stopped(_)
        | Trouble::StripStopped { .. }
        | Trouble::NothingToDo(_) => view! {
            <button type="button" class="primary" data-testid="run" on:click=move |_| session.try_again()>
                {words::TRY_AGAIN}
            </button>
        }
        .into_any(),
        _ => ().into_any(),
    };
    let choose = !matches!(trouble, Trouble::NoWebGpu | Trouble::Outdated);
    let back = session.last.with(Option::is_some);
    view! {
        {first}
        {choose
            .then(|| {
                view! {
                    <button type="button" class="ghost" on:click=|_| drop::choose()>
                        {words::CHOOSE_OTHER}
                    </button>
                }
            })}
        {back
            .then(|| {
                view! {
                    <button type="button" class="ghost" on:click=move |_| session.go_back()>
                        {words::BACK}
                    </button>
                }
            })}
    }
}

/// Loads the page anew.
fn reload() {
    // If the browser refuses, the visitor's own button for it is still there.
    let _ = window().location().reload();
}
