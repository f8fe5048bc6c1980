//! Training as a user starts it: to the end, killed and resumed, and refused.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails, with the value that it met")]

use astrochroma::weights::safetensors::Precision;
use astrochroma::weights::{Tensor, Tensors};
use astrochroma_tests::picture::{self, png};
use astrochroma_tests::program::{Desk, shipped};
use png::{BitDepth, ColorType};
use std::process::Child;
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

/// A configuration without its adversarial stage.
fn first_stage(config: &str) -> String {
    config.split("[[stages]]").take(2).collect::<Vec<_>>().join("[[stages]]")
}

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
        for millis in [0, 3, 6, 9, 12] {
            let mut child = desk.start(&train("killed"));
            wait_for_progress(&desk, &mut child);
            std::thread::sleep(Duration::from_millis(millis));
            if child.try_wait().unwrap().is_none() {
                // SIGKILL: the program has no say in it.
                child.kill().unwrap();
                kills += 1;
            }
            child.wait().unwrap();
        }
        assert!(kills > 1, "{what}: the run was over before it could be killed twice");
        desk.succeed(&train("killed"));
        for file in [
            "best.safetensors",
            "metrics.jsonl",
            "checkpoint/average.safetensors",
            "checkpoint/generator.safetensors",
            "checkpoint/critic.safetensors",
        ] {
            let same = desk.bytes(&format!("whole/{file}")) == desk.bytes(&format!("killed/{file}"));
            assert!(same, "{what}: {file} differs after {kills} kills");
        }
    }
}

