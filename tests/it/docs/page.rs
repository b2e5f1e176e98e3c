//! The README and the pages of docs/src, taken apart: fenced blocks, and what stands between them.

use std::path::{Path, PathBuf};

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A Markdown file.
pub(super) struct Page {
    /// Its path from the repository's root.
    pub name: String,
    pub text: String,
}

/// A fenced block.
pub(super) struct Block {
    /// What stands behind the opening fence; empty where nothing does.
    pub language: String,
    /// The line of the opening fence, from 1.
    pub line: usize,
    pub text: String,
}

/// The README and every page of the book.
pub(super) fn pages() -> Vec<Page> {
    let mut files = vec![root().join("README.md")];
    collect(&root().join("docs/src"), &mut files);
    files.sort();
    files.iter().map(|file| Page::read(file)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
}

impl Page {
    pub(super) fn read(file: &Path) -> Page {
        let name = file.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        Page { name, text: std::fs::read_to_string(file).unwrap() }
    }

    /// The page's fenced blocks, and its prose with the blocks blanked out.
    fn parts(&self) -> (Vec<Block>, String) {
        let (mut blocks, mut prose, mut open) = (Vec::new(), String::new(), None::<Block>);
        for (line, text) in self.text.lines().enumerate() {
            match (open.as_mut(), text.strip_prefix("```")) {
                (None, Some(language)) => {
                    let language = language.to_owned();
                    open = Some(Block { language, line: line + 1, text: String::new() });
                }
                (Some(_), Some("")) => blocks.extend(open.take()),
                (Some(block), _) => block.text += &format!("{text}\n"),
                (None, None) => prose += text,
            }
            prose += "\n";
        }
        assert!(open.is_none(), "{}: a fenced block is not closed", self.name);
        (blocks, prose)
    }

    pub(super) fn blocks(&self) -> Vec<Block> {
        self.parts().0
    }

    pub(super) fn prose(&self) -> String {
        self.parts().1
    }

    /// What stands between backticks in the prose.
    pub(super) fn spans(&self) -> Vec<String> {
        let prose = self.prose();
        let odd = |(at, text): (usize, &str)| (at % 2 == 1).then(|| text.replace('\n', " "));
        prose.split('`').enumerate().filter_map(odd).collect()
    }

    /// The targets of links, as written.
    pub(super) fn links(&self) -> Vec<String> {
        let prose = self.prose();
        let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        targets.map(|(target, _)| target.to_owned()).collect()
    }

    /// The anchors that forges and mdBook give the page's headings.
    pub(super) fn anchors(&self) -> Vec<String> {
        let prose = self.prose();
        let headings = prose.lines().filter(|line| line.starts_with('#'));
        headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
    }
}

fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

#[test]
fn should_take_a_page_apart() {
    let text = "# A `buymode run` here\n\n```sh\nls `pwd`\n```\n[b](c.md#d-e), `x\ny`\n";
    let page = Page { name: "a.md".to_owned(), text: text.to_owned() };
    let [block] = &page.blocks()[..] else { panic!("one block") };
    assert_eq!((block.language.as_str(), block.line, block.text.as_str()), ("sh", 3, "ls `pwd`\n"));
    assert_eq!(page.spans(), ["buymode run", "x y"]);
    assert_eq!(page.links(), ["c.md#d-e"]);
    assert_eq!(page.anchors(), ["a-buymode-run-here"]);
}
