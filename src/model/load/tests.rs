#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Mutex;

use super::SettingsKind::{Chart, Values};
use super::*;
use crate::text::MemoryWorld;

type Seen = Loaded<(String, usize), ()>;

fn modelled(group: &str, kind: &str) -> bool {
    matches!((group, kind), ("" | "apps", "Service" | "Deployment" | "ConfigMap") | ("gateway.networking.k8s.io", "HTTPRoute"))
}

fn load_world(world: &MemoryWorld) -> Seen {
    let input = Input::collect(world, &[PathBuf::from(".")], None, &|_| false);
    load_input(world, input)
}

fn load_input(world: &MemoryWorld, input: Input) -> Seen {
    let seen = |view: &DocumentView<'_>| {
        let name = view.file.tree.get_text(view.document.root, &["metadata", "name"]).unwrap_or("-");
        (format!("{}:{}/{name}", view.file.shown, view.document.kind), view.document.index)
    };
    load(world, input, &modelled, seen, |_| ())
}

fn load_one(text: impl Into<Vec<u8>>) -> Seen {
    load_world(&MemoryWorld::default().with("a.yaml", text))
}

fn names<F>(loaded: &Loaded<(String, usize), F>) -> Vec<&str> {
    loaded.documents.iter().map(|(name, _)| &**name).collect()
}

fn kinds<D, F>(loaded: &Loaded<D, F>) -> Vec<ProblemKind> {
    loaded.problems.iter().map(|p| p.kind).collect()
}

fn context<'l>(loaded: &'l Seen, path: &str) -> &'l FileContext {
    &loaded.files.iter().find(|f| &*f.shown == path).unwrap().context
}

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: cart\n";

