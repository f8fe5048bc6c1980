//! What training makes small: one file a loss, with its equation.
//!
//! In reading order: [`pixel`] (the distance to the truth), [`adversarial`] (the game against a critic).

pub mod adversarial;
pub mod pixel;
