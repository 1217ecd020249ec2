//! Screenshots of pages (`specs/filestack.md` 5.9).

use super::address::check_url;
use super::transform::{Transform, TransformSource};
use crate::error::Result;

/// A chain that begins with a screenshot of the page at `url`. Nothing is sent.
pub fn chain(url: &str, params: Option<&str>) -> Result<Transform> {
    check_url(url)?;
    let mut chain = Transform::new(TransformSource::parse(url)?);
    chain.add("urlscreenshot", params)?;
    Ok(chain)
}
