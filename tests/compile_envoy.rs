//! What `meshgate compile` writes, asked of a real Envoy.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/compiling.rs"]
mod compiling;
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/random.rs"]
mod random;
mod support;

use std::net::SocketAddr;

use compiling::{AROUND, compiled_with, outcome, route};
use envoy::{Client, Running, envoy, free_port, validate};
use meshgate::compile::{Format, Options, Wanted};
use meshgate::mesh::routing::re2;
use random::{Random, gateway_and_routes};
use serde_json::json;
use support::{folder, meshgate};

const AWAY: &str = "{matches: [{path: {type: PathPrefix, value: /away}}], filters: [{type: RequestRedirect, requestRedirect: {hostname: example.org, statusCode: 301}}]}";

#[test]
fn envoy_runs_what_is_written() {
    let Some(envoy) = envoy() else { return };
    let dir = folder(&[("all.yaml", &format!("{AROUND}{}", route("r", "", AWAY)))]);
    let port = free_port();
    let asked = format!("--validate --envoy {}", envoy.display());
    let run = meshgate(dir.path(), &format!("compile --listen 80=127.0.0.1:{port} {asked} -o edge.envoy.yaml"));
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    let address: SocketAddr = ([127, 0, 0, 1], port).into();
    let running = Running::start(envoy, &std::fs::read_to_string(dir.path().join("edge.envoy.yaml")).unwrap(), &[address]);
    let mut client = Client::new(address);
    let answer = client.ask("GET", "/away/x?y=1", "a.example.com", &[]);
    assert_eq!((answer.status, answer.header("location")), (301, Some("http://example.org/away/x?y=1")), "{}", running.log());
    assert_eq!(client.ask("GET", "/else", "a.example.com", &[]).status, 404);
}

/// Files for filesystem xDS work as they are written, and a table that is replaced is read again.
#[test]
fn envoy_reads_files_for_filesystem_xds() {
    let Some(envoy) = envoy() else { return };
    let dir = folder(&[("in/all.yaml", &format!("{AROUND}{}", route("r", "", AWAY)))]);
    let port = free_port();
    let out = dir.path().join("xds");
    let write = || {
        let args = format!("compile in --format xds-files --listen 80=127.0.0.1:{port} -o {}", out.display());
        let run = meshgate(dir.path(), &args);
        assert_eq!(run.code, 0, "{}", run.err);
    };
    write();
    let address: SocketAddr = ([127, 0, 0, 1], port).into();
    let running = Running::start(envoy, &std::fs::read_to_string(out.join("bootstrap.yaml")).unwrap(), &[address]);
    let mut client = Client::new(address);
    assert_eq!(client.ask("GET", "/away", "a.example.com", &[]).status, 301, "{}", running.log());
    std::fs::write(dir.path().join("in/all.yaml"), format!("{AROUND}{}", route("r", "", &AWAY.replace("301", "308")))).unwrap();
    write();
    let changed = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(25));
        client.ask("GET", "/away", "a.example.com", &[]).status == 308
    });
    assert!(changed, "{}", running.log());
}

/// The scenarios, in each format and with each way to find backends.
#[test]
fn envoy_takes_the_scenarios() {
    let Some(envoy) = envoy() else { return };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = tempfile::tempdir().unwrap();
    let mut count = 0;
    for scenario in std::fs::read_dir(root.join("testdata/scenarios")).unwrap() {
        let folder = scenario.unwrap().path().join("working");
        for more in [
            "",
            "--endpoints vip",
            "--endpoints pods --profile spec",
            "--endpoints eds",
            "--endpoints eds --format xds-files",
            "--format xds-files",
        ] {
            let asked = format!("--validate --envoy {} --all -o {}/{count}", envoy.display(), out.path().display());
            let run = meshgate(root, &format!("compile {} {more} {asked}", folder.display()));
            assert_eq!((run.code, run.out.as_str()), (0, ""), "{} {more}: {}", folder.display(), run.err);
            count += 1;
        }
    }
    assert!(count > 40, "{count}");
}

