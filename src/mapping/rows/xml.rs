//! XML: one document is one row. The same rules apply to every document:
//!
//! - The row is an object with one key, the root element: `{"edgarSubmission": {…}}`.
//! - An element is an object: its attributes as `@name`, its children by name, its text, if it has
//!   any beside these, as `#text`. An element with only text becomes that text; an empty one null.
//! - Several children with one name become a list, in their order; a single one does not. `listed` in
//!   jq makes a list in both cases.
//! - Names lose their namespace's prefix (`ns1:issuer` is `issuer`), `xmlns` attributes are left out.
//! - Text is trimmed. The five entities of XML and numeric characters are decoded. Any other entity,
//!   and a document type with definitions, is refused, so that a document cannot expand itself.

use super::malformed;
use crate::mapping::canonical::RowError;
use jaq_json::{Map, Val};
use quick_xml::XmlVersion;
use quick_xml::errors::SyntaxError;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use std::rc::Rc;

/// Maximum nesting, the same as for JSON.
const DEPTH_MAX: usize = 128;

#[derive(Default)]
struct Element {
    name: String,
    fields: Map,
    text: String,
}

/// Why a text cannot be read as a document.
pub(super) struct Broken {
    /// It is the beginning of one.
    pub(super) is_cut: bool,
    pub(super) why: String,
}

impl From<Broken> for RowError {
    fn from(broken: Broken) -> RowError {
        malformed(broken.why)
    }
}

/// A document in another encoding than UTF-8, as its declaration says, else as windows-1252.
pub(super) fn decoded(raw: &[u8]) -> Option<String> {
    let text = super::unpack::western(raw)?;
    let head = text.split_once("?>").map_or("", |(head, _)| head);
    let label = head.split_once("encoding=").and_then(|(_, rest)| rest.split(['"', '\'']).nth(1));
    let named = label.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
    let decoded = named.map(|named| named.decode_without_bom_handling(raw).0.into_owned());
    Some(decoded.unwrap_or(text))
}

pub fn parse(raw: &[u8]) -> Result<Val, RowError> {
    read(raw).map_err(RowError::from)
}

pub(super) fn read(raw: &[u8]) -> Result<Val, Broken> {
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    let text = str::from_utf8(raw).map_err(|_| no_xml("it is not UTF-8"))?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut row: Option<Val> = None;
    loop {
        let event = reader.read_event().map_err(|error| {
            let is_open = |e: &SyntaxError| !matches!(e, SyntaxError::InvalidBangMarkup);
            let is_cut = matches!(&error, quick_xml::Error::Syntax(e) if is_open(e));
            Broken { is_cut, ..no_xml(&error.to_string()) }
        })?;
        match event {
            Event::Start(start) => {
                if open.len() >= DEPTH_MAX {
                    return Err(no_xml(&format!("it is nested deeper than {DEPTH_MAX} elements")));
                }
                if open.is_empty() && row.is_some() {
                    return Err(no_xml("it has two root elements"));
                }
                open.push(element(&start)?);
            }
            Event::Empty(start) => {
                if open.is_empty() && row.is_some() {
                    return Err(no_xml("it has two root elements"));
                }
                close(element(&start)?, &mut open, &mut row);
            }
            Event::End(_) => {
                // The reader has checked that it closes the open element.
                if let Some(element) = open.pop() {
                    close(element, &mut open, &mut row);
                }
            }
            Event::Text(text) => said(&mut open, &text.xml10_content())?,
            Event::CData(text) => said(&mut open, &text.xml10_content())?,
            Event::GeneralRef(entity) => {
                let number = entity.resolve_char_ref().map_err(|e| no_xml(&e.to_string()))?;
                match number {
                    Some(c) => said(&mut open, c.encode_utf8(&mut [0; 4]))?,
                    None => match resolve_predefined_entity(&entity) {
                        Some(text) => said(&mut open, text)?,
                        None => {
                            let name: String = entity.chars().take(40).collect();
                            return Err(no_xml(&format!("the entity &{name}; is not supported")));
                        }
                    },
                }
            }
            Event::DocType(doctype) if doctype.contains('[') => {
                return Err(no_xml("definitions in a document type are not supported"));
            }
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => {}
            Event::Eof => break,
        }
    }
    match open.last() {
        Some(element) => {
            Err(Broken { is_cut: true, ..no_xml(&format!("<{}> is not closed", element.name)) })
        }
        None => row.ok_or_else(|| no_xml("it has no root element")),
    }
}

