//! Which engine does the work, how many workers it has, and why.

use super::protocol::Trouble;

/// An engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The processor, several workers.
    Cpu,
    /// The graphics device.
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
    /// There is no other in this version.
    OnlyOne,
    /// The page's address asks for it.
    Asked,
}

/// The decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The engine.
    pub backend: Backend,
    /// Why it.
    pub reason: Reason,
    /// How many workers share a picture.
    pub workers: usize,
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

/// Decides; `wanted` is what the page's address asks for, as in `?backend=cpu`.
///
/// # Errors
/// If it asks for an engine that is not there.
pub fn choose(wanted: Option<&str>, machine: Machine) -> Result<Choice, Trouble> {
    let reason = match wanted {
        Some("webgpu") => return Err(Trouble::NoWebGpu),
        Some("cpu") => Reason::Asked,
        _ => Reason::OnlyOne,
    };
    Ok(Choice { backend: Backend::Cpu, reason, workers: worker_count(machine) })
}

/// As many as cores, at most 8; two where memory is small, or unknown on a small screen.
fn worker_count(machine: Machine) -> usize {
    let most = match machine.memory {
        Some(memory) if memory <= 4.0 => 2,
        None if machine.small_screen => 2,
        _ => 8,
    };
    machine.cores.clamp(1, most)
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
    fn an_engine_that_is_not_there_is_said_to_be_missing() {
        assert_eq!(choose(Some("webgpu"), DESK), Err(Trouble::NoWebGpu));
        assert_eq!(choose(Some("cpu"), DESK).unwrap().reason, Reason::Asked);
        assert_eq!(choose(None, DESK).unwrap().reason, Reason::OnlyOne);
    }
}
