//! Intelligence, storage, control.

use super::{Answer, Param, ParamKind, Task};

/// Languages whose sentiment the service can tell (`specs/filestack.md` 5.6).
const LANGUAGES: &[&str] =
    &["auto", "en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "zh-TW"];

pub(super) const TASKS: &[Task] = &[
    Task::new("tags", "Answers what is in the picture, with confidences in percent.").answers(Answer::Json),
    Task::new("sfw", "Answers whether the picture is safe for work.").answers(Answer::Json),
    Task::new("ocr", "Answers the text in the picture and where it stands.").answers(Answer::Json),
    Task::new("caption", "Answers one sentence about the picture.").answers(Answer::Json),
    Task::new("image_sentiment", "Answers the emotions in the picture, in percent.").answers(Answer::Json),
    Task::new("text_sentiment", "Answers the emotions in a text; needs no source.")
        .params(&[
            Param::new("text", ParamKind::Quoted, "The text.").required(),
            Param::new("language", ParamKind::Choice(LANGUAGES), "Language of the text."),
        ])
        .answers(Answer::Json),
    Task::new("copyright", "Answers whether the picture is known to be under copyright.")
        .answers(Answer::Json),
    Task::new("metadata", "Answers the file's metadata.").answers(Answer::Json),
    Task::new("store", "Stores the result as a new file; the last task of a chain.")
        .params(&[
            Param::new("filename", ParamKind::Text, "Name of the new file."),
            Param::new(
                "location",
                ParamKind::Open(&["S3", "gcs", "azure", "rackspace", "dropbox"]),
                "The storage, in either case.",
            ),
            Param::new("path", ParamKind::Quoted, "Folder, with a slash at its end, or full key."),
            Param::new("container", ParamKind::Text, "Bucket."),
            Param::new("region", ParamKind::Text, "Region of the bucket."),
            Param::new(
                "access",
                ParamKind::Choice(&["public", "private"]),
                "Who may read the file in its storage.",
            )
            .default("private"),
            Param::new("base64decode", ParamKind::Bool, "Whether the file is decoded from base64 first.")
                .aliases(&["base64"])
                .default("false"),
            Param::new("workflows", ParamKind::Texts, "Ids of the workflows that start with the file."),
        ])
        .answers(Answer::Json),
    Task::new("run_workflow", "Starts a workflow with the source.")
        .params(&[Param::new("id", ParamKind::Text, "Id of the workflow.").required()])
        .answers(Answer::Json),
    Task::new("workflow_status", "Answers how far a workflow is; needs no source.")
        .params(&[Param::new("job_id", ParamKind::Text, "Id of the job, from the answer of run_workflow.")
            .required()])
        .answers(Answer::Json),
    Task::new("debug", "Answers how the chain would run; the first task of a chain.").answers(Answer::Json),
];
