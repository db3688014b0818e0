//! As much of XML Schema as `junit-10.xsd` uses: which elements and attributes may stand where,
//! and which attributes must. Order and number are free there but for one level, which is a plain
//! sequence of one kind.

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::{Document, Node};

#[derive(Default)]
struct Element {
    children: BTreeSet<String>,
    attributes: BTreeSet<String>,
    required: BTreeSet<String>,
    text: bool,
}

pub(super) struct Xsd(BTreeMap<String, Element>);

impl Xsd {
    pub(super) fn parse(text: &str) -> Self {
        let document = Document::parse(text).unwrap();
        let mut elements = BTreeMap::new();
        for node in document.root_element().children().filter(|node| node.tag_name().name() == "element") {
            elements.insert(node.attribute("name").unwrap().to_owned(), Element::of(node));
        }
        assert!(elements.contains_key("testsuites"), "the schema was not understood");
        Self(elements)
    }

    pub(super) fn problems(&self, xml: &str) -> Vec<String> {
        match Document::parse(xml) {
            Err(error) => vec![error.to_string()],
            Ok(document) => {
                let mut problems = Vec::new();
                self.check(document.root_element(), &mut problems);
                problems
            }
        }
    }

    fn check(&self, node: Node<'_, '_>, problems: &mut Vec<String>) {
        let name = node.tag_name().name();
        let Some(element) = self.0.get(name) else {
            problems.push(format!("{name} is no element"));
            return;
        };
        let present: BTreeSet<_> = node.attributes().map(|attribute| attribute.name().to_owned()).collect();
        problems
            .extend(present.difference(&element.attributes).map(|extra| format!("{name} has no {extra}")));
        problems.extend(element.required.difference(&present).map(|lack| format!("{name} lacks {lack}")));
        for child in node.children() {
            if child.is_element() {
                if !element.children.contains(child.tag_name().name()) {
                    problems.push(format!("{} stands in {name}", child.tag_name().name()));
                }
                self.check(child, problems);
            } else if !element.text && child.text().is_some_and(|text| !text.trim().is_empty()) {
                problems.push(format!("text in {name}"));
            }
        }
    }
}

impl Element {
    fn of(node: Node<'_, '_>) -> Self {
        let mut element = Self { text: node.attribute("type") == Some("xs:string"), ..Self::default() };
        for inner in node.descendants() {
            match inner.tag_name().name() {
                "element" => element.children.extend(inner.attribute("ref").map(str::to_owned)),
                "attribute" => {
                    let name = inner.attribute("name").unwrap().to_owned();
                    if inner.attribute("use") == Some("required") {
                        element.required.insert(name.clone());
                    }
                    element.attributes.insert(name);
                }
                "complexType" => element.text |= inner.attribute("mixed") == Some("true"),
                _ => {}
            }
        }
        element
    }
}
