//! The page's promises, in a real browser.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails, with the value that it met")]

use astrochroma_tests::browser::Graphics;
use astrochroma_tests::page::{Page, Role};
use astrochroma_tests::picture::{Decoded, grey_16_png, grey_png};
use astrochroma_tests::program::Desk;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Page and command line compute the same sums in another order: one step of rounding in 8 bits.
const TOLERANCE_8: f64 = 1.0 / 255.0;

/// In 16 bits the sums' own differences are seen (about 1e-5 in each of two networks, a\*b\* times 110).
const TOLERANCE_16: f64 = 5e-4;

/// Browsers are run one at a time: each takes all cores, and some tests measure time.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the command line makes of a picture, with the page's defaults: colour, then four times the size.
fn by_command_line(picture: &Path) -> Decoded {
    let desk = Desk::new();
    desk.succeed(&["enhance", picture.to_str().unwrap(), "-o", "out"]);
    desk.picture(&format!("out/{}.png", picture.file_stem().unwrap().to_str().unwrap()))
}

#[test]
fn the_page_can_be_used_and_names_its_engine() {
    let _alone = alone();
    let page = Page::open("");
    assert_eq!((page.state().as_str(), page.backend().as_str()), ("idle", "cpu"));
    let descriptions = page.sample_descriptions();
    assert!(descriptions.len() >= 8, "{} samples", descriptions.len());
    assert!(descriptions.iter().all(|text| text.len() > 20), "{descriptions:#?}");
    page.expect_quiet_console();
    page.keep_screenshots("idle");
}

#[test]
fn a_sample_becomes_what_the_command_line_makes_of_it_and_nothing_leaves_the_origin() {
    let _alone = alone();
    let page = Page::open("");
    let sample = &page.samples()[0];
    let start = page.start_sample(0);
    page.keep_screenshots("working");
    page.wait_until_done(start);
    assert!(page.shows_result());
    page.keep_screenshots("done");
    let result = Decoded::from_png(&page.download());
    page.expect_quiet_console();
    let expected = by_command_line(sample);
    result.assert_close(&expected, TOLERANCE_8);
    assert_eq!(result.texts, expected.texts);

    let (origin, requests) = page.close_and_list_requests();
    let left: Vec<_> = requests.iter().filter(|request| request.may_come_from(&origin)).collect();
    // Without these the log would not show what workers ask for, and prove nothing.
    for asked in [".wasm", "manifest.json", "samples/"] {
        assert!(left.iter().any(|request| request.url.contains(asked)), "{asked} is not in {left:#?}");
    }
    for request in left {
        assert!(request.url.starts_with(&format!("{origin}/")), "{request:?}");
        // There is no graphics device, so nobody waits for its program, which is the largest file.
        assert!(!request.url.contains("gpu"), "{request:?}");
    }
}

#[test]
fn an_uploaded_file_becomes_what_the_command_line_makes_of_it() {
    let _alone = alone();
    let desk = Desk::new();
    let picture = desk.put("deep.png", &grey_16_png(97, 63));
    let page = Page::open("?backend=cpu");
    page.wait_until_done(page.start_file(&picture));
    Decoded::from_png(&page.download()).assert_close(&by_command_line(&picture), TOLERANCE_16);
}

#[test]
fn a_file_can_be_dropped_and_pasted() {
    let _alone = alone();
    let page = Page::open("?backend=cpu");
    for event in ["drop", "paste"] {
        page.wait_until_done(page.start_by_event(event, &grey_png(40, 24)));
        assert_eq!(Decoded::from_png(&page.download()).size(), (160, 96), "{event}");
    }
}

#[test]
fn a_long_run_is_cancelled_within_half_a_second_and_the_page_goes_on() {
    let _alone = alone();
    let desk = Desk::new();
    let long = desk.put("long.png", &grey_png(1800, 1300));
    let page = Page::open("?backend=cpu");
    page.start_file(&long);
    page.wait_until_enlarging();
    let millis = page.cancel_millis();
    assert!(millis < 500.0, "{millis:.0} ms");
    assert_eq!(page.state(), "idle");

    let short = desk.put("short.png", &grey_png(40, 24));
    page.wait_until_done(page.start_file(&short));
    page.start_file(&long);
    page.cancel_millis();
    assert_eq!(page.state(), "done");
    assert_eq!(Decoded::from_png(&page.download()).size(), (160, 96), "the last result is kept");
}

#[test]
fn a_broken_file_is_told_and_the_next_one_and_the_last_result_can_be_had() {
    let _alone = alone();
    let desk = Desk::new();
    let page = Page::open("?backend=cpu");
    let whole = grey_png(40, 24);
    for (name, bytes) in
        [("broken.png", &whole[..whole.len() / 2]), ("letter.png", b"%PDF-1.7"), ("empty.png", b"")]
    {
        let message = page.wait_until_failed(page.start_file(&desk.put(name, bytes)));
        assert!(message.contains("PNG") && message.len() > 30, "{name}: `{message}`");
    }
    page.keep_screenshots("failed");
    page.wait_until_done(page.start_file(&desk.put("good.png", &whole)));
    assert_eq!(Decoded::from_png(&page.download()).size(), (160, 96));

    page.wait_until_failed(page.start_file(&desk.path("broken.png")));
    let failed = page.moment();
    page.press("Back to the last result");
    page.wait_until_done(failed);
    assert!(page.shows_result());
    assert_eq!(Decoded::from_png(&page.download()).size(), (160, 96), "the last result is kept");
}

