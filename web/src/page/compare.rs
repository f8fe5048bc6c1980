//! Before and after: a slider, side by side, at 100 %; and rows as they come while it is made.

use leptos::ev;
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::HtmlElement;

use super::sheet::Sheet;
use super::visit::Visit;
use super::{State, words};

/// How it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    /// One over the other, as large as fits.
    Slider,
    /// One beside the other.
    Sides,
    /// One over the other, a pixel of the result on a pixel of the screen.
    Full,
}

impl View {
    fn name(self) -> &'static str {
        match self {
            View::Slider => "slider",
            View::Sides => "sides",
            View::Full => "full",
        }
    }
}

/// The picture that the visit shows.
#[component]
pub(crate) fn Compare(visit: Visit) -> impl IntoView {
    let view = RwSignal::new(View::Slider);
    let at = RwSignal::new(50.0);
    let live = Memo::new(move |_| visit.state.with(|state| *state != State::Done));
    // Each picture is first looked at as a whole.
    Effect::new(move || {
        visit.sheet.track();
        view.set(View::Slider);
        at.set(50.0);
    });
    view! {
        <figure
            class="compare"
            data-testid="result"
            data-view=move || view.get().name()
            data-live=move || live.get().to_string()
            class:empty=move || visit.sheet.with(Option::is_none)
        >
            <div class="stage">
                <Frame visit view at live />
                <Show when=move || !live.get()>
                    <Slider at />
                </Show>
            </div>
            <Show when=move || !live.get()>
                <Controls view at />
            </Show>
        </figure>
    }
}

/// The two canvases, and the edge between them.
#[component]
fn Frame(visit: Visit, view: RwSignal<View>, at: RwSignal<f64>, live: Memo<bool>) -> impl IntoView {
    let frame = NodeRef::<Div>::new();
    let pictures = NodeRef::<Div>::new();
    let layers = NodeRef::<Div>::new();
    Effect::new(move || {
        if let (Some(pictures), Some(sheet)) = (pictures.get(), visit.sheet.get()) {
            show(&pictures, &sheet);
        }
    });
    let place = move || {
        if let (Some(frame), Some(layers)) = (frame.get_untracked(), layers.get_untracked()) {
            place_edge(&frame, &layers, view.get_untracked(), at.get_untracked());
        }
    };
    Effect::new(move || {
        view.track();
        at.track();
        live.track();
        visit.goal.track();
        if let Some(layers) = layers.get() {
            fit(&layers, visit);
        }
        place();
    });
    let resized = window_event_listener(ev::resize, move |_| place());
    on_cleanup(move || resized.remove());
    let full = Memo::new(move |_| view.get() == View::Full && !live.get());
    Effect::new(move || {
        if full.get() {
            // Only once the style sheet has made it large is there a middle.
            request_animation_frame(move || frame.get_untracked().as_deref().map_or((), center));
        }
    });
    view! {
        <div
            class="frame"
            node_ref=frame
            tabindex=move || if full.get() { "0" } else { "-1" }
            role=move || full.get().then_some("region")
            aria-label=move || full.get().then_some(words::FULL_LABEL)
            on:scroll=move |_| place()
            on:pointermove=move |event| pan(frame, full.get_untracked(), &event)
        >
            <div class="layers" node_ref=layers>
                <div class="pictures" node_ref=pictures></div>
                <Exact visit view />
                <div class="edge" aria-hidden="true"></div>
                <Show when=move || !live.get()>
                    <Tags visit />
                </Show>
                <Show when=move || visit.state.with(|state| *state == State::Working)>
                    <Fronts visit />
                </Show>
            </div>
        </div>
    }
}

/// Names of the two halves; for those who do not see them the canvases are described.
#[component]
fn Tags(visit: Visit) -> impl IntoView {
    view! {
        <span class="tag before" aria-hidden="true">
            {words::BEFORE}
        </span>
        <span class="tag after" aria-hidden="true">
            {move || visit.goal.get().map(words::after)}
        </span>
    }
}

/// Where each worker is.
#[component]
fn Fronts(visit: Visit) -> impl IntoView {
    let front = |[from, to, done]: [f64; 3]| {
        let percent = |part: f64| format!("{:.3}%", part * 100.0);
        view! { <i class="front" style:left=percent(from) style:width=percent(to - from) style:top=percent(done)></i> }
    };
    let fronts = Memo::new(move |_| visit.progress.with(|progress| progress.fronts.clone()));
    view! {
        <div class="fronts" aria-hidden="true">
            {move || fronts.get().into_iter().map(front).collect_view()}
        </div>
    }
}

/// The file itself, where the canvas holds less than all of its pixels and all are asked for.
#[component]
fn Exact(visit: Visit, view: RwSignal<View>) -> impl IntoView {
    move || {
        let shown = visit.last.get().filter(|_| view.get() == View::Full)?;
        let reduced = shown.sheet.as_ref().is_some_and(|sheet| sheet.drawn() != shown.outcome.goal.size);
        reduced.then(|| view! { <img class="exact" src=shown.address.clone() alt="" decoding="async" /> })
    }
}

