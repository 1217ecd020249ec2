//! Sizes and places of fields as Rust has them, in the words in which the C program of tests/abi.rs tells its
//! own.

use std::mem::offset_of;

use ferry::ffi::batch::ferry_batch_item;
use ferry::ffi::connection::ferry_connection_options;
use ferry::ffi::event::ferry_event;
use ferry::ffi::filestack::ferry_filestack_options;
use ferry::ffi::filestack_upload::ferry_upload_options;
use ferry::ffi::options::Options;
use ferry::ffi::progress::ferry_progress;
use ferry::ffi::request::ferry_request_options;
use ferry::ffi::store::ferry_store_options;
use ferry::ffi::telestream::ferry_telestream_options;
use ferry::ffi::telestream_upload::ferry_telestream_upload_options;

fn options<T: Options>(lines: &mut Vec<String>) {
    lines.push(format!("{} {}", T::NAME, size_of::<T>()));
    let fields = T::FIELDS.iter().map(|field| format!("{}.{} {}", T::NAME, field.name, field.offset));
    lines.extend(fields);
}

pub fn lines() -> Vec<String> {
    let mut lines = Vec::new();
    options::<ferry_connection_options>(&mut lines);
    options::<ferry_filestack_options>(&mut lines);
    options::<ferry_request_options>(&mut lines);
    options::<ferry_store_options>(&mut lines);
    options::<ferry_telestream_options>(&mut lines);
    options::<ferry_telestream_upload_options>(&mut lines);
    options::<ferry_upload_options>(&mut lines);
    lines.push(format!("ferry_progress {}", size_of::<ferry_progress>()));
    macro_rules! progress {
        ($($field:ident)+) => {
            $(lines.push(format!("ferry_progress.{} {}", stringify!($field), offset_of!(ferry_progress, $field)));)+
        };
    }
    progress!(struct_size bytes_done bytes_total parts_done parts_total retries bytes_per_second seconds_left
        files_done files_total);
    lines.push(format!("ferry_event {}", size_of::<ferry_event>()));
    macro_rules! event {
        ($($field:ident)+) => {
            $(let at = offset_of!(ferry_event, $field);
            lines.push(format!("ferry_event.{} {at}", stringify!($field)));)+
        };
    }
    event!(struct_size kind status http_status attempt part concurrency wait_ms reused step method url remote
        request_id message time_us name_us connect_us tls_us first_byte_us whole_us bytes_sent bytes_received);
    lines.push(format!("ferry_batch_item {}", size_of::<ferry_batch_item>()));
    lines.push(format!("ferry_batch_item.path {}", offset_of!(ferry_batch_item, path)));
    lines.push(format!("ferry_batch_item.options {}", offset_of!(ferry_batch_item, options)));
    lines
}
