//! What to do with a picture: colour, enlarge, or both, and by which networks.

use leptos::prelude::*;

use super::visit::Visit;
use super::words;
use crate::engine::news::{Card, Options};

/// Options, and the way to apply them to the picture that is shown.
#[component]
pub(crate) fn Settings(
    visit: Visit,
    /// Only the first things to choose, as on the first screen.
    #[prop(optional)]
    short: bool,
) -> impl IntoView {
    let options = visit.options;
    view! {
        <fieldset class="settings">
            <legend class="hidden">{words::OPTIONS}</legend>
            <Choice
                name="option-color"
                label=words::COLOR
                value=Signal::derive(move || options.with(|options| options.color))
                set=move |on| options.update(|options| set_color(options, on))
            />
            <Choice
                name="option-upscale"
                label=words::UPSCALE
                value=Signal::derive(move || options.with(|options| options.upscale))
                set=move |on| options.update(|options| set_upscale(options, on))
            />
            <Show when=move || !short>
                <Networks
                    visit
                    colors=true
                    label=words::COLORIZER
                    chosen=Signal::derive(move || options.with(|options| options.colorizer.clone()))
                    set=move |id| options.update(|options| options.colorizer = id)
                />
                <Networks
                    visit
                    colors=false
                    label=words::UPSCALER
                    chosen=Signal::derive(move || options.with(|options| options.upscaler.clone()))
                    set=move |id| options.update(|options| options.upscaler = id)
                />
            </Show>
            <Show when=move || visit.options_changed()>
                <button type="button" class="ghost" data-testid="run" on:click=move |_| visit.run_again()>
                    {words::RUN_AGAIN}
                </button>
            </Show>
        </fieldset>
    }
}

/// A box to tick.
#[component]
fn Choice(
    /// For tests.
    name: &'static str,
    /// What it is.
    label: &'static str,
    /// Whether it is ticked.
    value: Signal<bool>,
    /// Ticks it or not.
    set: impl Fn(bool) + 'static,
) -> impl IntoView {
    view! {
        <label class="choice">
            <input
                type="checkbox"
                data-testid=name
                prop:checked=value
                on:change=move |event| set(event_target_checked(&event))
            />
            {label}
        </label>
    }
}

/// Which of several networks; nothing where there is no choice.
#[component]
fn Networks(
    visit: Visit,
    /// Those that colour, or those that enlarge.
    colors: bool,
    /// What is chosen.
    label: &'static str,
    /// Which, if not the default.
    chosen: Signal<Option<String>>,
    /// Chooses one, or the default.
    set: impl Fn(Option<String>) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let cards = Memo::new(move |_| match visit.engine.get() {
        Some((_, cards)) => cards.into_iter().filter(|card| card.colors == colors).collect::<Vec<_>>(),
        None => Vec::new(),
    });
    let option = move |(at, card): (usize, Card)| {
        // The first is the default, which has no name in the options.
        let value = if at == 0 { String::new() } else { card.id };
        let selected = chosen.get_untracked().unwrap_or_default() == value;
        view! {
            <option value=value selected=selected>
                {card.title}
            </option>
        }
    };
    view! {
        <Show when=move || { cards.with(Vec::len) > 1 }>
            <label class="choice list">
                {label}
                <select on:change=move |event| {
                    let id = event_target_value(&event);
                    set((!id.is_empty()).then_some(id));
                }>{move || cards.get().into_iter().enumerate().map(option).collect_view()}</select>
            </label>
        </Show>
    }
}

/// One of the two is always ticked: without the last the other takes its place.
fn set_color(options: &mut Options, on: bool) {
    options.color = on;
    options.upscale |= !on;
}

fn set_upscale(options: &mut Options, on: bool) {
    options.upscale = on;
    options.color |= !on;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_something_to_do() {
        let mut options = Options::default();
        set_color(&mut options, false);
        assert_eq!((options.color, options.upscale), (false, true));
        set_upscale(&mut options, false);
        assert_eq!((options.color, options.upscale), (true, false));
    }
}
