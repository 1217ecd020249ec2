//! The known name that was probably meant by an unknown one.

/// The candidate that the fewest typing errors turn into `name` (optimal string alignment); `None` if all are
/// too far.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_ascii_lowercase();
    let most = (name.len() / 3).clamp(1, 3);
    candidates
        // Each byte that one has more is an error. The distance takes time in proportion to both lengths.
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= most)
        .map(|candidate| (strsim::osa_distance(&name, candidate), candidate))
        .filter(|&(errors, _)| errors <= most)
        .min_by_key(|&(errors, _)| errors)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_only_what_is_near() {
        let known = ["resize", "rotate", "flip", "flop"];
        assert_eq!(nearest("rezise", known.into_iter()), Some("resize"));
        assert_eq!(nearest("Rotate", known.into_iter()), Some("rotate"));
        assert_eq!(nearest("sizere", known.into_iter()), None);
        assert_eq!(nearest("enlarge", known.into_iter()), None);
        assert_eq!(nearest("", known.into_iter()), None);
    }
}
