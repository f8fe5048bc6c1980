//! Reads Chromium's network log (`--log-net-log`): every request of the whole browser, workers included.
//!
//! The console and the DevTools of a page know nothing of what its workers ask for; this log does.

use serde_json::Value;

/// A request as the network stack began it.
#[derive(Clone, Debug, PartialEq)]
pub struct Requested {
    /// What was asked for.
    pub url: String,
    /// The origin of the page or worker that asked, or `null` if it has none of its own, as a frame from a
    /// `data:` address; `not an origin` where the browser itself did.
    pub initiator: String,
}

impl Requested {
    /// Whether a page of this origin may have asked, or what it has put into frames and workers without an
    /// origin. Whoever has another origin can only have been brought in by a request that is one of these.
    pub fn may_come_from(&self, origin: &str) -> bool {
        self.initiator == origin || self.initiator.starts_with("null")
    }
}

/// The requests of a log. A log that was cut off is read as far as it goes.
///
/// # Panics
/// If the log does not begin as Chromium's do.
pub fn read(log: &str) -> Vec<Requested> {
    // One event a line, after a line of constants that gives their types' numbers.
    let mut lines = log.lines();
    let first = lines.next().unwrap_or_default().trim_end_matches(',');
    let constants: Value =
        serde_json::from_str(&format!("{first}}}")).expect("a network log begins with constants");
    let start = &constants["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"];
    assert!(start.is_number(), "the network log has no number for URL_REQUEST_START_JOB");
    let events = lines.filter_map(|line| {
        let line = line.trim_end_matches([',', ']', '}']);
        // The brackets that end an event are lost with those that end the log.
        (0..4).find_map(|count| serde_json::from_str::<Value>(&format!("{line}{}", "}".repeat(count))).ok())
    });
    events.filter(|event| &event["type"] == start).filter_map(|event| request(&event["params"])).collect()
}

fn request(parameters: &Value) -> Option<Requested> {
    let url = parameters["url"].as_str()?.to_owned();
    Some(Requested { url, initiator: parameters["initiator"].as_str().unwrap_or_default().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = r#"{"constants":{"logEventTypes":{"URL_REQUEST_START_JOB":7}},
"events": [
{"params":{"initiator":"http://here","method":"GET","url":"http://here/a.wasm"},"phase":1,"source":{"id":1},"type":7},
{"phase":2,"source":{"id":1},"type":7},
{"params":{"url":"http://other/"},"phase":1,"type":8},
{"params":{"url":"http://there/"},"phase":1,"type":7}]}
"#;

    fn requested(url: &str, initiator: &str) -> Requested {
        Requested { url: url.to_owned(), initiator: initiator.to_owned() }
    }

    #[test]
    fn requests_are_found_among_other_events() {
        assert_eq!(
            read(LOG),
            [requested("http://here/a.wasm", "http://here"), requested("http://there/", "")]
        );
    }

    #[test]
    fn what_has_no_origin_of_its_own_may_be_the_pages() {
        for (initiator, expected) in [
            ("http://here", true),
            ("null", true),
            ("null [internally: derived from http://here]", true),
            ("not an origin", false),
            ("http://here.example", false),
            ("", false),
        ] {
            let request = requested("http://there/", initiator);
            assert_eq!(request.may_come_from("http://here"), expected, "{initiator}");
        }
    }

    #[test]
    fn a_log_that_was_cut_off_is_read_as_far_as_it_goes() {
        let cut = &LOG[..LOG.find("other").unwrap()];
        assert_eq!(read(cut), [requested("http://here/a.wasm", "http://here")]);
    }
}
