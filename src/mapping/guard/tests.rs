//! Programs without end, each in a thread with the stack of a test.

use crate::mapping::program::{Program, Scope};
use jaq_json::Val;
use std::rc::Rc;
use std::time::{Duration, Instant};

fn run(code: &str, row: &str) -> Result<Vec<String>, String> {
    run_in(code, row, super::STEPS_MAX)
}

fn run_in(code: &str, row: &str, steps_max: u64) -> Result<Vec<String>, String> {
    let compiled = Program::compile(["", "", code], Rc::default());
    let mut program = compiled.unwrap_or_else(|e| panic!("{e}"));
    program.steps_max = steps_max;
    let row: Val = serde_json::from_str(row).unwrap();
    let mut given = Vec::new();
    let ended = program.each(&row, &Scope::default(), &mut |value| {
        given.push(value.to_string());
        Ok(())
    });
    ended.map(|()| given).map_err(|error| error.message)
}

#[test]
fn a_program_without_end_is_an_error_of_its_row() {
    for code in [
        "def f: f; f",
        "def f: 1 + f; f",
        "def f: [f]; f",
        "def f: {a: f}; f",
        "def f(g): f(g | g); f(.)",
        "def f: def g: f; g; f",
        "def f: if . then f else . end; 1 | f",
        "def f: (f | .), 1; f",
        "def f($x): f($x + 1); f(0)",
        "[repeat(1)]",
        "last(repeat(1))",
        "repeat(empty)",
        "first(repeat(1) | select(. == 2))",
        "until(false; . )",
        "[while(true; .)]",
        "[recurse(.)]",
        "last(range(1e15))",
        "last(range(0; infinite))",
        "range(0; 1; 0) | empty",
        "range(1e15) | select(. < 0)",
        "reduce range(1e15) as $i (0; $i)",
        "[limit(1e15; repeat(1))]",
        "reduce range(100) as $i (\"x\"; . + .)",
        "reduce range(100) as $i (\"x\"; . += .)",
        "reduce range(100) as $i ([1]; . + .)",
        "reduce range(100) as $i (\"x\"; \"\\(.)\\(.)\")",
        "reduce range(100) as $i (\"\\\"\"; tojson)",
        "reduce range(100) as $i (2; . * .)",
        "reduce range(100) as $i (2; . *= .)",
        "\"x\" * 1e15",
        "1e15 * \"x\"",
        "\"x\" * 100000000000000000000000000",
        "reduce range(1000000) as $i (null; [.])",
        "reduce range(1000000) as $i (null; {a: ., b: [1]})",
        "reduce range(60) as $i (1; [., .])",
        "reduce range(60) as $i (1; [., .]) | tojson",
        "reduce range(60) as $i (1; {a: ., b: .}) | \"\\(.)\"",
        "(\"[\" * 1000000) | fromjson",
        ".[] as $a | .[] as $b | .[] as $c | .[] as $d | .[] as $e | select(false)",
        "[.,.,.,.,.,.] | combinations | select(false)",
    ] {
        let row = format!("[{}]", vec!["[1]"; 60].join(","));
        let began = Instant::now();
        // Fewer steps than in earnest: the build of the tests is slow.
        let error = match run_in(code, &row, 20_000) {
            Err(error) => error,
            // Given whole, it is refused where it becomes JSON.
            Ok(given) => panic!("{code}: {}", given.len()),
        };
        assert!(error.starts_with("jq: ") || error.contains("on this row"), "{code}: {error}");
        assert!(began.elapsed() < Duration::from_secs(20), "{code}: {:?}", began.elapsed());
    }
}

#[test]
fn what_ends_gives_what_it_gave() {
    for (code, row, given) in [
        ("[range(5)] | add", "null", "10"),
        ("[limit(3; repeat(1))]", "null", "[1,1,1]"),
        ("[.[] | . * 2]", "[1,2,3]", "[2,4,6]"),
        ("[(1, 2) * (10, 20)]", "null", "[10,20,20,40]"),
        ("[(1, 2) + (10, 20)]", "null", "[11,21,12,22]"),
        (".a[] |= . + 1", r#"{"a":[1,2]}"#, r#"{"a":[2,3]}"#),
        (".a[] += 1", r#"{"a":[1,2]}"#, r#"{"a":[2,3]}"#),
        (".a[].b *= 3", r#"{"a":[{"b":2}]}"#, r#"{"a":[{"b":6}]}"#),
        (".a += (1, 2)", r#"{"a":1}"#, r#"{"a":2}"#),
        ("del(.[] | select(. > 1))", "[1,2,3]", "[1]"),
        ("[paths]", r#"{"a":[1]}"#, r#"[["a"],["a",0]]"#),
        ("path(.a[0] | .b?)", r#"{"a":[{"b":1}]}"#, r#"["a",0,"b"]"#),
        ("[path(..)]", "[1]", "[[],[0]]"),
        ("[recurse(if . < 3 then . + 1 else empty end)]", "0", "[0,1,2,3]"),
        ("until(. > 100000; . + 1)", "0", "100001"),
        ("[.[] as [$a, $b] | {$a, b: $b}]", "[[1,2]]", r#"[{"a":1,"b":2}]"#),
        ("def f: if . == 0 then 0 else . - 1 | f end; 300 | f", "null", "0"),
        ("def sum: if length == 0 then 0 else .[0] + (.[1:] | sum) end; sum", "[1,2,3]", "6"),
        ("[.. | numbers]", "[1,[2,[3]]]", "[1,2,3]"),
        ("walk(if type == \"number\" then . + 1 else . end)", "[1,[2]]", "[2,[3]]"),
        ("\"a\" * 3", "null", "\"aaa\""),
        ("{a: {b: 1}} * {a: {c: 2}}", "null", r#"{"a":{"b":1,"c":2}}"#),
        ("with_entries(.value += 1)", r#"{"a":1}"#, r#"{"a":2}"#),
        ("[foreach .[] as $x (0; . + $x; [$x, .])]", "[1,2]", "[[1,1],[2,3]]"),
        ("[.[] | tostring, tojson] | join(\",\")", "[1,[2]]", "\"1,1,[2],[2]\""),
        ("try error(\"x\") catch .", "null", "\"x\""),
        ("label $out | 1, break $out, 2", "null", "1"),
        ("[splits(\", *\")]", "\"a, b\"", r#"["a","b"]"#),
        ("@base64 \"x\\(.)\"", "\"a\"", "\"xYQ==\""),
        (".[-1:] | first", "[1,2]", "2"),
        ("\"[[1]]\" | fromjson", "null", "[[1]]"),
        ("$row", "null", "0"),
    ] {
        let got = run(code, row).unwrap_or_else(|e| panic!("{code}: {e}"));
        assert_eq!(got.first().map(String::as_str), Some(given), "{code}");
    }
    // A row with many parts is no error.
    let row = format!("[{}]", vec!["{\"a\":[1,2,3]}"; 50_000].join(","));
    assert_eq!(run("[.[] | {b: .a[]}] | length", &row).unwrap(), ["150000"]);
}
