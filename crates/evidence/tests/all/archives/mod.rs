//! Archives: members against what other tools list, damage, limits, resuming, robustness.
mod common;
mod damage;
mod folder;
mod limits;
mod members;
mod outside;
mod resume;
mod robustness;
