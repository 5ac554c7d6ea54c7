//! The embedded schemas of the core kinds are those of k8s-openapi. `cargo bless` rewrites them.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fmt::Write;

use k8s_openapi::api::{apps::v1 as apps, batch::v1 as batch, core::v1 as core, discovery::v1 as discovery, networking::v1 as networking};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// What the API server checks and its schemas do not say: (definition, field, what is added).
fn additions() -> Vec<(&'static str, &'static str, Value)> {
    let protocol = || json!({ "enum": ["TCP", "UDP", "SCTP", ""] });
    let port = |least: u32| json!({ "minimum": least, "maximum": 65535 });
    vec![
        ("ServicePort", "protocol", protocol()),
        ("ServicePort", "port", port(1)),
        ("ServicePort", "nodePort", port(0)),
        ("ContainerPort", "protocol", protocol()),
        ("ContainerPort", "containerPort", port(1)),
        ("ContainerPort", "hostPort", port(0)),
        ("NetworkPolicyPort", "protocol", protocol()),
        ("ServiceSpec", "type", json!({ "enum": ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName", ""] })),
        ("ServiceSpec", "externalTrafficPolicy", json!({ "enum": ["Cluster", "Local", ""] })),
        ("ServiceSpec", "internalTrafficPolicy", json!({ "enum": ["Cluster", "Local", ""] })),
        ("ServiceSpec", "sessionAffinity", json!({ "enum": ["ClientIP", "None", ""] })),
        ("ServiceSpec", "ipFamilyPolicy", json!({ "enum": ["SingleStack", "PreferDualStack", "RequireDualStack", ""] })),
        ("PodSpec", "restartPolicy", json!({ "enum": ["Always", "OnFailure", "Never", ""] })),
        ("PodSpec", "dnsPolicy", json!({ "enum": ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None", ""] })),
        ("Container", "imagePullPolicy", json!({ "enum": ["Always", "IfNotPresent", "Never", ""] })),
        ("EndpointSlice", "addressType", json!({ "enum": ["IPv4", "IPv6", "FQDN"] })),
        // what only controllers write is not looked into
        ("ObjectMeta", "managedFields", json!({ "items": true })),
    ]
}

/// Fields that the schemas call required and whose empty value the API server takes.
const OPTIONAL: [(&str, &str); 5] = [
    ("HTTPHeader", "value"),
    ("ISCSIVolumeSource", "lun"),
    ("LocalObjectReference", "name"),
    ("PersistentVolumeClaim", "metadata"),
    ("Sysctl", "value"),
];

/// The last part of `io.k8s.api.core.v1.PodSpec`.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// A schema without what the shape check does not read.
fn reduced(schema: &Value) -> Value {
    let Value::Object(schema) = schema else {
        return schema.clone();
    };
    let mut out = Map::new();
    for (keyword, value) in schema {
        let value = match (keyword.as_str(), value) {
            ("$ref", Value::String(target)) => json!(format!("#/$defs/{}", short(target))),
            ("format", Value::String(format)) if format == "int32" => value.clone(),
            ("type" | "required", _) => value.clone(),
            ("properties", Value::Object(fields)) => fields.iter().map(|(name, field)| (name.clone(), reduced(field))).collect(),
            ("items" | "additionalProperties", _) => reduced(value),
            ("description" | "format", _) => continue,
            ("x-kubernetes-int-or-string", _) => {
                out.insert("type".into(), json!(["integer", "string"]));
                continue;
            }
            other => panic!("a keyword that the generator does not know: {other:?}"),
        };
        out.insert(keyword.clone(), value);
    }
    Value::Object(out)
}

fn references<'v>(value: &'v Value, out: &mut Vec<&'v str>) {
    match value {
        Value::Object(map) => {
            out.extend(map.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix("#/$defs/")));
            map.values().for_each(|value| references(value, out));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, out)),
        _ => {}
    }
}

fn core_schemas() -> String {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    generator.subschema_for::<core::Namespace>();
    generator.subschema_for::<core::Service>();
    generator.subschema_for::<core::Pod>();
    generator.subschema_for::<core::ServiceAccount>();
    generator.subschema_for::<core::Secret>();
    generator.subschema_for::<core::ConfigMap>();
    generator.subschema_for::<apps::Deployment>();
    generator.subschema_for::<apps::StatefulSet>();
    generator.subschema_for::<apps::DaemonSet>();
    generator.subschema_for::<apps::ReplicaSet>();
    generator.subschema_for::<batch::Job>();
    generator.subschema_for::<batch::CronJob>();
    generator.subschema_for::<networking::NetworkPolicy>();
    generator.subschema_for::<discovery::EndpointSlice>();
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for (name, schema) in generator.take_definitions(true) {
        let previous = all.insert(short(&name).to_owned(), reduced(&schema));
        assert!(previous.is_none(), "two definitions are called {}", short(&name));
    }
    all.insert("Quantity".into(), json!({ "type": ["number", "string"] }));
    for (definition, field, added) in additions() {
        let field = &mut all.get_mut(definition).unwrap_or_else(|| panic!("no {definition}"))["properties"][field];
        assert!(field.is_object(), "{definition} has no such field");
        field.as_object_mut().unwrap().extend(added.as_object().unwrap().clone());
    }
    for (definition, field) in OPTIONAL {
        let required = all.get_mut(definition).and_then(|schema| schema["required"].as_array_mut()).unwrap();
        let before = required.len();
        required.retain(|name| name != field);
        assert_eq!(required.len() + 1, before, "{definition}.{field} is not required");
    }
    // the shape check knows these fields of a document itself
    for kind in meshgate::model::shape::CORE_KINDS {
        let document = all.get_mut(kind).and_then(Value::as_object_mut).unwrap();
        let fields = document["properties"].as_object_mut().unwrap();
        fields.retain(|name, _| !matches!(name.as_str(), "apiVersion" | "kind" | "metadata" | "status"));
        let required = document.get_mut("required").and_then(Value::as_array_mut);
        if let Some(required) = required {
            required.retain(|name| name != "metadata");
        }
    }
    let mut wanted: Vec<&str> = meshgate::model::shape::CORE_KINDS.to_vec();
    wanted.push("ObjectMeta");
    let mut reached: BTreeMap<&str, &Value> = BTreeMap::new();
    while let Some(name) = wanted.pop() {
        if reached.insert(name, &all[name]).is_none() {
            references(&all[name], &mut wanted);
        }
    }
    let mut file = String::from("{\"$defs\": {\n");
    for (n, (name, schema)) in reached.iter().enumerate() {
        let end = if n + 1 == reached.len() { "" } else { "," };
        writeln!(file, "{}: {schema}{end}", json!(name)).unwrap();
    }
    file + "}}\n"
}

#[test]
fn core_schemas_are_those_of_kubernetes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/model/schemas/core.json");
    let fresh = core_schemas();
    if std::env::var_os("MESHGATE_BLESS").is_some() {
        std::fs::write(path, &fresh).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap() == fresh, "src/model/schemas/core.json is out of date: run `cargo bless`");
    assert!(fresh.len() < 150_000, "{} bytes", fresh.len());
}
