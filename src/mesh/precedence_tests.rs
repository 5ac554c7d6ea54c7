//! One test for each line of the precedence text.

use super::*;

fn plain() -> Traits {
    Traits {
        host: HostFit::default(),
        path: prefix("/"),
        written: 1,
        method: false,
        headers: 0,
        query: 0,
        created: None,
        name: ("shop".into(), "cart".into()),
        rule: 0,
        matching: 0,
    }
}

fn prefix(path: &str) -> PathFit {
    PathFit { form: PathForm::Prefix, characters: path.trim_end_matches('/').chars().count(), method: 0 }
}

const EXACT: PathFit = PathFit { form: PathForm::Exact, characters: 2, method: 0 };
const REGEX: PathFit = PathFit { form: PathForm::Regex, characters: 0, method: 0 };

fn call(service: usize, method: usize) -> PathFit {
    PathFit { form: PathForm::Exact, characters: service, method }
}

#[track_caller]
fn wins(winner: Traits, loser: Traits) {
    assert!(Fit::from(winner) > Fit::from(loser));
}

#[test]
fn characters_in_a_matching_non_wildcard_hostname() {
    let host = |h| Traits { host: HostFit::of(Some(h)), path: prefix("/"), ..plain() };
    wins(host("a.example.org"), Traits { path: EXACT, ..host("*.very.long.example.org") });
}

#[test]
fn characters_in_a_matching_hostname() {
    let host = |h| Traits { host: HostFit::of(Some(h)), ..plain() };
    wins(host("*.shop.example.org"), Traits { path: EXACT, ..host("*.example.org") });
    wins(host("*.org"), Traits { path: EXACT, ..plain() });
    assert_eq!(HostFit::of(Some("*")), HostFit::of(None));
}

#[test]
fn an_exact_path() {
    wins(Traits { path: EXACT, ..plain() }, Traits { path: prefix("/longer/than/that"), method: true, headers: 3, ..plain() });
}

#[test]
fn a_prefix_with_the_largest_number_of_characters() {
    wins(Traits { path: prefix("/long"), ..plain() }, Traits { path: prefix("/l"), method: true, ..plain() });
    assert_eq!(prefix("/long/"), prefix("/long"));
}

#[test]
fn a_method() {
    wins(Traits { method: true, ..plain() }, Traits { headers: 4, query: 4, ..plain() });
}

#[test]
fn the_largest_number_of_header_matches() {
    wins(Traits { headers: 2, ..plain() }, Traits { headers: 1, query: 9, ..plain() });
}

#[test]
fn the_largest_number_of_query_parameter_matches() {
    wins(
        Traits { query: 1, created: Some("2026-01-02T00:00:00Z".into()), ..plain() },
        Traits { created: Some("2026-01-01T00:00:00Z".into()), ..plain() },
    );
}

#[test]
fn the_oldest_route() {
    let made = |at: &str, name: &str| Traits { created: Some(at.into()), name: ("shop".into(), name.into()), ..plain() };
    wins(made("2025-12-31T23:59:59Z", "z"), made("2026-01-01T00:00:00Z", "a"));
    assert!(!ages([Some(&"2026-01-01T00:00:00Z".into()), None]));
}

#[test]
fn the_first_in_alphabetical_order_by_namespace_and_name() {
    let named = |namespace: &str, name: &str| Traits { name: (namespace.into(), name.into()), ..plain() };
    wins(Traits { rule: 5, ..named("a", "z") }, named("b", "a"));
    wins(named("a", "b"), named("a", "c"));
    // the text orders `namespace/name` as one word
    wins(named("a-b", "x"), named("a", "x"));
}

#[test]
fn the_first_matching_rule() {
    wins(Traits { rule: 1, matching: 7, ..plain() }, Traits { rule: 2, ..plain() });
}

#[test]
fn the_first_match_of_a_rule() {
    wins(Traits { matching: 0, ..plain() }, Traits { matching: 1, ..plain() });
}

#[test]
fn characters_in_a_matching_grpc_service_then_method_then_headers() {
    wins(Traits { path: call(9, 0), ..plain() }, Traits { path: call(8, 99), ..plain() });
    wins(Traits { path: call(9, 3), ..plain() }, Traits { path: call(9, 2), headers: 5, ..plain() });
    wins(Traits { path: call(9, 3), headers: 1, ..plain() }, Traits { path: call(9, 3), ..plain() });
}

#[test]
fn products_order_otherwise() {
    let regex = Traits { path: REGEX, written: 3, ..plain() };
    let long = Traits { path: prefix("/long"), ..plain() };
    let over = |profile, a: &Traits, b: &Traits| Key::of(profile, a.clone()) > Key::of(profile, b.clone());
    assert!(over(Profile::Istio, &long, &regex));
    for profile in [Profile::Spec, Profile::Kgateway, Profile::EnvoyGateway] {
        assert!(over(profile, &regex, &long), "{profile:?}");
    }
    let (method, headers) = (Traits { method: true, ..plain() }, Traits { headers: 2, ..plain() });
    assert!(
        over(Profile::Spec, &method, &headers) && over(Profile::Kgateway, &method, &headers) && over(Profile::Istio, &method, &headers)
    );
    assert!(over(Profile::EnvoyGateway, &headers, &method));
    let named = |namespace: &str, name: &str| Traits { name: (namespace.into(), name.into()), ..plain() };
    assert!(over(Profile::Spec, &named("a", "z"), &named("b", "y")) && over(Profile::Istio, &named("b", "y"), &named("a", "z")));
    let short = Traits { written: 2, ..regex.clone() };
    assert!(over(Profile::Kgateway, &regex, &short) && !over(Profile::Spec, &regex, &short));
}

#[test]
fn auto_follows_the_class() {
    assert_eq!(Profile::of(Product::Istio), Profile::Istio);
    assert_eq!(Profile::of(Product::Gloo), Profile::Kgateway);
    assert_eq!(Profile::of(Product::Other), Profile::Spec);
    assert_eq!(
        ["spec", "istio", "kgateway", "envoy-gateway"],
        [Profile::Spec, Profile::Istio, Profile::Kgateway, Profile::EnvoyGateway].map(Profile::name)
    );
}
