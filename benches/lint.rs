//! How long linting and fixing take, and how much memory: `cargo bench`. The words around the figures are in docs/performance.md.
//!
//! `MESHGATE_BENCH_FILES=1000,10000` says which trees; `--test` makes a small one, to see that all this works.
#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod generator;

use std::error::Error;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use generator::growth::Much;
use libyaml_rs as ly;
use meshgate::cli::world::RealWorld;
use meshgate::cli::{Exit, run_in};
use meshgate::fix::{self, Fixed, Options};
use meshgate::lint::{Request, lint};
use meshgate::text::World;
use meshgate::yaml;
use rayon::prelude::*;

/// How often each part runs; the best time counts.
const ROUNDS: u32 = 5;
const LIMIT: u64 = 16 << 20;
/// In the environment of a child process: the tree that it lints before it tells its peak of memory.
const PEAK: &str = "MESHGATE_BENCH_PEAK";

/// One backend reference in this many has the wrong port where there is a lot to fix.
const CARELESS: u64 = 4;
/// Trees of more files are not fixed.
const MOST_FIXED: usize = 10_000;

/// What was measured of fixing one tree.
struct Repair {
    files: usize,
    /// How many findings were fixed, in how many files.
    findings: usize,
    changed: usize,
    /// Linting the same tree.
    lint: Duration,
    /// All but writing.
    fix: Duration,
    write: Duration,
}

/// What was measured of one tree.
struct Figures {
    files: usize,
    bytes: u64,
    read: Duration,
    events: Duration,
    nodes: Duration,
    lint: Duration,
    /// In bytes, where the system tells.
    peak: Option<u64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(tree) = std::env::var_os(PEAK) {
        run_lint(Path::new(&tree))?;
        println!("{}", high_water_mark().unwrap_or_default());
        return Ok(());
    }
    let all = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench-trees");
    let sizes: Vec<usize> = if std::env::args().any(|arg| arg == "--test") {
        vec![50]
    } else if let Ok(sizes) = std::env::var("MESHGATE_BENCH_FILES") {
        sizes.split(',').map(|size| size.trim().parse()).collect::<Result<_, _>>()?
    } else {
        vec![1_000, 10_000, 50_000]
    };
    println!("{} threads, best of {ROUNDS}; files in the system's cache\n", rayon::current_num_threads());
    println!(
        "{:>7} {:>7}  {:>18} {:>18} {:>18} {:>18} {:>16}",
        "files", "MB", "reading", "+ bare events", "+ nodes", "whole lint", "peak memory"
    );
    let mut figures = Vec::new();
    for size in sizes {
        std::fs::create_dir_all(&all)?;
        let tree = all.join(size.to_string());
        let bytes = generator::tree(&tree, size, generator::CAREFUL)?;
        let measured = measure(&tree, size, bytes)?;
        println!("{}", measured.row());
        figures.push(measured);
    }
    println!();
    let mut fixes = Vec::new();
    for files in figures.iter().map(|f| f.files).filter(|files| *files <= MOST_FIXED) {
        let tree = all.join(format!("{files}-careless"));
        generator::tree(&tree, files, CARELESS)?;
        let measured = measure_fix(&tree, files)?;
        println!("{}", measured.row());
        fixes.push(measured);
    }
    println!();
    let growth = measure_growth()?;
    println!();
    let compiled = measure_routes()?;
    println!();
    targets(&figures, &fixes, growth);
    for (routes, ratio) in compiled {
        tell(&format!("compile against lint, {routes} routes of three rules"), ratio, 1.5);
    }
    Ok(())
}

fn measure(tree: &Path, files: usize, bytes: u64) -> Result<Figures, Box<dyn Error>> {
    let world = RealWorld::at(tree.to_owned());
    let paths = world.list(Path::new("")).files;
    if paths.len() != files {
        return Err(format!("{} files instead of {files} below {}", paths.len(), tree.display()).into());
    }
    let mut figures =
        Figures { files, bytes, read: Duration::MAX, events: Duration::MAX, nodes: Duration::MAX, lint: Duration::MAX, peak: peak(tree)? };
    // in turns, so that whatever else the machine does falls on all of them
    for _ in 0..ROUNDS {
        figures.read = figures.read.min(time(|| each(&world, &paths, str::len))?);
        figures.events = figures.events.min(time(|| each(&world, &paths, events))?);
        figures.nodes = figures.nodes.min(time(|| each(&world, &paths, |text| yaml::read(text).nodes.len()))?);
        figures.lint = figures.lint.min(time(|| run_lint(tree))?);
    }
    Ok(figures)
}

