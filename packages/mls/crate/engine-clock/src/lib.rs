//! The engine's clock: whatever the caller last set it to.
//!
//! OpenMLS asks this crate for the time when it judges an added leaf's lifetime. Members whose wall clocks differ would
//! judge the same commit differently and fork, so the only time here is the one that the committer put in the commit's
//! authenticated data. No wall clock is linked into the module at all: a forgotten `set` reads as 1970 and refuses every
//! key package, the same on every machine.

use std::ops::{Add, Sub};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

static NOW_MS: AtomicU64 = AtomicU64::new(0);

/// Sets the time, in milliseconds since 1970.
pub fn set(now_ms: u64) {
    NOW_MS.store(now_ms, Ordering::Relaxed);
}

/// A point in time, as the duration since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SystemTime(Duration);

pub const UNIX_EPOCH: SystemTime = SystemTime(Duration::ZERO);

/// How far the asked-for moment lies in the future.
#[derive(Clone, Debug)]
pub struct SystemTimeError(Duration);

impl SystemTimeError {
    pub fn duration(&self) -> Duration {
        self.0
    }
}

impl std::fmt::Display for SystemTimeError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the moment lies in the future")
    }
}

impl std::error::Error for SystemTimeError {}

impl SystemTime {
    pub const UNIX_EPOCH: SystemTime = UNIX_EPOCH;

    pub fn now() -> Self {
        Self(Duration::from_millis(NOW_MS.load(Ordering::Relaxed)))
    }

    pub fn duration_since(&self, earlier: Self) -> Result<Duration, SystemTimeError> {
        self.0.checked_sub(earlier.0).ok_or_else(|| SystemTimeError(earlier.0 - self.0))
    }

    pub fn elapsed(&self) -> Result<Duration, SystemTimeError> {
        Self::now().duration_since(*self)
    }

    pub fn checked_add(&self, wait: Duration) -> Option<Self> {
        self.0.checked_add(wait).map(Self)
    }

    pub fn checked_sub(&self, wait: Duration) -> Option<Self> {
        self.0.checked_sub(wait).map(Self)
    }
}

impl Add<Duration> for SystemTime {
    type Output = Self;
    fn add(self, wait: Duration) -> Self {
        Self(self.0 + wait)
    }
}

impl Sub<Duration> for SystemTime {
    type Output = Self;
    fn sub(self, wait: Duration) -> Self {
        Self(self.0 - wait)
    }
}
