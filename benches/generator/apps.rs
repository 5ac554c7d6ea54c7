//! What an application consists of.

use std::fmt::Write as _;

use super::{Random, Site};

/// The files of one application, by name without ending.
pub(super) fn app(site: &Site, random: &mut Random) -> Vec<(&'static str, String)> {
    let mut files = vec![("deployment", workload(site, random)), ("route", route(site, random))];
    let service = service(site, random);
    if random.once_in(8) {
        // some keep the two together
        if let Some((_, deployment)) = files.first_mut() {
            let _ = write!(deployment, "---\n{service}");
        }
    } else {
        files.push(("service", service));
    }
    if random.once_in(3) {
        files.push(("config", config(site, random)));
    }
    match random.below(6) {
        0 => files.push(("autoscaler", autoscaler(site, random))),
        1 => files.push(("monitor", monitor(site, random))),
        2 => files.push(("dashboard", dashboard(site, random))),
        _ => {}
    }
    files
}

fn comment(random: &mut Random) -> &'static str {
    random.pick(&[
        "",
        "",
        "# Owned by the team above; ask before changing ports.\n",
        "# Generated once from the service template, kept by hand since.\n#\n# The numbers below come from the load test of last spring.\n",
        "# yaml-language-server: $schema=https://example.com/schemas/all.json\n---\n",
    ])
}

fn workload(site: &Site, random: &mut Random) -> String {
    let Site { app, dash, .. } = site;
    let kind = random.pick(&["Deployment", "Deployment", "Deployment", "Deployment", "StatefulSet"]);
    let mut text = comment(random).to_owned();
    text.push_str(&site.head("apps/v1", kind, app));
    let _ = write!(
        text,
        "  annotations:\n    example.com/contact: {}\n    example.com/source: https://git.example.com/{app}.git\nspec:\n  replicas: {}\n",
        site.quoted("on-call"),
        1 + random.below(5)
    );
    if kind == "StatefulSet" {
        let _ = writeln!(text, "  serviceName: {app}");
    } else {
        text.push_str("  strategy:\n    type: RollingUpdate\n    rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}\n");
    }
    let _ = write!(
        text,
        "  selector:\n    matchLabels:\n      app.kubernetes.io/name: {app}\n  template:\n    metadata:\n      labels:\n        app.kubernetes.io/name: {app}\n        \
         version: {}\n      annotations:\n        prometheus.io/scrape: \"true\"\n        prometheus.io/port: '9090'\n    spec:\n      serviceAccountName: {app}\n      \
         terminationGracePeriodSeconds: 45\n      containers:\n",
        site.quoted("v1")
    );
    container(&mut text, site, random, app, "registry.example.com/team");
    if random.once_in(3) {
        container(&mut text, site, random, "log-shipper", "registry.example.com/platform");
    }
    let _ = write!(
        text,
        "      affinity:\n        podAntiAffinity:\n          preferredDuringSchedulingIgnoredDuringExecution:\n          {dash}- weight: 100\n          \
         {dash}  podAffinityTerm:\n          {dash}    topologyKey: kubernetes.io/hostname\n          {dash}    labelSelector:\n          {dash}      matchLabels:\n          \
         {dash}        app.kubernetes.io/name: {app}\n      volumes:\n      {dash}- name: config\n      {dash}  configMap:\n      {dash}    name: {app}-config\n      \
         {dash}- name: scratch\n      {dash}  emptyDir: {{}}\n"
    );
    text
}

fn container(text: &mut String, site: &Site, random: &mut Random, name: &str, registry: &str) {
    let p = format!("      {}", site.dash);
    let (major, minor) = (random.below(4), random.below(40));
    let _ = write!(
        text,
        "{p}- name: {name}\n{p}  image: {registry}/{name}:{major}.{minor}.{}\n{p}  imagePullPolicy: IfNotPresent\n{p}  args:\n{p}  - --config=/etc/{name}/config.yaml\n\
         {p}  - --log-level={}\n{p}  ports:\n{p}  - name: http\n{p}    containerPort: 8080\n{p}  - {{name: metrics, containerPort: 9090}}\n{p}  env:\n",
        random.below(10),
        random.pick(&["info", "warn", "debug"])
    );
    for variable in ["REGION", "QUEUE_URL", "CACHE_SIZE", "FEATURE_FLAGS", "TRACE_SAMPLE", "UPSTREAM"]
        .iter()
        .take(2 + usize::try_from(random.below(5)).unwrap_or_default())
    {
        let _ = write!(text, "{p}  - name: {variable}\n{p}    value: \"{}\"\n", random.below(100_000));
    }
    let _ = write!(
        text,
        "{p}  - name: POD_IP\n{p}    valueFrom:\n{p}      fieldRef:\n{p}        fieldPath: status.podIP\n{p}  resources:\n{p}    requests:\n{p}      cpu: {}m\n{p}      \
         memory: 256Mi\n{p}    limits:\n{p}      memory: 512Mi # raised after the incident in May\n{p}  readinessProbe:\n{p}    httpGet:\n{p}      path: /healthz/ready\n\
         {p}      port: http\n{p}    periodSeconds: 5\n{p}  livenessProbe:\n{p}    httpGet: {{path: /healthz/live, port: 8080}}\n{p}    initialDelaySeconds: 10\n\
         {p}  securityContext:\n{p}    allowPrivilegeEscalation: false\n{p}    readOnlyRootFilesystem: true\n{p}    capabilities:\n{p}      drop: [ALL]\n{p}  volumeMounts:\n\
         {p}  - name: config\n{p}    mountPath: /etc/{name}\n{p}  - name: scratch\n{p}    mountPath: /tmp\n",
        50 + random.below(20) * 25
    );
}

