//! Processing URLs: `/{apikey}/{task}/…/{source}` (6.1).

use crate::query::decode;

pub(crate) struct Task {
    pub(crate) name: String,
    pub(crate) params: String,
}

impl Task {
    /// A parameter under one of its names; values without quotes or commas only.
    pub(crate) fn param(&self, names: &[&str]) -> Option<&str> {
        let mut pairs = self.params.split(',').filter_map(|pair| pair.split_once(':'));
        pairs.find(|(name, _)| names.contains(name)).map(|(_, value)| value)
    }
}

pub(crate) struct Chain {
    /// The API key element, where the URL has one.
    pub(crate) apikey: Option<String>,
    pub(crate) tasks: Vec<Task>,
    /// A handle, a URL or an alias.
    pub(crate) source: String,
}

impl Chain {
    /// `None` for an empty path.
    pub(crate) fn parse(path: &str) -> Option<Chain> {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let external = segments.iter().position(|segment| segment.ends_with(':'));
        let split = external.unwrap_or(segments.len().checked_sub(1)?);
        let (before, source) = segments.split_at_checked(split)?;
        let source = match external {
            // The empty segment between the slashes of `https://` was filtered away.
            Some(_) => {
                let (scheme, rest) = source.split_first()?;
                format!("{scheme}//{}", rest.join("/"))
            }
            None => decode(source.first()?),
        };
        let mut chain = Chain { apikey: None, tasks: Vec::new(), source };
        for (place, segment) in before.iter().enumerate() {
            match segment.split_once('=') {
                Some((name, params)) => chain.tasks.push(Task { name: decode(name), params: decode(params) }),
                None if place == 0 && !is_task(segment) => chain.apikey = Some(decode(segment)),
                None => chain.tasks.push(Task { name: decode(segment), params: String::new() }),
            }
        }
        Some(chain)
    }

    /// Policy and signature, from the `security` task.
    pub(crate) fn security(&self) -> Option<(&str, &str)> {
        let task = self.tasks.iter().find(|task| task.name == "security")?;
        Some((task.param(&["p", "policy"]).unwrap_or(""), task.param(&["s", "signature"]).unwrap_or("")))
    }
}

/// Tasks that make sense without parameters. Only these are told from an API key in the first place.
const BARE: &[&str] = &[
    "ascii",
    "auto_image",
    "blackwhite",
    "blur_faces",
    "border",
    "caption",
    "circle",
    "collage",
    "compress",
    "copyright",
    "crop_faces",
    "debug",
    "detect_faces",
    "doc_detection",
    "doc_to_images",
    "enhance",
    "flip",
    "flop",
    "imagesize",
    "image_sentiment",
    "metadata",
    "minify_css",
    "minify_js",
    "modulate",
    "monochrome",
    "negative",
    "no_metadata",
    "ocr",
    "oil_paint",
    "pdfinfo",
    "pixelate_faces",
    "pjpg",
    "polaroid",
    "preview",
    "qr",
    "redeye",
    "sepia",
    "sfw",
    "shadow",
    "sharpen",
    "smart_crop",
    "store",
    "tags",
    "torn_edges",
    "upscale",
    "urlscreenshot",
    "video_convert",
    "vignette",
    "zip",
];

fn is_task(segment: &str) -> bool {
    BARE.contains(&segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_elements_of_a_url_are_told_apart() {
        let chain = Chain::parse("/AKey1/resize=width:5/security=p:abc==,s:def/HANDLE").expect("a chain");
        assert_eq!(chain.apikey.as_deref(), Some("AKey1"));
        assert_eq!(chain.tasks.len(), 2);
        assert_eq!(chain.security(), Some(("abc==", "def")));
        assert_eq!(chain.source, "HANDLE");
    }

    #[test]
    fn a_bare_task_is_no_api_key() {
        let chain = Chain::parse("/enhance/HANDLE").expect("a chain");
        assert!(chain.apikey.is_none() && chain.tasks.len() == 1);
    }

    #[test]
    fn an_external_source_keeps_its_slashes() {
        let chain = Chain::parse("/AKey1/resize=width:5/https://example.org/a/b.png").expect("a chain");
        assert_eq!(chain.source, "https://example.org/a/b.png");
    }
}