/// Fixes a tree as `meshgate fix` does, files written and all, and puts back what was there.
fn measure_fix(tree: &Path, files: usize) -> Result<Repair, Box<dyn Error>> {
    let mut repair = Repair { files, findings: 0, changed: 0, lint: Duration::MAX, fix: Duration::MAX, write: Duration::MAX };
    let world = RealWorld::at(tree.to_owned());
    for _ in 0..ROUNDS {
        repair.lint = repair.lint.min(time(|| run_lint(tree))?);
        let start = Instant::now();
        let fixed = run_fix(&world)?;
        let decided = start.elapsed();
        fix::write(&world, &fixed.files).map_err(|why| format!("{why:?}"))?;
        let written = start.elapsed();
        (repair.fix, repair.write) = (repair.fix.min(decided), repair.write.min(written.saturating_sub(decided)));
        (repair.findings, repair.changed) = (fixed.made.values().sum(), fixed.files.len());
        for file in &fixed.files {
            std::fs::write(tree.join(&file.path), file.before.as_deref().ok_or("a new file was not expected")?)?;
        }
    }
    Ok(repair)
}

/// Compiles routes, and follows requests to them; gives back how many routes there were, and how compiling compares to linting.
fn measure_routes() -> Result<Vec<(usize, f64)>, Box<dyn Error>> {
    let (sizes, requests) = if std::env::args().any(|arg| arg == "--test") { (vec![10], 20) } else { (vec![1_000, 10_000], 10_000) };
    let mut ratios = Vec::new();
    for routes in sizes {
        let world = generator::routed::world(routes, requests);
        let run = |arguments: &str| -> Result<Duration, Box<dyn Error>> {
            let command = || -> Result<(), Box<dyn Error>> {
                let (mut out, mut err) = (Vec::new(), Vec::new());
                let exit = run_in(arguments.split(' '), &world, &mut out, &mut err)?;
                if exit == Exit::Clean { Ok(()) } else { Err(format!("{arguments}: {exit:?} {}", String::from_utf8_lossy(&err)).into()) }
            };
            let all: Vec<Duration> = (0..ROUNDS).map(|_| time(command)).collect::<Result<_, _>>()?;
            Ok(all.into_iter().min().unwrap_or_default())
        };
        let (lint, compile) = (run("lint")?, run("compile -o gateway.yaml")?);
        let trace = run("trace --expect promises.txt .")?;
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        println!(
            "{routes:>7} routes of three rules: lint {:.1} ms, compile {:.1} ms, trace --expect of {requests} requests {:.1} ms",
            ms(lint),
            ms(compile),
            ms(trace)
        );
        ratios.push((routes, compile.as_secs_f64() / lint.as_secs_f64()));
    }
    Ok(ratios)
}

/// Lints meshes with more and more of one thing; gives back what the worst last doubling did to the time.
fn measure_growth() -> Result<f64, Box<dyn Error>> {
    let steps: &[usize] = if std::env::args().any(|arg| arg == "--test") { &[4, 8] } else { &[500, 1_000, 2_000] };
    println!("{:>10} {}", "much of", steps.iter().map(|step| format!("{step:>11}")).collect::<Vec<_>>().concat());
    let mut worst: f64 = 0.0;
    for much in Much::ALL {
        // clusters are folders of their own, and each has several resources
        let steps: Vec<usize> = steps.iter().map(|step| if matches!(much, Much::Clusters) { step / 40 + 1 } else { *step }).collect();
        let mut times = Vec::new();
        for step in steps {
            let world = much.world(step);
            let run = || lint(&world, &Request::new(["."])).map_err(|failure| format!("{failure:?}").into());
            let best = (0..ROUNDS).map(|_| time(run)).collect::<Result<Vec<_>, _>>()?.into_iter().min();
            times.push(best.unwrap_or_default().as_secs_f64());
        }
        let doubling = times.iter().rev().take(2).copied().reduce(|last, before| last / before).unwrap_or_default();
        worst = worst.max(doubling);
        let row: Vec<String> = times.iter().map(|time| format!("{:>8.1} ms", time * 1e3)).collect();
        println!("{:>10} {}  x {doubling:.2}", format!("{much:?}"), row.concat());
    }
    Ok(worst)
}

fn run_fix(world: &RealWorld) -> Result<Fixed, Box<dyn Error>> {
    fix::fix(world, &Request::new(["."]), &Options::default()).map_err(|failure| format!("{failure:?}").into())
}

fn time<T>(run: impl FnOnce() -> Result<T, Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    // what the last part has left to be freed is no matter of this one
    rayon::broadcast(|_| ());
    let start = Instant::now();
    let result = black_box(run()?);
    let took = start.elapsed();
    drop(result);
    Ok(took)
}

