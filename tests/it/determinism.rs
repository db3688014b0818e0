//! The same input gives the same bytes, whatever the order of its files, its place, the zone, the locale, the
//! clock and the number of threads (DESIGN.md law 2).

use proptest::prelude::*;

use crate::support::{command, files, relative, root};

fn render(mut command: std::process::Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!output.stdout.is_empty());
    output.stdout
}

/// Inputs that render together: all examples but the kustomization, which is no input of `-f`.
fn inputs() -> Vec<String> {
    files("examples", ".yaml")
        .iter()
        .map(|path| relative(path))
        .filter(|path| !path.contains("kustom"))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn order_place_zone_locale_clock_and_threads_do_not_show(
        order in Just(inputs()).prop_shuffle(),
        zone in prop::sample::select(vec!["UTC", "Asia/Kathmandu", "America/New_York", "nonsense"]),
        locale in prop::sample::select(vec!["C", "de_DE.UTF-8", "tr_TR.UTF-8"]),
        threads in 1_usize..5,
        elsewhere in any::<bool>(),
    ) {
        let mut usual = command();
        usual.args(["render", "--quiet"]);
        for path in inputs() {
            usual.args(["-f", &path]);
        }
        let expected = render(usual);

        let folder = tempfile::tempdir().unwrap();
        let mut other = command();
        other.args(["render", "--quiet"]);
        other.env("TZ", zone).env("LANG", locale).env("LC_ALL", locale).env("RAYON_NUM_THREADS", threads.to_string());
        for (number, path) in order.iter().enumerate() {
            let path = if elsewhere {
                let copy = folder.path().join(format!("{number}.yaml"));
                std::fs::copy(root().join(path), &copy).unwrap();
                copy.to_string_lossy().into_owned()
            } else {
                path.clone()
            };
            other.args(["-f", &path]);
        }
        prop_assert_eq!(render(other), expected);
    }
}

#[test]
fn the_clock_does_not_show() {
    for now in ["2020-01-01T00:00:00Z", "2099-12-31T23:59:59Z"] {
        let mut command = command();
        command.args(["render", "--quiet", "--now", now]);
        let mut usual = self::command();
        usual.args(["render", "--quiet"]);
        for path in inputs() {
            command.args(["-f", &path]);
            usual.args(["-f", &path]);
        }
        // A restore into the future is refused; backups know no clock.
        let output = command.output().unwrap();
        if output.status.success() {
            assert_eq!(output.stdout, render(usual), "{now}");
        } else {
            assert!(now.starts_with("2020"), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}
