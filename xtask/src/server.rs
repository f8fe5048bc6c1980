//! Serves a folder over HTTP on this machine alone: what any static host does, and nothing more.
//!
//! A thread a request, and the connection ends with the answer: a browser opens several connections at once and
//! keeps them, and none may wait for another.

use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Longest head of a request that is read.
const HEAD_BYTES: u64 = 16 * 1024;

/// Longest wait for a client that says nothing or takes nothing.
const PATIENCE: Duration = Duration::from_secs(10);

/// A folder that is served until this value is dropped.
pub struct Server {
    address: SocketAddr,
    mount: String,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `folder` under the path `mount`, which begins and ends with a slash, on 127.0.0.1.
    ///
    /// Port 0 takes a free one. Nothing is cached, so that a page built again is seen at once.
    ///
    /// # Errors
    /// If the port is taken.
    pub fn start(folder: &Path, mount: &str, port: u16) -> Result<Self> {
        let asked = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(asked).with_context(|| format!("cannot serve on {asked}"))?;
        let address = listener.local_addr()?;
        let ended = Arc::new(AtomicBool::new(false));
        let site = Arc::new(Site { folder: folder.to_path_buf(), mount: mount.to_owned() });
        let thread = {
            let ended = Arc::clone(&ended);
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    if ended.load(Ordering::SeqCst) {
                        return;
                    }
                    // A connection that failed before it was accepted is the client's to try again.
                    let Ok(stream) = stream else { continue };
                    let site = Arc::clone(&site);
                    // A visitor who leaves before the answer is complete is no error of the server.
                    std::thread::spawn(move || site.answer(&stream).ok());
                }
            })
        };
        Ok(Self { address, mount: mount.to_owned(), ended, thread: Some(thread) })
    }

    /// Scheme, host and port, without a slash at the end.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address of the folder's `index.html`.
    pub fn address(&self) -> String {
        format!("{}{}", self.origin(), self.mount)
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // A last connection, so that the thread that waits for one sees the end.
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            thread.join().ok();
        }
    }
}

struct Site {
    folder: PathBuf,
    mount: String,
}

impl Site {
    fn answer(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let Some(target) = target(BufReader::new(stream.take(HEAD_BYTES)))? else {
            return stream.write_all(&head("405 Method Not Allowed", "text/plain; charset=utf-8", 0));
        };
        let file = file_for(&target, &self.folder, &self.mount);
        match file.and_then(|path| Some((std::fs::read(&path).ok()?, path))) {
            Some((bytes, path)) => {
                stream.write_all(&head("200 OK", media_type(&path), bytes.len()))?;
                stream.write_all(&bytes)
            }
            None => stream.write_all(&head("404 Not Found", "text/plain; charset=utf-8", 0)),
        }
    }
}

/// What a GET asks for, after its whole head was read; nothing for other methods.
fn target(request: impl BufRead) -> std::io::Result<Option<String>> {
    let mut lines = request.lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    Ok(first.strip_prefix("GET ").and_then(|rest| Some(rest.split(' ').next()?.to_owned())))
}

fn head(status: &str, media_type: &str, length: usize) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\
         Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )
    .into_bytes()
}

/// The file that an address names, if it lies in `folder` under `mount`.
fn file_for(address: &str, folder: &Path, mount: &str) -> Option<PathBuf> {
    let path = address.split(['?', '#']).next()?.strip_prefix(mount)?;
    let path = Path::new(if path.is_empty() { "index.html" } else { path });
    let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    let file = folder.join(path);
    (inside && file.is_file()).then_some(file)
}

fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json" | "webmanifest") => "application/json",
        Some("wasm") => "application/wasm",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("svg") => "image/svg+xml",
        Some("ico") => "image/x-icon",
        Some("txt" | "csv" | "md") => "text/plain; charset=utf-8",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
    }

    fn get(server: &Server, path: &str) -> String {
        let mut stream = TcpStream::connect(server.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: here\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn serves_files_of_the_folder_and_no_others() {
        let server = Server::start(&folder(), "/under/", 0).unwrap();
        let answer = get(&server, "/under/server.rs?query");
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("no-store"), "{answer}");
        for outside in
            ["/server.rs", "/under/../Cargo.toml", "/under//etc/passwd", "/under/missing", "/under/"]
        {
            assert!(get(&server, outside).starts_with("HTTP/1.1 404"), "{outside} was served");
        }
    }

    #[test]
    fn silent_connections_keep_nobody_waiting() {
        let server = Server::start(&folder(), "/", 0).unwrap();
        let _silent: Vec<_> = (0..20).map(|_| TcpStream::connect(server.address).unwrap()).collect();
        assert!(get(&server, "/lib.rs").starts_with("HTTP/1.1 200"));
    }

    #[test]
    fn a_taken_port_is_an_error_that_names_it() {
        let first = Server::start(&folder(), "/", 0).unwrap();
        let error = Server::start(&folder(), "/", first.address.port()).err().unwrap().to_string();
        assert_eq!(error, format!("cannot serve on {}", first.address));
    }

    #[test]
    fn wasm_has_the_type_that_browsers_compile_while_loading() {
        assert_eq!(media_type(Path::new("a/page_bg.wasm")), "application/wasm");
        assert_eq!(media_type(Path::new("weights/x.safetensors")), "application/octet-stream");
    }
}
