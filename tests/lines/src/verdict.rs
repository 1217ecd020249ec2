//! Whether a promise is kept, and by which figures.

pub struct Verdict {
    pub kept: bool,
    pub text: String,
}

/// Prints them; whether all are kept.
pub fn print(verdicts: &[Verdict]) -> bool {
    for verdict in verdicts {
        println!("{}  {}", if verdict.kept { "ok    " } else { "missed" }, verdict.text);
    }
    verdicts.iter().all(|verdict| verdict.kept)
}
