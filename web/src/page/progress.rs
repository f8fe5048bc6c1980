//! How far the work is: step, rows, time left; and the way to stop it.

use leptos::prelude::*;

use super::visit::Visit;
use super::words;
use crate::engine::protocol::Step;

/// Shown while a picture is made.
#[component]
pub(crate) fn ProgressBar(visit: Visit) -> impl IntoView {
    let text = move || {
        visit.progress.with(|progress| words::progress(visit.step.get(), visit.fetching.get(), progress))
    };
    let (rows, of) = (move || visit.progress.with(|p| p.rows), move || visit.progress.with(|p| p.of));
    // Without a value the bar says that something goes on, not how far it is.
    let known = move |number: usize| (of() > 0).then(|| number.to_string());
    view! {
        <div class="progress">
            <Steps visit />
            <p id="step" data-testid="progress">
                {text}
            </p>
            <progress aria-labelledby="step" max=move || known(of()) value=move || known(rows())></progress>
            <button type="button" class="ghost" data-testid="cancel" on:click=move |_| visit.cancel()>
                {words::CANCEL}
            </button>
        </div>
    }
}

/// The steps of this picture, those done and the one under way marked.
#[component]
fn Steps(visit: Visit) -> impl IntoView {
    let steps = Memo::new(move |_| {
        let goal = visit.goal.get();
        let (color, upscale) = match goal {
            Some(goal) => (goal.color, goal.upscale),
            None => visit.options.with(|options| (options.color, options.upscale)),
        };
        steps(color, upscale)
    });
    let item = move |step: Step| {
        let place = move || {
            let at = |wanted: Step| steps.with(|steps| steps.iter().position(|&step| step == wanted));
            at(step).cmp(&at(visit.step.get()))
        };
        let done = move || place().is_lt();
        let current = move || place().is_eq().then_some("step");
        view! {
            <li class:done=done aria-current=current>
                {words::step_name(step)}
            </li>
        }
    };
    view! { <ol class="steps">{move || steps.get().into_iter().map(item).collect_view()}</ol> }
}

/// What is done one after the other.
fn steps(color: bool, upscale: bool) -> Vec<Step> {
    let mut steps = vec![Step::Reading, Step::Networks];
    if color {
        steps.push(Step::Coloring);
    }
    if upscale {
        steps.push(Step::Enlarging);
    }
    steps.push(Step::Writing);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_done_is_listed() {
        assert_eq!(steps(true, true).len(), 5);
        assert!(!steps(false, true).contains(&Step::Coloring));
        assert_eq!(steps(true, false).last(), Some(&Step::Writing));
    }
}
