//! `meshgate fix`, run as a person runs it.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use meshgate::cli::world::RealWorld;
use meshgate::fix::{Options, WriteFailure, fix, write};
use meshgate::lint::Request;
use meshgate::text::{FileKind, Listing, Ran, World};
use support::{command, finish, folder, meshgate};

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: cart # the cart\n  namespace: shop\nspec:\n  ports:\n    - port: 80\n      targetPort: 8080\n";

fn route(port: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: cart\n  namespace: shop\nspec:\n  parentRefs:\n    - name: public\n      namespace: edge\n  rules:\n    - backendRefs:\n        - name: cart\n          port: {port}"
    )
}

fn read(dir: &tempfile::TempDir, path: &str) -> String {
    fs::read_to_string(dir.path().join(path)).unwrap()
}

#[test]
fn writes_what_is_safe_and_keeps_the_rest() {
    let crlf = route("8080 # why").replace('\n', "\r\n");
    let dir = folder(&[("svc.yaml", SERVICE), ("route.yaml", &format!("\u{feff}{crlf}"))]);
    let run = meshgate(&dir, "fix");
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    assert!(run.err.starts_with("fixed 1 finding in 1 file\n    1  backend-port-is-target-port\n"), "{}", run.err);
    // BOM, line ends, the comment and the missing end of the last line stay
    assert_eq!(read(&dir, "route.yaml"), format!("\u{feff}{}", route("80 # why").replace('\n', "\r\n")));
    assert_eq!(read(&dir, "svc.yaml"), SERVICE);
    let again = meshgate(&dir, "fix");
    assert!(again.err.starts_with("fixed nothing\n"), "{}", again.err);
}

#[test]
fn a_diff_writes_nothing_and_can_be_applied() {
    let dir = folder(&[("svc.yaml", SERVICE), ("a/route.yaml", &format!("{}\n", route("8080")))]);
    let run = meshgate(&dir, "fix --diff");
    assert_eq!(run.code, 1);
    assert!(run.out.starts_with("--- a/a/route.yaml\n+++ b/a/route.yaml\n@@ "), "{}", run.out);
    assert!(run.out.contains("-          port: 8080\n+          port: 80\n"), "{}", run.out);
    assert!(run.err.starts_with("would fix 1 finding in 1 file"), "{}", run.err);
    assert_eq!(read(&dir, "a/route.yaml"), format!("{}\n", route("8080")));
    fs::write(dir.path().join("fix.diff"), &run.out).unwrap();
    let applied = std::process::Command::new("git").args(["apply", "fix.diff"]).current_dir(&dir).status().unwrap();
    assert!(applied.success());
    assert_eq!(read(&dir, "a/route.yaml"), format!("{}\n", route("80")));
    let clean = meshgate(&dir, "fix --diff");
    assert_eq!((clean.code, clean.out.as_str()), (0, ""));
}

const UNSAFE: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    istio.io/dataplane-mode: enabled\n";

#[test]
fn unsafe_fixes_are_made_when_asked_for() {
    let dir = folder(&[("ns.yaml", UNSAFE)]);
    let run = meshgate(&dir, "fix");
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("dataplane-mode-value"), "{}", run.out);
    assert!(run.err.contains("left: 1 with a fix that is unsafe (--unsafe-fixes makes it)\n"), "{}", run.err);
    assert_eq!(read(&dir, "ns.yaml"), UNSAFE);
    let run = meshgate(&dir, "lint --fix --unsafe-fixes");
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    assert_eq!(read(&dir, "ns.yaml"), UNSAFE.replace("enabled", "ambient"));
}

#[test]
fn only_some_rules() {
    let dir = folder(&[("ns.yaml", UNSAFE), ("svc.yaml", SERVICE), ("route.yaml", &route("8080"))]);
    assert_eq!(meshgate(&dir, "fix --unsafe-fixes --only backend-port-is-target-port").code, 1);
    assert_eq!((read(&dir, "ns.yaml"), read(&dir, "route.yaml")), (UNSAFE.to_owned(), route("80")));
    let wrong = meshgate(&dir, "fix --only dataplane-mod-value");
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("did you mean `dataplane-mode-value`"), "{}", wrong.err);
}

