//! Tensors from and to safetensors bytes; half precision as stored, f32 as computed.

use super::{Tensor, Tensors, WeightsError};
use half::f16;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

/// Longest header that is parsed: our largest network's is below 60 kB.
const MOST_HEADER_BYTES: u64 = 1 << 20;

/// How numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Two bytes a number; what is shipped.
    Half,
    /// Four bytes a number; what training resumes from.
    Single,
}

impl Tensors {
    /// Reads a safetensors file of half or single precision.
    ///
    /// # Errors
    /// If the header is too long, the bytes are no safetensors file, a tensor has another type, or
    /// holds a number that is not finite.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Tensors, WeightsError> {
        let broken = |error: &dyn std::fmt::Display| WeightsError::Broken(error.to_string());
        let length = bytes.first_chunk::<8>().map(|length| u64::from_le_bytes(*length));
        match length {
            None => return Err(broken(&format!("they are {} bytes long", bytes.len()))),
            Some(found) if found > MOST_HEADER_BYTES => {
                return Err(WeightsError::Header { found, most: MOST_HEADER_BYTES });
            }
            Some(_) => {}
        }
        let file = SafeTensors::deserialize(bytes).map_err(|error| broken(&error))?;
        file.tensors().into_iter().map(|(name, view)| Ok((name.clone(), tensor(name, &view)?))).collect()
    }

    /// Writes a safetensors file.
    ///
    /// # Errors
    /// If a tensor's shape is not that of its values.
    pub fn to_safetensors(&self, precision: Precision) -> Result<Vec<u8>, WeightsError> {
        let stored: Vec<(&str, &Tensor, Vec<u8>)> =
            self.iter().map(|(name, tensor)| (name, tensor, bytes_of(&tensor.values, precision))).collect();
        let dtype = match precision {
            Precision::Half => Dtype::F16,
            Precision::Single => Dtype::F32,
        };
        let views = stored
            .iter()
            .map(|(name, tensor, bytes)| Ok((*name, TensorView::new(dtype, tensor.shape.clone(), bytes)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>();
        views
            .and_then(|views| safetensors::serialize(views, None))
            .map_err(|error| WeightsError::Broken(error.to_string()))
    }
}

fn tensor(name: String, view: &TensorView<'_>) -> Result<Tensor, WeightsError> {
    let (data, shape) = (view.data(), view.shape().to_vec());
    let values: Vec<f32> = match view.dtype() {
        Dtype::F16 => data.as_chunks::<2>().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
        Dtype::F32 => data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        other => {
            return Err(WeightsError::Broken(format!("{name} is of type {other:?}, expected F16 or F32")));
        }
    };
    match values.iter().all(|value| value.is_finite()) {
        true => Ok(Tensor { shape, values }),
        false => Err(WeightsError::NotFinite { name }),
    }
}

fn bytes_of(values: &[f32], precision: Precision) -> Vec<u8> {
    match precision {
        Precision::Half => values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect(),
        Precision::Single => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Tensors {
        let tensor = Tensor { shape: vec![2, 3], values: vec![0.5, -1.0, 3.25, 0.1, 7.0, -0.2] };
        [("layer.weight".to_string(), tensor)].into_iter().collect()
    }

    #[test]
    fn single_precision_comes_back_bit_for_bit() {
        let bytes = some().to_safetensors(Precision::Single).unwrap();
        assert_eq!(Tensors::from_safetensors(&bytes).unwrap(), some());
    }

    #[test]
    fn half_precision_comes_back_nearly() {
        let bytes = some().to_safetensors(Precision::Half).unwrap();
        let read = Tensors::from_safetensors(&bytes).unwrap();
        let (a, b) =
            (&read.get("layer.weight").unwrap().values, &some().get("layer.weight").unwrap().values.clone());
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() <= b.abs() / 2048.0));
        assert_ne!(a, b);
    }

    #[test]
    fn broken_files_are_refused() {
        let bytes = some().to_safetensors(Precision::Single).unwrap();
        for end in (0..bytes.len()).step_by(7) {
            assert!(Tensors::from_safetensors(&bytes[..end]).is_err(), "cut at {end}");
        }
        let mut claims = bytes;
        claims[..8].copy_from_slice(&(1u64 << 40).to_le_bytes());
        let text = Tensors::from_safetensors(&claims).unwrap_err().to_string();
        assert_eq!(text, "the header of the weights claims 1099511627776 bytes, at most 1048576 are read");
    }

    #[test]
    fn a_number_that_is_none_is_refused() {
        let tensor = Tensor { shape: vec![1], values: vec![f32::NAN] };
        let bytes = Tensors::from_iter([("a".to_string(), tensor)]).to_safetensors(Precision::Half).unwrap();
        assert_eq!(
            Tensors::from_safetensors(&bytes).unwrap_err().to_string(),
            "a holds values that are not finite"
        );
    }
}