/// The slider itself: the browser's own, so that keyboard, touch and screen readers know it.
#[component]
fn Slider(at: RwSignal<f64>) -> impl IntoView {
    view! {
        <input
            class="slider"
            type="range"
            min="0"
            max="100"
            step="1"
            data-testid="slider"
            aria-label=words::SLIDER
            aria-valuetext=move || words::slider_value(at.get())
            prop:value=move || at.get().to_string()
            on:input=move |event| at.set(event_target_value(&event).parse().unwrap_or(50.0))
        />
    }
}

/// Ways to look at it without dragging anything.
#[component]
fn Controls(view: RwSignal<View>, at: RwSignal<f64>) -> impl IntoView {
    let way = move |name: &'static str, way: View| {
        view! {
            <button type="button" aria-pressed=move || (view.get() == way).to_string() on:click=move |_| view.set(way)>
                {name}
            </button>
        }
    };
    let stand = move |name: &'static str, value: f64| {
        view! {
            <button type="button" aria-pressed=move || (at.get() == value).to_string() on:click=move |_| at.set(value)>
                {name}
            </button>
        }
    };
    view! {
        <div class="row controls">
            <div class="group" role="group" aria-label=words::VIEWS>
                {way(words::SLIDER_VIEW, View::Slider)}
                {way(words::SIDES_VIEW, View::Sides)}
                {way(words::FULL_VIEW, View::Full)}
            </div>
            <Show when=move || view.get() != View::Sides>
                <div class="group" role="group" aria-label=words::SHOWN>
                    {stand(words::BEFORE, 100.0)}
                    {stand(words::HALF, 50.0)}
                    {stand(words::AFTER, 0.0)}
                </div>
            </Show>
        </div>
    }
}

/// A result of the shipped networks, on the first screen.
#[component]
pub(crate) fn Example() -> impl IntoView {
    let at = RwSignal::new(50.0);
    let layers = NodeRef::<Div>::new();
    let loaded = RwSignal::new(false);
    Effect::new(move || {
        if let Some(layers) = layers.get() {
            set_property(&layers, "--edge", &format!("{}%", at.get()));
        }
    });
    view! {
        <figure class="compare example" data-view="slider" class:empty=move || !loaded.get()>
            <div class="stage">
                <div class="frame" tabindex="-1">
                    <div class="layers" node_ref=layers>
                        <div class="pictures">
                            <img
                                class="after"
                                src="example/after.webp"
                                alt=words::EXAMPLE_AFTER
                                on:load=move |_| loaded.set(true)
                            />
                            <img class="before" src="example/before.webp" alt=words::EXAMPLE_BEFORE />
                        </div>
                        <div class="edge" aria-hidden="true"></div>
                    </div>
                </div>
                <Slider at />
            </div>
            <figcaption class="quiet">{words::EXAMPLE_CREDIT}</figcaption>
        </figure>
    }
}

/// Moves the picture with the mouse, as fingers do anyway.
fn pan(frame: NodeRef<Div>, full: bool, event: &ev::PointerEvent) {
    const MAIN_BUTTON: u16 = 1;
    if let Some(frame) = frame.get_untracked()
        && full
        && event.buttons() == MAIN_BUTTON
        && event.pointer_type() == "mouse"
    {
        frame.scroll_by_with_x_and_y(-f64::from(event.movement_x()), -f64::from(event.movement_y()));
    }
}

/// Moves the picture so that its middle is seen.
fn center(frame: &HtmlElement) {
    frame.set_scroll_left((frame.scroll_width() - frame.client_width()) / 2);
    frame.set_scroll_top((frame.scroll_height() - frame.client_height()) / 2);
}

/// Puts the canvases of this sheet where those of the last one were.
fn show(pictures: &HtmlElement, sheet: &Sheet) {
    pictures.set_text_content(None);
    for canvas in sheet.canvases() {
        // A canvas that cannot be put here is one that is missing, which is to be seen.
        let _ = pictures.append_child(canvas);
    }
}

/// Tells the style sheet how large the result is.
fn fit(layers: &HtmlElement, visit: Visit) {
    let Some(goal) = visit.goal.get_untracked() else { return };
    let (width, height) = (goal.size.width as f64, goal.size.height as f64);
    set_property(layers, "--ratio", &format!("{}", width / height));
    set_property(layers, "--full", &format!("{}px", width / window().device_pixel_ratio()));
}

/// The edge stays where it is in the frame while the picture moves under it.
fn place_edge(frame: &HtmlElement, layers: &HtmlElement, view: View, at: f64) {
    let edge = match view {
        View::Full => {
            let inside = f64::from(frame.client_width().min(layers.offset_width()));
            format!("{}px", f64::from(frame.scroll_left()) + inside * at / 100.0)
        }
        _ => format!("{at}%"),
    };
    set_property(layers, "--edge", &edge);
}

fn set_property(element: &HtmlElement, name: &str, value: &str) {
    // A browser without custom properties shows the picture without the comparison.
    let _ = element.style().set_property(name, value);
}
