//! Tasks whose answer is what somebody else saw in the picture (5.6): from fixtures, or made up.

use std::path::{Component, Path};

use serde_json::{Value, json};

/// Tasks with an answer in JSON that nothing here can compute.
pub(crate) const TASKS: &[&str] = &[
    "tags",
    "sfw",
    "ocr",
    "caption",
    "copyright",
    "image_sentiment",
    "text_sentiment",
    "doc_detection",
    "detect_faces",
];

/// The answer to a task, from `{task}/{filename}.json`, from `{task}.json`, or made up, and a note that says
/// so. `None`: there is none.
pub(crate) fn answer(fixtures: Option<&Path>, task: &str, filename: &str) -> Option<(Value, &'static str)> {
    let fixture = fixtures.and_then(|folder| fixture(folder, task, filename));
    let fixture = fixture.map(|answer| (answer, "from a fixture, nobody looked at the file"));
    fixture.or_else(|| builtin(task).map(|answer| (answer, "made up, nobody looked at the file")))
}

/// A fixture that is no JSON counts as missing.
pub(crate) fn fixture(folder: &Path, task: &str, filename: &str) -> Option<Value> {
    let read = |path: &Path| serde_json::from_slice(&std::fs::read(path).ok()?).ok();
    let name = format!("{filename}.json");
    // File names come from clients: only a plain one is looked for.
    let plain =
        matches!(Path::new(&name).components().collect::<Vec<_>>().as_slice(), [Component::Normal(_)]);
    let own = plain.then(|| read(&folder.join(task).join(&name))).flatten();
    own.or_else(|| read(&folder.join(format!("{task}.json"))))
}

fn builtin(task: &str) -> Option<Value> {
    let bounding_box =
        json!([{"x": 10, "y": 10}, {"x": 110, "y": 10}, {"x": 110, "y": 30}, {"x": 10, "y": 30}]);
    Some(match task {
        "tags" => json!({"tags": {"auto": {"nature": 97, "sky": 91, "outdoor": 85}, "user": null}}),
        "sfw" => json!({"sfw": true}),
        "caption" => json!({"caption": "a picture in the local cloud"}),
        "ocr" => json!({
            "document": {"text_areas": [{
                "bounding_box": bounding_box,
                "lines": [{
                    "bounding_box": bounding_box,
                    "text": "local cloud",
                    "words": [
                        {"bounding_box": bounding_box, "text": "local"},
                        {"bounding_box": bounding_box, "text": "cloud"},
                    ],
                }],
                "text": "local cloud",
            }]},
            "text": "local cloud\n",
            "text_area_percentage": 12.5,
        }),
        _ => return None,
    })
}
