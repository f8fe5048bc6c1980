//! Where tensors live: chosen at run time, and believed only after a small computation came out right.

use anyhow::{Result, bail, ensure};
use burn::tensor::{Device, Tensor, TensorData};

/// What the user may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Choice {
    /// The first that really works: a GPU, else the processor.
    Auto,
    /// The processor.
    Cpu,
}

/// Opens a device and says which.
///
/// # Errors
/// If the one that was asked for does not work.
pub fn open(choice: Choice) -> Result<(Device, &'static str)> {
    match choice {
        Choice::Auto | Choice::Cpu => {
            let device = Device::flex();
            check(&device)?;
            Ok((device, "processor"))
        }
    }
}

/// Every device that this program knows, and what is to be said of it.
pub fn list() -> Vec<(&'static str, String)> {
    let said = match open(Choice::Cpu) {
        Ok((_, name)) => format!("{name}, works"),
        Err(error) => format!("does not work: {error:#}"),
    };
    vec![("cpu", said)]
}

/// A product of two matrices, known beforehand.
fn check(device: &Device) -> Result<()> {
    const SIDE: usize = 33;
    let a: Vec<f32> = (0..SIDE * SIDE).map(|i| (i % 7) as f32 - 3.0).collect();
    let b: Vec<f32> = (0..SIDE * SIDE).map(|i| (i % 5) as f32 - 2.0).collect();
    let tensor =
        |values: &[f32]| Tensor::<2>::from_data(TensorData::new(values.to_vec(), [SIDE, SIDE]), device);
    let Ok(found) = tensor(&a).matmul(tensor(&b)).into_data().try_to_vec::<f32>() else {
        bail!("a test computation gave no numbers");
    };
    for (i, found) in found.iter().enumerate() {
        let expected: f32 = (0..SIDE).map(|k| a[i / SIDE * SIDE + k] * b[k * SIDE + i % SIDE]).sum();
        ensure!((found - expected).abs() < 1e-3, "a test computation gave {found}, expected {expected}");
    }
    Ok(())
}
