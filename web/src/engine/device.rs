//! Which engine does the work, how many workers it has, and why.

use super::protocol::{Hindrance, Speed};

/// An engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The processor, several workers.
    Cpu,
    /// The graphics device, one worker that has it.
    WebGpu,
}

impl Backend {
    /// As the address of the page and the attribute `data-backend` name it.
    pub fn name(self) -> &'static str {
        match self {
            Backend::Cpu => "cpu",
            Backend::WebGpu => "webgpu",
        }
    }
}

/// Why this engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The page's address asks for it.
    Asked,
    /// The graphics device computes rightly, and is not slower than the workers.
    Proved,
    /// The graphics device cannot be used, or not to advantage.
    Hindered(Hindrance),
}

/// The decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The engine.
    pub backend: Backend,
    /// Why it.
    pub reason: Reason,
    /// How many workers of the processor share a picture, if it is the processor's.
    pub workers: usize,
}

impl Choice {
    /// The processor, for this reason.
    pub fn processor(reason: Reason, workers: usize) -> Choice {
        Choice { backend: Backend::Cpu, reason, workers }
    }
}

/// What the browser says of the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Machine {
    /// Threads that run at the same time.
    pub cores: usize,
    /// Gibibytes of memory, rounded down to a power of two and at most 8; most browsers keep it to
    /// themselves.
    pub memory: Option<f64>,
    /// Whether the screen is a telephone's.
    pub small_screen: bool,
}

/// What the page's address asks for, as in `?backend=cpu`; nothing if it asks for none or for another.
pub fn asked(wanted: Option<&str>) -> Option<Backend> {
    [Backend::Cpu, Backend::WebGpu].into_iter().find(|backend| wanted == Some(backend.name()))
}

/// As many as cores, at most 8; two where memory is small, or unknown on a small screen.
pub fn worker_count(machine: Machine) -> usize {
    let most = match machine.memory {
        Some(memory) if memory <= 4.0 => 2,
        None if machine.small_screen => 2,
        _ => 8,
    };
    machine.cores.clamp(1, most)
}

/// What the test tile says: whether the device may be used in place of so many workers.
///
/// # Errors
/// What is against it.
pub fn verdict(agrees: bool, speed: Option<Speed>, workers: usize) -> Result<(), Hindrance> {
    match speed {
        _ if !agrees => Err(Hindrance::Wrong),
        Some(Speed { device, worker }) if device > worker / workers as f64 => Err(Hindrance::Slower),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESK: Machine = Machine { cores: 16, memory: Some(8.0), small_screen: false };

    #[test]
    fn workers_follow_cores_and_memory() {
        assert_eq!(worker_count(DESK), 8);
        assert_eq!(worker_count(Machine { cores: 2, ..DESK }), 2);
        assert_eq!(worker_count(Machine { memory: Some(4.0), ..DESK }), 2);
        assert_eq!(worker_count(Machine { memory: None, ..DESK }), 8);
        assert_eq!(worker_count(Machine { memory: None, small_screen: true, ..DESK }), 2);
        assert_eq!(worker_count(Machine { cores: 0, ..DESK }), 1);
    }

    #[test]
    fn the_address_may_ask_for_an_engine() {
        let found = [Some("cpu"), Some("webgpu"), Some("abacus"), None].map(asked);
        assert_eq!(found, [Some(Backend::Cpu), Some(Backend::WebGpu), None, None]);
    }

    #[test]
    fn a_device_has_to_be_right_and_not_slower() {
        let speed = |device| Some(Speed { device, worker: 400.0 });
        assert_eq!(verdict(true, speed(100.0), 4), Ok(()));
        assert_eq!(verdict(true, speed(101.0), 4), Err(Hindrance::Slower));
        assert_eq!(verdict(false, speed(1.0), 4), Err(Hindrance::Wrong));
        assert_eq!(verdict(true, None, 8), Ok(()));
    }
}
