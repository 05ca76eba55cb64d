//! The tests of the rules that come with this build.
