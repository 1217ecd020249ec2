//! Which known name somebody meant who wrote an unknown one.

/// The candidate that the fewest slips of the finger turn into `name`; `None` when every one is too far.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_ascii_lowercase();
    let bearable = (name.len() / 3).clamp(1, 3);
    candidates
        .map(|candidate| (slips(name.as_bytes(), candidate.as_bytes()), candidate))
        .filter(|&(slips, _)| slips <= bearable)
        .min_by_key(|&(slips, _)| slips)
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours between two names (optimal string alignment).
fn slips(a: &[u8], b: &[u8]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut before_x = None;
    for (row, &x) in a.iter().enumerate() {
        let mut line = vec![row + 1];
        let mut before_y = None;
        for (column, &y) in b.iter().enumerate() {
            let at = |line: &[usize], column: usize| line.get(column).copied().unwrap_or(usize::MAX - 1);
            let mut fewest = at(&last, column) + usize::from(x != y);
            fewest = fewest.min(at(&last, column + 1) + 1).min(at(&line, column) + 1);
            if before_x == Some(y) && before_y == Some(x) && column > 0 {
                fewest = fewest.min(at(&before_last, column - 1) + 1);
            }
            line.push(fewest);
            before_y = Some(y);
        }
        before_last = std::mem::replace(&mut last, line);
        before_x = Some(x);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_slips() {
        for (a, b, expected) in [
            ("resize", "resize", 0),
            ("rezise", "resize", 2),
            ("reszie", "resize", 1),
            ("resiz", "resize", 1),
            ("", "flip", 4),
            ("flip", "", 4),
            ("sepai", "sepia", 1),
        ] {
            assert_eq!(slips(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
        }
    }

    #[test]
    fn suggests_only_what_is_near() {
        let known = ["resize", "rotate", "flip", "flop"];
        assert_eq!(nearest("rezise", known.into_iter()), Some("resize"));
        assert_eq!(nearest("Rotate", known.into_iter()), Some("rotate"));
        assert_eq!(nearest("enlarge", known.into_iter()), None);
    }
}