#[test]
fn what_is_ignored_or_excluded_is_left_alone() {
    let ignored = route("8080 # meshgate: ignore[backend-port-is-target-port] the quay patches it");
    let dir = folder(&[
        ("svc.yaml", SERVICE),
        ("route.yaml", &ignored),
        ("skip/route.yaml", &route("8080")),
        ("meshgate.yaml", "exclude: [skip/**]\n"),
    ]);
    assert_eq!(meshgate(&dir, "fix").code, 0);
    assert_eq!((read(&dir, "route.yaml"), read(&dir, "skip/route.yaml")), (ignored, route("8080")));
}

#[test]
fn a_new_folder_gets_the_whole_tree() {
    let dir = folder(&[("in/svc.yaml", SERVICE), ("in/b/route.yaml", &route("8080")), ("in/b/notes.txt", "words\n")]);
    let run = meshgate(&dir, "fix in --output-dir out");
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!((read(&dir, "in/b/route.yaml"), read(&dir, "out/b/route.yaml")), (route("8080"), route("80")));
    assert_eq!((read(&dir, "out/svc.yaml"), read(&dir, "out/b/notes.txt")), (SERVICE.to_owned(), "words\n".to_owned()));
    let full = meshgate(&dir, "fix in --output-dir out");
    assert_eq!(full.code, 2);
    assert!(full.err.contains("out is not empty"), "{}", full.err);
}

#[test]
fn standard_input_is_printed_fixed() {
    let dir = folder(&[]);
    let text = format!("{SERVICE}---\n{}\n", route("8080"));
    for args in ["fix -", "fix - --stdin-filename a/b.yaml"] {
        let run = finish(command(&dir).args(args.split_whitespace()).write_stdin(text.clone()));
        assert_eq!(
            (run.code, run.out.as_str()),
            (0, text.replace("port: 8080\n", "port: 80\n").replace("targetPort: 80\n", "targetPort: 8080\n").as_str())
        );
    }
    let same = finish(command(&dir).args(["fix", "-"]).write_stdin(SERVICE));
    assert_eq!((same.code, same.out.as_str()), (0, SERVICE));
    assert_eq!(finish(command(&dir).args(["lint", "--fix", "-"]).write_stdin(SERVICE)).code, 2);
    assert_eq!(meshgate(&dir, "fix . --stdin-filename x.yaml").code, 2);
}

#[test]
fn no_manifests_and_wrong_settings_write_nothing() {
    let dir = folder(&[("notes.yaml", "a: b\n")]);
    assert_eq!(meshgate(&dir, "fix").code, 2);
    let dir = folder(&[("svc.yaml", SERVICE), ("route.yaml", &route("8080")), ("meshgate.yaml", "rule: {}\n")]);
    assert_eq!(meshgate(&dir, "fix").code, 2);
    assert_eq!(read(&dir, "route.yaml"), route("8080"));
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = folder(&[("svc.yaml", SERVICE), ("real/route.yaml", &route("8080"))]);
    let (real, link) = (dir.path().join("real/route.yaml"), dir.path().join("link.yaml"));
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real/route.yaml", &link).unwrap();
    assert_eq!(meshgate(&dir, "fix link.yaml svc.yaml").code, 0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!((fs::read_to_string(&real).unwrap(), fs::metadata(&real).unwrap().permissions().mode() & 0o777), (route("80"), 0o640));
}

/// A route in `front` to a Service in `shop` that no ReferenceGrant lets out: the fix makes a resource beside the Service.
fn across() -> [(&'static str, String); 2] {
    let service = SERVICE.replace(" # the cart", "");
    let route = route("80\n          namespace: shop\n").replacen("namespace: shop", "namespace: front", 1);
    [("shop/cart.yaml", service), ("front/cart.yaml", route)]
}

#[test]
fn a_new_resource_goes_after_the_one_it_belongs_to() {
    let files = across();
    let dir = folder(&files.each_ref().map(|(path, text)| (*path, text.as_str())));
    let run = meshgate(&dir, "fix --unsafe-fixes --complete --only reference-grant-missing");
    assert!(run.err.starts_with("fixed 1 finding in 1 file"), "{}{}", run.out, run.err);
    let text = read(&dir, "shop/cart.yaml");
    assert!(
        text.starts_with(&format!("{}---\napiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\n", files[0].1)),
        "{text}"
    );
}

#[test]
fn a_folder_of_single_resources_gets_another_file() {
    let files = across();
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: cart\n  namespace: shop\n";
    let kustomization = "resources:\n  - service-cart.yaml # first\n  - serviceaccount-cart.yaml\n";
    let dir = folder(&[
        ("shop/service-cart.yaml", &files[0].1),
        ("shop/serviceaccount-cart.yaml", account),
        ("shop/kustomization.yaml", kustomization),
        (files[1].0, &files[1].1),
    ]);
    let run = meshgate(&dir, "fix --unsafe-fixes --complete --only reference-grant-missing");
    assert!(run.err.starts_with("fixed 1 finding in 2 files"), "{}{}", run.out, run.err);
    assert!(read(&dir, "shop/referencegrant-cart-from-front.yaml").starts_with("apiVersion: gateway.networking.k8s.io/v1beta1\n"));
    assert_eq!(read(&dir, "shop/kustomization.yaml"), format!("{kustomization}  - referencegrant-cart-from-front.yaml\n"));
    assert_eq!(read(&dir, "shop/service-cart.yaml"), files[0].1);
}

/// The real world, in which only so many writes work.
struct FullDisk {
    below: RealWorld,
    writes: AtomicUsize,
}

impl World for FullDisk {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        self.below.read(path, limit)
    }
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        match self.writes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
            Ok(_) => self.below.write(path, bytes),
            Err(_) => Err(io::ErrorKind::StorageFull.into()),
        }
    }
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.below.make_folder(path)
    }
    fn read_stdin(&self, limit: u64) -> io::Result<Vec<u8>> {
        self.below.read_stdin(limit)
    }
    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        self.below.kind(path)
    }
    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        self.below.canonical(path)
    }
    fn list(&self, folder: &Path) -> Listing {
        self.below.list(folder)
    }
    fn working_directory(&self) -> &Path {
        self.below.working_directory()
    }
    fn run(&self, program: &str, arguments: &[&str]) -> io::Result<Ran> {
        self.below.run(program, arguments)
    }
    fn clock(&self) -> Duration {
        Duration::ZERO
    }
    fn variable(&self, _: &str) -> Option<String> {
        None
    }
}

