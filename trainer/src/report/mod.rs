//! What a run writes for people: lines, curves and grids of pictures.

pub mod curves;
pub mod grid;
pub mod record;
