//! What stands around applications: namespaces, policies, waypoints, shared Gateways.

use std::io;

use super::{Random, Site};

/// The namespace of a shared Gateway.
pub(super) fn edge(n: usize, add: &mut dyn FnMut(&str, &str) -> io::Result<()>) -> io::Result<()> {
    // one in eight was forgotten when the mesh came
    let ambient = if n % 8 == 7 { "" } else { "    istio.io/dataplane-mode: ambient\n" };
    let namespace = format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: edge-{n}\n  labels:\n    purpose: ingress\n{ambient}");
    let gateway = format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata:\n  name: public\n  namespace: edge-{n}\nspec:\n  gatewayClassName: kgateway\n  infrastructure:\n    \
         parametersRef:\n      group: gateway.kgateway.dev\n      kind: GatewayParameters\n      name: public\n  listeners:\n  - name: https\n    protocol: HTTPS\n    port: 443\n    \
         tls:\n      mode: Terminate\n      certificateRefs:\n      - name: wildcard\n    allowedRoutes:\n      namespaces:\n        from: All\n  - name: http\n    protocol: HTTP\n    \
         port: 80\n    allowedRoutes:\n      namespaces:\n        from: Same\n"
    );
    let parameters = format!(
        "apiVersion: gateway.kgateway.dev/v1alpha1\nkind: GatewayParameters\nmetadata:\n  name: public\n  namespace: edge-{n}\nspec:\n  kube:\n    deployment:\n      replicas: 3\n    \
         podTemplate:\n      extraLabels:\n        team: edge\n"
    );
    add(&format!("edges/{n}/namespace.yaml"), &namespace)?;
    add(&format!("edges/{n}/gateway.yaml"), &gateway)?;
    add(&format!("edges/{n}/parameters.yaml"), &parameters)
}

/// The files of a team's namespace that belong to no application.
pub(super) fn around(site: &Site, random: &mut Random) -> Vec<(&'static str, String)> {
    let (namespace, app) = (&site.namespace, &site.app);
    let waypoint = random.once_in(3);
    let strict = random.once_in(2);
    let mut files = vec![(
        "namespace",
        format!(
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {namespace}\n  labels:\n    istio.io/dataplane-mode: ambient\n{}    pod-security.kubernetes.io/enforce: restricted\n",
            if waypoint { "    istio.io/use-waypoint: waypoint\n" } else { "" }
        ),
    )];
    if waypoint {
        files.push((
            "waypoint",
            format!(
                "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata:\n  name: waypoint\n  namespace: {namespace}\n  labels:\n    istio.io/waypoint-for: service\nspec:\n  \
                 gatewayClassName: istio-waypoint\n  listeners:\n  - name: mesh\n    port: 15008\n    protocol: HBONE\n"
            ),
        ));
    }
    if strict {
        files.push((
            "mtls",
            format!(
                "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  namespace: {namespace}\nspec:\n  mtls:\n    mode: STRICT\n"
            ),
        ));
    }
    let principal = format!("cluster.local/ns/{}/sa/public", site.edge);
    files.push((
        "authorization",
        format!(
            "# who may call {app}\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: {app}\n  namespace: {namespace}\nspec:\n  selector:\n    matchLabels:\n      \
             app.kubernetes.io/name: {app}\n  action: ALLOW\n  rules:\n  - from:\n    - source:\n        principals:\n        - {principal}\n        - cluster.local/ns/{namespace}/sa/*\n"
        ),
    ));
    if random.once_in(3) {
        files.push((
            "partner",
            format!(
                "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata:\n  name: partner\n  namespace: {namespace}\nspec:\n  hosts:\n  - api.partner-{app}.example.net\n  location: MESH_EXTERNAL\n  \
                 resolution: DNS\n  ports:\n  - {{number: 443, name: https, protocol: TLS}}\n"
            ),
        ));
    }
    files
}
