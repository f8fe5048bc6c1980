//! Where tensors live: chosen at run time, and believed only after a small computation came out right.

use anyhow::{Context, Result, bail, ensure};
use burn::tensor::wgpu::WgpuBackend;
use burn::tensor::{Device, DeviceKind, DeviceType, Tensor, TensorData};
use std::env;
use std::panic;
use std::path::{Path, PathBuf};

/// What the user may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Choice {
    /// The first that really works: CUDA, another GPU, the processor.
    Auto,
    /// The processor.
    Cpu,
    /// An NVIDIA GPU, through CUDA.
    Cuda,
    /// Any GPU, through Vulkan, Metal or Direct3D.
    Wgpu,
}

/// Says what libraries read from the environment alone.
///
/// `BURN_DEVICE` makes the processor burn's default, onto which it reads an optimiser's state, whatever device
/// trains with it afterwards. Without being told, burn takes CUDA where it is built in, and panics where there
/// is none.
///
/// `NODEVICE_SELECT` keeps a layer of Mesa's out of Vulkan: it asks the Wayland desktop which GPU comes first,
/// and where there is none, it writes an error for each question. Whoever tells that layer what to select is
/// obeyed.
pub fn set_environment() {
    let desktop = env::var_os("XDG_RUNTIME_DIR").is_some_and(|folder| Path::new(&folder).is_absolute());
    let selected = env::var_os("MESA_VK_DEVICE_SELECT").is_some();
    // SAFETY: `main` calls this before anything else, while the process has one thread, so nobody reads
    // the environment at the same time.
    #[expect(unsafe_code, reason = "neither burn nor Mesa offers another way to say it")]
    unsafe {
        env::set_var("BURN_DEVICE", "flex");
        if !desktop && !selected {
            env::set_var("NODEVICE_SELECT", "1");
        }
    }
}

/// A device that works.
#[derive(Clone, Debug)]
pub enum Opened {
    /// The processor.
    Processor,
    /// A GPU.
    Gpu(Device),
}

/// Why a GPU cannot be used.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    /// There is none.
    #[error("{0}")]
    Absent(String),
    /// There is one, and something is amiss.
    #[error("{0}")]
    Amiss(String),
}

impl Opened {
    /// For tensors.
    pub fn device(&self) -> Device {
        match self {
            Opened::Processor => Device::flex(),
            Opened::Gpu(device) => device.clone(),
        }
    }
}

/// Opens a device and says which, with what stands in the way of a better one.
///
/// # Errors
/// If the one that was asked for does not work.
pub fn open(choice: Choice) -> Result<(Opened, String)> {
    let gpu = |(device, name): (Device, String)| (Opened::Gpu(device), name);
    match choice {
        Choice::Cpu => processor(),
        Choice::Cuda => Ok(gpu(cuda().context("--device cuda")?)),
        Choice::Wgpu => Ok(gpu(wgpu(&ALL).context("--device wgpu")?)),
        Choice::Auto => {
            let mut amiss = String::new();
            for tried in [cuda, || wgpu(&HARDWARE)] {
                match tried() {
                    Ok(found) => return Ok(gpu(found)),
                    Err(Unusable::Amiss(why)) => amiss.push_str(&format!(" ({why})")),
                    Err(Unusable::Absent(_)) => {}
                }
            }
            processor().map(|(device, name)| (device, format!("{name}{amiss}")))
        }
    }
}

/// Every kind of device that this program knows, and what is to be said of it.
pub fn list() -> Vec<(&'static str, String)> {
    let of_gpu = |found: Result<(Device, String), Unusable>| match found {
        Ok((_, name)) => format!("{name}, works"),
        Err(error) => error.to_string(),
    };
    let cpu = match processor() {
        Ok((_, name)) => format!("{name}, works"),
        Err(error) => format!("{error:#}"),
    };
    vec![("cuda", of_gpu(cuda())), ("wgpu", of_gpu(wgpu(&ALL))), ("cpu", cpu)]
}

fn processor() -> Result<(Opened, String)> {
    check(&Device::flex())?;
    Ok((Opened::Processor, "processor".into()))
}

fn cuda() -> Result<(Device, String), Unusable> {
    // Listed before it is touched: the first use without a driver panics.
    let found = guarded(|| Device::enumerate(DeviceType::Cuda).len()).map_err(Unusable::Amiss)?;
    if found == 0 {
        return Err(Unusable::Absent("no NVIDIA GPU with its driver was found".into()));
    }
    toolkit(env::var_os("CUDA_PATH").map(PathBuf::from)).map_err(Unusable::Amiss)?;
    let device = guarded(|| {
        let device = Device::cuda(0);
        check(&device).map(|()| device)
    });
    let device = device.and_then(|checked| checked.map_err(|error| format!("{error:#}")));
    let device = device.map_err(|why| Unusable::Amiss(format!("there is an NVIDIA GPU, but {why}")))?;
    Ok((device, "NVIDIA GPU 0, through CUDA".into()))
}

