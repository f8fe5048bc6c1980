//! What training makes small: one file a loss, with its equation.

pub mod adversarial;
pub mod pixel;
