//! A hundred thousand broken inputs: no panic, no hang, and an error always means that nothing is rendered.
//!
//! The mutations are drawn from a fixed seed, so a failure comes back. What is mutated are the real specs of the
//! documents, the traps and the examples: bytes flipped, dropped and doubled, and whole values replaced by what
//! hostile or careless people write.

use std::time::{Duration, Instant};

use crate::pipeline::{options, process};
use crate::support::files;

/// How many inputs each of the threads tries.
const INPUTS: usize = 100_000;
const THREADS: usize = 2;
/// No input may keep a person waiting; the machine may be busy, so the bound is generous against what is usual
/// (a millisecond) and still far from a hang.
const LONGEST: Duration = Duration::from_secs(1);

/// Most memory that this process may have needed by then, in kB: the inputs are small, so anything near it is a leak
/// or a bomb. Other tests run beside this one and count.
const MEMORY: u64 = 1 << 20;

/// The peak of this process in kB, where the system tells it.
fn peak_memory() -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            status
                .lines()
                .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
        })
        .unwrap_or(0)
}

/// A small generator of repeatable numbers (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

/// What careless or hostile people write where a value should be.
const VALUES: &[&str] = &[
    "",
    "~",
    "null",
    "yes",
    "0777",
    "1_000",
    "-1",
    "99999999999999999999",
    "1e400",
    ".inf",
    "''",
    "\"\"",
    "[]",
    "{}",
    "[[[[]]]]",
    "{a: {b: {c: }}}",
    "*missing",
    "&anchor x",
    "!!binary AAAA",
    "!Ref x",
    "|\n  text\n",
    ">-\n  text\n",
    "\"\\u0000\"",
    "\"\\x07\"",
    "'$(HOME)'",
    "'${HOME}'",
    "'$$'",
    "\"a\\nb\"",
    "'--help'",
    "'@file'",
    "'../..'",
    "/",
    "//",
    "'s3://x'",
    "'*'",
    "'?'",
    "'é'",
    "'\u{202e}'",
    "'<your-bucket>'",
    "'* * * * *'",
    "'0 0 31 2 *'",
    "'TZ=UTC 0 0 * * *'",
    "'@every 1s'",
    "'Pacific/Apia'",
    "9223372036854775807h",
    "'1h1h'",
    "50Gi",
    "'1e99'",
    "2026-01-01T00:00:00Z",
    "'2026-01-01T00:00:00.5+14:00'",
    "system",
    "neo4j",
    "AUTO",
    "differential",
    "pvc",
    "azure",
    "Database",
    "Standalone",
    "Export",
    "{{ template }}",
    "%",
    "@",
    "`",
    "\t",
    "- - - -",
    "? x",
    ": : :",
    "---",
    "...",
];

fn mutate(numbers: &mut Numbers, seed: &[u8]) -> Vec<u8> {
    let mut text = seed.to_vec();
    for _ in 0..=numbers.below(3) {
        if text.is_empty() {
            break;
        }
        let at = numbers.below(text.len());
        match numbers.below(9) {
            0 => text[at] ^= 1 << numbers.below(8),
            1 => {
                text.remove(at);
            }
            2 => text.insert(at, numbers.next() as u8),
            3 => text.truncate(at),
            4 => {
                let end = (at + numbers.below(200)).min(text.len());
                let piece = text[at..end].to_vec();
                let to = numbers.below(text.len());
                text.splice(to..to, piece);
            }
            5 => {
                let end = (at + numbers.below(40)).min(text.len());
                text.drain(at..end);
            }
            // A whole value: from the colon to the end of its line.
            _ => {
                let colon = text[at..].iter().position(|byte| *byte == b':').map(|colon| at + colon + 1);
                if let Some(start) = colon {
                    let end = text[start..]
                        .iter()
                        .position(|byte| *byte == b'\n')
                        .map_or(text.len(), |end| start + end);
                    let value = VALUES[numbers.below(VALUES.len())];
                    text.splice(start..end, format!(" {value}").into_bytes());
                }
            }
        }
    }
    text
}

#[test]
fn broken_inputs_are_answered_and_never_half_rendered() {
    let mut seeds: Vec<Vec<u8>> = Vec::new();
    for folder in ["tests/documents", "tests/traps", "examples"] {
        seeds.extend(files(folder, ".yaml").iter().map(|path| std::fs::read(path).unwrap()));
    }
    assert!(seeds.len() > 80);
    let options = options();
    let totals: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (seeds, options) = (&seeds, &options);
                scope.spawn(move || {
                    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15 ^ (thread as u64 + 1));
                    let (mut refused, mut rendered) = (0, 0);
                    for _ in 0..INPUTS / THREADS {
                        let seed = &seeds[numbers.below(seeds.len())];
                        let text = mutate(&mut numbers, seed);
                        let begin = Instant::now();
                        let outcome = process(&text, options);
                        let took = begin.elapsed();
                        assert!(took < LONGEST, "{took:?} for:\n{}", String::from_utf8_lossy(&text));
                        if outcome.refused() {
                            refused += 1;
                            assert!(outcome.objects.is_empty());
                        } else if !outcome.objects.is_empty() {
                            rendered += 1;
                        }
                        for diagnostic in &outcome.diagnostics {
                            assert!(!diagnostic.message.is_empty());
                        }
                    }
                    (refused, rendered)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (refused, rendered) = totals.iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    assert!(peak_memory() < MEMORY, "{} kB were needed", peak_memory());
    // Both ways have to be well trodden, or the test tries nothing.
    assert!(refused > INPUTS / 10, "{refused} refused");
    assert!(rendered > INPUTS / 50, "{rendered} rendered");
}
