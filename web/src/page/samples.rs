//! Pictures to try.

use leptos::prelude::*;

use super::visit::Visit;
use super::words::{self, SAMPLES, Sample};

/// Small views, a click starts.
#[component]
pub(crate) fn Samples(visit: Visit) -> impl IntoView {
    let heading = move || {
        if visit.is_welcome() { words::SAMPLES_HEADING } else { words::SAMPLES_HEADING_LATER }
    };
    let item = move |sample: &'static Sample| {
        let [name, object] = sample.title;
        view! {
            <li>
                <button type="button" data-testid="sample" on:click=move |_| visit.take_sample(sample)>
                    <span class="name">{name}</span>
                    <img
                        src=format!("samples/small/{}.webp", sample.file)
                        alt=sample.alternative
                        width="264"
                        height="176"
                        loading="lazy"
                    />
                    <span class="object">{format!("{object} · {}", words::size(sample.size))}</span>
                    <span class="maker">{sample.credit}</span>
                </button>
            </li>
        }
    };
    view! {
        <section class="shelf" aria-labelledby="shelf">
            <h2 id="shelf">{heading}</h2>
            <ul>{SAMPLES.iter().map(item).collect_view()}</ul>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::protocol::Size;

    #[test]
    fn samples_are_there_in_the_size_that_is_said() {
        for sample in &SAMPLES {
            let path = format!("{}/../static/samples/{}.png", env!("CARGO_MANIFEST_DIR"), sample.file);
            let png = std::fs::read(&path).unwrap();
            let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
            assert_eq!(Size { height: side(20), width: side(16) }, sample.size, "{path}");
            let view = path.replace("samples/", "samples/small/").replace(".png", ".webp");
            assert!(std::fs::exists(&view).unwrap(), "{view}");
            // In one folder the command line would take both for pictures, to be written to one file.
            assert!(!std::fs::exists(path.replace(".png", ".webp")).unwrap(), "{path}");
        }
    }
}