fn element(start: &BytesStart<'_>) -> Result<Element, Broken> {
    let name = local(start.name().as_ref());
    let mut fields = Map::default();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|e| no_xml(&e.to_string()))?;
        let key = attribute.key.as_ref();
        if key == "xmlns" || key.starts_with("xmlns:") {
            continue;
        }
        let value = attribute
            .normalized_value(XmlVersion::default())
            .map_err(|e| no_xml(&e.to_string()))?;
        fields.insert(Val::from(format!("@{}", local(key))), Val::from(value.into_owned()));
    }
    Ok(Element { name, fields, text: String::new() })
}

fn said(open: &mut [Element], text: &str) -> Result<(), Broken> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(no_xml("there is text outside the root element")),
    }
    Ok(())
}

fn close(element: Element, open: &mut [Element], row: &mut Option<Val>) {
    let Element { name, mut fields, text } = element;
    let text = text.trim();
    let value = match (fields.is_empty(), text.is_empty()) {
        (true, true) => Val::Null,
        (true, false) => Val::from(text.to_owned()),
        (false, blank) => {
            if !blank {
                fields.insert(Val::from("#text".to_owned()), Val::from(text.to_owned()));
            }
            Val::obj(fields)
        }
    };
    let Some(parent) = open.last_mut() else {
        *row = Some(Val::obj([(Val::from(name), value)].into_iter().collect()));
        return;
    };
    let name = Val::from(name);
    match parent.fields.get_mut(&name) {
        None => {
            parent.fields.insert(name, value);
        }
        // An element is never a list itself.
        Some(Val::Arr(list)) => Rc::make_mut(list).push(value),
        Some(one) => {
            let first = std::mem::replace(one, Val::Null);
            *one = Val::Arr(Rc::new(vec![first, value]));
        }
    }
}

fn local(name: &str) -> String {
    name.rsplit_once(':').map_or(name, |(_, local)| local).to_owned()
}

fn no_xml(why: &str) -> Broken {
    Broken { is_cut: false, why: format!("no XML: {why}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(text: &str) -> String {
        parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}")).to_string()
    }

    #[test]
    fn elements_become_objects_by_one_rule() {
        for (xml, json) in [
            ("<a/>", r#"{"a":null}"#),
            ("<?xml version=\"1.0\"?>\n<!-- c --><a> x &amp; y&#33; </a>\n", r#"{"a":"x & y!"}"#),
            (
                "<a><b>1</b><c/><b>2</b><b x='3'>4</b></a>",
                r##"{"a":{"b":["1","2",{"@x":"3","#text":"4"}],"c":null}}"##,
            ),
            (
                "<n:a xmlns:n='urn:x' n:t='&quot;'><n:b><![CDATA[<i>]]></n:b> and </n:a>",
                r##"{"a":{"@t":"\"","b":"<i>","#text":"and"}}"##,
            ),
            ("<a><b><c>1</c></b></a>", r#"{"a":{"b":{"c":"1"}}}"#),
        ] {
            assert_eq!(good(xml), json, "{xml}");
        }
    }

    #[test]
    fn what_is_no_document_or_would_grow_is_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY x \"ha\"><!ENTITY y \"&x;&x;\">]><a>&y;</a>";
        let outside = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a>&x;</a>";
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        for (xml, why) in [
            (bomb, "definitions in a document type"),
            (outside, "&x; is not supported"),
            ("<a>&nbsp;</a>", "&nbsp; is not supported"),
            (&deep, "deeper than 128"),
            ("<a><b></a>", ""),
            ("<a>", "<a> is not closed"),
            ("<a/><b/>", "two root elements"),
            ("x", "outside the root"),
            ("", "no root element"),
            ("<a b='&z;'/>", ""),
            ("<a b='1' b='2'/>", ""),
        ] {
            let error = parse(xml.as_bytes()).expect_err(&xml[..xml.len().min(60)]);
            assert!(error.message.contains(why), "{error}");
            assert!(!error.message.contains('\n'), "{error}");
        }
        assert!(parse(b"<a>\xff</a>").is_err());
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "[<>/a-c&;#x!\\[\\]='\" \\n-]{0,60}") {
            let _ = parse(text.as_bytes());
        }
    }
}
