//! Promises that only the embedded log makes.
