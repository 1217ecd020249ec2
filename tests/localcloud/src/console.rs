//! What the program says to a person.

use std::io::Write;

use chrono::Local;
use localcloud::Cloud;

/// What to type next.
pub(crate) fn greeting(cloud: &Cloud, is_kept: bool, key: &str) -> String {
    let (url, data) = (cloud.http_url(), cloud.data().display());
    let stays =
        if is_kept { "files and handles stay there" } else { "removed at the end; --data DIR keeps it" };
    format!(
        "The local cloud: Filestack and Telestream Cloud Flip, at {url}

  look    {url}/_local/
  upload  curl -F fileUpload=@FILE '{url}/api/store/S3?key={key}'
          FERRY_APIKEY={key} FERRY_BASE_URL={url} ferry upload FILE    (bindings/cli)
  data    {data} ({stays})

Ctrl-C ends it. Requests:
"
    )
}

/// A line about a request, with the time of day. Nobody may be there to read it.
pub(crate) fn show(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{}  {line}", Local::now().format("%H:%M:%S%.3f"));
}