#[test]
fn broken_documents_do_not_hide_their_neighbours() {
    let broken = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  namespace: shop\ndata:\n\ta: b\n";
    let loaded = load_one(format!("{SERVICE}---\n{broken}---\n{SERVICE}"));
    assert_eq!(names(&loaded), ["a.yaml:Service/cart", "a.yaml:Service/cart"]);
    assert_eq!(loaded.documents.iter().map(|d| d.1).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(kinds(&loaded), [ProblemKind::Syntax]);
    let skipped = loaded.skipped.first().unwrap();
    assert_eq!((skipped.kind.as_deref(), skipped.reason), (Some("ConfigMap"), SkipReason::Broken));
    assert_eq!(skipped.namespace, SkippedNamespace::Named("shop".into()));
}

#[test]
fn broken_yaml_of_other_programs_is_only_counted() {
    let loaded = load_one(format!("steps:\n  kind: x\n  apiVersion: y\n\tz: 1\n---\n{SERVICE}"));
    assert_eq!(names(&loaded).len(), 1);
    assert_eq!((loaded.problems.len(), loaded.statistics.broken_other), (0, 1));
    let json = load_world(&MemoryWorld::new([
        ("a.json", "{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"spec\": {{]"),
        ("b.json", "{\"a\": [}"),
    ]));
    assert_eq!((kinds(&json), json.statistics.broken_other), (vec![ProblemKind::Syntax], 1));
}

#[test]
fn lists_are_opened() {
    let loaded = load_one(
        "apiVersion: v1\nkind: List\nitems:\n- &s {apiVersion: v1, kind: Service, metadata: {name: a}}\n- *s\n- apiVersion: v1\n  kind: ServiceList\n  items:\n  - {apiVersion: v1, kind: Service, metadata: {name: b}}\n  - {note: none}\n",
    );
    assert_eq!(names(&loaded), ["a.yaml:Service/a", "a.yaml:Service/a", "a.yaml:Service/b"]);
    assert_eq!((loaded.statistics.manifests, loaded.statistics.other), (3, 1));
    // the API server leaves the kind out where the list says it
    let typed =
        "apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- {metadata: {name: a}}\n- {note: none}\n- {kind: Odd, metadata: {name: b}}\n";
    assert_eq!(names(&load_one(typed)), ["a.yaml:Deployment/a"]);
    assert!(names(&load_one("apiVersion: v1\nkind: List\nitems:\n- {metadata: {name: a}}\n")).is_empty());
    let mut deep = "{apiVersion: v1, kind: Service}".to_owned();
    for _ in 0..20 {
        deep = format!("{{apiVersion: v1, kind: List, items: [{deep}]}}");
    }
    assert_eq!(names(&load_one(deep)), ["a.yaml:List/-"]);
}

#[test]
fn encodings() {
    let crlf = format!("\u{feff}{SERVICE}---\n# nothing\n---\n").replace('\n', "\r\n");
    let loaded = load_one(crlf);
    assert_eq!((names(&loaded).len(), loaded.problems.len(), loaded.statistics.documents), (1, 0, 1));
    let empty = load_one("");
    assert_eq!((empty.statistics.files, empty.statistics.documents), (1, 0));

    let mut latin = SERVICE.as_bytes().to_vec();
    latin.extend(b"  namespace: caf\xe9\n");
    let loaded = load_one(latin.clone());
    assert_eq!(kinds(&loaded), [ProblemKind::NotUtf8]);
    assert_eq!(loaded.problems.first().unwrap().span.start as usize, latin.len() - 2);
    assert_eq!(kinds(&load_one(format!("{SERVICE}\0"))), [ProblemKind::Binary]);
    // an encrypted or foreign file is nobody's problem until it is named
    assert_eq!(load_one(b"\0GITCRYPT\0\xff").statistics.broken_other, 1);
    let world = MemoryWorld::default().with("a.yaml", b"\0GITCRYPT\0\xff".to_vec());
    let named = load_input(&world, Input::collect(&world, &["a.yaml".into()], None, &|_| false));
    assert_eq!(kinds(&named), [ProblemKind::NotUtf8]);
}

#[test]
fn huge_files_are_not_read() {
    let huge = vec![b'a'; usize::try_from(MAX_FILE).unwrap() + 1];
    let loaded = load_world(&MemoryWorld::default().with("a.yaml", huge).with("b.yaml", SERVICE));
    assert_eq!(kinds(&loaded), [ProblemKind::TooLarge]);
    assert_eq!((names(&loaded), loaded.statistics.files), (vec!["b.yaml:Service/cart"], 1));
}

#[test]
fn files_that_vanish_are_errors() {
    let world = MemoryWorld::new([("a.yaml", SERVICE)]);
    let input = Input::collect(&world, &[".".into()], None, &|_| false);
    let loaded = load_input(&MemoryWorld::default(), input);
    assert_eq!(&*loaded.unreadable.first().unwrap().shown, "a.yaml");
}

#[test]
fn duplicate_keys_of_manifests() {
    let loaded = load_one(format!("values: 1\nvalues: 2\n---\n{SERVICE}spec:\n  type: a\n  type: a\n  port: 80\n  port: '80'\n"));
    let equal: Vec<bool> = loaded
        .problems
        .iter()
        .map(|p| match p.kind {
            ProblemKind::DuplicateKey { equal, first, later } => {
                assert!(first.index < later.index && p.other.unwrap() < p.span);
                assert!(equal.is_none_or(|value| value > later.index));
                equal.is_some()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(equal, [true, false]);
}

#[test]
fn templates_are_skipped_and_told_once_a_file() {
    let loaded = load_one(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n  namespace: shop\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: '${APP}'\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  {{- include \"labels\" . | nindent 4 }}\n",
    );
    assert_eq!(names(&loaded), [""; 0]);
    assert_eq!((kinds(&loaded), loaded.statistics.templated), (vec![ProblemKind::Templated], 3));
    let facts: Vec<_> = loaded.skipped.iter().map(|s| (s.kind.as_deref().unwrap(), &s.namespace)).collect();
    let expected = [
        ("Service", &SkippedNamespace::Named("shop".into())),
        ("Service", &SkippedNamespace::LeftOut),
        ("Deployment", &SkippedNamespace::Unknown),
    ];
    assert_eq!(facts, expected);
    assert!(loaded.problems.first().unwrap().hint.as_deref().unwrap().contains("helm template"));
    let flux = load_one(SERVICE.replace("cart", "cart-${cluster:=east}"));
    assert!(flux.problems.first().unwrap().hint.as_deref().unwrap().contains("flux build"));
}

#[test]
fn braces_that_are_no_templates() {
    let loaded = load_one(
        "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: p}\nspec:\n  summary: 'down on {{ $labels.pod }}'\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  a: '{{ .x }}'\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    spec:\n      containers:\n      - args: ['--format={{.Name}}']\n        command: [sh, -c, 'echo ${HOME}']\n---\napiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: a}\nspec: {template: {metadata: {name: '{{name}}'}}}\n",
    );
    assert_eq!(names(&loaded).len(), 4, "{:?}", loaded.problems);
    assert!(loaded.problems.is_empty());
}

#[test]
fn charts_and_values() {
    let loaded = load_world(&MemoryWorld::new([
        ("c/Chart.yaml", "apiVersion: v2\nname: base\nversion: 1.27.1\n"),
        ("c/values.yaml", "profile: ambient\n"),
        ("c/more.yaml", "profile: '{{ x }}'\n"),
        ("c/templates/deep/a.yaml", "# {{ no }}\n{{ define \"x\" }}{{ end }}\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: a\n"),
        ("c/templates/lib.yaml", "{{ include \"lib.all\" . }}\n"),
        ("c/templates/plain.yaml", SERVICE),
        ("env/east-values.yaml", "a: 1\n"),
        ("env/istio.values.yml", "a: 1\n"),
        ("env/other.yaml", "a: 1\n"),
        ("values-shop.yaml", SERVICE),
    ]));
    let settings: Vec<_> = loaded.settings.iter().map(|s| (&*loaded.file(s.file).unwrap().shown, s.kind)).collect();
    let expected = [
        ("c/Chart.yaml", Chart),
        ("c/more.yaml", Values),
        ("c/values.yaml", Values),
        ("env/east-values.yaml", Values),
        ("env/istio.values.yml", Values),
    ];
    assert_eq!(settings, expected);
    assert_eq!(names(&loaded), ["c/templates/plain.yaml:Service/cart", "values-shop.yaml:Service/cart"]);
    assert_eq!(kinds(&loaded), [ProblemKind::Templated; 2]);
    assert_eq!(loaded.problems.first().unwrap().span.start, 11);
    assert_eq!(loaded.skipped.iter().map(|s| s.kind.as_deref()).collect::<Vec<_>>(), [Some("Service"), None]);
}

#[test]
fn kustomizations_say_what_files_are() {
    let loaded = load_world(&MemoryWorld::new([
        ("base/kustomization.yaml", "resources: [svc.yaml, 'https://example.com/x.yaml', gone.yaml]\n"),
        ("base/svc.yaml", SERVICE),
        (
            "over/kustomization.yml",
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: shop\nresources: [../base, own.yaml]\npatches:\n- path: p.yaml\n  target: {kind: Service}\nimages: [{name: pilot, newTag: 1.27.0}]\nconfigMapGenerator:\n- files: [key=conf.yaml]\nhelmCharts: [{name: istiod, valuesFile: v.yaml}]\n",
        ),
        ("over/own.yaml", SERVICE),
        ("over/p.yaml", SERVICE),
        ("over/conf.yaml", SERVICE),
        ("over/v.yaml", "a: 1\n"),
        ("loose.yaml", SERVICE),
    ]));
    assert_eq!(names(&loaded), ["base/svc.yaml:Service/cart", "loose.yaml:Service/cart", "over/own.yaml:Service/cart"]);
    let base = context(&loaded, "base/svc.yaml");
    assert_eq!((base.namespace.as_deref(), base.changed_by_overlay, base.changed_by_lister), (Some("shop"), true, false));
    let own = context(&loaded, "over/own.yaml");
    assert_eq!((own.namespace.as_deref(), own.changed_by_overlay, own.changed_by_lister), (Some("shop"), false, true));
    assert_eq!(base.roots, own.roots);
    assert_eq!(loaded.kustomizations.get(own.roots.first().unwrap().0 as usize).unwrap().folder, Path::new("/work/over"));
    assert!(context(&loaded, "over/p.yaml").not_a_resource && context(&loaded, "over/conf.yaml").not_a_resource);
    assert_eq!(context(&loaded, "loose.yaml"), &FileContext::default());
    assert_eq!(loaded.settings.iter().map(|s| s.kind).collect::<Vec<_>>(), [SettingsKind::Kustomization, SettingsKind::Values]);
    assert_eq!(loaded.statistics.not_resources, 2);
    assert!(loaded.problems.is_empty());
}

#[test]
fn overlays_that_disagree() {
    let loaded = load_world(&MemoryWorld::new([
        ("base/kustomization.yaml", "resources: [svc.yaml]\n"),
        ("base/svc.yaml", SERVICE),
        ("dev/kustomization.yaml", "namespace: dev\nresources: [../base]\n"),
        ("prod/kustomization.yaml", "namespace: prod\nresources: [../base]\n"),
        ("named/kustomization.yaml", "namespace: own\nresources: [svc.yaml]\n"),
        ("named/svc.yaml", SERVICE),
        ("all/kustomization.yaml", "namespace: outer\nnamePrefix: x-\nresources: [../named]\n"),
    ]));
    let base = context(&loaded, "base/svc.yaml");
    assert_eq!((base.namespace.as_deref(), base.ambiguous, base.roots.len()), (None, true, 2));
    let named = context(&loaded, "named/svc.yaml");
    assert_eq!((named.namespace.as_deref(), named.ambiguous, named.roots.len(), named.changed_by_overlay), (Some("own"), false, 1, true));
}

#[test]
fn kustomizations_in_a_circle() {
    let loaded = load_world(&MemoryWorld::new([
        ("a/kustomization.yaml", "resources: [../b, svc.yaml, .]\n"),
        ("a/svc.yaml", SERVICE),
        ("b/kustomization.yaml", "namespace: b\nresources: [../a]\n"),
        ("c/Kustomization", "resources: {not: a list}\npatches: nonsense\nnamespace: [1]\n"),
        ("d/kustomization.yaml", "resources: [\n"),
    ]));
    let svc = context(&loaded, "a/svc.yaml");
    assert_eq!((svc.namespace.as_deref(), svc.roots.as_slice()), (Some("b"), [RootId(0)].as_slice()));
    assert_eq!(loaded.kustomizations.len(), 4);
}

#[test]
fn files_are_read_again_only_if_unchanged() {
    let world = MemoryWorld::new([("a.yaml", SERVICE)]).with_stdin(SERVICE);
    let input = Input::collect(&world, &[".".into(), "-".into()], None, &|_| false);
    let loaded = load_input(&world, input);
    assert_eq!(names(&loaded), ["a.yaml:Service/cart", "<stdin>:Service/cart"]);
    let [file, stdin] = loaded.files.as_slice() else { panic!("two files") };
    assert_eq!(reread(&world, file).unwrap(), SERVICE);
    let changed = MemoryWorld::new([("a.yaml", "a: b\n")]);
    assert!(matches!(reread(&changed, file), Err(RereadError::Changed)));
    assert!(matches!(reread(&MemoryWorld::default(), file), Err(RereadError::Io(_))));
    assert_eq!(reread(&changed, stdin).unwrap(), SERVICE);
}

#[test]
fn order_is_that_of_paths_and_hooks_see_every_text() {
    let files: Vec<(String, String)> = (0..300).map(|n| (format!("f{n:03}.yaml"), SERVICE.replace("cart", &format!("s{n}")))).collect();
    let world = MemoryWorld::new(files.iter().map(|(path, text)| (&**path, &**text)));
    let input = Input::collect(&world, &[".".into()], None, &|_| false);
    let counted = Mutex::new(0);
    let loaded = load(
        &world,
        input,
        &modelled,
        |view| view.file.file,
        |view| {
            *counted.lock().unwrap() += 1;
            view.text.len()
        },
    );
    assert!(loaded.documents.is_sorted() && loaded.documents.len() == 300);
    assert_eq!((loaded.per_file.len(), *counted.lock().unwrap()), (300, 300));
}

#[test]
fn hostile_files_end_soon() {
    let documents = load_one("---\napiVersion: a\nkind: b\n\tc\n".repeat(2_000) + "# {{\n");
    assert_eq!((documents.problems.len(), documents.skipped.len()), (100, 2_000));
    let keys = load_one(format!("{SERVICE}spec:\n{}", "  a: b\n".repeat(50_000)));
    assert_eq!(keys.problems.len(), 100);
    let braces = load_one("{{".repeat(50_000));
    assert_eq!(braces.statistics.broken_other, 1);
    let names = format!("resources:\n{}", "- ../b\n- a.yaml\n".repeat(20_000));
    load_world(&MemoryWorld::new([
        ("a/kustomization.yaml", &*names),
        ("b/kustomization.yaml", &*names.replace("../b", "../a")),
        ("a/a.yaml", SERVICE),
    ]));
}

#[test]
fn what_a_folder_of_transformers_lists_is_not_applied() {
    let loaded = load_world(&MemoryWorld::new([
        ("k/kustomization.yaml", "resources: [svc.yaml]\ntransformers: [tools]\n"),
        ("k/svc.yaml", SERVICE),
        ("k/tools/kustomization.yaml", "resources: [labels.yaml]\n"),
        ("k/tools/labels.yaml", "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: l}\n"),
    ]));
    assert_eq!(names(&loaded), ["k/svc.yaml:Service/cart"]);
    assert!(context(&loaded, "k/svc.yaml").changed_by_lister);
}