#[test]
fn a_worker_killed_over_a_strip_is_noticed_and_the_strip_done_again() {
    let _alone = alone();
    let desk = Desk::new();
    let picture = desk.put("sky.png", &grey_png(400, 300));
    let page = Page::open("?backend=cpu");
    let start = page.start_file(&picture);
    page.kill(Role::Strip);
    page.wait_until_done(start);
    assert_eq!(
        page.notes(),
        "A worker stopped and was replaced. Its part of the picture is done again.",
        "{}",
        page.report()
    );
    Decoded::from_png(&page.download()).assert_close(&by_command_line(&picture), TOLERANCE_8);
}

/// Nobody else has the picture, so it is read again.
#[test]
fn the_leading_worker_killed_is_noticed_and_the_picture_done_again() {
    let _alone = alone();
    let desk = Desk::new();
    let picture = desk.put("sky.png", &grey_png(180, 260));
    let page = Page::open("?backend=cpu");
    let start = page.start_file(&picture);
    page.kill(Role::Lead);
    page.wait_until_done(start);
    let notes = page.notes();
    assert!(notes.contains("The picture is done once more from the start."), "`{notes}`\n{}", page.report());
    Decoded::from_png(&page.download()).assert_close(&by_command_line(&picture), TOLERANCE_8);
}

#[test]
fn a_forced_engine_that_is_not_there_is_a_failure_with_a_way_out() {
    let _alone = alone();
    let page = Page::open("?backend=webgpu");
    assert_eq!(page.state(), "failed");
    let message = page.message();
    assert!(message.contains("WebGPU"), "`{message}`");
    drop(page);
    assert_eq!(Page::open("?backend=cpu").backend(), "cpu");
}

/// On the software adapter: the device has passed its test on a tile before the page can be used, and does so
/// again before each picture; then a tiny picture goes through both networks, and a second one through what is
/// compiled already. A worker that stops with the device is a failure, as the address asks for nothing else.
#[test]
fn the_graphics_device_gives_what_the_command_line_gives() {
    let _alone = alone();
    let desk = Desk::new();
    let page = Page::open_with(Graphics::Software, "?backend=webgpu");
    assert_eq!((page.state().as_str(), page.backend().as_str()), ("idle", "webgpu"), "{}", page.report());
    for (name, height, width) in [("tiny.png", 20, 28), ("other.png", 11, 9)] {
        let picture = desk.put(name, &grey_png(width, height));
        page.wait_until_done(page.start_file(&picture));
        assert_eq!(page.backend(), "webgpu", "{}", page.report());
        Decoded::from_png(&page.download()).assert_close(&by_command_line(&picture), TOLERANCE_8);
    }
    let start = page.start_file(&desk.path("tiny.png"));
    page.kill(Role::Device);
    let message = page.wait_until_failed(start);
    assert!(message.contains("the graphics device (WebGPU) stopped"), "`{message}`");
}

#[test]
fn a_graphics_device_that_is_a_program_is_used_only_if_asked_for() {
    let _alone = alone();
    let page = Page::open_with(Graphics::Software, "");
    assert_eq!((page.state().as_str(), page.backend().as_str()), ("idle", "cpu"));
}

#[test]
fn a_result_is_compared_by_keyboard_and_by_buttons() {
    const END: &str = "\u{e010}";
    const HOME: &str = "\u{e011}";
    const ARROW_LEFT: &str = "\u{e012}";
    const ARROW_RIGHT: &str = "\u{e014}";
    let _alone = alone();
    let desk = Desk::new();
    let page = Page::open("?backend=cpu");
    page.wait_until_done(page.start_file(&desk.put("sky.png", &grey_png(40, 24))));
    assert_eq!(page.slider_position(), 50.0);
    for (keys, position) in
        [(ARROW_RIGHT, 51.0), (HOME, 0.0), (ARROW_RIGHT, 1.0), (END, 100.0), (ARROW_LEFT, 99.0)]
    {
        page.type_on_slider(keys);
        assert_eq!(page.slider_position(), position, "after {keys:?}");
    }
    for (words, position) in [("Before", 100.0), ("After", 0.0), ("Half", 50.0)] {
        page.press(words);
        assert_eq!(page.slider_position(), position, "{words}");
    }
    assert!(page.result_width() > 320.0, "{} pixels", page.result_width());
    for (words, view) in [("Side by side", "sides"), ("100 %", "full")] {
        page.press(words);
        assert_eq!(page.view(), view);
    }
    assert_eq!(page.result_width(), 160.0, "a pixel of the result on a pixel of the screen");
    page.press("Slider");
    assert_eq!(page.view(), "slider");
}

#[test]
fn states_come_in_their_order_and_other_options_make_another_result() {
    let _alone = alone();
    let desk = Desk::new();
    let page = Page::open("?backend=cpu");
    page.wait_until_done(page.start_file(&desk.put("sky.png", &grey_png(40, 24))));
    assert_eq!(page.states(), ["loading", "idle", "working", "done"]);
    page.tick("option-upscale");
    page.wait_until_done(page.run_again());
    assert_eq!(page.states(), ["loading", "idle", "working", "done", "working", "done"]);
    assert_eq!(Decoded::from_png(&page.download()).size(), (40, 24), "coloured only");
}
