//! The parts of a configuration as files: one bootstrap, files for filesystem xDS, or a dump.

use std::collections::BTreeMap;

use super::json::{Fields, Json, any, json, object, without_comments};
use super::{Compiled, yaml};
use crate::text::one_line;

/// In which form the configuration is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// One file that Envoy starts from.
    #[default]
    Bootstrap,
    /// A bootstrap and files that Envoy reads again when they change.
    XdsFiles,
    /// What Envoy's admin interface would print of it.
    ConfigDump,
}

/// A file, before it is text.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// Its path below the folder; empty where there is only one.
    pub path: String,
    /// What it says.
    pub value: Json,
}

/// The patterns that Envoy may compile are as large as Istio's gateways allow; Envoy's own limit is 100.
pub(super) const PROGRAM_SIZE: usize = 32768;
/// How many connections clients may hold open.
const CONNECTIONS: u32 = 50_000;
/// The cluster of the server that endpoints come from, in a bootstrap.
const ENDPOINT_SERVER: &str = "istiod";

impl Compiled {
    /// The name of its files: that of the Gateway with dots.
    pub fn file_name(&self) -> String {
        safe(&self.gateway.replace('/', "."))
    }

    /// The files of a format; `folder` is where Envoy will find them.
    pub fn files(&self, format: Format, folder: &str) -> Vec<Written> {
        self.clone().into_files(format, folder)
    }

    /// As [`Compiled::files`], for what is not needed any more.
    pub fn into_files(mut self, format: Format, folder: &str) -> Vec<Written> {
        match format {
            Format::Bootstrap => vec![Written { path: String::new(), value: self.bootstrap() }],
            Format::ConfigDump => vec![Written { path: String::new(), value: self.config_dump() }],
            Format::XdsFiles => self.xds_files(folder),
        }
    }

    /// What Envoy is started with, without resources.
    fn frame(&self) -> Fields {
        let id = self.file_name();
        let limit = any(
            "extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
            json!({ "max_active_downstream_connections": CONNECTIONS }),
        );
        let frame = json!({
            "node": { "id": id, "cluster": id },
            "overload_manager": {
                "resource_monitors": [{ "name": "envoy.resource_monitors.global_downstream_max_connections", "typed_config": limit }],
            },
            "layered_runtime": { "layers": [{
                "name": "meshgate",
                "static_layer": { "re2.max_program_size.error_level": PROGRAM_SIZE },
            }] },
        });
        match frame {
            Json::Object(fields) => fields,
            _ => Fields::default(),
        }
    }

    /// One file with everything in it.
    fn bootstrap(&mut self) -> Json {
        let mut frame = self.frame();
        let mut clusters = std::mem::take(&mut self.clusters);
        let mut from_server = false;
        for config in clusters.iter_mut().filter_map(eds_config) {
            let grpc = json!([{ "envoy_grpc": { "cluster_name": ENDPOINT_SERVER } }]);
            let source = json!({ "api_type": "GRPC", "transport_api_version": "V3", "grpc_services": grpc });
            config.insert("eds_config", json!({ "resource_api_version": "V3", "api_config_source": source }));
            from_server = true;
        }
        clusters.extend(from_server.then(endpoint_server));
        frame.insert("static_resources", object([("listeners", self.inlined().into()), ("clusters", clusters.into())]));
        frame.into()
    }

    /// The listeners with their tables inside.
    fn inlined(&mut self) -> Vec<Json> {
        let named = |table: Json| Some((table.get("name")?.as_str()?.to_owned(), table));
        let mut tables: BTreeMap<String, Json> = std::mem::take(&mut self.tables).into_iter().filter_map(named).collect();
        let mut listeners = std::mem::take(&mut self.listeners);
        for listener in &mut listeners {
            inline(listener, &mut |name| tables.remove(name));
        }
        listeners
    }

