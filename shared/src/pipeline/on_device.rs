//! A network on a device of burn: what a GPU runs, where the CPU runs a plan.

use crate::module::Trainable;
use crate::network::figure::Figure;
use crate::raster::Raster;
use crate::weights::manifest::Entry;
use crate::weights::{Tensors, WeightsError};
use burn::tensor::{Device, Tensor, TensorData};

/// A network whose parameters are on a device.
#[derive(Debug)]
pub struct OnDevice {
    module: Trainable,
    device: Device,
}

/// The device gave no result.
#[derive(Debug, thiserror::Error)]
#[error("the device gave no result: {0}")]
pub struct DeviceError(String);

impl OnDevice {
    /// Checks bytes against their entry in the manifest, and puts them on a device (one without
    /// gradients: batch norm uses its running statistics).
    ///
    /// # Errors
    /// If the hash, a name or a shape is not the expected one.
    pub fn load(entry: &Entry, bytes: &[u8], device: &Device) -> Result<OnDevice, WeightsError> {
        entry.check_hash(bytes)?;
        OnDevice::new(&entry.architecture.figure(), &Tensors::from_safetensors(bytes)?, device)
    }

    /// Puts tensors that are in memory already on a device.
    ///
    /// # Errors
    /// If a name or a shape is not the expected one.
    pub fn new(figure: &Figure, tensors: &Tensors, device: &Device) -> Result<OnDevice, WeightsError> {
        let module = Trainable::init(figure, device).loaded(tensors, device)?;
        Ok(OnDevice { module, device: device.clone() })
    }

    /// Runs it on a whole plane; in a browser a result cannot be waited for otherwise than so.
    ///
    /// # Errors
    /// If the device is lost.
    ///
    /// # Panics
    /// If the sides do not fit the strides of the network.
    pub async fn run(&self, input: &Raster) -> Result<Raster, DeviceError> {
        let (shape, samples) = ([1, input.height, input.width, input.channels], input.samples.clone());
        let input = Tensor::<4>::from_data(TensorData::new(samples, shape), &self.device);
        let output = self.module.forward(input.permute([0, 3, 1, 2])).permute([0, 2, 3, 1]);
        let [_, height, width, channels] = output.dims();
        let data = output.into_data_async().await.map_err(|error| DeviceError(format!("{error:?}")))?;
        let samples = data.try_to_vec::<f32>().map_err(|error| DeviceError(format!("{error:?}")))?;
        Ok(Raster { height, width, channels, samples })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Architecture;
    use crate::network::edsr::Edsr;
    use crate::network::unet_lite0::UnetLite0;
    use crate::pipeline::self_test::SelfTest;
    use crate::pipeline::tests::network;
    use crate::weights::manifest::sha256;
    use crate::weights::safetensors::Precision;
    use crate::weights::tests::filled;

    #[test]
    fn a_device_gives_what_the_plan_gives() {
        for architecture in [
            Architecture::Edsr(Edsr { blocks: 2, channels: 8, last_channels: 4 }),
            Architecture::UnetLite0(UnetLite0 { encoder: [8, 4, 6, 6, 8, 10], decoder: [8, 6, 4] }),
        ] {
            let network = network(architecture);
            let bytes = filled(network.plan().figure()).to_safetensors(Precision::Single).unwrap();
            let entry = Entry { sha256: sha256(&bytes), ..network.entry().clone() };
            let on_device = OnDevice::load(&entry, &bytes, &Device::flex()).unwrap();
            let test = SelfTest::new(&network, 3).unwrap();
            let result = pollster::block_on(on_device.run(test.input())).unwrap();
            test.compare(&result).unwrap();
            let changed = [&bytes[..], b" "].concat();
            assert!(OnDevice::load(&entry, &changed, &Device::flex()).is_err());
        }
    }
}