/// Kernels are compiled while running, against the toolkit's headers.
fn toolkit(named: Option<PathBuf>) -> Result<(), String> {
    let usual =
        if cfg!(windows) { r"C:\Program Files\NVIDIA GPU Computing Toolkit\CUDA" } else { "/usr/local/cuda" };
    let folder = named.unwrap_or_else(|| Path::new(usual).to_path_buf());
    let present = if cfg!(windows) { folder.is_dir() } else { folder.join("include").is_dir() };
    if present {
        return Ok(());
    }
    Err(format!(
        "there is an NVIDIA GPU, but {} holds no CUDA toolkit: install it (12 or newer), or set CUDA_PATH to where it is",
        folder.display()
    ))
}

/// What wgpu calls hardware, the faster first.
const HARDWARE: [DeviceKind; 3] =
    [DeviceKind::DiscreteGpu(0), DeviceKind::IntegratedGpu(0), DeviceKind::VirtualGpu(0)];

/// Those, and last a processor that plays a GPU: only for those who ask for it.
const ALL: [DeviceKind; 4] =
    [DeviceKind::DiscreteGpu(0), DeviceKind::IntegratedGpu(0), DeviceKind::VirtualGpu(0), DeviceKind::Cpu];

/// The graphics interfaces of this system, the better first. OpenGL, which burn would also try, is none of
/// them: its results are wrong.
const INTERFACES: &[WgpuBackend] = if cfg!(target_os = "macos") {
    &[WgpuBackend::Metal]
} else if cfg!(windows) {
    &[WgpuBackend::Vulkan, WgpuBackend::Dx12]
} else {
    &[WgpuBackend::Vulkan]
};

fn wgpu(kinds: &[DeviceKind]) -> Result<(Device, String), Unusable> {
    let mut amiss = Vec::new();
    for (kind, interface) in kinds.iter().flat_map(|kind| INTERFACES.iter().map(move |api| (kind, *api))) {
        let name = match kind {
            DeviceKind::DiscreteGpu(_) => "discrete GPU",
            DeviceKind::IntegratedGpu(_) => "integrated GPU",
            DeviceKind::VirtualGpu(_) => "virtual GPU",
            _ => "software that plays a GPU, slower than the processor",
        };
        let opened = guarded(|| {
            let options = Device::wgpu_options().device_kind(kind.clone()).graphics_api(interface);
            let device = options.init().ok()?;
            Some(check(&device).map(|()| device))
        });
        match opened {
            Ok(None) => {}
            Ok(Some(Ok(device))) => return Ok((device, format!("{name}, through {interface:?}"))),
            Ok(Some(Err(error))) => amiss.push(format!("{name}: {error:#}")),
            Err(why) => amiss.push(format!("{name}: {why}")),
        }
    }
    match amiss.is_empty() {
        true => Err(Unusable::Absent("no GPU was found by Vulkan, Metal or Direct3D".into())),
        false => Err(Unusable::Amiss(amiss.join("; "))),
    }
}

/// Runs what may panic within a driver's library; its words, if it does.
fn guarded<T>(touch: impl FnOnce() -> T) -> Result<T, String> {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let touched = panic::catch_unwind(panic::AssertUnwindSafe(touch));
    panic::set_hook(usual);
    touched.map_err(|words| {
        let text = words.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| words.downcast_ref::<&str>().copied()).unwrap_or("no words");
        format!("its driver failed ({})", text.lines().next().unwrap_or(text).trim())
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_computes_rightly() {
        assert!(matches!(open(Choice::Cpu), Ok((Opened::Processor, _))));
    }

    #[test]
    fn the_default_is_the_processor() {
        set_environment();
        assert_eq!(Device::default(), Device::flex());
    }

    #[test]
    fn a_missing_toolkit_is_named_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let why = toolkit(Some(folder.path().to_path_buf())).unwrap_err();
        assert!(why.contains("CUDA_PATH") && why.contains(&*folder.path().to_string_lossy()), "{why}");
        std::fs::create_dir(folder.path().join("include")).unwrap();
        toolkit(Some(folder.path().to_path_buf())).unwrap();
    }

    #[test]
    fn a_panic_becomes_words() {
        let panics = || -> () { panic!("no library") };
        assert_eq!(guarded(panics).unwrap_err(), "its driver failed (no library)");
        assert_eq!(guarded(|| 3), Ok(3));
    }
}
