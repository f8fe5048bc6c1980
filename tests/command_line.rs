//! The command line's promises, one test each.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails, with the value that it met")]

use astrochroma_tests::picture::{
    self, cropped_png, grey_16_png, grey_bytes, grey_file, grey_of, grey_png, header_only_png, lying_jpeg,
    palette_png, png,
};
use astrochroma_tests::program::{Desk, shipped};
use image::ImageFormat;
use png::{BitDepth, ColorType};

const TASKS: [&str; 3] = ["colorize", "upscale", "enhance"];

/// A part of a shipped sample: a real picture of the sky.
fn real_sky(width: u32, height: u32) -> Vec<u8> {
    let mut samples: Vec<_> = std::fs::read_dir(shipped("samples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "png"))
        .collect();
    samples.sort();
    cropped_png(&std::fs::read(&samples[0]).unwrap(), width, height)
}

#[test]
fn each_task_writes_the_stem_as_png_in_the_promised_size() {
    let desk = Desk::new();
    desk.put("a/moon.png", &real_sky(45, 31));
    for (task, size) in TASKS.into_iter().zip([(45, 31), (180, 124), (180, 124)]) {
        desk.succeed(&[task, "a/moon.png", "-o", task]);
        assert_eq!(desk.names(task), ["moon.png"]);
        assert_eq!(desk.picture(&format!("{task}/moon.png")).size(), size, "{task}");
    }
}

#[test]
fn colour_is_added_and_lightness_kept() {
    let desk = Desk::new();
    let grey = real_sky(61, 40);
    desk.put("sky.png", &grey);
    desk.succeed(&["colorize", "sky.png", "-o", "out"]);
    let (before, after) = (picture::Decoded::from_png(&grey), desk.picture("out/sky.png"));
    assert_eq!((after.color, after.depth), (ColorType::Rgb, BitDepth::Eight));
    let mut colored = 0;
    for (grey, rgb) in before.samples.iter().zip(after.samples.chunks_exact(3)) {
        let lightness = grey_of([rgb[0], rgb[1], rgb[2]].map(|sample| f64::from(sample) / 255.0)) * 255.0;
        // Half a step from rounding each channel, and as much again where a strong channel weighs more than grey.
        assert!(
            (lightness - f64::from(*grey)).abs() <= 1.0,
            "grey {grey} became {rgb:?}, lightness {lightness:.2}"
        );
        colored += usize::from(rgb[0] != rgb[1] || rgb[1] != rgb[2]);
    }
    assert!(colored > before.samples.len() / 10, "only {colored} pixels have a colour");
}

#[test]
fn a_colour_picture_is_reduced_to_its_lightness_and_the_user_is_told() {
    let desk = Desk::new();
    let red: Vec<u8> =
        grey_bytes(24, 18).into_iter().flat_map(|value| [value, value / 3, value / 4]).collect();
    desk.put("red.png", &png(24, 18, ColorType::Rgb, BitDepth::Eight, &red));
    let run = desk.succeed(&["colorize", "red.png", "-o", "out"]);
    run.expect_notes(&["red.png", "lightness"]);
}

#[test]
fn upscaling_keeps_colours() {
    let desk = Desk::new();
    let red: Vec<u8> =
        grey_bytes(24, 18).into_iter().flat_map(|value| [value, value / 3, value / 4]).collect();
    desk.put("red.png", &png(24, 18, ColorType::Rgb, BitDepth::Eight, &red));
    desk.succeed(&["upscale", "red.png", "-o", "out"]);
    let after = desk.picture("out/red.png");
    let mean =
        |samples: Vec<u16>| samples.iter().map(|value| f64::from(*value)).sum::<f64>() / samples.len() as f64;
    for channel in 0..3 {
        let before: Vec<u16> = red.iter().skip(channel).step_by(3).map(|value| u16::from(*value)).collect();
        let (before, after) = (mean(before), mean(after.channel(channel)));
        // Far from what swapped or lost channels would give (tens of levels).
        assert!((before - after).abs() < 6.0, "channel {channel}: mean {before:.1} became {after:.1}");
    }
}

#[test]
fn sixteen_bits_in_sixteen_bits_out() {
    let desk = Desk::new();
    desk.put("deep.png", &grey_16_png(40, 26));
    for task in TASKS {
        desk.succeed(&[task, "deep.png", "-o", task]);
        let after = desk.picture(&format!("{task}/deep.png"));
        assert_eq!(after.depth, BitDepth::Sixteen, "{task}");
        let low_bytes: std::collections::BTreeSet<_> =
            after.samples.iter().map(|sample| sample & 0xff).collect();
        assert!(
            low_bytes.len() > 64,
            "{task}: the low bytes take {} values, as from 8 bits",
            low_bytes.len()
        );
    }
}

#[test]
fn small_and_odd_sizes_become_exactly_four_times_as_large() {
    let desk = Desk::new();
    for (width, height) in [(1, 1), (1, 7), (8, 8), (13, 7), (33, 2)] {
        let name = format!("{width}x{height}");
        desk.put(&format!("{name}.png"), &grey_png(width, height));
        for task in ["upscale", "enhance"] {
            desk.succeed(&[task, &format!("{name}.png"), "-o", task]);
            assert_eq!(
                desk.picture(&format!("{task}/{name}.png")).size(),
                (4 * width, 4 * height),
                "{task} {name}"
            );
        }
        desk.succeed(&["colorize", &format!("{name}.png"), "-o", "colorize"]);
        assert_eq!(desk.picture(&format!("colorize/{name}.png")).size(), (width, height), "colorize {name}");
    }
}

#[test]
fn every_kind_of_png_is_read() {
    let desk = Desk::new();
    let packed: Vec<u8> = (0..11_u8).flat_map(|row| [0b1011_0010 ^ row, 0b1100_0000]).collect();
    desk.put("one-bit.png", &png(13, 11, ColorType::Grayscale, BitDepth::One, &packed));
    let indices: Vec<u8> = (0..13 * 11).map(|index| index % 3).collect();
    desk.put("palette.png", &palette_png(13, 11, &[0, 0, 0, 120, 110, 90, 255, 250, 240], &indices));
    let pairs: Vec<u8> = grey_bytes(13, 11).into_iter().flat_map(|value| [value, 255 - value]).collect();
    desk.put("grey-alpha.png", &png(13, 11, ColorType::GrayscaleAlpha, BitDepth::Eight, &pairs));
    for name in ["one-bit", "palette", "grey-alpha"] {
        desk.succeed(&["enhance", &format!("{name}.png"), "-o", "out"]);
        assert_eq!(desk.picture(&format!("out/{name}.png")).size(), (52, 44), "{name}");
    }
}

#[test]
fn alpha_survives_at_its_own_depth() {
    let desk = Desk::new();
    let alpha: Vec<u8> = (0..13 * 11).map(|index| (index * 7 % 256) as u8).collect();
    let pairs: Vec<u8> =
        grey_bytes(13, 11).into_iter().zip(&alpha).flat_map(|(value, alpha)| [value, *alpha]).collect();
    desk.put("veil.png", &png(13, 11, ColorType::GrayscaleAlpha, BitDepth::Eight, &pairs));
    desk.succeed(&["colorize", "veil.png", "-o", "out"]);
    let after = desk.picture("out/veil.png");
    assert_eq!((after.color, after.depth), (ColorType::Rgba, BitDepth::Eight));
    assert_eq!(after.channel(3), alpha.into_iter().map(u16::from).collect::<Vec<_>>());
}

/// Half of the picture is seen through, and so is the same half of the result.
#[test]
fn alpha_is_enlarged_with_its_picture() {
    let desk = Desk::new();
    let seen = |column: u32| if column < 8 { 65535_u16 } else { 300 };
    let pairs: Vec<u8> =
        (0..16 * 12).flat_map(|at| [20_000, seen(at % 16)]).flat_map(u16::to_be_bytes).collect();
    desk.put("veil.png", &png(16, 12, ColorType::GrayscaleAlpha, BitDepth::Sixteen, &pairs));
    for (task, color, channel) in [("upscale", ColorType::GrayscaleAlpha, 1), ("enhance", ColorType::Rgba, 3)]
    {
        desk.succeed(&[task, "veil.png", "-o", task]);
        let after = desk.picture(&format!("{task}/veil.png"));
        assert_eq!((after.size(), after.color, after.depth), ((64, 48), color, BitDepth::Sixteen));
        let alpha = after.channel(channel);
        let row = &alpha[64 * 20..64 * 21];
        assert!(row[..26].iter().all(|&alpha| alpha > 65_000), "{task}: {row:?}");
        assert!(row[38..].iter().all(|&alpha| alpha < 1000), "{task}: {row:?}");
    }
}

#[test]
fn the_format_is_seen_in_the_bytes_not_in_the_name() {
    let desk = Desk::new();
    desk.put("jpeg.png", &grey_file(20, 14, ImageFormat::Jpeg));
    desk.put("tiff.jpg", &grey_file(20, 14, ImageFormat::Tiff));
    desk.put("webp.tif", &grey_file(20, 14, ImageFormat::WebP));
    desk.put("png.webp", &grey_png(20, 14));
    desk.succeed(&["upscale", "jpeg.png", "tiff.jpg", "webp.tif", "png.webp", "-o", "out"]);
    assert_eq!(desk.names("out"), ["jpeg.png", "png.png", "tiff.png", "webp.png"]);
}

#[test]
fn a_lying_photograph_is_turned_upright() {
    let desk = Desk::new();
    desk.put("lying.jpg", &lying_jpeg(24, 10));
    desk.succeed(&["colorize", "lying.jpg", "-o", "out"]);
    assert_eq!(desk.picture("out/lying.png").size(), (10, 24));
}

#[test]
fn the_file_says_what_made_it_and_that_colours_are_predicted() {
    let desk = Desk::new();
    desk.put("sky.png", &grey_png(20, 14));
    desk.succeed(&["enhance", "sky.png", "-o", "out"]);
    let text = desk.picture("out/sky.png").text();
    let manifest = std::fs::read(shipped("weights/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    for task in ["colorize", "upscale"] {
        let networks = manifest["networks"].as_array().unwrap();
        let network = networks.iter().find(|network| network["task"] == task).unwrap();
        for key in ["id", "sha256"] {
            let value = network[key].as_str().unwrap();
            assert!(text.contains(value), "the {key} of the {task} network, {value}, is not in:\n{text}");
        }
    }
    assert!(text.contains("Software: ") && text.to_lowercase().contains("astrochroma"), "{text}");
    assert!(text.contains("predicted"), "{text}");
}

#[test]
fn one_bad_file_is_reported_and_does_not_stop_the_others() {
    let desk = Desk::new();
    desk.put("a.png", &grey_png(9, 6));
    desk.put("bad.png", b"%PDF-1.7 is no picture");
    desk.put("c.png", &grey_png(9, 6));
    let run = desk.run(&["upscale", "a.png", "bad.png", "missing.png", "c.png", "-o", "out"]);
    run.expect_code(1).expect_notes(&["bad.png", "missing.png"]);
    assert_eq!(desk.names("out"), ["a.png", "c.png"]);
}

#[test]
fn when_nothing_can_be_done_the_code_is_two() {
    let desk = Desk::new();
    desk.put("bad.png", b"no picture");
    desk.put("good.png", &grey_png(9, 6));
    desk.put("in-the-way", b"a file, not a folder");
    for arguments in [
        &["upscale", "bad.png", "-o", "out"][..],
        &["colorize", "missing.png", "-o", "out"],
        &["enhance", "good.png", "-o", "in-the-way"],
        &["enhance", "good.png", "-o", "out", "--device", "abacus"],
        &["enhance", "good.png", "-o", "out", "--weights", "missing.safetensors"],
        &["enhance", "good.png"],
        &["enhance", "-o", "out"],
        &["no-such-task"],
    ] {
        let run = desk.run(arguments);
        run.expect_code(2);
        assert!(run.stderr.contains("error"), "{arguments:?} said only: {}", run.stderr);
    }
    assert_eq!(desk.names("out"), Vec::<String>::new());
}

#[test]
fn a_truncated_file_is_reported_or_read_but_never_forgotten() {
    let desk = Desk::new();
    let mut names = Vec::new();
    for (kind, bytes) in [
        ("png", grey_png(40, 30)),
        ("jpg", grey_file(40, 30, ImageFormat::Jpeg)),
        ("tif", grey_file(40, 30, ImageFormat::Tiff)),
        ("webp", grey_file(40, 30, ImageFormat::WebP)),
    ] {
        for cut in (0..bytes.len()).step_by(37 * (bytes.len() / 1000 + 1)) {
            let name = format!("{kind}-{cut}.{kind}");
            desk.put(&name, &bytes[..cut]);
            names.push(name);
        }
    }
    let arguments: Vec<&str> =
        ["colorize", "-o", "out"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let run = desk.run(&arguments);
    assert!(matches!(run.code, Some(1 | 2)) && !run.stderr.contains("panicked"), "{run:?}");
    let written = desk.names("out");
    for name in &names {
        let stem = name.split('.').next().unwrap();
        let is_written = written.contains(&format!("{stem}.png"));
        assert_ne!(
            is_written,
            run.stderr.contains(name.as_str()),
            "{name}: written {is_written}\n{}",
            run.stderr
        );
    }
    for name in ["png-0.png", "png-37.png", "jpg-0.jpg", "tif-0.tif", "webp-0.webp"] {
        assert!(run.stderr.contains(name), "{name} is not reported:\n{}", run.stderr);
    }
}

#[test]
fn a_huge_header_is_refused_with_the_limit_and_the_found_size() {
    let desk = Desk::new();
    desk.put("huge.png", &header_only_png(100_000, 100_000));
    let run = desk.run(&["colorize", "huge.png", "-o", "out"]);
    run.expect_code(2).expect_notes(&["huge.png", "100000", "64 megapixels", "help:"]);
}

#[test]
fn a_result_too_large_is_coloured_only_or_refused_with_the_way_out() {
    let desk = Desk::new();
    desk.put("large.png", &picture::grey_png(4001, 4000));
    let words = "large.png: would be 16004 × 16000 pixels, more than 256 megapixels; it is coloured only";
    desk.succeed(&["enhance", "large.png", "-o", "out"]).expect_notes(&[words]);
    assert_eq!(desk.picture("out/large.png").size(), (4001, 4000));
    let refused = desk.run(&["upscale", "large.png", "-o", "out"]);
    refused.expect_code(2).expect_notes(&["16004 × 16000", "256", "`colorize`, which keeps its size"]);
}

#[test]
fn damaged_weights_are_not_used() {
    let desk = Desk::new();
    desk.put("sky.png", &grey_png(9, 6));
    let manifest = std::fs::read(shipped("weights/manifest.json")).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let networks = json["networks"].as_array().unwrap();
    let file =
        networks.iter().find(|network| network["task"] == "upscale").unwrap()["file"].as_str().unwrap();
    let mut bytes = std::fs::read(shipped("weights").join(file)).unwrap();
    desk.put("w/manifest.json", &manifest);
    desk.put(&format!("w/{file}"), &bytes);
    let path = format!("w/{file}");
    desk.succeed(&["upscale", "sky.png", "-o", "whole", "--weights", &path]);
    *bytes.last_mut().unwrap() ^= 1;
    desk.put(&path, &bytes);
    let run = desk.run(&["upscale", "sky.png", "-o", "damaged", "--weights", &path]);
    run.expect_code(2).expect_notes(&[file, "help:"]);
    assert_eq!(desk.names("damaged"), Vec::<String>::new());
}

/// Mean distance of the channels from each other: how colourful a picture is.
fn colorfulness(picture: &picture::Decoded) -> f64 {
    let spread = |rgb: &[u16]| f64::from(rgb.iter().max().unwrap() - rgb.iter().min().unwrap());
    let pixels = picture.samples.chunks_exact(3);
    pixels.clone().map(spread).sum::<f64>() / pixels.len() as f64
}

#[test]
fn a_network_is_named_by_its_id() {
    let desk = Desk::new();
    desk.put("sky.png", &real_sky(61, 40));
    let shared = shipped("weights/unet-lite0.safetensors").display().to_string();
    let faithful = ["--network", "unet-lite0-faithful"];
    for (folder, options) in [
        ("usual", &[][..]),
        ("inside", &faithful),
        ("file", &[faithful[0], faithful[1], "--weights", &shared]),
        ("both", &[faithful[0], faithful[1], "--network", "edsr-small"]),
    ] {
        let task = if folder == "both" { "enhance" } else { "colorize" };
        desk.succeed(&[&[task, "sky.png", "-o", folder], options].concat());
    }
    let made = |folder: &str| desk.picture(&format!("{folder}/sky.png"));
    assert!(made("both").text().contains("unet-lite0-faithful"), "{}", made("both").text());
    assert_eq!(desk.bytes("inside/sky.png"), desk.bytes("file/sky.png"));
    let (vivid, pale) = (colorfulness(&made("usual")), colorfulness(&made("inside")));
    // The gains are 1.8 and 0.6.
    assert!(pale > 0.0 && pale < 0.6 * vivid, "{pale} beside {vivid}");
}

#[test]
fn a_network_that_does_not_fit_is_refused_by_name() {
    let desk = Desk::new();
    desk.put("sky.png", &grey_png(9, 6));
    for (arguments, words) in [
        (
            &["colorize", "--network", "unet"][..],
            &["no network unet", "unet-lite0, unet-lite0-faithful, edsr-small"][..],
        ),
        (
            &["colorize", "--network", "edsr-small"],
            &["edsr-small is a network to upscale", "expected one to colorize"],
        ),
        (
            &["enhance", "--network", "unet-lite0", "--network", "unet-lite0-faithful"],
            &["unet-lite0 and unet-lite0-faithful are both networks to colorize"],
        ),
    ] {
        let run = desk.run(&[arguments, &["sky.png", "-o", "out", "--device", "cpu"]].concat());
        run.expect_code(2).expect_notes(words).expect_notes(&["help:"]);
    }
    assert_eq!(desk.names("out"), Vec::<String>::new());
}

#[test]
fn help_mentions_everything() {
    let desk = Desk::new();
    let help = desk.run(&["--help"]);
    help.expect_code(0);
    for command in ["train", "evaluate", "export", "devices", "colorize", "upscale", "enhance"] {
        assert!(help.stdout.contains(command), "`{command}` is not in:\n{}", help.stdout);
    }
    for task in TASKS {
        let help = desk.run(&[task, "--help"]);
        help.expect_code(0);
        for word in [
            "INPUT",
            "-o",
            "DIR",
            "--weights",
            "--network",
            "--device",
            "PNG",
            "JPEG",
            "TIFF",
            "WebP",
            "Exit codes",
        ] {
            assert!(help.stdout.contains(word), "{task}: `{word}` is not in:\n{}", help.stdout);
        }
    }
}

#[test]
fn devices_names_the_processor() {
    let run = Desk::new().run(&["devices"]);
    run.expect_code(0);
    assert!(run.stdout.contains("cpu"), "{}", run.stdout);
    // A layer of Mesa's complains of this where there is no desktop.
    assert!(!run.stderr.contains("XDG_RUNTIME_DIR"), "{}", run.stderr);
}
