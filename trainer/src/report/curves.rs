//! The losses and validations of a run as a picture, `curves.svg`.

use anyhow::{Result, anyhow};
use plotters::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Draws what `metrics.jsonl` holds, one chart a quantity.
///
/// # Errors
/// If the disk refuses.
pub fn draw(run: &Path) -> Result<()> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl"))?;
    let curves = curves(text.lines().filter_map(|line| serde_json::from_str(line).ok()));
    let path = run.join("curves.svg");
    let area = SVGBackend::new(&path, (900, 240 * curves.len().max(1) as u32)).into_drawing_area();
    let failed = |error: &dyn std::fmt::Display| anyhow!("{}: {error}", path.display());
    area.fill(&WHITE).map_err(|error| failed(&error))?;
    for (part, (name, points)) in area.split_evenly((curves.len().max(1), 1)).iter().zip(&curves) {
        chart(part, name, points).map_err(|error| failed(&error))?;
    }
    area.present().map_err(|error| failed(&error))
}

/// Points of each quantity; steps of later stages follow those of earlier ones.
fn curves(lines: impl Iterator<Item = Value>) -> BTreeMap<String, Vec<(f64, f64)>> {
    let mut curves: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    let (mut stage, mut before, mut last) = (0, 0.0, 0.0);
    for line in lines {
        let now = line["stage"].as_u64().unwrap_or(0);
        if now != stage {
            (stage, before) = (now, last);
        }
        last = before + line["step"].as_f64().unwrap_or(0.0);
        let validation = line["validation"].as_object().into_iter().flatten();
        let losses =
            line.as_object().into_iter().flatten().filter(|(name, _)| *name != "stage" && *name != "step");
        for (name, value) in losses.chain(validation) {
            if let Some(value) = value.as_f64() {
                curves.entry(name.clone()).or_default().push((last, value));
            }
        }
    }
    curves
}

fn chart(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    name: &str,
    points: &[(f64, f64)],
) -> Result<(), Box<dyn std::error::Error>> {
    let span = |values: &mut dyn Iterator<Item = f64>| {
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
        if low < high { low..high } else { low - 1.0..low + 1.0 }
    };
    let (x, y) = (span(&mut points.iter().map(|p| p.0)), span(&mut points.iter().map(|p| p.1)));
    let mut chart = ChartBuilder::on(area)
        .caption(name, ("sans-serif", 16))
        .margin(10)
        .x_label_area_size(24)
        .y_label_area_size(60)
        .build_cartesian_2d(x, y)?;
    chart.configure_mesh().light_line_style(WHITE).draw()?;
    chart.draw_series(LineSeries::new(points.iter().copied(), &BLUE).point_size(2))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_follow_one_another() {
        let text = r#"{"stage":0,"step":50,"pixel":3.0}
            {"stage":0,"step":100,"validation":{"error":7.0}}
            {"stage":1,"step":50,"pixel":2.0}"#;
        let curves = curves(text.lines().map(|line| serde_json::from_str(line).unwrap()));
        assert_eq!(curves["pixel"], [(50.0, 3.0), (150.0, 2.0)]);
        assert_eq!(curves["error"], [(100.0, 7.0)]);
    }
}
