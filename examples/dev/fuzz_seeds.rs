//! What the fuzzer begins with: the examples of the rules, the scenarios and the hostile files, one input each.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use meshgate::checks::catalogue;

/// Inputs larger than this slow the fuzzer down more than they teach it.
const MOST: usize = 32 << 10;

/// Writes the seeds into a folder and tells how many there are. A line `#### name` begins a file of an input.
pub(crate) fn write(root: &Path, folder: &Path) -> io::Result<usize> {
    fs::create_dir_all(folder)?;
    let mut seeds = Vec::new();
    for rule in catalogue().files() {
        for (n, example) in rule.examples.iter().enumerate() {
            let files = example.files.iter().map(|file| (file.path.clone(), file.text.clone().into_bytes()));
            seeds.push((format!("rule-{}-{n}", rule.name), input(files)));
        }
    }
    for group in ["scenarios", "working"].map(|name| root.join("testdata").join(name)) {
        for variant in variants(&group)? {
            let name = variant.strip_prefix(&group).unwrap_or(&variant).to_string_lossy().replace(['/', '\\'], "-");
            seeds.push((name, input(files(&variant, &variant)?.into_iter())));
        }
    }
    for (name, bytes) in files(&root.join("testdata/hostile"), &root.join("testdata/hostile"))? {
        seeds.push((format!("hostile-{}", name.replace(['/', '\\'], "-")), bytes));
    }
    seeds.retain(|(_, bytes)| bytes.len() <= MOST);
    for (name, bytes) in &seeds {
        fs::write(folder.join(name), bytes)?;
    }
    Ok(seeds.len())
}

fn input(files: impl Iterator<Item = (String, Vec<u8>)>) -> Vec<u8> {
    files.flat_map(|(name, bytes)| [format!("#### {name}\n").into_bytes(), bytes].concat()).collect()
}

/// The folders that are linted as one.
fn variants(group: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in folders(group)? {
        let inside = folders(&folder)?;
        let scenario = group.ends_with("scenarios");
        found.extend(if scenario { inside } else { vec![folder] });
    }
    Ok(found)
}

fn folders(of: &Path) -> io::Result<Vec<PathBuf>> {
    let entries: Vec<PathBuf> = fs::read_dir(of)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    let mut folders: Vec<PathBuf> = entries.into_iter().filter(|path| path.is_dir()).collect();
    folders.sort();
    Ok(folders)
}

/// The files below a folder, by their names from `root`.
fn files(root: &Path, folder: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            found.extend(files(root, &path)?);
        } else {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            found.push((name, fs::read(&path)?));
        }
    }
    Ok(found)
}
