use super::*;
use crate::cluster::kind::Kind;
use crate::cluster::object::Reference;
use proptest::prelude::*;
use serde_json::json;

/// A small model of server-side apply, as structured-merge-diff does it, for objects whose structure is the one that
/// [`fields`] knows: what is there, and what our manager owns.
#[derive(Clone, Debug, PartialEq)]
struct Model {
    live: Value,
    owned: Value,
}

impl Model {
    /// Applies `wanted`: values are put over what is there, and what was ours and is no longer wanted goes (nobody
    /// else owns anything in this model).
    fn apply(&self, wanted: &Value) -> Self {
        let set = fields::of(wanted);
        let kept = without(&self.live, &self.owned, &set);
        Self { live: put("", &kept, wanted), owned: set }
    }
}

/// Removes what lies in the first set and not in the second.
fn without(value: &Value, gone: &Value, kept: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter_map(|(name, child)| {
                    let key = format!("f:{name}");
                    match (gone.get(&key), kept.get(&key)) {
                        (None, _) => Some((name.clone(), child.clone())),
                        (Some(leaf), None) if is_leaf(leaf) => None,
                        (Some(gone), None) => {
                            let rest = without(child, gone, &json!({}));
                            (rest.as_object().is_some_and(|rest| !rest.is_empty())
                                || rest.as_array().is_some_and(|rest| !rest.is_empty()))
                            .then(|| (name.clone(), rest))
                        }
                        (Some(gone), Some(kept)) => Some((name.clone(), without(child, gone, kept))),
                    }
                })
                .collect(),
        ),
        Value::Array(items)
            if gone.as_object().is_some_and(|gone| gone.keys().any(|key| key.starts_with("k:"))) =>
        {
            let of = |set: &Value, item: &Value| {
                set.as_object().and_then(|set| {
                    set.iter().find(|(key, _)| fields::is_item(key, item)).map(|(_, child)| child.clone())
                })
            };
            Value::Array(
                items
                    .iter()
                    .filter_map(|item| match (of(gone, item), of(kept, item)) {
                        (None, _) => Some(item.clone()),
                        (Some(_), None) => None,
                        (Some(gone), Some(kept)) => Some(without(item, &gone, &kept)),
                    })
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

fn put(field: &str, live: &Value, wanted: &Value) -> Value {
    match (live, wanted) {
        (Value::Object(live), Value::Object(wanted)) if !fields::is_atomic_map(field) => {
            let mut all = live.clone();
            for (name, value) in wanted {
                let before = live.get(name).cloned().unwrap_or(Value::Null);
                all.insert(name.clone(), put(name, &before, value));
            }
            Value::Object(all)
        }
        (Value::Array(live), Value::Array(wanted)) if fields::list_keys(field).is_some() => {
            // Ours in our order, then the others.
            let key = |item: &Value| item.get("name").cloned();
            let mut all: Vec<Value> = wanted
                .iter()
                .map(|item| {
                    let before = live.iter().find(|other| key(other) == key(item));
                    put("", before.unwrap_or(&Value::Null), item)
                })
                .collect();
            all.extend(
                live.iter().filter(|item| !wanted.iter().any(|other| key(other) == key(item))).cloned(),
            );
            Value::Array(all)
        }
        (_, wanted) => wanted.clone(),
    }
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![Just(json!("a")), Just(json!("b")), Just(json!(1)), Just(json!(true))]
}

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![Just(json!("a")), Just(json!("b"))]
}

fn map(value: impl Strategy<Value = Value>, most: usize) -> impl Strategy<Value = Value> {
    proptest::collection::btree_map("[xyz]", value, 0..=most)
        .prop_map(|all| Value::Object(all.into_iter().collect()))
}

/// A list whose items have names, in any order.
fn keyed(value: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    proptest::collection::btree_map("[pqr]", value, 0..=3)
        .prop_map(|items| {
            let named = |(name, mut item): (String, Value)| {
                item["name"] = json!(name);
                item
            };
            items.into_iter().map(named).collect::<Vec<_>>()
        })
        .prop_shuffle()
        .prop_map(Value::Array)
}

fn object() -> impl Strategy<Value = Value> {
    let container = (
        scalar(),
        proptest::collection::vec(text(), 0..3),
        keyed(map(text(), 1)),
        proptest::option::of(map(text(), 2)),
    )
        .prop_map(|(image, args, env, reference)| {
            let mut item = json!({"image": image});
            if !args.is_empty() {
                item["args"] = json!(args);
            }
            if env.as_array().is_some_and(|env| !env.is_empty()) {
                item["env"] = env;
            }
            if let Some(reference) = reference {
                item["secretKeyRef"] = reference;
            }
            item
        });
    (map(text(), 2), scalar(), keyed(container), map(scalar(), 2)).prop_map(
        |(labels, schedule, containers, limits)| {
            let mut object = json!({"apiVersion": "batch/v1", "kind": "CronJob",
                "metadata": {"name": "n", "namespace": "s"},
                "spec": {"schedule": schedule, "emptyDir": limits}});
            if labels.as_object().is_some_and(|labels| !labels.is_empty()) {
                object["metadata"]["labels"] = labels;
            }
            if containers.as_array().is_some_and(|items| !items.is_empty()) {
                object["spec"]["containers"] = containers;
            }
            object
        },
    )
}

fn wanted(object: &Value) -> Desired {
    let account = k8s_openapi::api::core::v1::ServiceAccount::default();
    Desired {
        reference: Reference { kind: Kind::CronJob, namespace: "s".to_owned(), name: "n".to_owned() },
        object: object.clone(),
        manager: "neo4j-backup".to_owned(),
        spec: None,
        rendered: Some(crate::render::Rendered {
            object: crate::render::Object::ServiceAccount(Box::new(account)),
            provenance: Default::default(),
        }),
    }
}

fn live(model: &Model) -> DynamicObject {
    let mut object = model.live.clone();
    object["metadata"]["managedFields"] = json!([
        {"manager": "kubectl", "operation": "Update", "apiVersion": "batch/v1", "fieldsType": "FieldsV1",
         "fieldsV1": {"f:status": {}}},
        {"manager": "neo4j-backup", "operation": "Apply", "apiVersion": "batch/v1", "fieldsType": "FieldsV1",
         "fieldsV1": model.owned},
    ]);
    object["metadata"]["uid"] = json!("u");
    serde_json::from_value(object).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    /// What was applied and not touched since need not be applied again, whatever else the server added.
    #[test]
    fn a_second_apply_is_a_noop(object in object(), before in object()) {
        let mut model = Model { live: before, owned: json!({}) };
        // Items of others would make the order doubtful.
        model.live["spec"].as_object_mut().unwrap().remove("containers");
        let applied = model.apply(&object);
        // `{}` over a map of somebody else: whose are its fields? The server is asked.
        prop_assume!(object["spec"]["emptyDir"] != json!({}) || applied.live["spec"]["emptyDir"] == json!({}));
        prop_assert!(is_noop(&wanted(&object), &live(&applied)));
    }

    /// Whatever is there, whoever owned it, and whatever is wanted: what is called a no-op changes neither a value
    /// nor who owns it.
    #[test]
    fn what_is_called_a_noop_is_one(first in object(), there in object(), second in object(), edited in object(),
                                    edit in 0..6_u8) {
        let mut model = Model { live: there, owned: json!({}) }.apply(&first);
        // Somebody else's hand, without a trace in managedFields, and an object that is nearly the same.
        let mut second = if edit == 0 { second } else { first.clone() };
        match edit {
            1 => model.live["spec"]["schedule"] = edited["spec"]["schedule"].clone(),
            2 => model.live["spec"]["containers"] = edited["spec"]["containers"].clone(),
            3 => second["spec"]["containers"] = edited["spec"]["containers"].clone(),
            4 => second["metadata"] = edited["metadata"].clone(),
            5 => second["spec"]["emptyDir"] = edited["spec"]["emptyDir"].clone(),
            _ => {}
        }
        if second["spec"]["containers"].is_null() {
            second["spec"].as_object_mut().unwrap().remove("containers");
        }
        if model.live["spec"]["containers"].is_null() {
            model.live["spec"].as_object_mut().unwrap().remove("containers");
        }
        if is_noop(&wanted(&second), &live(&model)) {
            prop_assert_eq!(model.apply(&second), model);
        }
    }
}

fn example() -> Value {
    json!({"apiVersion": "batch/v1", "kind": "CronJob",
        "metadata": {"name": "n", "namespace": "s", "labels": {"a": "1"}},
        "spec": {"schedule": "0 1 * * *", "containers": [{"name": "backup", "args": ["x"]}]}})
}

fn applied() -> Model {
    Model { live: json!({}), owned: json!({}) }.apply(&example())
}

#[test]
fn each_doubt_goes_to_the_server() {
    let yes = |model: &Model| is_noop(&wanted(&example()), &live(model));
    assert!(yes(&applied()));

    // A field that is ours no longer, or ours and no longer wanted.
    let mut model = applied();
    model.owned["f:spec"].as_object_mut().unwrap().remove("f:schedule");
    assert!(!yes(&model));
    let mut model = applied();
    model.owned["f:spec"]["f:suspend"] = json!({});
    assert!(!yes(&model));
    let mut model = applied();
    model.owned["f:metadata"]["f:annotations"] = json!({"f:x": {}});
    assert!(!yes(&model));

    // Another container beside ours.
    let mut model = applied();
    model.live["spec"]["containers"].as_array_mut().unwrap().push(json!({"name": "injected"}));
    assert!(!yes(&model));

    // A default that the server put into a list that is owned as a whole.
    let mut model = applied();
    model.live["spec"]["containers"][0]["args"] = json!(["x", "y"]);
    assert!(!yes(&model));
}

#[test]
fn only_one_entry_of_our_own_by_apply_and_of_the_same_version_counts() {
    let wanted = wanted(&example());
    let with = |change: &dyn Fn(&mut Vec<ManagedFieldsEntry>)| {
        let mut object = live(&applied());
        change(object.metadata.managed_fields.as_mut().unwrap());
        is_noop(&wanted, &object)
    };
    assert!(with(&|_| {}));
    assert!(!with(&|entries| entries[1].operation = Some("Update".to_owned())));
    assert!(!with(&|entries| entries[1].manager = Some("neo4j-backup/x".to_owned())));
    assert!(!with(&|entries| entries[1].api_version = Some("batch/v1beta1".to_owned())));
    assert!(!with(&|entries| entries[1].subresource = Some("status".to_owned())));
    assert!(!with(&|entries| entries.push(entries[1].clone())));
    assert!(!with(&|entries| entries[1].fields_v1 = None));
}

#[test]
fn a_quantity_is_the_same_in_the_form_that_the_server_gives_it() {
    let with = |memory: &str| {
        let mut object = example();
        object["spec"]["containers"][0]["resources"] = json!({"limits": {"memory": memory}});
        object
    };
    for (wanted_text, live_text, same) in [
        ("6144Mi", "6Gi", true),
        ("1000m", "1", true),
        ("6144Mi", "7Gi", false),
        ("x", "y", false),
        ("1", "1.0000000000001", false),
    ] {
        let mut model = Model { live: json!({}), owned: json!({}) }.apply(&with(wanted_text));
        model.live["spec"]["containers"][0]["resources"]["limits"]["memory"] = json!(live_text);
        assert_eq!(is_noop(&wanted(&with(wanted_text)), &live(&model)), same, "{wanted_text} {live_text}");
    }
}
