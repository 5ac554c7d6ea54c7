//! Damage that is the same on every machine.

/// A generator that gives the same numbers everywhere (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(n.max(1)).unwrap()).unwrap()
    }
}

/// Changes of values, keys and lines: most of them still parse, so that they come far.
pub(crate) fn mutate(random: &mut Random, text: &str) -> Vec<u8> {
    const VALUES: &[&str] = &[
        "",
        "~",
        "''",
        "0",
        "-1",
        "65536",
        "99999999999999999999",
        "1e400",
        ".nan",
        "true",
        "[]",
        "{}",
        "[~]",
        "{a: b}",
        "[[[]]]",
        "'*'",
        "*x",
        "&x y",
        "\"\\0\"",
        "a.b.c.d",
        "'*.'",
        "'..'",
        "'@'",
        "'🙂'",
        "<<",
        "!!binary x",
        "- - -",
        "|",
        "'{{ x }}'",
        "'1.2.3.4/99'",
        "'::'",
        "kind",
        "\u{1}",
        "Gateway",
        "HTTPRoute",
    ];
    let mut lines: Vec<String> = text.split_inclusive('\n').map(ToOwned::to_owned).collect();
    for _ in 0..=random.below(6) {
        let at = random.below(lines.len());
        let Some(line) = lines.get(at).cloned() else { continue };
        match random.below(8) {
            0 => drop(lines.remove(at)),
            1 => {
                let to = random.below(lines.len());
                lines.insert(to, line);
            }
            2 => lines[at] = format!("  {line}"),
            3 => line.trim_start().clone_into(&mut lines[at]),
            4 => {
                let other = random.below(lines.len());
                lines.swap(at, other);
            }
            _ => {
                let value = VALUES[random.below(VALUES.len())];
                let key = line.find(": ").map_or(line.trim_end().len(), |colon| colon + 1);
                lines[at] = format!("{} {value}\n", &line[..key]);
            }
        }
    }
    let mut bytes = lines.concat().into_bytes();
    if random.below(4) == 0 && !bytes.is_empty() {
        let at = random.below(bytes.len());
        bytes[at] = u8::try_from(random.below(256)).unwrap();
    }
    bytes
}
