//! Trees of manifests as people keep them: teams with their applications, each with routes, Services and workloads. The
//! same number of files gives the same bytes every time.

mod apps;
pub(crate) mod growth;
mod platform;
pub(crate) mod routed;

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// Grows when the manifests change, so that trees on disk are written anew.
const VERSION: u32 = 1;
/// One file in this many does not parse.
const BROKEN: u64 = 100;
/// How many applications a namespace has.
const APPS: usize = 8;
/// How many namespaces share a Gateway.
const SHARED_BY: usize = 10;

/// splitmix64: small, and good enough to pick words.
pub(crate) struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// Happens once in `times`.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.next() % from.len() as u64).unwrap_or_default()]
    }
}

/// Where an application stands, and how its team writes YAML.
pub(crate) struct Site {
    pub(crate) namespace: String,
    /// The namespace of the Gateway that its routes attach to.
    pub(crate) edge: String,
    pub(crate) app: String,
    /// Put around values that may be quoted.
    pub(crate) quote: &'static str,
    /// Put before the `-` of lists.
    pub(crate) dash: &'static str,
    /// One backend reference in this many has the wrong port.
    pub(crate) wrong_ports: u64,
}

impl Site {
    /// A value in the team's quotes.
    pub(crate) fn quoted(&self, value: &str) -> String {
        format!("{0}{value}{0}", self.quote)
    }

    pub(crate) fn head(&self, api_version: &str, kind: &str, name: &str) -> String {
        let Self { namespace, app, .. } = self;
        format!(
            "apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: {namespace}\n  labels:\n    app.kubernetes.io/name: {app}\n    \
             app.kubernetes.io/part-of: {}\n    team: {}\n",
            self.quoted(namespace),
            self.quoted(namespace.split('-').next().unwrap_or("shop")),
        )
    }
}

/// How many backend references of people who are careful have one with the wrong port among them.
pub(crate) const CAREFUL: u64 = 100;

/// Writes a tree of `count` files below `folder`, unless it is there; one backend reference in `wrong_ports` has the wrong port.
/// Gives back how many bytes its files have.
pub(crate) fn tree(folder: &Path, count: usize, wrong_ports: u64) -> io::Result<u64> {
    let done = folder.with_extension("done");
    if let Some(bytes) = fs::read_to_string(&done).ok().and_then(|text| text.strip_prefix(&format!("{VERSION} "))?.parse().ok()) {
        return Ok(bytes);
    }
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let mut random = Random(u64::try_from(count).unwrap_or_default());
    let mut files = Files { folder, left: count, bytes: 0 };
    let mut n = 0;
    while files.left > 0 {
        namespace(&mut files, &mut random, n, wrong_ports)?;
        n += 1;
    }
    fs::write(done, format!("{VERSION} {}", files.bytes))?;
    Ok(files.bytes)
}

struct Files<'f> {
    folder: &'f Path,
    left: usize,
    bytes: u64,
}

impl Files<'_> {
    fn add(&mut self, path: &str, text: &str, random: &mut Random) -> io::Result<()> {
        if self.left == 0 {
            return Ok(());
        }
        let text = if random.once_in(BROKEN) { break_somewhere(text, random) } else { text.to_owned() };
        let path = self.folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, &text)?;
        self.left -= 1;
        self.bytes += text.len() as u64;
        Ok(())
    }
}

/// A slip as people make it: a tab, an open quote, a line too far left.
fn break_somewhere(text: &str, random: &mut Random) -> String {
    let slip = random.pick(&["\tenabled: true\n", "    note: \"never closed\n", "  - [a, b\n", "   x: y: z\n"]);
    let line = random.below(text.lines().count() as u64);
    let at = text.match_indices('\n').nth(usize::try_from(line).unwrap_or_default()).map_or(text.len(), |(at, _)| at + 1);
    format!("{}{slip}{}", &text[..at], &text[at..])
}

const WORDS: [&str; 24] = [
    "basket", "orders", "search", "ledger", "parcels", "quotes", "stock", "prices", "reviews", "accounts", "mailer", "images", "tickets",
    "rates", "media", "labels", "returns", "vouchers", "claims", "reports", "catalog", "sessions", "profiles", "exports",
];

fn namespace(files: &mut Files<'_>, random: &mut Random, n: usize, wrong_ports: u64) -> io::Result<()> {
    if n.is_multiple_of(SHARED_BY) {
        platform::edge(n / SHARED_BY, &mut |path, text| files.add(path, text, random))?;
    }
    let namespace = format!("{}-{n}", WORDS[n % WORDS.len()]);
    let mut site = Site {
        edge: format!("edge-{}", n / SHARED_BY),
        app: String::new(),
        quote: random.pick(&["", "", "\"", "'"]),
        dash: random.pick(&["", "  "]),
        wrong_ports,
        namespace,
    };
    let folder = format!("teams/{}", site.namespace);
    let mut members = String::new();
    for app in 0..APPS {
        site.app = format!("{}-{}", WORDS[(n * 7 + app * 5) % WORDS.len()], random.pick(&["api", "web", "worker", "backend"]));
        let _ = write!(site.app, "{app}");
        for (name, text) in apps::app(&site, random) {
            let name = format!("{}-{name}.yaml", site.app);
            let _ = writeln!(members, "{}- {name}", site.dash);
            files.add(&format!("{folder}/{name}"), &text, random)?;
        }
    }
    for (name, text) in platform::around(&site, random) {
        let _ = writeln!(members, "{}- {name}.yaml", site.dash);
        files.add(&format!("{folder}/{name}.yaml"), &text, random)?;
    }
    // half of the teams build theirs with kustomize, the others apply the folder
    if random.once_in(2) {
        let text = format!("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n{members}");
        files.add(&format!("{folder}/kustomization.yaml"), &text, random)?;
    }
    Ok(())
}
