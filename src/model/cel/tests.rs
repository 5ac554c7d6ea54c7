#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::json;

use super::*;

fn holds(expression: &str, own: &Json) -> Result<bool, String> {
    Expression::compile(expression).unwrap().holds(&Subject::new(value_of(own)))
}

#[test]
fn the_functions_of_kubernetes() {
    let own = json!({"a": "https://shop.example.com:8443/a%20b?x=1", "l": [3, 1, 2], "names": ["b", "a"], "t": "a-b-c"});
    for (expression, wanted) in [
        ("isURL(self.a) && url(self.a).getScheme() == 'https'", true),
        ("url(self.a).getHost() == 'shop.example.com:8443' && url(self.a).getHostname() == 'shop.example.com'", true),
        ("url(self.a).getPort() == '8443' && url(self.a).getEscapedPath() == '/a%20b'", true),
        ("url('http://[::1]:80/').getHostname() == '::1' && url('http://[::1]/').getPort() == ''", true),
        ("isURL('shop') || isURL('http://a b/') || isURL('http://a:b/') || isURL('/%zz')", false),
        ("isURL('/shop') && isURL('mailto:a@example.com')", true),
        ("isIP('10.0.0.1') && isIP('::1') && !isIP('010.0.0.1') && !isIP('::ffff:1.2.3.4')", true),
        ("ip('0:0::1') == ip('::1') && ip('::1').family() == 6 && ip('127.0.0.1').isLoopback()", true),
        ("ip.isCanonical('::1') && !ip.isCanonical('0::1')", true),
        ("isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0') && !isCIDR('10.0.0.0/33')", true),
        ("cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsIP('11.0.0.1')", true),
        ("cidr('10.0.0.0/8').containsCIDR('10.2.0.0/16') && cidr('::/0').prefixLength() == 0 && cidr('::/0').containsIP('::9')", true),
        ("self.t.upperAscii().lowerAscii() == 'a-b-c' && ' x '.trim() == 'x'", true),
        ("self.t.split('-').size() == 3 && self.t.substring(2) == 'b-c' && self.t.indexOf('b') == 2", true),
        ("'%s-%d'.format(['a', 2]) == 'a-2' && self.t.replace('-', '') == 'abc' && ['a', 'b'].join('.') == 'a.b'", true),
        ("duration('1h30m') > duration('89m') && duration('1.5s') == duration('1500ms') && duration('2h').getMinutes() == 120", true),
        ("timestamp('2024-02-29T12:00:00Z') == timestamp('2024-02-29T13:00:00+01:00')", true),
        ("quantity('1Gi') == quantity('1024Mi') && quantity('100m').isLessThan(quantity('0.2')) && !isQuantity('1Gib')", true),
        ("quantity('1e3').compareTo(quantity('1k')) == 0 && quantity('2').asApproximateFloat() == 2.0", true),
        ("self.t.matches('^[a-z-]+$') && matches(self.t, 'b') && !self.t.matches('^b')", true),
        ("self.t.find('[b-z]') == 'b' && self.t.findAll('[a-z]').size() == 3 && self.t.findAll('[a-z]', 1) == ['a']", true),
        ("self.l.sum() == 6 && self.l.max() == 3 && self.l.min() == 1 && !self.l.isSorted()", true),
        ("sets.contains(self.l, [1]) && sets.equivalent([1, 2], [2, 1, 1]) && !sets.intersects(self.l, [7])", true),
    ] {
        assert_eq!(holds(expression, &own), Ok(wanted), "{expression}");
    }
}

#[test]
fn what_is_not_known_comes_to_nothing() {
    for expression in ["semver('1.2.3').major() == 1", "self.nothing.at.all", "duration('1x') > 0", "'a'.matches('(')", "1"] {
        assert!(holds(expression, &json!({})).is_err(), "{expression}");
    }
    assert!(Expression::compile("self.").is_err());
    assert!(Expression::compile(&format!("self == '{}'", "a".repeat(MAX_EXPRESSION))).is_err());
    assert!(Expression::compile("self.a == oldSelf.a").unwrap().mentions("oldSelf"));
}

#[test]
fn times() {
    assert_eq!(timestamp("1970-01-01T00:00:00Z"), Some(0));
    assert_eq!(timestamp("2000-03-01T00:00:00.5Z"), Some(951_868_800_500_000_000));
    for wrong in [
        "2023-02-29T00:00:00Z",
        "2024-01-01",
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:00:00",
        "2024-01-01T00:00:00+1:00",
        "9999-01-01T00:00:00Z",
        "ä",
    ] {
        assert_eq!(timestamp(wrong), None, "{wrong}");
    }
    for wrong in ["", "1", "s", "1h1", "1.2.3s", "-", "ä", "999999999999999999999h"] {
        assert_eq!(duration(wrong), None, "{wrong}");
    }
    assert_eq!((duration("-1.5h"), duration("0"), duration("1us")), (Some(-5_400_000_000_000), Some(0), Some(1000)));
}

#[test]
fn work_is_judged_before_it_is_done() {
    let listeners: Vec<Json> = (0..64).map(|n| json!({"name": format!("l{n}"), "port": n, "tls": {"mode": "Terminate"}})).collect();
    let work = |expression: &str, own: &Json| Expression::compile(expression).unwrap().work(own);
    let own = json!({ "listeners": listeners });
    let usual = work("self.listeners.all(a, self.listeners.exists_one(b, a.name == b.name && a.port == b.port))", &own);
    assert!(usual < 300_000, "{usual}");
    assert!(work("self.all(a, self == self)", &json!((0..1000).collect::<Vec<_>>())) > 900_000);
    let deep = "self.all(a, self.all(b, self.all(c, self.all(d, true))))";
    assert!(work(deep, &json!((0..1000).collect::<Vec<_>>())) > 1_000_000_000);
    let growing = format!("self{}.size() > 0", ".replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')".repeat(9));
    assert_eq!(work(&growing, &json!("a")), Work::MAX);
    assert!(work("self.replace('-', '').size() > 0", &json!("a-b")) < 100);
}

#[test]
fn long_and_deep_expressions_end_in_an_error() {
    let on_a_small_stack = |text: String| {
        let run = move || Expression::compile(&text).is_ok_and(|one| one.holds(&Subject::new(value_of(&json!([1])))).is_ok());
        std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap()
    };
    for n in [3, 30, 70, 150, 1000, 5000] {
        let texts = [
            format!("{}true{}", "(".repeat(n), ")".repeat(n)),
            format!("{}true", "!".repeat(n)),
            format!("{}1 < 2", "-".repeat(n)),
            format!("{}1 > 0", "1+".repeat(n)),
            format!("{}true", "true&&".repeat(n)),
            format!("{}true", "true?false:".repeat(n)),
            format!("self{} == 1", ".a".repeat(n)),
            format!("self{} == 1", "[0]".repeat(n)),
            format!("self{} == 1", ".size()".repeat(n)),
            format!("{}true{}", "self.all(a,".repeat(n), ")".repeat(n)),
            format!("{}1", "1 in ".repeat(n)),
            format!("{}1 == 1", "1 == ".repeat(n)),
            format!("{}{}", "[".repeat(n), "]".repeat(n)),
            format!("{}1{}", "{1:".repeat(n), "}".repeat(n)),
            "'".repeat(n),
            format!("a{}", "(".repeat(n)),
        ];
        for text in texts {
            on_a_small_stack(text);
        }
    }
    assert!(on_a_small_stack(format!("{}true", "true&&".repeat(60))));
    assert!(on_a_small_stack(format!("{}1 > 0", "1 + ".repeat(30))));
}
