//! What there is to know: notes beside the picture, and what went wrong with the way out.

use leptos::prelude::*;

use super::visit::{Visit, reload};
use super::{State, drop, words};
use crate::engine::protocol::Trouble;

/// Notes of the picture that is shown.
#[component]
pub(crate) fn Notes(visit: Visit) -> impl IntoView {
    let note = |note| view! { <p class="note">{words::note(note)}</p> };
    view! {
        <div class="notes" data-testid="notes">
            {move || visit.notes.get().into_iter().map(note).collect_view()}
        </div>
    }
}

/// What went wrong, what is safe, what to do.
#[component]
pub(crate) fn Failure(visit: Visit) -> impl IntoView {
    move || {
        let State::Failed(trouble) = visit.state.get() else { return None };
        let still_here = visit.sheet.with(Option::is_some).then_some(words::STILL_HERE);
        let detail = words::detail(&trouble).map(str::to_string);
        Some(view! {
            <div class="failure" id="message" tabindex="-1" role="alert" data-testid="message">
                <h2>{words::trouble(&trouble)}</h2>
                <p>{still_here} " " {words::way_out(&trouble)}</p>
                <div class="row">
                    <Ways visit trouble />
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

/// Ways out, the most likely first.
#[component]
fn Ways(visit: Visit, trouble: Trouble) -> impl IntoView {
    let choose = !matches!(trouble, Trouble::NoWebGpu(_) | Trouble::Outdated);
    let first = remedy(visit, trouble);
    let kind = if first.is_none() { "primary" } else { "ghost" };
    let choose = choose.then(|| {
        view! {
            <button type="button" class=kind on:click=|_| drop::choose()>
                {words::CHOOSE_OTHER}
            </button>
        }
    });
    let back = visit.last.with_untracked(Option::is_some).then(|| {
        view! {
            <button type="button" class="ghost" on:click=move |_| visit.go_back()>
                {words::BACK}
            </button>
        }
    });
    view! {
        {first}
        {choose}
        {back}
    }
}

/// What may well help against this trouble, if anything but another picture does.
fn remedy(visit: Visit, trouble: Trouble) -> Option<AnyView> {
    let button = |name: &'static str, act: fn(Visit)| {
        view! {
            <button type="button" class="primary" data-testid="again" on:click=move |_| act(visit)>
                {name}
            </button>
        }
        .into_any()
    };
    match trouble {
        Trouble::NoWebGpu(_) => {
            let link = view! {
                <a class="primary" href="?backend=cpu">
                    {words::USE_PROCESSOR}
                </a>
            };
            Some(link.into_any())
        }
        Trouble::Outdated | Trouble::Internal(_) | Trouble::Weights(_) => {
            Some(button(words::RELOAD, |_| reload()))
        }
        Trouble::Unreachable(_)
        | Trouble::Stopped(_)
        | Trouble::StripStopped { .. }
        | Trouble::NothingToDo(_)
        | Trouble::NoNetwork(_) => Some(button(words::TRY_AGAIN, Visit::try_again)),
        Trouble::NotAPicture { .. }
        | Trouble::Broken(_)
        | Trouble::TooLarge(_)
        | Trouble::FileTooLarge(_)
        | Trouble::Unsupported(_) => None,
    }
}