fn service(site: &Site, random: &mut Random) -> String {
    let Site { app, dash, .. } = site;
    let mut text = comment(random).to_owned();
    text.push_str(&site.head("v1", "Service", app));
    let target = random.pick(&["http", "8080"]);
    let _ = write!(
        text,
        "spec:\n  type: ClusterIP\n  selector:\n    app.kubernetes.io/name: {app}\n  ports:\n  {dash}- name: http\n  {dash}  port: 80\n  {dash}  targetPort: {target}\n  \
         {dash}  protocol: TCP\n  {dash}  appProtocol: http\n  {dash}- name: metrics\n  {dash}  port: 9090\n  {dash}  targetPort: 9090\n"
    );
    text
}

fn route(site: &Site, random: &mut Random) -> String {
    let Site { app, edge, namespace, dash, .. } = site;
    let mut text = comment(random).to_owned();
    text.push_str(&site.head("gateway.networking.k8s.io/v1", "HTTPRoute", app));
    let _ = write!(
        text,
        "spec:\n  parentRefs:\n  {dash}- name: public\n  {dash}  namespace: {edge}\n  {dash}  sectionName: https\n  hostnames:\n  {dash}- {app}.{namespace}.example.com\n  \
         {dash}- {}\n  rules:\n",
        site.quoted(&format!("{app}.example.org"))
    );
    let p = format!("  {dash}");
    for n in 0..=1 + random.below(4) {
        let path = random.pick(&["/", "/api", "/v1/items", "/static", "/health", "/v2/search"]);
        let _ = write!(text, "{p}- matches:\n{p}  - path:\n{p}      type: PathPrefix\n{p}      value: {path}{n}\n");
        if random.once_in(3) {
            let _ = write!(text, "{p}    headers:\n{p}    - name: x-canary\n{p}      value: {}\n", site.quoted("always"));
        }
        if random.once_in(2) {
            let _ = write!(
                text,
                "{p}  filters:\n{p}  # the application knows nothing of its prefix\n{p}  - type: URLRewrite\n{p}    urlRewrite:\n{p}      path:\n{p}        type: ReplacePrefixMatch\n\
                 {p}        replacePrefixMatch: /\n{p}  - type: RequestHeaderModifier\n{p}    requestHeaderModifier:\n{p}      set:\n{p}      - name: x-forwarded-prefix\n\
                 {p}        value: {path}\n"
            );
        }
        // one reference in two hundred is a slip of the keyboard
        let name = if random.once_in(200) { format!("{app}x") } else { app.clone() };
        let port = if random.once_in(site.wrong_ports) { 8080 } else { 80 };
        let _ = write!(text, "{p}  backendRefs:\n{p}  - name: {name}\n{p}    port: {port}\n");
        if random.once_in(4) {
            let _ = write!(text, "{p}    weight: 90\n{p}  - {{name: {app}, port: 80, weight: 10}}\n");
        }
        if random.once_in(3) {
            let _ = write!(text, "{p}  timeouts:\n{p}    request: 10s\n{p}    backendRequest: 5s\n");
        }
    }
    text
}

fn config(site: &Site, random: &mut Random) -> String {
    let mut text = site.head("v1", "ConfigMap", &format!("{}-config", site.app));
    text.push_str("data:\n  config.yaml: |\n    server:\n      address: 0.0.0.0:8080\n      read_timeout: 15s\n");
    for n in 0..5 + random.below(15) {
        let _ =
            write!(text, "    # entry {n}\n    entry_{n}:\n      enabled: {}\n      limit: {}\n", random.once_in(2), random.below(1000));
    }
    text.push_str("  banner.txt: >-\n    Welcome. This text is folded, and nobody\n    has read it in years.\n  retries: \"3\"\n");
    text
}

fn autoscaler(site: &Site, random: &mut Random) -> String {
    let (app, dash) = (&site.app, site.dash);
    let mut text = site.head("autoscaling/v2", "HorizontalPodAutoscaler", app);
    let _ = write!(
        text,
        "spec:\n  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: {app}\n  minReplicas: 2\n  maxReplicas: {}\n  metrics:\n  {dash}- type: Resource\n  \
         {dash}  resource:\n  {dash}    name: cpu\n  {dash}    target:\n  {dash}      type: Utilization\n  {dash}      averageUtilization: 70\n",
        4 + random.below(20)
    );
    text
}

fn monitor(site: &Site, random: &mut Random) -> String {
    let (app, dash) = (&site.app, site.dash);
    let mut text = site.head("monitoring.coreos.com/v1", "ServiceMonitor", app);
    let _ = write!(
        text,
        "spec:\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: {app}\n  endpoints:\n  {dash}- port: metrics\n  {dash}  interval: {}s\n  {dash}  relabelings:\n  \
         {dash}  - sourceLabels: [__meta_kubernetes_pod_node_name]\n  {dash}    targetLabel: node\n  {dash}    action: replace\n",
        15 + random.below(45)
    );
    text
}

fn dashboard(site: &Site, random: &mut Random) -> String {
    let (app, dash) = (&site.app, site.dash);
    let mut text = site.head("grafana.integreatly.org/v1beta1", "GrafanaDashboard", app);
    text.push_str("spec:\n  instanceSelector:\n    matchLabels: {dashboards: shared}\n  panels:\n");
    for n in 0..4 + random.below(12) {
        let _ = write!(
            text,
            "  {dash}- id: {n}\n  {dash}  title: \"Requests of {app}, panel {n}\"\n  {dash}  type: timeseries\n  {dash}  gridPos: {{x: 0, y: {n}, w: 12, h: 8}}\n  {dash}  targets:\n  \
             {dash}  - expr: sum(rate(http_requests_total{{app=\"{app}\"}}[5m]))\n  {dash}    legendFormat: 'per pod'\n"
        );
    }
    text
}
