//! Routes of one Gateway, with three rules each, and requests to them.

use std::fmt::Write as _;

use meshgate::text::MemoryWorld;

/// Resources in one file.
const EACH: usize = 100;

/// `count` routes with three rules each, to as many Services as there are hundreds of them, and `requests` promises in
/// `promises.yaml`.
pub(crate) fn world(count: usize, requests: usize) -> MemoryWorld {
    let services = count / EACH + 1;
    let mut text = GATEWAY.to_owned();
    for n in 0..services {
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: s{n}\n  namespace: shop\nspec:\n  clusterIP: 10.0.{}.{}\n  selector:\n    app: s{n}\n  ports:\n  - port: 80\n",
            n / 250,
            n % 250 + 1
        );
    }
    let mut world = MemoryWorld::default().with("platform.yaml", text);
    for file in 0..count.div_ceil(EACH) {
        let routes = (file * EACH..count.min((file + 1) * EACH)).map(|n| route(n, n % services));
        world = world.with(format!("routes-{file}.yaml"), routes.collect::<Vec<_>>().concat());
    }
    let mut promises = String::new();
    for n in 0..requests {
        let route = n * 7919 % count;
        let (path, status) = match n % 4 {
            0 => ("/api/items", 200),
            1 => ("/exact", 200),
            2 => ("/else", 200),
            _ => ("/apiary", 404),
        };
        let header = if n % 4 == 2 { ", headers: {x-canary: always}" } else { "" };
        let _ = writeln!(
            promises,
            "- name: r{n}\n  request: {{url: \"http://r{route}.example.com{path}\"{header}}}\n  expect: {{status: {status}}}"
        );
    }
    world.with("promises.txt", promises)
}

const GATEWAY: &str = "apiVersion: v1
kind: Namespace
metadata:
  name: shop
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: public
  namespace: shop
spec:
  gatewayClassName: kgateway
  listeners:
  - name: http
    port: 80
    protocol: HTTP
";

fn route(n: usize, service: usize) -> String {
    let backend = format!("    backendRefs:\n    - name: s{service}\n      port: 80\n");
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: r{n}\n  namespace: shop\nspec:\n  parentRefs:\n  - name: public\n  \
         hostnames:\n  - r{n}.example.com\n  rules:\n  - matches:\n    - path:\n        type: PathPrefix\n        value: /api\n{backend}  - matches:\n    - path:\n        \
         type: Exact\n        value: /exact\n{backend}  - matches:\n    - headers:\n      - name: x-canary\n        value: always\n{backend}---\n"
    )
}
