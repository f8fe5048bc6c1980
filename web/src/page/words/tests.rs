//! Words for numbers, progress and failures.

use super::*;

#[test]
fn numbers_read_well() {
    assert_eq!(
        [grouped(0), grouped(999), grouped(1612), grouped(1_234_567)],
        ["0", "999", "1,612", "1,234,567"]
    );
    assert_eq!([bytes(12.0), bytes(345_600.0), bytes(7_940_000.0)], ["1 kB", "346 kB", "7.9 MB"]);
    assert_eq!([seconds(1.24), seconds(25.4), seconds(100.0)], ["1.2 seconds", "25 seconds", "1 min 40 s"]);
    assert_eq!(left(0.2), "about a second left");
    assert_eq!(left(8.2), "about 9 seconds left");
    assert_eq!(left(31.0), "about 35 seconds left");
    assert_eq!(left(60.0), "about a minute left");
    assert_eq!(left(130.0), "about 2 minutes left");
}

#[test]
fn progress_names_step_row_and_time() {
    let rows = Progress { rows: 612, of: 2048, seconds_left: Some(8.5), fronts: Vec::new() };
    assert_eq!(progress(Step::Enlarging, 0, &rows), "Enlarging: row 612 of 2,048, about 9 seconds left");
    assert_eq!(tab_working(Step::Enlarging, &rows), "29 % · Astrochroma");
    assert_eq!(
        progress(Step::Networks, 1_300_000, &Progress::default()),
        "Loading the networks, 1.3 MB, once"
    );
}

/// A failure of each kind, one after the other: a new kind needs its place here.
fn next(failure: &Trouble) -> Option<Trouble> {
    let words = || String::from("the library's own words");
    let size = Size { height: 3000, width: 3000 };
    Some(match failure {
        Trouble::NotAPicture { .. } => Trouble::Broken(words()),
        Trouble::Broken(_) => Trouble::TooLarge(words()),
        Trouble::TooLarge(_) => Trouble::FileTooLarge(FILE_BYTES + 1),
        Trouble::FileTooLarge(_) => Trouble::Unsupported(words()),
        Trouble::Unsupported(_) => Trouble::NothingToDo(size),
        Trouble::NothingToDo(_) => Trouble::Unreachable(words()),
        Trouble::Unreachable(_) => Trouble::Weights(words()),
        Trouble::Weights(_) => Trouble::NoNetwork(Job::Color),
        Trouble::NoNetwork(_) => Trouble::Stopped(Step::Coloring),
        Trouble::Stopped(_) => Trouble::StripStopped { rows: 1612, of: 4096 },
        Trouble::StripStopped { .. } => Trouble::Outdated,
        Trouble::Outdated => Trouble::NoWebGpu(Hindrance::Stopped),
        Trouble::NoWebGpu(_) => Trouble::Internal(words()),
        Trouble::Internal(_) => return None,
    })
}

#[test]
fn every_failure_has_a_heading_and_a_way_out() {
    let first = Trouble::NotAPicture { looks_like: Some("a PDF".into()) };
    assert_eq!(way_out(&first), "It looks like a PDF. PNG, JPEG, TIFF and WebP work.");
    let all: Vec<_> = std::iter::successors(Some(first), next).collect();
    assert_eq!(all.len(), 14);
    for failure in &all {
        let (heading, way) = (trouble(failure), way_out(failure));
        assert!(heading.len() > 15 && !heading.ends_with('.'), "{failure:?}: {heading}");
        assert!(way.len() > 25 && way.ends_with('.'), "{failure:?}: {way}");
        assert!(detail(failure).is_none_or(|words| words == "the library's own words"), "{failure:?}");
    }
    let headings: Vec<_> = all.iter().map(trouble).collect();
    assert!(headings.contains(&"The processor's worker stopped at row 1,612 of 4,096".into()));
}

#[test]
fn each_limit_names_what_lies_beyond_it() {
    let way = |trouble| way_out(&trouble);
    assert!(way(Trouble::FileTooLarge(FILE_BYTES + 1)).starts_with("It has 513 MiB, and this page reads"));
    assert!(way(Trouble::TooLarge(String::new())).contains("no larger ones either"));
    let enlarged = way(Trouble::NothingToDo(Size { height: 3000, width: 3000 }));
    assert!(enlarged.starts_with("It has 9.0 megapixels, and four times"), "{enlarged}");
    assert!(enlarged.contains("the 64 megapixels") && enlarged.ends_with("up to 256."), "{enlarged}");
}

#[test]
fn only_what_was_not_enlarged_keeps_its_brightness() {
    let said = |color, upscale| {
        let goal = Goal { color, upscale, size: Size::default() };
        format!("{} {}", predicted(goal), kept(goal))
    };
    let parts = ["The colours", "finest detail", "brightness"];
    let has = |text: String| parts.map(|words| text.contains(words));
    assert_eq!(has(said(true, false)), [true, false, true]);
    assert_eq!(has(said(false, true)), [false, true, false]);
    assert_eq!(has(said(true, true)), [true, true, false]);
}