    fn config_dump(mut self) -> Json {
        let mut tables = self.tables.clone();
        let typed = |kind: &str, value: &Json| any(kind, value.clone());
        let mut bootstrap = self.bootstrap();
        without_comments(&mut bootstrap);
        let statics = bootstrap.get("static_resources");
        let list = |key: &str| statics.and_then(|all| all.get(key)).and_then(Json::as_array).map(<[Json]>::to_vec).unwrap_or_default();
        let clusters: Vec<Json> =
            list("clusters").iter().map(|cluster| json!({ "cluster": typed("config.cluster.v3.Cluster", cluster) })).collect();
        let listeners: Vec<Json> =
            list("listeners").iter().map(|listener| json!({ "listener": typed("config.listener.v3.Listener", listener) })).collect();
        tables.iter_mut().for_each(without_comments);
        let tables: Vec<Json> =
            tables.iter().map(|table| json!({ "route_config": typed("config.route.v3.RouteConfiguration", table) })).collect();
        json!({ "configs": [
            any("admin.v3.BootstrapConfigDump", json!({ "bootstrap": bootstrap })),
            any("admin.v3.ClustersConfigDump", json!({ "static_clusters": clusters })),
            any("admin.v3.ListenersConfigDump", json!({ "static_listeners": listeners })),
            any("admin.v3.RoutesConfigDump", json!({ "static_route_configs": tables })),
        ] })
    }

    fn xds_files(mut self, folder: &str) -> Vec<Written> {
        let source = |folder: &str, name: &str| {
            let path = json!({ "path": format!("{folder}/{name}"), "watched_directory": { "path": folder } });
            json!({ "resource_api_version": "V3", "path_config_source": path })
        };
        let resources = |all: Vec<Json>| object([("resources", all.into())]);
        let mut listeners = std::mem::take(&mut self.listeners);
        for rds in listeners.iter_mut().flat_map(connection_managers) {
            let name = rds.get("rds").and_then(|rds| rds.get("route_config_name")).and_then(Json::as_str).unwrap_or_default().to_owned();
            let config = source(&format!("{folder}/rds"), &format!("{name}.yaml"));
            rds.insert("rds", json!({ "route_config_name": name, "config_source": config }));
        }
        let mut clusters = std::mem::take(&mut self.clusters);
        for config in clusters.iter_mut().filter_map(eds_config) {
            let name = config.get("service_name").and_then(Json::as_str).unwrap_or_default();
            let from = source(&format!("{folder}/eds"), &file_of(name));
            config.insert("eds_config", from);
        }
        let typed = |kind: &'static str, all: Vec<Json>| resources(all.into_iter().map(|value| any(kind, value)).collect());
        let mut frame = self.frame();
        let dynamic = object([("lds_config", source(folder, "lds.yaml")), ("cds_config", source(folder, "cds.yaml"))]);
        frame.insert("dynamic_resources", dynamic);
        let mut files = vec![
            Written { path: "bootstrap.yaml".to_owned(), value: Json::Object(frame) },
            Written { path: "lds.yaml".to_owned(), value: typed("config.listener.v3.Listener", listeners) },
            Written { path: "cds.yaml".to_owned(), value: typed("config.cluster.v3.Cluster", clusters) },
        ];
        for table in self.tables {
            let path = format!("rds/{}.yaml", table.get("name").and_then(Json::as_str).unwrap_or_default());
            files.push(Written { path, value: typed("config.route.v3.RouteConfiguration", vec![table]) });
        }
        for assignment in self.assignments {
            let path = format!("eds/{}", file_of(assignment.get("cluster_name").and_then(Json::as_str).unwrap_or_default()));
            files.push(Written { path, value: typed("config.endpoint.v3.ClusterLoadAssignment", vec![assignment]) });
        }
        files
    }

    /// What stands at the top of files that have comments.
    pub fn head(&self) -> String {
        // names of manifests stand here: nothing of them may end the comment
        let mut head = format!("# Envoy configuration of Gateway {}, written by `meshgate compile`\n", one_line(&self.gateway));
        for note in &self.notes {
            head.push_str("# note: ");
            head.push_str(&one_line(note));
            head.push('\n');
        }
        head
    }
}

impl Compiled {
    /// The text of one of its files.
    pub fn text(&self, written: &Written, json: bool) -> String {
        written.text(&self.head(), json)
    }
}

