//! Sizes and places of fields as Rust has them, in the words in which the C program of tests/abi.rs tells its own.

use std::mem::offset_of;

use ferry::ffi::connection::ferry_connection_options;
use ferry::ffi::filestack::ferry_filestack_options;
use ferry::ffi::progress::ferry_progress;
use ferry::ffi::request::ferry_request_options;
use ferry::ffi::store::ferry_store_options;
use ferry::ffi::telestream::ferry_telestream_options;
use ferry::ffi::telestream_upload::ferry_telestream_upload_options;
use ferry::ffi::upload::ferry_upload_options;

macro_rules! layout {
    ($lines:ident, $name:ident: $($field:ident)*) => {
        $lines.push(format!("{} {}", stringify!($name), size_of::<$name>()));
        $($lines.push(format!("{}.{} {}", stringify!($name), stringify!($field), offset_of!($name, $field)));)*
    };
}

pub fn lines() -> Vec<String> {
    let mut lines = Vec::new();
    layout!(lines, ferry_connection_options: struct_size connect_timeout_ms stall_timeout_ms deadline_ms max_retries proxy ca_file user_agent
        trust _reserved);
    layout!(lines, ferry_filestack_options: struct_size security storage cname base_url upload_url cdn_url api_url process_url connection);
    layout!(lines, ferry_progress: struct_size bytes_done bytes_total parts_done parts_total retries bytes_per_second seconds_left);
    layout!(lines, ferry_upload_options: struct_size filename mimetype location path container region access workflows_json tags_json
        intelligent part_size concurrency security on_progress user_data alt_text deadline_ms sanitize_filename);
    layout!(lines, ferry_request_options: struct_size security deadline_ms on_progress user_data);
    layout!(lines, ferry_store_options: struct_size filename location path container region access workflows_json base64decode security
        deadline_ms on_progress user_data);
    layout!(lines, ferry_telestream_options: struct_size factory_id api_host api_port api_version base_url connection);
    layout!(lines, ferry_telestream_upload_options: struct_size filename concurrency protocol extra_files_json deadline_ms on_progress user_data);
    lines
}
