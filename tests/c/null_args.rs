//! Writes a C program that calls every function of the header with each of its pointers NULL, one at a time
//! and all at once. A function with an argument of a kind that this file does not know stops the test, so
//! that no function escapes.

use std::fmt::Write as _;

use super::declarations::{Declarations, Function};

/// Pointers that may be NULL, and what the call then does is its own matter; all others are
/// FERRY_INVALID_ARGUMENT by name.
const MAY_BE_NULL: &[(&str, &str)] = &[
    ("*", "err"),
    ("*", "options"),
    ("*", "user_data"),
    ("*", "read_data"),
    ("*", "write_data"),
    ("*", "bytes"),
    ("*", "params"),
    ("*", "factory_id"),
    ("ferry_error_status", "error"),
    ("ferry_upload_poll", "progress"),
    ("ferry_security_allows", "details_json"),
    ("ferry_filestack_request", "body_json"),
    ("ferry_filelink_metadata", "attributes"),
    ("ferry_filelink_signed_url", "security"),
    ("ferry_transform_add_json", "params_json"),
    ("ferry_transform_av_convert", "params_json"),
    ("ferry_transform_signed_url", "security"),
    ("ferry_transform_base64_url", "security"),
    ("ferry_av_wait", "out"),
    ("*", "on_item"),
    ("*", "item_data"),
    ("ferry_filestack_upload_batch", "report"),
    ("ferry_journal_prune", "removed"),
    ("ferry_telestream_signed_params", "params_json"),
    ("ferry_telestream_signed_params", "timestamp"),
    ("ferry_telestream_request", "params_json"),
    ("ferry_telestream_list", "params_json"),
    ("ferry_telestream_list_all", "params_json"),
    ("ferry_telestream_upload_new", "params_json"),
    ("ferry_telestream_upload_reader_new", "params_json"),
    ("ferry_telestream_upload_bytes_new", "params_json"),
    ("ferry_telestream_find", "params_json"),
    ("ferry_telestream_video_encodings", "params_json"),
];

fn may_be_null(function: &Function, argument: &str) -> bool {
    MAY_BE_NULL.iter().any(|(name, allowed)| (*name == "*" || *name == function.name) && *allowed == argument)
}

fn is_pointer(kind: &str) -> bool {
    kind.ends_with('*') || kind.ends_with("_fn")
}

/// The object that an output of this type gives, if it is one: `ferry_upload` for `ferry_upload **`.
fn given(kind: &str) -> Option<&str> {
    kind.strip_suffix("**").map(str::trim)
}