/// Files of a scenario whose fix makes a resource and changes several files.
fn several_files() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let copied = std::process::Command::new("cp")
        .args(["-r", "testdata/scenarios/kgateway-strict/bypass-on-the-namespace/."])
        .arg(dir.path())
        .status();
    assert!(copied.unwrap().success());
    dir
}

fn texts(dir: &Path) -> Vec<(PathBuf, String)> {
    let world = RealWorld::at(dir.to_owned());
    let files = world.list(Path::new("")).files;
    files.into_iter().map(|path| (path.strip_prefix(dir).unwrap().to_owned(), fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn a_full_disk_leaves_whole_files_and_a_second_run_completes_the_work() {
    let options = Options { unsafe_fixes: true, only: Vec::new() };
    let whole = several_files();
    let old = texts(whole.path());
    let world = RealWorld::at(whole.path().canonicalize().unwrap());
    let fixed = fix(&world, &Request::new(["."]), &options).unwrap();
    assert!(fixed.files.len() > 1, "the scenario reaches over several files");
    write(&world, &fixed.files).unwrap();
    let new = texts(&whole.path().canonicalize().unwrap());
    for writes in 0..fixed.files.len() {
        let dir = several_files();
        let root = dir.path().canonicalize().unwrap();
        let world = FullDisk { below: RealWorld::at(root.clone()), writes: AtomicUsize::new(writes) };
        let fixed = fix(&world, &Request::new(["."]), &options).unwrap();
        assert!(matches!(write(&world, &fixed.files), Err(WriteFailure::Io { written, .. }) if written == writes));
        for (path, text) in texts(&root) {
            let is = |all: &[(PathBuf, String)]| all.iter().any(|(p, t)| *p == path && *t == text);
            assert!(is(&old) || is(&new), "{} is neither old nor new", path.display());
        }
        assert_eq!(meshgate(&root, "fix --unsafe-fixes").code, 0);
        assert_eq!(texts(&root), new, "after {writes} writes and a second run");
    }
}

#[test]
fn a_file_that_changed_meanwhile_is_not_written_and_no_other_is() {
    let dir = several_files();
    let root = dir.path().canonicalize().unwrap();
    let world = RealWorld::at(root.clone());
    let fixed = fix(&world, &Request::new(["."]), &Options { unsafe_fixes: true, only: Vec::new() }).unwrap();
    let last = &fixed.files.last().unwrap().path;
    fs::OpenOptions::new().append(true).open(last).unwrap().write_all(b"# a word\n").unwrap();
    let before = texts(&root);
    assert!(matches!(write(&world, &fixed.files), Err(WriteFailure::Changed(_))));
    assert_eq!(texts(&root), before);
}
