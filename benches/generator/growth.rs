//! Meshes in which there is much of one thing: what takes longer than in proportion to it shows here.

use std::fmt::Write as _;

use meshgate::text::MemoryWorld;

/// What there is much of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Much {
    /// Routes of one namespace, to one Service.
    Routes,
    /// Routes of one host, each with a path, a header and a pattern of its own.
    Matches,
    /// Services of one namespace, each with its route.
    Services,
    /// Services behind one waypoint.
    Bound,
    /// Hosts of ServiceEntries, each with a route that names it.
    Hosts,
    /// Policies of one namespace.
    Policies,
    /// Names that are wrong, each similar to some that are there.
    Slips,
    /// Clusters that have the same Services.
    Clusters,
}

impl Much {
    pub(crate) const ALL: [Self; 8] =
        [Self::Routes, Self::Matches, Self::Services, Self::Bound, Self::Hosts, Self::Policies, Self::Slips, Self::Clusters];

    /// A mesh with `count` of them, in files of about a hundred resources.
    pub(crate) fn world(self, count: usize) -> MemoryWorld {
        let mut files = Files::default();
        files.add("platform", PLATFORM);
        for n in 0..count {
            match self {
                Self::Routes => files.add("routes", &route(n, "name: cart\n      port: 80")),
                Self::Matches => files.add("routes", &matches(n)),
                Self::Services => {
                    files.add("services", &format!("{}{}", service(n, "shop", ""), route(n, &format!("name: s{n}\n      port: 80"))));
                }
                Self::Bound => {
                    let labels = "  labels:\n    istio.io/use-waypoint: waypoint\n    istio.io/ingress-use-waypoint: \"true\"\n";
                    files.add("services", &format!("{}{}", service(n, "shop", labels), route(n, &format!("name: s{n}\n      port: 80"))));
                }
                Self::Hosts => {
                    let backend =
                        format!("group: networking.istio.io\n      kind: Hostname\n      name: h{n}.example.com\n      port: 443");
                    files.add("hosts", &format!("{}{}", entry(n), route(n, &backend)));
                }
                Self::Policies => files.add("policies", &policy(n)),
                Self::Slips => {
                    files.add("slips", &format!("{}{}", service(n, "shop", ""), route(n, &format!("name: s{n}-x\n      port: 80"))));
                }
                Self::Clusters => {
                    let folder = format!("clusters/c{n}");
                    files.add(&folder, PLATFORM);
                    for s in 0..4 {
                        let label = "  labels:\n    solo.io/service-scope: global\n";
                        files.add(&folder, &service(s, "shop", label));
                    }
                    let host = "group: networking.istio.io\n      kind: Hostname\n      name: s1.shop.mesh.internal\n      port: 80";
                    files.add(&folder, &route(n, host));
                }
            }
        }
        if matches!(self, Self::Clusters) {
            let mut settings = "clusters:\n".to_owned();
            for n in 0..count {
                let _ = writeln!(settings, "  - name: c{n}\n    paths: [clusters/c{n}*]");
            }
            return files.world().with("meshgate.yaml", settings);
        }
        files.world()
    }
}

#[derive(Default)]
struct Files {
    done: Vec<(String, String)>,
}

impl Files {
    fn add(&mut self, name: &str, text: &str) {
        match self.done.last_mut() {
            Some((of, open))
                if of.strip_suffix(".yaml").is_some_and(|of| of.split_once('#').is_some_and(|(of, _)| of == name))
                    && open.len() < 40_000 =>
            {
                open.push_str(text);
            }
            _ => {
                let file = format!("{name}#{}.yaml", self.done.len());
                self.done.push((file, text.to_owned()));
            }
        }
    }

    fn world(self) -> MemoryWorld {
        self.done.into_iter().fold(MemoryWorld::default(), |world, (name, text)| world.with(name.replace('#', "-"), text))
    }
}

const PLATFORM: &str = "apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    istio.io/dataplane-mode: ambient
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
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: waypoint
  namespace: shop
  labels:
    istio.io/waypoint-for: service
spec:
  gatewayClassName: istio-waypoint
  listeners:
  - name: mesh
    port: 15008
    protocol: HBONE
---
apiVersion: v1
kind: Service
metadata:
  name: cart
  namespace: shop
spec:
  ports:
  - port: 80
---
";

fn route(n: usize, backend: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: r{n}\n  namespace: shop\nspec:\n  parentRefs:\n  - name: public\n  \
         hostnames:\n  - r{n}.example.com\n  rules:\n  - backendRefs:\n    - {backend}\n---\n"
    )
}

fn matches(n: usize) -> String {
    let backend = "backendRefs:\n    - name: cart\n      port: 80\n";
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: r{n}\n  namespace: shop\nspec:\n  parentRefs:\n  - name: public\n  \
         hostnames:\n  - shop.example.com\n  rules:\n  - matches:\n    - path:\n        value: /p{n}\n    - path:\n        value: /all\n      headers:\n      \
         - name: x-tenant\n        value: t{n}\n    - path:\n        type: RegularExpression\n        value: /p{n}/v[0-9]+\n    {backend}---\n"
    )
}

fn service(n: usize, namespace: &str, labels: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: s{n}\n  namespace: {namespace}\n{labels}spec:\n  selector:\n    app: s{n}\n  ports:\n  - name: http\n    port: 80\n---\n"
    )
}

fn entry(n: usize) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata:\n  name: h{n}\n  namespace: shop\nspec:\n  hosts:\n  - h{n}.example.com\n  \
         addresses:\n  - 240.240.{}.{}\n  resolution: DNS\n  ports:\n  - number: 443\n    name: tls\n    protocol: TLS\n---\n",
        n / 250 % 250,
        n % 250
    )
}

fn policy(n: usize) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: p{n}\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      \
         app: s{n}\n  rules:\n  - from:\n    - source:\n        namespaces: [shop]\n---\n"
    )
}
