use std::fs;
use std::time::Instant;
use meshgate::lint::{Request, lint};
use meshgate::report::Sources;
use meshgate::text::{LineIndex, MemoryWorld};

#[test]
fn explore() {
    let mut names: Vec<_> = fs::read_dir("testdata/hostile").unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file()).collect();
    names.sort();
    names.push("testdata/hostile/names/dash -rf.yaml".into());
    for p in names {
        let name = p.strip_prefix("testdata/hostile").unwrap().to_str().unwrap().to_owned();
        let world = MemoryWorld::default().with(&name, fs::read(&p).unwrap());
        let t = Instant::now();
        let linted = lint(&world, &Request::new(["."])).unwrap();
        let f: Vec<String> = linted.findings.iter().map(|f| {
            let text = linted.texts.text(f.primary.place.file()).unwrap_or("");
            let pos = LineIndex::new(text).position(linted.texts.span(f.primary.place).start);
            format!("{}@{}:{}", f.rule, pos.line, pos.column)
        }).collect();
        println!("{name:35} {:?} {:.8} {}", t.elapsed(), f.len(), f[..f.len().min(4)].join(" "));
        for x in linted.findings.iter().take(2) { println!("      {}", &x.message.chars().take(130).collect::<String>().escape_debug()); }
    }
}
