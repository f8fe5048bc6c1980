//! Which files the command line reads and writes, and that nothing is lost by it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails, with the value that it met")]

use astrochroma_tests::picture::{grey_file, grey_png};
use astrochroma_tests::program::Desk;
use image::ImageFormat;

#[test]
fn a_folder_stands_for_its_pictures() {
    let desk = Desk::new();
    desk.put("in/a.png", &grey_png(9, 6));
    desk.put("in/b.jpg", &grey_file(9, 6, ImageFormat::Jpeg));
    desk.succeed(&["upscale", "in", "-o", "out"]);
    assert_eq!(desk.names("out"), ["a.png", "b.png"]);
}

#[test]
fn an_input_is_never_overwritten() {
    let desk = Desk::new();
    let bytes = grey_png(9, 6);
    desk.put("in/a.png", &bytes);
    for folder in ["in", "in/.", "in/../in"] {
        let run = desk.run(&["upscale", "in/a.png", "-o", folder]);
        run.expect_code(2).expect_notes(&["a.png", "help:"]);
        assert_eq!((desk.bytes("in/a.png"), desk.names("in")), (bytes.clone(), vec!["a.png".to_owned()]));
    }
}

/// Nor where the result's place is another name of an input, or of what an input stands for.
#[cfg(unix)]
#[test]
fn an_input_is_not_overwritten_through_a_link() {
    use std::os::unix::fs::symlink;
    let desk = Desk::new();
    let bytes = grey_png(9, 6);
    desk.put("in/a.png", &bytes);
    desk.put("in/b.png", &bytes);
    let refused = |out: &str| {
        let run = desk.run(&["upscale", "in/a.png", "in/b.png", "-o", out]);
        run.expect_code(2).expect_notes(&["would be overwritten", "an input is never overwritten"]);
        assert_eq!((desk.bytes("in/a.png"), desk.bytes("in/b.png")), (bytes.clone(), bytes.clone()));
    };
    for folder in ["hard", "soft", "other"] {
        std::fs::create_dir(desk.path(folder)).unwrap();
    }
    std::fs::hard_link(desk.path("in/a.png"), desk.path("hard/a.png")).unwrap();
    refused("hard");
    symlink(desk.path("in/b.png"), desk.path("soft/a.png")).unwrap();
    refused("soft");
    desk.put("other/a.png", &bytes);
    std::fs::remove_file(desk.path("in/b.png")).unwrap();
    symlink(desk.path("other/a.png"), desk.path("in/b.png")).unwrap();
    refused("other");
    // A link to what is no input is replaced, and what it leads to stays.
    desk.put("elsewhere.png", b"not ours");
    std::fs::remove_file(desk.path("hard/a.png")).unwrap();
    symlink(desk.path("elsewhere.png"), desk.path("hard/a.png")).unwrap();
    desk.succeed(&["upscale", "in/a.png", "-o", "hard"]);
    assert_eq!(
        (desk.picture("hard/a.png").size(), desk.bytes("elsewhere.png")),
        ((36, 24), b"not ours".to_vec())
    );
}

#[cfg(unix)]
#[test]
fn an_earlier_result_outlives_a_full_disk() {
    let desk = Desk::new();
    desk.put("a.png", &grey_png(40, 30));
    desk.put("out/a.png", b"an earlier result");
    let run = desk.run_without_room(&["upscale", "a.png", "-o", "out", "--device", "cpu"]);
    run.expect_code(2).expect_notes(&["error: out/a.png: "]);
    assert_eq!(
        (desk.bytes("out/a.png"), desk.names("out")),
        (b"an earlier result".to_vec(), vec!["a.png".into()])
    );
}

#[test]
fn a_picture_named_twice_is_done_once() {
    let desk = Desk::new();
    desk.put("in/a.png", &grey_png(9, 6));
    desk.put("in/b.png", &grey_png(9, 6));
    let run = desk.succeed(&["upscale", "in", "in/b.png", "./in/../in/a.png", "-o", "out"]);
    assert_eq!(run.stdout.lines().count(), 2, "{}", run.stdout);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_read() {
    let desk = Desk::new();
    desk.put("a.png", &grey_png(9, 6));
    desk.put("in-the-way", b"a file, not a folder");
    let run = desk.run(&["upscale", "/dev/zero", "a.png", "-o", "out", "--device", "cpu"]);
    run.expect_code(1)
        .expect_notes(&["/dev/zero is a pipe or a device, expected a file", "1 of 2 inputs failed"]);
    let run = desk.run(&["upscale", "a.png", "-o", "in-the-way", "--device", "cpu"]);
    run.expect_code(2).expect_notes(&["in-the-way is a file, expected a folder", "help: name a folder"]);
}

/// Results are made whether or not there is anybody, or any room, for the words about them.
#[cfg(target_os = "linux")]
#[test]
fn nobody_has_to_listen() {
    use std::fs::File;
    use std::process::Stdio;
    let desk = Desk::new();
    desk.put("a.png", &grey_png(9, 6));
    desk.put("b.png", b"no picture");
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let deaf = || std::io::pipe().unwrap().1;
    let work = |out| ["upscale", "a.png", "b.png", "-o", out, "--device", "cpu"];
    assert_eq!(desk.run_into(&work("one"), deaf(), deaf()), Some(1));
    assert_eq!(desk.run_into(&work("two"), full(), full()), Some(1));
    assert_eq!((desk.names("one"), desk.names("two")), (vec!["a.png".into()], vec!["a.png".into()]));
    assert_eq!(desk.run_into(&["devices"], deaf(), Stdio::null()), Some(0));
    assert_eq!(desk.run_into(&["devices"], full(), Stdio::null()), Some(1));
}

#[test]
fn equal_stems_are_an_error_before_anything_is_written() {
    let desk = Desk::new();
    desk.put("one/a.png", &grey_png(9, 6));
    desk.put("two/a.jpg", &grey_file(9, 6, ImageFormat::Jpeg));
    let run = desk.run(&["upscale", "one/a.png", "two/a.jpg", "-o", "out"]);
    run.expect_code(2).expect_notes(&["one/a.png", "two/a.jpg", "help:"]);
    assert_eq!(desk.names("out"), Vec::<String>::new());
}