/// Reads all files on all cores, as `load` does, and does something with each.
fn each(world: &RealWorld, paths: &[PathBuf], work: impl Fn(&str) -> usize + Sync) -> Result<usize, Box<dyn Error>> {
    let one = |path: &PathBuf| -> std::io::Result<usize> {
        let text = String::from_utf8(world.read(path, LIMIT)?).map_err(std::io::Error::other)?;
        Ok(black_box(work(&text)))
    };
    Ok(paths.par_iter().with_max_len(64).map(one).collect::<std::io::Result<Vec<_>>>()?.len())
}

fn run_lint(tree: &Path) -> Result<impl Sized + use<>, Box<dyn Error>> {
    let world = RealWorld::at(tree.to_owned());
    lint(&world, &Request::new(["."])).map_err(|failure| format!("{failure:?}").into())
}

/// Goes through libyaml's events and keeps nothing: what any reader on top of it costs at least. Ends at the first error.
#[expect(unsafe_code, reason = "the measure is libyaml alone, and its interface is raw pointers")]
fn events(text: &str) -> usize {
    let mut parser = Box::new(MaybeUninit::<ly::yaml_parser_t>::uninit());
    let parser = parser.as_mut_ptr();
    let mut count = 0;
    // SAFETY: the parser is initialised before anything else is done with it and freed once; `text` outlives it; an event is
    // looked at after success only, and freed once.
    unsafe {
        if ly::yaml_parser_initialize(parser).fail {
            return 0;
        }
        ly::yaml_parser_set_encoding(parser, ly::YAML_UTF8_ENCODING);
        ly::yaml_parser_set_input_string(parser, text.as_ptr(), text.len() as u64);
        loop {
            let mut event = MaybeUninit::<ly::yaml_event_t>::uninit();
            if ly::yaml_parser_parse(parser, event.as_mut_ptr()).fail {
                break;
            }
            let event = event.assume_init_mut();
            let end = event.type_ == ly::YAML_STREAM_END_EVENT;
            ly::yaml_event_delete(event);
            count += 1;
            if end {
                break;
            }
        }
        ly::yaml_parser_delete(parser);
    }
    count
}

/// The most memory that a process needs which lints the tree once.
fn peak(tree: &Path) -> Result<Option<u64>, Box<dyn Error>> {
    let output = Command::new(std::env::current_exe()?).env(PEAK, tree).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let bytes: u64 = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok((bytes > 0).then_some(bytes))
}

/// Of this process, in bytes; Linux alone tells.
fn high_water_mark() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

impl Figures {
    fn row(&self) -> String {
        let megabytes = self.bytes as f64 / 1e6;
        let part = |time: Duration| {
            let seconds = time.as_secs_f64();
            format!("{:>7.1} ms {:>4.0} MB/s", seconds * 1e3, megabytes / seconds)
        };
        let peak = self.peak.map_or_else(|| "not measured".to_owned(), |peak| format!("{:.0} MB", peak as f64 / 1e6));
        let parts = [self.read, self.events, self.nodes, self.lint].map(part).join(" ");
        format!("{:>7} {megabytes:>7.1}  {parts} {peak:>16}", self.files)
    }
}

impl Repair {
    fn row(&self) -> String {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        format!(
            "{:>7} files, {} findings in {} of them: lint {:.1} ms, fix {:.1} ms, writing {:.1} ms",
            self.files,
            self.findings,
            self.changed,
            ms(self.lint),
            ms(self.fix),
            ms(self.write)
        )
    }
}

fn tell(what: &str, value: f64, most: f64) {
    println!("{:<66} {value:>5.2}  of {most:.1}  {}", what, if value <= most { "pass" } else { "miss" });
}

/// What is to be reached on two cores.
fn targets(all: &[Figures], fixes: &[Repair], growth: f64) {
    let of = |files: usize| all.iter().find(|f| f.files == files);
    for f in all {
        let what = format!("reading + nodes against reading + bare events, {} files", f.files);
        tell(&what, f.nodes.as_secs_f64() / f.events.as_secs_f64(), 1.4);
    }
    if let Some(f) = of(10_000) {
        tell("whole lint against reading + nodes, 10000 files", f.lint.as_secs_f64() / f.nodes.as_secs_f64(), 2.0);
    }
    for f in fixes.iter().filter(|f| f.files == MOST_FIXED) {
        let what = format!("fixing {} findings against whole lint, 10000 files", f.findings);
        tell(&what, (f.fix + f.write).as_secs_f64() / f.lint.as_secs_f64(), 3.0);
    }
    tell("time of twice as much of one thing", growth, 2.5);
    if let (Some(few), Some(many)) = (of(1_000), of(50_000)) {
        let each = |f: &Figures| f.lint.as_secs_f64() / f.files as f64;
        tell("time for each file, 50000 files against 1000", each(many) / each(few), 1.2);
    }
    if let Some((f, peak)) = of(50_000).and_then(|f| Some((f, f.peak?))) {
        tell("peak memory against input, 50000 files", peak as f64 / f.bytes as f64, 4.0);
    }
}
