//! Stands in for jemalloc, which nothing in the oracle allocates with.
