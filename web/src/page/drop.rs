//! Takes files: chosen, dropped anywhere, or pasted.

use leptos::ev;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

use super::visit::Visit;
use super::words;

/// Id of the field, which buttons elsewhere press.
const FIELD: &str = "file";

/// The hidden field for files, and what the whole page listens to.
#[component]
pub(crate) fn Drop(visit: Visit) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let dragging = RwSignal::new(false);
    listen(visit, dragging);
    let chosen = move |_| {
        if let Some(field) = field.get_untracked() {
            visit.take_first(field.files(), None);
            // The same file can be chosen again.
            field.set_value("");
        }
    };
    view! {
        <input
            node_ref=field
            id=FIELD
            class="hidden"
            type="file"
            accept="image/png,image/jpeg,image/tiff,image/webp,.png,.jpg,.jpeg,.tif,.tiff,.webp"
            tabindex="-1"
            aria-label=words::CHOOSE
            data-testid="file-input"
            on:change=chosen
        />
        <Show when=move || dragging.get()>
            <div class="curtain" aria-hidden="true">
                <p>{words::DROP_HERE}</p>
            </div>
        </Show>
    }
}

/// Opens the browser's dialogue for files.
pub(crate) fn choose() {
    let field = document().get_element_by_id(FIELD);
    if let Some(field) = field.and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok()) {
        field.click();
    }
}

fn listen(visit: Visit, dragging: RwSignal<bool>) {
    let holds_files = |event: &ev::DragEvent| {
        let types = event.data_transfer().map(|data| data.types());
        types.is_some_and(|types| types.includes(&"Files".into(), 0))
    };
    let over = window_event_listener(ev::dragover, move |event| {
        if holds_files(&event) {
            // Otherwise the browser would show the file in place of the page.
            event.prevent_default();
            dragging.set(true);
        }
    });
    let leave = window_event_listener(ev::dragleave, move |event| {
        if event.related_target().is_none() {
            dragging.set(false);
        }
    });
    let drop = window_event_listener(ev::drop, move |event| {
        dragging.set(false);
        if holds_files(&event) {
            event.prevent_default();
            visit.take_first(event.data_transfer().and_then(|data| data.files()), None);
        }
    });
    let paste = window_event_listener_untyped("paste", move |event| {
        let data = event.dyn_ref::<web_sys::ClipboardEvent>().and_then(|event| event.clipboard_data());
        if visit.take_first(data.and_then(|data| data.files()), Some(words::PASTED)) {
            event.prevent_default();
        }
    });
    on_cleanup(move || [over, leave, drop, paste].into_iter().for_each(|listener| listener.remove()));
}