impl Written {
    /// Its text: YAML below a head, or JSON.
    pub fn text(&self, head: &str, json: bool) -> String {
        if json {
            let mut value = self.value.clone();
            without_comments(&mut value);
            // values of ours are always JSON
            return serde_json::to_string_pretty(&value).unwrap_or_default() + "\n";
        }
        yaml::print(head, &self.value)
    }
}

/// A name as that of a file.
fn file_of(name: &str) -> String {
    format!("{}.yaml", safe(name))
}

/// A name that leads nowhere else and means nothing to a shell or a terminal, whatever a manifest says.
fn safe(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).collect()
}

/// The `eds_cluster_config` of a cluster that has one.
fn eds_config(cluster: &mut Json) -> Option<&mut Fields> {
    cluster.get_mut("eds_cluster_config")?.as_object_mut()
}

/// The configurations of HTTP in a listener.
fn connection_managers(listener: &mut Json) -> Vec<&mut Fields> {
    let chains = listener.get_mut("filter_chains").and_then(Json::as_array_mut).into_iter().flatten();
    let filters = chains.filter_map(|chain| chain.get_mut("filters")?.as_array_mut()).flatten();
    filters.filter_map(|filter| filter.get_mut("typed_config")?.as_object_mut()).filter(|config| config.get("rds").is_some()).collect()
}

/// Puts the tables into a listener that refers to them.
fn inline(listener: &mut Json, table: &mut dyn FnMut(&str) -> Option<Json>) {
    for config in connection_managers(listener) {
        let name = config.get("rds").and_then(|rds| rds.get("route_config_name")).and_then(Json::as_str).unwrap_or_default();
        let table = table(name).unwrap_or_default();
        // the table stands where the reference stood
        config.replace("rds", "route_config", table);
    }
}

/// Files for filesystem xDS as one bootstrap, which Envoy can be asked about: it does not read the files to validate them.
pub fn folded(files: &[Written]) -> Json {
    let of = |path: &str| files.iter().find(|file| file.path == path);
    let resources = |file: Option<&Written>| {
        let all = file.and_then(|file| file.value.get("resources")).and_then(Json::as_array).map(<[Json]>::to_vec).unwrap_or_default();
        let untyped = all.into_iter().map(|mut value| {
            if let Some(fields) = value.as_object_mut() {
                fields.remove("@type");
            }
            value
        });
        untyped.collect::<Vec<Json>>()
    };
    let mut listeners = resources(of("lds.yaml"));
    for listener in &mut listeners {
        inline(listener, &mut |name| resources(of(&format!("rds/{name}.yaml"))).pop());
    }
    let mut clusters = resources(of("cds.yaml"));
    for cluster in &mut clusters {
        // what the files say of its endpoints, as if it were all there is
        let Some(service) =
            cluster.get("eds_cluster_config").and_then(|config| config.get("service_name")?.as_str()).map(ToOwned::to_owned)
        else {
            continue;
        };
        let assignment = resources(of(&format!("eds/{}", file_of(&service)))).pop();
        if let Some(fields) = cluster.as_object_mut() {
            fields.remove("eds_cluster_config");
            fields.insert("type", "STATIC");
            fields.insert("load_assignment", assignment.unwrap_or_default());
        }
    }
    let mut bootstrap = of("bootstrap.yaml").map(|file| file.value.clone()).unwrap_or_default();
    if let Some(fields) = bootstrap.as_object_mut() {
        fields.remove("dynamic_resources");
        fields.insert("static_resources", json!({ "listeners": listeners, "clusters": clusters }));
    }
    bootstrap
}

/// The server that endpoints come from.
fn endpoint_server() -> Json {
    let options =
        any("extensions.upstreams.http.v3.HttpProtocolOptions", json!({ "explicit_http_config": { "http2_protocol_options": {} } }));
    let endpoint = super::json::address("istiod.istio-system.svc.cluster.local", 15010, false);
    json!({
        "#": "serves the endpoints of all other clusters",
        "name": ENDPOINT_SERVER,
        "type": "STRICT_DNS",
        "typed_extension_protocol_options": { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options },
        "load_assignment": { "cluster_name": ENDPOINT_SERVER, "endpoints": [{ "lb_endpoints": [{ "endpoint": { "address": endpoint } }] }] },
    })
}
