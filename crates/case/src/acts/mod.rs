//! Who did what in the case.
