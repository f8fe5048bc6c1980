//! Training as a user starts it: to the end, killed and resumed, and refused.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails, with the value that it met")]

use astrochroma_tests::picture::{self, png};
use astrochroma_tests::program::Desk;
use png::{BitDepth, ColorType};
use std::time::Duration;

/// Enough pictures for a split, each with other colours.
fn pictures(desk: &Desk) {
    let sky = picture::sky(112, 104);
    for index in 0..40u32 {
        let tint = [index % 5, index % 3, index % 7].map(|part| 0.4 + 0.1 * part as f32);
        let sample = |value: f32, tint: f32| (255.0 * value * tint).clamp(0.0, 255.0) as u8;
        let samples: Vec<u8> = sky.iter().flat_map(|&value| tint.map(|tint| sample(value, tint))).collect();
        desk.put(&format!("pictures/{index}.png"), &png(112, 104, ColorType::Rgb, BitDepth::Eight, &samples));
    }
}

const UPSCALER: &str = r#"
    seed = 3
    network = { name = "edsr", blocks = 1, channels = 4, last_channels = 4 }
    data = { folder = "pictures" }
    intervals = { checkpoint = 0, validation = 3600 }
    [[stages]]
    steps = 12
    batch = 2
    crop = 8
    learning_rate = 1e-3
    [[stages]]
    steps = 12
    batch = 1
    crop = 24
    learning_rate = 1e-4
    critic = { network = { name = "srgan-critic", channels = 2, dense = 4 }, learning_rate = 1e-4, weight = 1e-3 }
"#;

const COLORIZER: &str = r#"
    seed = 4
    network = { name = "unet-lite0", encoder = [4, 4, 4, 4, 4, 4], decoder = [4, 4, 4] }
    data = { folder = "pictures" }
    intervals = { checkpoint = 0, validation = 3600 }
    [[stages]]
    steps = 8
    batch = 2
    crop = 32
    learning_rate = 1e-3
    frozen = "encoder"
    frozen_steps = 4
    [[stages]]
    steps = 8
    batch = 2
    crop = 64
    learning_rate = 1e-4
    critic = { network = { name = "patch-critic", channels = 2 }, learning_rate = 1e-4, weight = 1.0, pixel_weight = 100.0 }
"#;

/// Killed again and again, a run comes to the same weights, bit for bit, as one that was left alone.
#[test]
fn a_killed_run_resumes_to_the_same_result() {
    for (what, config) in [("upscaler", UPSCALER), ("colorizer", COLORIZER)] {
        let desk = Desk::new();
        pictures(&desk);
        desk.put("config.toml", config.as_bytes());
        let train = |run| ["train", what, "--config", "config.toml", "--run", run];
        desk.succeed(&train("whole"));

        let mut kills = 0;
        for millis in [150, 300, 450, 600, 750] {
            let mut child = desk.start(&train("killed"));
            wait_for_checkpoint(&desk);
            std::thread::sleep(Duration::from_millis(millis));
            if child.try_wait().unwrap().is_none() {
                // SIGKILL: the program has no say in it.
                child.kill().unwrap();
                kills += 1;
            }
            child.wait().unwrap();
        }
        assert!(kills > 0, "{what}: the run was over before it could be killed");
        desk.succeed(&train("killed"));
        for file in [
            "checkpoint/average.safetensors",
            "checkpoint/generator.safetensors",
            "checkpoint/critic.safetensors",
        ] {
            let same = desk.bytes(&format!("whole/{file}")) == desk.bytes(&format!("killed/{file}"));
            assert!(same, "{what}: {file} differs after {kills} kills");
        }
    }
}

fn wait_for_checkpoint(desk: &Desk) {
    for _ in 0..600 {
        if desk.path("killed/checkpoint/place.json").is_file() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no checkpoint after half a minute");
}

#[test]
fn a_run_tells_what_it_was_made_of() {
    let desk = Desk::new();
    pictures(&desk);
    desk.put("config.toml", UPSCALER.as_bytes());
    desk.succeed(&["train", "upscaler", "--config", "config.toml", "--run", "run"]);
    let names = desk.names("run");
    for name in
        ["best.safetensors", "config.toml", "curves.svg", "metrics.jsonl", "pictures.csv", "versions.json"]
    {
        assert!(names.iter().any(|found| found == name), "{name} is not among {names:?}");
    }
    let metrics = String::from_utf8(desk.bytes("run/metrics.jsonl")).unwrap();
    assert!(metrics.lines().any(|line| line.contains("\"psnr\"")), "{metrics}");
    assert_eq!(desk.names("run/samples"), ["0-000012.png", "1-000012.png"]);
    desk.picture("run/samples/1-000012.png");

    desk.succeed(&["train", "upscaler", "--config", "config.toml", "--run", "run"]);
    desk.put("config.toml", UPSCALER.replace("seed = 3", "seed = 5").as_bytes());
    let refused = desk.run(&["train", "upscaler", "--config", "config.toml", "--run", "run"]);
    refused.expect_code(2).expect_notes(&["cannot resume"]);
}

#[test]
fn what_was_trained_is_exported_measured_and_used() {
    let desk = Desk::new();
    pictures(&desk);
    desk.put("config.toml", UPSCALER.as_bytes());
    desk.succeed(&["train", "upscaler", "--config", "config.toml", "--run", "run"]);
    let run = desk.run(&["export", "--run", "run", "--id", "mine", "--title", "Mine", "-o", "weights"]);
    run.expect_code(0);
    assert_eq!(desk.names("weights"), ["manifest.json", "mine.safetensors"]);
    let weights = "weights/mine.safetensors";
    let measured = desk.run(&["evaluate", "--weights", weights, "--data", "pictures", "--seed", "3"]);
    measured.expect_code(0);
    assert!(measured.stdout.contains("bicubic, PSNR in dB"), "{}", measured.stdout);
    desk.succeed(&["upscale", "pictures/7.png", "-o", "out", "--weights", weights]);
    assert_eq!(desk.picture("out/7.png").size(), (448, 416));

    let mut broken = desk.bytes(weights);
    *broken.last_mut().unwrap() ^= 1;
    desk.put(weights, &broken);
    let refused = desk.run(&["upscale", "pictures/7.png", "-o", "out", "--weights", weights]);
    refused.expect_code(2).expect_notes(&["SHA-256", "mine.safetensors"]);
}

#[test]
fn wrong_configurations_are_refused_by_name() {
    let desk = Desk::new();
    pictures(&desk);
    for (what, from, to, words) in [
        ("upscaler", "steps = 12", "steps = 0", "has 0 steps"),
        ("upscaler", "seed = 3", "sed = 3", "unknown field `sed`"),
        ("upscaler", "\"edsr\"", "\"edsl\"", "edsl"),
        ("colorizer", "seed = 3", "seed = 3", "expected one to colorize"),
        ("upscaler", "\"pictures\"", "\"nowhere\"", "nowhere"),
    ] {
        desk.put("config.toml", UPSCALER.replacen(from, to, 1).as_bytes());
        let run = desk.run(&["train", what, "--config", "config.toml", "--run", "run"]);
        run.expect_code(2).expect_notes(&[words]);
    }
}