/// Until there is another checkpoint than at first, or the run is over.
fn wait_for_progress(desk: &Desk, child: &mut Child) {
    let place = || std::fs::read(desk.path("killed/checkpoint/place.json")).ok();
    let first = place();
    for _ in 0..30_000 {
        if place().is_some_and(|place| Some(place) != first) || child.try_wait().unwrap().is_some() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
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

    // However the path is written.
    let whole = desk.path("config.toml").display().to_string();
    for config in ["config.toml", "./config.toml", "run/../config.toml", &whole] {
        // As if it had been killed after this line and before a checkpoint.
        desk.put("run/metrics.jsonl", format!("{metrics}{{}}\n").as_bytes());
        desk.succeed(&["train", "upscaler", "--config", config, "--run", "run"]);
        assert_eq!(String::from_utf8(desk.bytes("run/metrics.jsonl")).unwrap(), metrics);
    }
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
    refused_exports_change_nothing(&desk);
    for arguments in [["--gain", "nan"], ["--middle", "15"], ["--terms", "pd"]] {
        let measure = ["evaluate", "--weights", weights, "--data", "pictures"];
        desk.run(&[&measure[..], &arguments].concat()).expect_code(2);
    }
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

/// Nothing is written over that no manifest names, least of all what is exported.
#[test]
fn what_is_there_is_not_exported_over() {
    let desk = Desk::new();
    pictures(&desk);
    let single = first_stage(UPSCALER);
    desk.put("config.toml", single.as_bytes());
    desk.succeed(&["train", "upscaler", "--config", "config.toml", "--run", "run"]);
    let best = desk.bytes("run/best.safetensors");
    desk.put("weights/mine.safetensors", b"somebody's");
    for (id, folder) in [("best", "run"), ("mine", "weights")] {
        let refused = desk.run(&["export", "--run", "run", "--id", id, "--title", "Mine", "-o", folder]);
        refused.expect_code(2).expect_notes(&["would be overwritten", "--id"]);
    }
    assert!(desk.bytes("run/best.safetensors") == best);
    assert_eq!(desk.bytes("weights/mine.safetensors"), b"somebody's");
    assert_eq!(desk.names("weights"), ["mine.safetensors"]);
}

/// Arguments are looked at before anything is written.
fn refused_exports_change_nothing(desk: &Desk) {
    let read = || (desk.bytes("weights/mine.safetensors"), desk.bytes("weights/manifest.json"));
    let before = read();
    desk.put("null.json", br#"[{"name": "PSNR", "value": null, "method": ""}]"#);
    desk.put("large.safetensors", &too_large(&desk.bytes("run/best.safetensors")));
    for (id, arguments, words) in [
        ("mine", ["--metrics", "nowhere.json"], "nowhere.json"),
        ("mine", ["--metrics", "null.json"], "null.json"),
        ("mine", ["--gain", "inf"], "expected a finite number"),
        ("..", ["--gain", "1"], "does not start with a dot"),
        ("mine", ["--weights", "large.safetensors"], "half precision ends at 65504"),
    ] {
        let export = ["export", "--run", "run", "--id", id, "--title", "Mine", "-o", "weights"];
        desk.run(&[&export[..], &arguments].concat()).expect_code(2).expect_notes(&[words]);
        assert!(read() == before, "{arguments:?} changed the weights or their manifest");
    }
    std::fs::create_dir_all(desk.path("folder/manifest.json")).unwrap();
    let export = ["export", "--run", "run", "--id", "mine", "--title", "Mine", "-o", "folder"];
    desk.run(&export).expect_code(2).expect_notes(&["manifest.json"]);
    assert_eq!(desk.names("folder"), ["manifest.json"]);
}

/// Weights with a number that single precision holds and half precision does not.
fn too_large(safetensors: &[u8]) -> Vec<u8> {
    let mut tensors = Tensors::from_safetensors(safetensors).unwrap();
    let (name, mut tensor) = tensors.iter().next().map(|(name, of)| (name.to_string(), of.clone())).unwrap();
    tensor.values[0] = 1e5;
    tensors.insert(name, tensor);
    tensors.to_safetensors(Precision::Single).unwrap()
}

#[test]
fn a_damaged_checkpoint_is_named_with_the_way_out() {
    let desk = Desk::new();
    pictures(&desk);
    let single = first_stage(UPSCALER);
    desk.put("config.toml", single.as_bytes());
    let train = ["train", "upscaler", "--config", "config.toml", "--run", "run"];
    desk.succeed(&train);
    for (name, words) in [
        ("generator.optimizer", "generator.optimizer has SHA-256"),
        ("average.safetensors", "average.safetensors has SHA-256"),
        ("place.json", "place.json"),
    ] {
        let file = format!("run/checkpoint/{name}");
        let whole = desk.bytes(&file);
        desk.put(&file, &whole[..whole.len() / 2]);
        desk.run(&train).expect_code(2).expect_notes(&["damaged", words, "help: train into a new folder"]);
        std::fs::remove_file(desk.path(&file)).unwrap();
        desk.run(&train).expect_code(2).expect_notes(&["incomplete", name, "help: train into a new folder"]);
        desk.put(&file, &whole);
    }
    // As an earlier version wrote it.
    let mut place: serde_json::Value =
        serde_json::from_slice(&desk.bytes("run/checkpoint/place.json")).unwrap();
    assert_eq!(place.as_object_mut().unwrap().remove("files").unwrap().as_object().unwrap().len(), 3);
    desk.put("run/checkpoint/place.json", place.to_string().as_bytes());
    desk.succeed(&train);
}

#[test]
fn a_colorizer_is_measured_beside_what_it_is_held_against() {
    let desk = Desk::new();
    pictures(&desk);
    let single = first_stage(COLORIZER);
    desk.put("config.toml", single.replace("steps = 8", "steps = 6").as_bytes());
    desk.succeed(&["train", "colorizer", "--config", "config.toml", "--run", "run"]);
    for (id, gain) in [("vivid", "1.5"), ("pale", "0.5")] {
        let title = ["--title", "Mine", "--gain", gain];
        desk.run(&[&["export", "--run", "run", "--id", id, "-o", "weights"][..], &title].concat())
            .expect_code(0);
    }
    assert_eq!(desk.names("weights"), ["manifest.json", "vivid.safetensors"]);

    let weights = ["--weights", "weights/vivid.safetensors", "--data", "pictures", "--seed", "4"];
    let measured = |network: &str, json: &str| {
        let run = desk.run(&[&["evaluate", "--network", network, "--json", json], &weights[..]].concat());
        run.expect_code(0);
        let table = run.stdout;
        for line in [
            "| a*b* error |",
            "| no colour, a*b* error |",
            "| best constant (",
            "| tint of the same mean chroma, a*b* error |",
            "| other pictures' colours, a*b* error |",
            "| cosine of true and predicted (a*, b*) |",
            "| mean chroma of the truth |",
        ] {
            assert!(table.contains(line), "`{line}` is not in:\n{table}");
        }
        assert!(table.starts_with(&format!("{network}, test split, ")), "{table}");
        let metrics: serde_json::Value = serde_json::from_slice(&desk.bytes(json)).unwrap();
        let chroma = metrics.as_array().unwrap().iter().find(|metric| metric["name"] == "mean chroma");
        chroma.unwrap()["value"].as_f64().unwrap()
    };
    let (vivid, pale) = (measured("vivid", "vivid.json"), measured("pale", "pale.json"));
    assert!(pale > 0.0 && pale < 0.5 * vivid, "mean chroma {pale} at gain 0.5, {vivid} at 1.5");

    desk.run(&["evaluate", "--data", "pictures"]).expect_code(2).expect_notes(&["0 networks", "--network"]);
}

/// A network of two blocks starts from one of one block: what both have is taken, the rest is drawn.
#[test]
fn a_run_starts_from_the_tensors_that_fit() {
    let desk = Desk::new();
    pictures(&desk);
    let single = first_stage(UPSCALER);
    desk.put("first.toml", single.as_bytes());
    desk.succeed(&["train", "upscaler", "--config", "first.toml", "--run", "first"]);
    // So small a rate leaves the weights as they started.
    let second = single.replace("blocks = 1", "blocks = 2").replace("1e-3", "1e-30").replace("= 12", "= 1");
    desk.put("second.toml", format!("start = 'first/best.safetensors'\n{second}").as_bytes());
    let run = desk.succeed(&["train", "upscaler", "--config", "second.toml", "--run", "second"]);

    let read = |name: &str| Tensors::from_safetensors(&desk.bytes(name)).unwrap();
    let (first, second) = (read("first/best.safetensors"), read("second/checkpoint/generator.safetensors"));
    let fitting =
        |(name, tensor): &(&str, &Tensor)| second.get(name).is_some_and(|of| of.shape == tensor.shape);
    let taken: Vec<_> = first.iter().filter(fitting).collect();
    assert!(!taken.is_empty() && taken.len() < second.iter().count());
    for (name, tensor) in &taken {
        assert!(second.get(name) == Some(*tensor), "{name} was not taken");
    }
    let drawn = second.iter().count() - taken.len();
    let told = format!("{} tensors taken, {drawn} of the network start at random", taken.len());
    run.expect_notes(&["first/best.safetensors", &told]);

    let strange = shipped("weights/unet-lite0.safetensors").display().to_string();
    desk.put("third.toml", format!("start = '{strange}'\n{single}").as_bytes());
    let refused = desk.run(&["train", "upscaler", "--config", "third.toml", "--run", "third"]);
    refused.expect_code(2).expect_notes(&["unet-lite0.safetensors", "no tensor fits the network"]);
}

#[test]
fn files_that_cannot_be_used_are_skipped_and_named() {
    let desk = Desk::new();
    pictures(&desk);
    // All for training, but for the two that have to be there to choose by.
    let manifest = |others: &[&str]| {
        let split = |index: usize| if index < 2 { "val" } else { "train" };
        let own = (0..40).map(|index| format!("{index}.png,{}\n", split(index)));
        let others = others.iter().map(|name| format!("{name},train\n"));
        ["file,split\n".to_string()].into_iter().chain(own).chain(others).collect::<String>()
    };
    let small = picture::grey_png(95, 110);
    desk.put("pictures/small.png", &small);
    desk.put("pictures/broken.png", &small[..60]);
    desk.put("pictures/manifest.csv", manifest(&["small.png", "broken.png", "missing.png"]).as_bytes());
    desk.put("config.toml", UPSCALER.as_bytes());
    let train = ["train", "upscaler", "--config", "config.toml", "--run", "run"];
    let run = desk.succeed(&train);
    run.expect_notes(&["broken.png", "small.png: 95 × 110 pixels, at least 96 × 96", "missing.png"]);
    assert_eq!(run.stderr.matches("note: skipped: ").count(), 3, "{}", run.stderr);
    let (listed, versions) = (desk.bytes("run/pictures.csv"), desk.bytes("run/versions.json"));
    // A line of names, then one a picture that was used.
    assert_eq!(String::from_utf8(listed.clone()).unwrap().lines().count(), 41);

    // What the run began with stays, whatever became of the folder.
    desk.put("pictures/manifest.csv", manifest(&["small.png", "4.png"]).as_bytes());
    desk.succeed(&train).expect_notes(&["pictures.csv: the run began with other pictures"]);
    assert_eq!((desk.bytes("run/pictures.csv"), desk.bytes("run/versions.json")), (listed, versions));

    for index in 2..25 {
        desk.put(&format!("pictures/{index}.png"), b"no picture");
    }
    let refused = desk.run(&train);
    refused.expect_code(2).expect_notes(&["15 usable pictures in the train split, at least 20 are needed"]);
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
        ("upscaler", "seed = 3", "seed = 3\nstart = 'nothing.safetensors'", "nothing.safetensors"),
        ("upscaler", "\"pictures\"", "\"pictures\", terms = ['pd']", "manifest.csv is not there"),
        (
            "upscaler",
            "crop = 24",
            "crop = 20",
            "stage 1: crops of 20 pixels in batches of 1 are too small for the critic",
        ),
    ] {
        desk.put("config.toml", UPSCALER.replacen(from, to, 1).as_bytes());
        let run = desk.run(&["train", what, "--config", "config.toml", "--run", "run"]);
        run.expect_code(2).expect_notes(&[words]);
        // A run that did not begin leaves nothing that a later one would have to agree with.
        assert_eq!(desk.names("."), ["config.toml", "pictures"]);
    }
}
