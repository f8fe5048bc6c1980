//! What a run writes for people: lines, curves and grids of pictures.
//!
//! In reading order: [`record`] (lines of JSON, and what a run was made of), [`curves`] (the lines as a
//! picture), [`grid`] (pictures side by side).

pub mod curves;
pub mod grid;
pub mod record;
