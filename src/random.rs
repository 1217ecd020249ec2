//! Random numbers that are no secrets: pauses, names, boundaries.

#![forbid(unsafe_code)]

use std::hash::{BuildHasher as _, RandomState};

use fastrand::Rng;

/// A generator with a seed of its own. The one that fastrand has for each thread asks which thread it is, and
/// one that ends is none any more: the destructors of its data may still call.
pub fn rng() -> Rng {
    Rng::with_seed(RandomState::new().hash_one(0_u8))
}

/// So many letters and digits.
pub fn word(length: usize) -> String {
    let mut rng = rng();
    std::iter::repeat_with(|| rng.alphanumeric()).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_as_long_as_asked_and_differ() {
        let words = [word(12), word(12)];
        assert!(words.iter().all(|word| word.len() == 12 && word.chars().all(char::is_alphanumeric)));
        assert_ne!(words[0], words[1]);
    }
}