#[test]
fn what_envoy_refuses_is_not_written() {
    let Some(envoy) = envoy() else { return };
    let pem = |label: &str| format!("\"-----BEGIN {label}-----\\nMIIB\\n-----END {label}-----\\n\"");
    let secret = format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: c, namespace: infra}}\nstringData: {{tls.crt: {}, tls.key: {}}}\n",
        pem("CERTIFICATE"),
        pem("PRIVATE KEY"),
    );
    let text = AROUND.replace("port: 80, protocol: HTTP,", "port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: c}]},") + &secret;
    let dir = folder(&[("all.yaml", &text)]);
    let run = meshgate(dir.path(), &format!("compile --validate --envoy {} -o out.yaml", envoy.display()));
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
    assert!(run.err.contains("error: Envoy refuses the configuration of Gateway infra/edge: "), "{}", run.err);
    assert!(!dir.path().join("out.yaml").exists());
}

/// What is accepted without an error is accepted by Envoy; many configurations are asked about at once, as one.
#[test]
fn envoy_takes_what_is_accepted() {
    let Some(envoy) = envoy() else { return };
    let mut accepted = 0;
    for batch in 0..8 {
        let (mut listeners, mut clusters, mut seeds) = (Vec::new(), std::collections::BTreeMap::new(), Vec::new());
        for seed in batch * 25..(batch + 1) * 25 {
            let documents = random::file(&gateway_and_routes(&mut Random::new(1000 + seed)));
            let (compiled, errors) = compiled_with(&documents, &Options { places: false, ..Options::default() });
            if !errors.is_empty() {
                continue;
            }
            accepted += 1;
            seeds.push(seed);
            let mut whole = json!(compiled.files(Format::Bootstrap, "")[0].value);
            for listener in whole["static_resources"]["listeners"].as_array_mut().unwrap() {
                listener["name"] = json!(format!("{}-{seed}", listener["name"].as_str().unwrap()));
                listener["address"]["socket_address"]["port_value"] = json!(10_000 + listeners.len());
                listeners.push(listener.take());
            }
            for cluster in whole["static_resources"]["clusters"].as_array_mut().unwrap() {
                clusters.insert(cluster["name"].as_str().unwrap().to_owned(), cluster.take());
            }
        }
        let mut all = json!({ "static_resources": { "listeners": listeners, "clusters": clusters.into_values().collect::<Vec<_>>() } });
        strip(&mut all);
        let said = validate(envoy, &all.to_string());
        assert_eq!(said, Ok(()), "seeds {seeds:?}");
    }
    assert!(accepted > 150, "{accepted}");
}

/// Takes the words for people out.
fn strip(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.shift_remove("#");
            fields.values_mut().for_each(strip);
        }
        serde_json::Value::Array(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}

