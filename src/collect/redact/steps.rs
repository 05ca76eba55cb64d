//! How many bytes were looked at, for the tests that hold the search to linear time.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Counts bytes that were looked at.
#[cfg(test)]
pub(in crate::collect) fn walked(bytes: usize) {
    STEPS.with(|it| it.set(it.get() + bytes as u64));
}

/// Counts bytes that were looked at.
#[cfg(not(test))]
#[inline(always)]
pub(in crate::collect) const fn walked(_bytes: usize) {}

/// How many bytes were looked at while this ran.
#[cfg(test)]
pub(in crate::collect) fn steps_of<T>(run: impl FnOnce() -> T) -> (T, u64) {
    let before = STEPS.with(std::cell::Cell::get);
    let result = run();
    (result, STEPS.with(std::cell::Cell::get) - before)
}
