//! Whether deployed code contains the fixes that rules name, whether they take effect, and where the places that rules name are.

pub mod containment;
pub mod fix;
mod fix_lines;
pub mod fix_shape;
mod fix_effect;
pub mod fix_table;
pub mod anchors;