/// A C expression that is fine for the argument.
fn valid(function: &Function, kind: &str, name: &str) -> String {
    let text = |value: &str| format!("\"{value}\"");
    match (kind, name) {
        ("const char *", "apikey") => text("TESTKEY"),
        ("const char *", "path")
            if function.name.contains("upload") || function.name.contains("overwrite") =>
        {
            "source".into()
        }
        ("const char *", "path") => "target".into(),
        ("const char *", "url") => text("https://example.com/file"),
        ("const char *", "method") => text("GET"),
        ("const char *", "target") => text("/file"),
        ("const char *", "task") => text("resize"),
        ("const char *", "params") => text("width:5"),
        ("const char *", "params_json") => text(r#"{\"width\":5}"#),
        ("const char *", "details_json") => text("{}"),
        ("const char *", "policy_json") => text(r#"{\"expiry\":4102444800}"#),
        ("const char *", "policy_b64") => text("eyJleHBpcnkiOjQxMDI0NDQ4MDB9"),
        ("const char *", "signature") => text(&"0".repeat(64)),
        ("const char *", "source" | "handle") => text("ABCDEFGHIJ0123456789"),
        ("const char *", _) => text(name),
        ("const char *const *", _) => "texts".into(),
        ("const void *", _) => text("data"),
        ("const ferry_filestack *", _) => "client".into(),
        ("const ferry_filelink *", _) => "link".into(),
        ("const ferry_security *", _) => "security".into(),
        ("const ferry_upload *", _) => "upload".into(),
        ("const ferry_transform *" | "ferry_transform *", _) => "transform".into(),
        ("const ferry_av *", _) => "av".into(),
        ("const ferry_value *", _) => "value".into(),
        ("const ferry_json *" | "ferry_json *", _) => "json".into(),
        ("ferry_progress *", _) => "&progress".into(),
        ("const ferry_telestream *", _) => "telestream".into(),
        ("const ferry_response *", _) => "response".into(),
        ("const ferry_batch_item *", _) => "items".into(),
        ("ferry_item_fn", _) => "on_item".into(),
        ("ferry_read_fn", _) => "read_one".into(),
        ("ferry_write_fn", _) => "write_any".into(),
        ("void *", _) => "&reads".into(),
        ("bool", _) => "false".into(),
        ("uint64_t *", _) => "&number".into(),
        ("size_t", "len") => "4".into(),
        ("size_t" | "uint64_t" | "uint32_t" | "int32_t" | "int64_t" | "double", _) => "1".into(),
        ("ferry_status", _) => "FERRY_OK".into(),
        (kind, _) if kind.starts_with("const ferry_") && kind.ends_with("_options *") => "NULL".into(),
        (kind, _) if given(kind).is_some() => {
            if name == "err" {
                "&err".into()
            } else {
                format!("(void *)&{name}_given")
            }
        }
        _ => panic!(
            "tests/c/null_args.rs has no value for the argument `{kind} {name}` of {}: add one to `valid`",
            function.name
        ),
    }
}

/// Frees what an output was given.
fn free(kind: &str) -> String {
    match given(kind) {
        Some("char") => "ferry_string_free".into(),
        Some(object) => format!("{object}_free"),
        None => unreachable!("no output: {kind}"),
    }
}

/// One call with the arguments of these places NULL.
fn call(program: &mut String, function: &Function, null: &[usize]) -> std::fmt::Result {
    let arguments: Vec<String> = function
        .arguments
        .iter()
        .enumerate()
        .map(
            |(place, (kind, name))| {
                if null.contains(&place) { "NULL".into() } else { valid(function, kind, name) }
            },
        )
        .collect();
    let expression = format!("{}({})", function.name, arguments.join(", "));
    let names: Vec<&str> = null.iter().map(|place| function.arguments[*place].1.as_str()).collect();
    writeln!(program, "    /* {}: {} NULL */\n    {{", function.name, names.join(", "))?;
    // A function without it tells its status only.
    let has_error = function.arguments.iter().any(|(_, name)| name == "err") && !names.contains(&"err");
    if function.result == "ferry_status" {
        let outputs = function.arguments.iter().enumerate();
        let outputs: Vec<_> = outputs
            .filter(|(place, (kind, name))| given(kind).is_some() && name != "err" && !null.contains(place))
            .collect();
        for (_, (kind, name)) in &outputs {
            // Not NULL, so that a call which forgets its output is seen.
            let object = given(kind).unwrap_or_default();
            writeln!(program, "        {object} *{name}_given = ({object} *)&reads;")?;
        }
        // A call that leaves the error as it is, is seen, too.
        let before = if has_error { "untouched" } else { "NULL" };
        writeln!(program, "        reads = 0;\n        ferry_error *err = {before};")?;
        writeln!(program, "        const ferry_status status = {expression};")?;
        if has_error {
            writeln!(program, "        CHECK(err != untouched);")?;
            writeln!(program, "        err = err == untouched ? NULL : err;")?;
            writeln!(program, "        CHECK((status == FERRY_OK) == (err == NULL));")?;
        }
        let forbidden: Vec<&&str> = names.iter().filter(|name| !may_be_null(function, name)).collect();
        if !forbidden.is_empty() {
            writeln!(program, "        CHECK(status == FERRY_INVALID_ARGUMENT);")?;
            if has_error {
                writeln!(
                    program,
                    "        CHECK_HAS(ferry_error_message(err), \"{} is NULL\");",
                    forbidden[0]
                )?;
            }
        }
        writeln!(program, "        CHECK(ferry_error_status(err) == status || {});", i32::from(!has_error))?;
        for (_, (kind, name)) in outputs {
            // The report of a batch tells which files have failed.
            let or_failed = if name == "report" { "!= FERRY_INVALID_ARGUMENT" } else { "== FERRY_OK" };
            writeln!(program, "        CHECK((status {or_failed}) == ({name}_given != NULL));")?;
            writeln!(program, "        {}({name}_given);", free(kind))?;
        }
        writeln!(program, "        ferry_error_free(err);")?;
    } else if function.documentation.contains("\"\" for NULL") {
        writeln!(program, "        CHECK_STR({expression}, \"\");")?;
    } else if function.arguments.is_empty() && function.result.starts_with("ferry_json ") {
        let object = function.result.trim_end_matches(['*', ' ']);
        writeln!(program, "        {object}_free({expression});")?;
    } else if function.result.ends_with('*') && function.documentation.contains("NULL for") {
        writeln!(program, "        CHECK({expression} == NULL);")?;
    } else {
        writeln!(program, "        (void){expression};")?;
    }
    writeln!(program, "    }}")
}

/// The whole program.
pub fn program(header: &str) -> String {
    let mut program = String::from(
        r#"#include "client.h"

static int reads;

static int64_t read_one(void *buffer, size_t capacity, void *user_data) {
    (void)user_data;
    if (capacity == 0 || reads++ > 0) {
        return 0;
    }
    *(char *)buffer = 'x';
    return 1;
}

static int32_t write_any(const void *data, size_t len, void *user_data) {
    (void)data;
    (void)len;
    (void)user_data;
    return 0;
}

static int32_t on_item(size_t index, const char *path, const ferry_filelink *filelink, const ferry_error *error,
    void *user_data) {
    (void)index;
    (void)path;
    (void)filelink;
    (void)error;
    (void)user_data;
    return 0;
}

int main(void) {
    check_begin();
    char source[4096], target[4096];
    snprintf(source, sizeof source, "%s", scratch_file("source", "bytes", 5));
    snprintf(target, sizeof target, "%s", scratch("target"));
    const char *const texts[] = {"ABCDEFGHIJ0123456789"};
    const ferry_batch_item items[] = {{source, NULL}};
    uint64_t number = 0;
    ferry_filestack *client = client_without_retries();
    ferry_security *security = NULL;
    ferry_upload *upload = NULL;
    ferry_value *value = NULL;
    ferry_filelink *link = NULL;
    ferry_error *const untouched = (ferry_error *)&reads;
    ferry_error *before = NULL;
    CHECK_OK(ferry_security_new("{\"expiry\":4102444800}", "secret", &security, &before), before);
    CHECK_OK(ferry_filestack_upload_new(client, source, NULL, &upload, &before), before);
    CHECK_OK(ferry_upload_run(upload, &before), before);
    CHECK_OK(ferry_upload_result(upload, &value, &before), before);
    CHECK_OK(ferry_upload_filelink(upload, &link, &before), before);
    /* From here on every request has an answer that no call waits after. */
    cloud_faults("[{\"class\":\"flip_api\",\"action\":{\"body\":\"{\\\"id\\\":\\\"V\\\",\\\"status\\\":\\\"success\\\"}\"}},"
                 "{\"class\":\"any\",\"action\":{\"body\":\"{\\\"uuid\\\":\\\"U\\\",\\\"timestamp\\\":1,\\\"status\\\":\\\"completed\\\","
                 "\\\"data\\\":{\\\"url\\\":\\\"https://example.com/HANDLE\\\"}}\"}}]");
    ferry_connection_options connection = connection_options();
    connection.max_retries = FERRY_NO_RETRIES;
    ferry_telestream_options with;
    ferry_telestream_options_init(&with, sizeof with);
    with.base_url = env("FERRY_TEST_HTTP");
    with.connection = &connection;
    ferry_telestream *telestream = NULL;
    CHECK_OK(ferry_telestream_new("access", "secret", &with, &telestream, &before), before);
    ferry_response *response = NULL;
    CHECK_OK(ferry_telestream_request(telestream, "GET", "/any.json", NULL, NULL, &response, &before), before);
    ferry_json *json = ferry_json_new();
    ferry_progress progress = {.struct_size = sizeof progress};
    ferry_transform *transform = NULL;
    ferry_av *av = NULL;
    CHECK_OK(ferry_transform_new(client, "ABCDEFGHIJ0123456789", &transform, &before), before);
    CHECK_OK(ferry_transform_av_convert(transform, "{\"preset\":\"h264\"}", NULL, &av, &before), before);
"#,
    );
    for function in Declarations::read(header).functions {
        let pointers: Vec<usize> =
            (0..function.arguments.len()).filter(|place| is_pointer(&function.arguments[*place].0)).collect();
        let written = pointers.iter().try_for_each(|one| {
            if pointers.len() > 1 { call(&mut program, &function, &[*one]) } else { Ok(()) }
        });
        written.and_then(|()| call(&mut program, &function, &pointers)).expect("written to memory");
    }
    program.push_str(
        r"    (void)number;
    (void)progress;
    ferry_response_free(response);
    ferry_telestream_free(telestream);
    ferry_av_free(av);
    ferry_json_free(json);
    ferry_transform_free(transform);
    ferry_value_free(value);
    ferry_filelink_free(link);
    ferry_upload_free(upload);
    ferry_security_free(security);
    ferry_filestack_free(client);
    return check_result();
}
",
    );
    program
}
