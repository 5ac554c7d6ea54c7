//! Files that are written from the code are as the code would write them. `cargo bless` rewrites them.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/blessed.rs"]
mod blessed;

use std::fmt::Write;
use std::path::Path;

use blessed::{blessing, check};
use clap_complete::Shell;
use meshgate::checks::catalogue;
use meshgate::checks::rule_file::{RuleFile, docs_index, docs_page};
use meshgate::cli::args::command;

#[test]
fn completions() {
    for (shell, name) in [
        (Shell::Bash, "meshgate.bash"),
        (Shell::Zsh, "_meshgate"),
        (Shell::Fish, "meshgate.fish"),
        (Shell::PowerShell, "_meshgate.ps1"),
        (Shell::Elvish, "meshgate.elv"),
    ] {
        let mut out = Vec::new();
        clap_complete::generate(shell, &mut command(), "meshgate", &mut out);
        check(&format!("completions/{name}"), &String::from_utf8(out).unwrap());
    }
}

/// One page for the program and one for each subcommand, as `man` finds them.
#[test]
fn man_pages() {
    let mut root = command();
    root.build();
    let page = |command: &clap::Command| {
        let mut out = Vec::new();
        // no date: the same code gives the same page
        clap_mangen::Man::new(command.clone())
            .source(concat!("meshgate ", env!("CARGO_PKG_VERSION")))
            .title(command.get_display_name().unwrap_or("meshgate").to_uppercase())
            .render(&mut out)
            .unwrap();
        String::from_utf8(out).unwrap()
    };
    check("docs/man/meshgate.1", &page(&root));
    let mut names = vec!["meshgate.1".to_owned()];
    for sub in root.get_subcommands() {
        let name = format!("meshgate-{}", sub.get_name());
        check(&format!("docs/man/{name}.1"), &page(sub));
        names.push(format!("{name}.1"));
    }
    names.sort();
    let mut there: Vec<String> =
        std::fs::read_dir("docs/man").unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    there.sort();
    assert_eq!(there, names, "pages of subcommands that are gone");
}

#[test]
fn command_line_reference() {
    let mut root = command().term_width(100);
    root.build();
    let mut page =
        String::from("# Command line\n\n<!-- Written from the code by `cargo bless`. -->\n\nWhat `--help` prints, for every subcommand.\n");
    let help = |command: &mut clap::Command| {
        let help = command.render_long_help().to_string();
        help.lines().flat_map(|line| [line.trim_end(), "\n"]).collect::<String>()
    };
    write!(page, "\n## meshgate\n\n```text\n{}```\n", help(&mut root)).unwrap();
    for sub in root.get_subcommands_mut() {
        let text = help(&mut sub.clone().term_width(100));
        write!(page, "\n## meshgate {}\n\n```text\n{text}```\n", sub.get_name()).unwrap();
    }
    check("docs/cli.md", &page);
}

#[test]
fn rule_pages() {
    let rules: Vec<RuleFile> = catalogue().files().cloned().collect();
    for rule in &rules {
        check(&format!("docs/rules/{}.md", rule.name), &docs_page(rule));
    }
    check("docs/rules/README.md", &docs_index(&rules));
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if name == "README" || rules.iter().any(|rule| rule.name == name) {
            continue;
        }
        if blessing() {
            std::fs::remove_file(&path).unwrap();
        } else {
            panic!("{} is of no rule: run `cargo bless`", path.display());
        }
    }
}