/// A pattern that is accepted is one that Envoy reads, and what RE2 reads is accepted but for a few oddities.
#[test]
fn envoy_reads_the_patterns_that_are_accepted() {
    let Some(envoy) = envoy() else { return };
    let parts = [
        "a",
        "/",
        ".",
        "\\d",
        "\\w+",
        "[a-z]",
        "[^/]",
        "(",
        ")",
        "|",
        "*",
        "+",
        "?",
        "{2}",
        "{1,3}",
        "{",
        "}",
        "^",
        "$",
        "\\.",
        "[",
        "]",
        "-",
        "(?:",
        "(?i)",
        "(?P<n>",
        "\\",
        "\\b",
        "\\pL",
        "\\Q",
        "\\E",
        "[[:alpha:]]",
        "&&",
        "é",
        "\\x41",
        "\\1",
        "\\z",
        "\\_",
        "\\-",
        "(?=",
        "{,2}",
        "\\01",
        "[]a]",
        "[a-",
    ];
    let mut random = Random::new(7);
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for _ in 0..4000 {
        let pattern: String = (0..=random.below(6)).map(|_| *random.pick(&parts)).collect();
        if re2::program_size(&pattern).is_ok() { good.push(pattern) } else { bad.push(pattern) }
    }
    assert!(good.len() > 500 && bad.len() > 500, "{} {}", good.len(), bad.len());
    let config = |patterns: &[String]| {
        let routes: Vec<_> = patterns
            .iter()
            .map(|pattern| json!({ "match": { "safe_regex": { "regex": pattern } }, "direct_response": { "status": 200 } }))
            .collect();
        let manager = json!({
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "x",
            "route_config": { "virtual_hosts": [{ "name": "x", "domains": ["*"], "routes": routes }] },
            "http_filters": [{ "name": "r", "typed_config": { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" } }],
        });
        json!({
            "layered_runtime": { "layers": [{ "name": "x", "static_layer": { "re2.max_program_size.error_level": 32768 } }] },
            "static_resources": { "listeners": [{
                "name": "x",
                "address": { "socket_address": { "address": "127.0.0.1", "port_value": 10_000 } },
                "filter_chains": [{ "filters": [{ "name": "x", "typed_config": manager }] }],
            }] },
        })
        .to_string()
    };
    for batch in good.chunks(500) {
        let said = validate(envoy, &config(batch));
        assert_eq!(said, Ok(()), "{batch:?}");
    }
    bad.truncate(100);
    let read: Vec<&String> = bad.iter().filter(|pattern| validate(envoy, &config(&[(*pattern).clone()])).is_ok()).collect();
    assert!(read.len() <= 3, "RE2 reads them: {read:?}");
}

/// What the names of a configuration are for: requests reach the backend of their route, and a broken share gets 500.
#[test]
fn requests_reach_their_backend() {
    use std::io::{Read, Write};
    let Some(envoy) = envoy() else { return };
    let backend = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let at = backend.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in backend.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(count) = stream.read(&mut buffer) {
                    let head = String::from_utf8_lossy(&buffer[..count]).into_owned();
                    let Some(line) = head.lines().next().filter(|line| !line.is_empty()) else { break };
                    let host = head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
                    let body = format!("{line} {host}");
                    let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                }
            });
        }
    });
    let rules = "{matches: [{path: {value: /in}}], filters: [{type: URLRewrite, urlRewrite: {hostname: inner.example.com, \
        path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}], backendRefs: [{name: cart, port: 80}]}, \
        {matches: [{path: {value: /split}}], backendRefs: [{name: cart, port: 80, weight: 1}, {name: gone, port: 80, weight: 1}]}";
    let port = free_port();
    let text = format!("{AROUND}{}", route("r", "", rules));
    let mut options = Options { places: false, ..Options::default() };
    options.listen.push(format!("80=127.0.0.1:{port}").parse().unwrap());
    options.endpoints.insert("shop/cart:80".parse().unwrap(), ("127.0.0.1".to_owned(), at.port()));
    let compiled = outcome(&[("all.yaml", &text)], &Wanted::Only, &options).compiled.unwrap().remove(0);
    let whole = compiled.text(&compiled.files(Format::Bootstrap, "")[0], true);
    let address: SocketAddr = ([127, 0, 0, 1], port).into();
    let _running = Running::start(envoy, &whole, &[address]);
    let mut client = Client::new(address);
    for (path, seen) in [("/in/x?q=1", "GET /x?q=1 HTTP/1.1 inner.example.com"), ("/in", "GET / HTTP/1.1 inner.example.com")] {
        let answer = client.ask("GET", path, "a.example.com", &[]);
        assert_eq!((answer.status, answer.body.as_str()), (200, seen));
    }
    let failed = (0..400).filter(|_| client.ask("GET", "/split", "a.example.com", &[]).status == 500).count();
    assert!((120..280).contains(&failed), "{failed} of 400");
}

/// Connections, packets and calls.
#[test]
fn envoy_takes_streams_and_calls() {
    let Some(envoy) = envoy() else { return };
    let call = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute\nmetadata: {name: g, namespace: shop}\n\
        spec: {parentRefs: [{name: edge, namespace: infra}], rules: [{matches: [{method: {service: a.B}}], backendRefs: [{name: cart, port: 80}]}]}\n";
    for text in [compiling::streams(), format!("{AROUND}{call}")] {
        for format in [Format::Bootstrap, Format::XdsFiles] {
            let (compiled, _) = compiled_with(&text, &Options::default());
            let files = compiled.files(format, "/nowhere");
            let mut whole = json!(if format == Format::XdsFiles { meshgate::compile::folded(&files) } else { files[0].value.clone() });
            strip(&mut whole);
            assert_eq!(validate(envoy, &whole.to_string()), Ok(()), "{text}");
        }
    }
}
