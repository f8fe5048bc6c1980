//! How large a picture may be: checked from its header, before anything of its size is allocated.

/// The largest picture that is read, and the largest result that is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of width and height, in pixels.
    pub side: usize,
    /// Pixels of a picture to read.
    pub pixels: usize,
    /// Bytes of its samples, and of what the decoder holds besides.
    pub allocation: usize,
    /// Pixels of a result.
    pub result_pixels: usize,
}

/// A picture or a result above a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// Too wide or too high.
    #[error("picture is {width} × {height}, at most {limit} pixels a side are read")]
    Side {
        /// Rows found.
        height: usize,
        /// Columns found.
        width: usize,
        /// The most that is read.
        limit: usize,
    },
    /// Too many pixels.
    #[error(
        "picture is {width} × {height} = {} megapixels, at most {} are read",
        millions(pixels(*.height, *.width)),
        millions(*.limit as u64)
    )]
    Pixels {
        /// Rows found.
        height: usize,
        /// Columns found.
        width: usize,
        /// The most pixels that are read.
        limit: usize,
    },
    /// Too many bytes of samples.
    #[error(
        "picture is {width} × {height} and needs {} MiB to read, at most {} are used",
        mebibytes(*.bytes),
        mebibytes(*.limit as u64)
    )]
    Allocation {
        /// Rows found.
        height: usize,
        /// Columns found.
        width: usize,
        /// What its samples need.
        bytes: u64,
        /// The most that is used.
        limit: usize,
    },
    /// The decoder would need more memory than it may use for something other than the pixels.
    #[error("picture holds data that need more than {} MiB to read", mebibytes(*.limit as u64))]
    Decoding {
        /// The most bytes that are used.
        limit: usize,
    },
    /// A result of too many pixels.
    #[error(
        "result would be {width} × {height} = {} megapixels, at most {} are made",
        millions(pixels(*.height, *.width)),
        millions(*.limit as u64)
    )]
    Result {
        /// Rows asked for.
        height: usize,
        /// Columns asked for.
        width: usize,
        /// The most pixels that are made.
        limit: usize,
    },
}

impl Limits {
    /// In a page: 64 megapixels and 512 MiB to read, 64 megapixels of result.
    pub const PAGE: Limits =
        Limits { side: 65_535, pixels: 64_000_000, allocation: 512 << 20, result_pixels: 64_000_000 };

    /// Natively: the same to read, 256 megapixels of result.
    pub const NATIVE: Limits = Limits { result_pixels: 256_000_000, ..Limits::PAGE };

    /// Whether a picture whose samples take `bytes` may be read.
    ///
    /// # Errors
    /// The first limit that it exceeds: side, pixels, allocation.
    pub fn check(&self, height: usize, width: usize, bytes: u64) -> Result<(), TooLarge> {
        if height.max(width) > self.side {
            return Err(TooLarge::Side { height, width, limit: self.side });
        }
        if pixels(height, width) > self.pixels as u64 {
            return Err(TooLarge::Pixels { height, width, limit: self.pixels });
        }
        if bytes > self.allocation as u64 {
            return Err(TooLarge::Allocation { height, width, bytes, limit: self.allocation });
        }
        Ok(())
    }

    /// Whether a result of this size may be made.
    ///
    /// # Errors
    /// [`TooLarge::Result`].
    pub fn check_result(&self, height: usize, width: usize) -> Result<(), TooLarge> {
        if pixels(height, width) > self.result_pixels as u64 {
            return Err(TooLarge::Result { height, width, limit: self.result_pixels });
        }
        Ok(())
    }
}

/// In 64 bits, which two sides of 32 cannot overflow.
fn pixels(height: usize, width: usize) -> u64 {
    (height as u64).saturating_mul(width as u64)
}

/// Millions with as many decimals as it takes to be exact, so that nothing just above a limit is printed as
/// the limit.
fn millions(count: u64) -> String {
    let digits = format!("{}.{:06}", count / 1_000_000, count % 1_000_000);
    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Rounded up.
fn mebibytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_names_both_numbers() {
        let check = |height, width, bytes| Limits::PAGE.check(height, width, bytes).unwrap_err().to_string();
        assert_eq!(
            check(30_000, 40_000, 0),
            "picture is 40000 × 30000 = 1200 megapixels, at most 64 are read"
        );
        assert_eq!(check(8000, 8001, 0), "picture is 8001 × 8000 = 64.008 megapixels, at most 64 are read");
        assert_eq!(check(1, 70_000, 0), "picture is 70000 × 1, at most 65535 pixels a side are read");
        assert_eq!(
            check(10, 20, (512 << 20) + 1),
            "picture is 20 × 10 and needs 513 MiB to read, at most 512 are used"
        );
        assert_eq!(
            Limits::NATIVE.check_result(16_001, 16_000).unwrap_err().to_string(),
            "result would be 16000 × 16001 = 256.016 megapixels, at most 256 are made"
        );
    }

    #[test]
    fn what_reaches_a_limit_is_allowed() {
        assert_eq!(Limits::PAGE.check(8000, 8000, 512 << 20), Ok(()));
        assert_eq!(Limits::PAGE.check_result(8000, 8000), Ok(()));
        assert_eq!(Limits::NATIVE.check_result(16_000, 16_000), Ok(()));
    }

    #[test]
    fn sides_cannot_overflow() {
        let limits = Limits { side: usize::MAX, ..Limits::PAGE };
        assert!(matches!(limits.check(usize::MAX, usize::MAX, 0), Err(TooLarge::Pixels { .. })));
    }
}
