"""What include/ferry.h declares, for ctypes. Written by `make bindings`; do not edit."""

from __future__ import annotations

import ctypes
from ctypes import (
    POINTER,
    c_bool,
    c_char_p,
    c_double,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any, Dict, Optional, Tuple

FERRY_VERSION_MAJOR = 0
FERRY_VERSION_MINOR = 1
FERRY_VERSION_PATCH = 0
FERRY_PROXY_FROM_ENVIRONMENT = "environment"
FERRY_VERSION_NUMBER = 256
FERRY_OK = 0
FERRY_INVALID_ARGUMENT = 1
FERRY_INVALID_STATE = 2
FERRY_IO = 3
FERRY_NETWORK = 4
FERRY_TIMEOUT = 5
FERRY_HTTP = 6
FERRY_PROTOCOL = 7
FERRY_INTEGRITY = 8
FERRY_FILE_CHANGED = 9
FERRY_CANCELLED = 10
FERRY_PAUSED = 11
FERRY_NOT_READY = 12
FERRY_SIGNATURE_MISMATCH = 13
FERRY_SIGNATURE_EXPIRED = 14
FERRY_OUT_OF_MEMORY = 15
FERRY_INTERNAL = 99
FERRY_VALUE_NULL = 0
FERRY_VALUE_BOOL = 1
FERRY_VALUE_INT = 2
FERRY_VALUE_DOUBLE = 3
FERRY_VALUE_STRING = 4
FERRY_VALUE_ARRAY = 5
FERRY_VALUE_OBJECT = 6
FERRY_EVENT_ATTEMPT = 1
FERRY_EVENT_CONNECTION = 2
FERRY_EVENT_RETRY = 3
FERRY_EVENT_RESTART = 4
FERRY_EVENT_CONCURRENCY = 5
FERRY_SIZE_UNKNOWN = 18446744073709551615
FERRY_NO_RETRIES = 4294967295
FERRY_TRUST_PUBLIC = 0
FERRY_TRUST_SYSTEM = 1
FERRY_MANNERS_FAIR = 0
FERRY_MANNERS_BACKGROUND = 1
FERRY_INTELLIGENT_OFF = 0
FERRY_INTELLIGENT_ON = 1
FERRY_INTELLIGENT_FALLBACK = 2
FERRY_UPLOAD_INITIALIZED = 1
FERRY_UPLOAD_UPLOADING = 2
FERRY_UPLOAD_PAUSED = 3
FERRY_UPLOAD_INTERRUPTED = 4
FERRY_UPLOAD_ERROR = 5
FERRY_UPLOAD_UPLOADED = 6
FERRY_UPLOAD_ABORTED = 7
FERRY_FACTORIES = 1
FERRY_VIDEOS = 2
FERRY_ENCODINGS = 3
FERRY_PROFILES = 4
FERRY_PROTOCOL_PARTS = 0
FERRY_PROTOCOL_RANGES = 1


class ferry_progress(ctypes.Structure):
    struct_size: int
    bytes_done: int
    bytes_total: int
    parts_done: int
    parts_total: int
    retries: int
    bytes_per_second: int
    seconds_left: float
    files_done: int
    files_total: int
    _fields_ = [
        ("struct_size", c_size_t),
        ("bytes_done", c_uint64),
        ("bytes_total", c_uint64),
        ("parts_done", c_uint32),
        ("parts_total", c_uint32),
        ("retries", c_uint32),
        ("bytes_per_second", c_uint64),
        ("seconds_left", c_double),
        ("files_done", c_uint32),
        ("files_total", c_uint32),
    ]


ferry_progress_fn = ctypes.CFUNCTYPE(c_int32, POINTER(ferry_progress), c_void_p)


class ferry_event(ctypes.Structure):
    struct_size: int
    kind: int
    status: int
    http_status: int
    attempt: int
    part: int
    concurrency: int
    wait_ms: int
    reused: int
    step: Optional[bytes]
    method: Optional[bytes]
    url: Optional[bytes]
    remote: Optional[bytes]
    request_id: Optional[bytes]
    message: Optional[bytes]
    time_us: int
    name_us: int
    connect_us: int
    tls_us: int
    first_byte_us: int
    whole_us: int
    bytes_sent: int
    bytes_received: int
    _fields_ = [
        ("struct_size", c_size_t),
        ("kind", c_int32),
        ("status", c_int32),
        ("http_status", c_int32),
        ("attempt", c_uint32),
        ("part", c_uint32),
        ("concurrency", c_uint32),
        ("wait_ms", c_uint32),
        ("reused", c_uint32),
        ("step", c_char_p),
        ("method", c_char_p),
        ("url", c_char_p),
        ("remote", c_char_p),
        ("request_id", c_char_p),
        ("message", c_char_p),
        ("time_us", c_uint64),
        ("name_us", c_uint64),
        ("connect_us", c_uint64),
        ("tls_us", c_uint64),
        ("first_byte_us", c_uint64),
        ("whole_us", c_uint64),
        ("bytes_sent", c_uint64),
        ("bytes_received", c_uint64),
    ]


ferry_event_fn = ctypes.CFUNCTYPE(None, POINTER(ferry_event), c_void_p)


ferry_event_free_fn = ctypes.CFUNCTYPE(None, c_void_p)


ferry_read_fn = ctypes.CFUNCTYPE(c_int64, c_void_p, c_size_t, c_void_p)


ferry_write_fn = ctypes.CFUNCTYPE(c_int32, c_void_p, c_size_t, c_void_p)


class ferry_request_options(ctypes.Structure):
    struct_size: int
    security: Any
    on_progress: Any
    user_data: Any
    deadline_ms: int
    _reserved: int
    _fields_ = [
        ("struct_size", c_size_t),
        ("security", c_void_p),
        ("on_progress", ferry_progress_fn),
        ("user_data", c_void_p),
        ("deadline_ms", c_uint32),
        ("_reserved", c_uint32),
    ]


class ferry_connection_options(ctypes.Structure):
    struct_size: int
    connect_timeout_ms: int
    stall_timeout_ms: int
    deadline_ms: int
    max_retries: int
    proxy: Optional[bytes]
    ca_file: Optional[bytes]
    user_agent: Optional[bytes]
    trust: int
    manners: int
    bytes_per_second: int
    congestion: Optional[bytes]
    on_event: Any
    event_data: Any
    event_free: Any
    _fields_ = [
        ("struct_size", c_size_t),
        ("connect_timeout_ms", c_uint32),
        ("stall_timeout_ms", c_uint32),
        ("deadline_ms", c_uint32),
        ("max_retries", c_uint32),
        ("proxy", c_char_p),
        ("ca_file", c_char_p),
        ("user_agent", c_char_p),
        ("trust", c_int32),
        ("manners", c_int32),
        ("bytes_per_second", c_uint64),
        ("congestion", c_char_p),
        ("on_event", ferry_event_fn),
        ("event_data", c_void_p),
        ("event_free", ferry_event_free_fn),
    ]


class ferry_filestack_options(ctypes.Structure):
    struct_size: int
    security: Any
    storage: Optional[bytes]
    cname: Optional[bytes]
    base_url: Optional[bytes]
    upload_url: Optional[bytes]
    cdn_url: Optional[bytes]
    api_url: Optional[bytes]
    process_url: Optional[bytes]
    connection: Any
    skip_policy_checks: bool
    _reserved: int
    _fields_ = [
        ("struct_size", c_size_t),
        ("security", c_void_p),
        ("storage", c_char_p),
        ("cname", c_char_p),
        ("base_url", c_char_p),
        ("upload_url", c_char_p),
        ("cdn_url", c_char_p),
        ("api_url", c_char_p),
        ("process_url", c_char_p),
        ("connection", POINTER(ferry_connection_options)),
        ("skip_policy_checks", c_bool),
        ("_reserved", c_uint32),
    ]


class ferry_upload_options(ctypes.Structure):
    struct_size: int
    filename: Optional[bytes]
    sanitize_filename: bool
    mimetype: Optional[bytes]
    alt_text: Optional[bytes]
    tags_json: Optional[bytes]
    location: Optional[bytes]
    path: Optional[bytes]
    container: Optional[bytes]
    region: Optional[bytes]
    access: Optional[bytes]
    workflows_json: Optional[bytes]
    intelligent: int
    concurrency: int
    part_size: int
    security: Any
    on_progress: Any
    user_data: Any
    deadline_ms: int
    restart: bool
    journal_dir: Optional[bytes]
    bytes_per_second: int
    single_request: bool
    _reserved: int
    _fields_ = [
        ("struct_size", c_size_t),
        ("filename", c_char_p),
        ("sanitize_filename", c_bool),
        ("mimetype", c_char_p),
        ("alt_text", c_char_p),
        ("tags_json", c_char_p),
        ("location", c_char_p),
        ("path", c_char_p),
        ("container", c_char_p),
        ("region", c_char_p),
        ("access", c_char_p),
        ("workflows_json", c_char_p),
        ("intelligent", c_int32),
        ("concurrency", c_uint32),
        ("part_size", c_uint64),
        ("security", c_void_p),
        ("on_progress", ferry_progress_fn),
        ("user_data", c_void_p),
        ("deadline_ms", c_uint32),
        ("restart", c_bool),
        ("journal_dir", c_char_p),
        ("bytes_per_second", c_uint64),
        ("single_request", c_bool),
        ("_reserved", c_uint32),
    ]


class ferry_batch_item(ctypes.Structure):
    path: Optional[bytes]
    options: Any
    _fields_ = [
        ("path", c_char_p),
        ("options", POINTER(ferry_upload_options)),
    ]


ferry_item_fn = ctypes.CFUNCTYPE(c_int32, c_size_t, c_char_p, c_void_p, c_void_p, c_void_p)


class ferry_store_options(ctypes.Structure):
    struct_size: int
    filename: Optional[bytes]
    base64decode: bool
    location: Optional[bytes]
    path: Optional[bytes]
    container: Optional[bytes]
    region: Optional[bytes]
    access: Optional[bytes]
    workflows_json: Optional[bytes]
    security: Any
    on_progress: Any
    user_data: Any
    deadline_ms: int
    _reserved: int
    _fields_ = [
        ("struct_size", c_size_t),
        ("filename", c_char_p),
        ("base64decode", c_bool),
        ("location", c_char_p),
        ("path", c_char_p),
        ("container", c_char_p),
        ("region", c_char_p),
        ("access", c_char_p),
        ("workflows_json", c_char_p),
        ("security", c_void_p),
        ("on_progress", ferry_progress_fn),
        ("user_data", c_void_p),
        ("deadline_ms", c_uint32),
        ("_reserved", c_uint32),
    ]


class ferry_telestream_options(ctypes.Structure):
    struct_size: int
    factory_id: Optional[bytes]
    api_host: Optional[bytes]
    api_port: int
    api_version: Optional[bytes]
    base_url: Optional[bytes]
    connection: Any
    _fields_ = [
        ("struct_size", c_size_t),
        ("factory_id", c_char_p),
        ("api_host", c_char_p),
        ("api_port", c_uint32),
        ("api_version", c_char_p),
        ("base_url", c_char_p),
        ("connection", POINTER(ferry_connection_options)),
    ]


class ferry_telestream_upload_options(ctypes.Structure):
    struct_size: int
    filename: Optional[bytes]
    extra_files_json: Optional[bytes]
    concurrency: int
    protocol: int
    on_progress: Any
    user_data: Any
    deadline_ms: int
    restart: bool
    journal_dir: Optional[bytes]
    bytes_per_second: int
    _fields_ = [
        ("struct_size", c_size_t),
        ("filename", c_char_p),
        ("extra_files_json", c_char_p),
        ("concurrency", c_uint32),
        ("protocol", c_int32),
        ("on_progress", ferry_progress_fn),
        ("user_data", c_void_p),
        ("deadline_ms", c_uint32),
        ("restart", c_bool),
        ("journal_dir", c_char_p),
        ("bytes_per_second", c_uint64),
    ]


# What each function returns and takes.
FUNCTIONS: Dict[str, Tuple[Any, Tuple[Any, ...]]] = {
    "ferry_version": (c_char_p, ()),
    "ferry_version_number": (c_uint32, ()),
    "ferry_live_objects": (c_uint64, ()),
    "ferry_status_name": (c_char_p, (c_int32,)),
    "ferry_error_status": (c_int32, (c_void_p,)),
    "ferry_error_message": (c_char_p, (c_void_p,)),
    "ferry_error_http_status": (c_int32, (c_void_p,)),
    "ferry_error_errno": (c_int32, (c_void_p,)),
    "ferry_error_body": (c_char_p, (c_void_p,)),
    "ferry_error_step": (c_char_p, (c_void_p,)),
    "ferry_error_retryable": (c_bool, (c_void_p,)),
    "ferry_error_free": (None, (c_void_p,)),
    "ferry_value_type": (c_int32, (c_void_p,)),
    "ferry_value_get": (c_void_p, (c_void_p, c_char_p)),
    "ferry_value_at": (c_void_p, (c_void_p, c_size_t)),
    "ferry_value_key": (c_char_p, (c_void_p, c_size_t)),
    "ferry_value_len": (c_size_t, (c_void_p,)),
    "ferry_value_string": (c_char_p, (c_void_p,)),
    "ferry_value_int": (c_int64, (c_void_p,)),
    "ferry_value_double": (c_double, (c_void_p,)),
    "ferry_value_bool": (c_bool, (c_void_p,)),
    "ferry_value_json": (c_char_p, (c_void_p,)),
    "ferry_value_free": (None, (c_void_p,)),
    "ferry_json_new": (c_void_p, ()),
    "ferry_json_new_array": (c_void_p, ()),
    "ferry_json_set_string": (c_int32, (c_void_p, c_char_p, c_char_p, POINTER(c_void_p))),
    "ferry_json_set_int": (c_int32, (c_void_p, c_char_p, c_int64, POINTER(c_void_p))),
    "ferry_json_set_double": (c_int32, (c_void_p, c_char_p, c_double, POINTER(c_void_p))),
    "ferry_json_set_bool": (c_int32, (c_void_p, c_char_p, c_bool, POINTER(c_void_p))),
    "ferry_json_set_json": (c_int32, (c_void_p, c_char_p, c_char_p, POINTER(c_void_p))),
    "ferry_json_add_string": (c_int32, (c_void_p, c_char_p, POINTER(c_void_p))),
    "ferry_json_add_int": (c_int32, (c_void_p, c_int64, POINTER(c_void_p))),
    "ferry_json_add_double": (c_int32, (c_void_p, c_double, POINTER(c_void_p))),
    "ferry_json_add_bool": (c_int32, (c_void_p, c_bool, POINTER(c_void_p))),
    "ferry_json_add_json": (c_int32, (c_void_p, c_char_p, POINTER(c_void_p))),
    "ferry_json_text": (c_char_p, (c_void_p,)),
    "ferry_json_free": (None, (c_void_p,)),
    "ferry_string_free": (None, (c_void_p,)),
    "ferry_bytes_data": (c_void_p, (c_void_p,)),
    "ferry_bytes_len": (c_size_t, (c_void_p,)),
    "ferry_bytes_free": (None, (c_void_p,)),
    "ferry_event_kind_name": (c_char_p, (c_int32,)),
    "ferry_request_options_init": (None, (POINTER(ferry_request_options), c_size_t)),
    "ferry_response_status": (c_int32, (c_void_p,)),
    "ferry_response_header": (c_char_p, (c_void_p, c_char_p)),
    "ferry_response_header_count": (c_size_t, (c_void_p,)),
    "ferry_response_header_name": (c_char_p, (c_void_p, c_size_t)),
    "ferry_response_header_value": (c_char_p, (c_void_p, c_size_t)),
    "ferry_response_body": (c_void_p, (c_void_p,)),
    "ferry_response_body_len": (c_size_t, (c_void_p,)),
    "ferry_response_json": (c_int32, (c_void_p, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_response_url": (c_char_p, (c_void_p,)),
    "ferry_response_free": (None, (c_void_p,)),
    "ferry_connection_options_init": (None, (POINTER(ferry_connection_options), c_size_t)),
    "ferry_filestack_options_init": (None, (POINTER(ferry_filestack_options), c_size_t)),
    "ferry_filestack_new": (
        c_int32,
        (
            c_char_p, POINTER(ferry_filestack_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_filestack_request": (
        c_int32,
        (
            c_void_p, c_char_p, c_char_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p),
            POINTER(c_void_p)
        ),
    ),
    "ferry_filestack_free": (None, (c_void_p,)),
    "ferry_security_new": (c_int32, (c_char_p, c_char_p, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_security_new_unchecked": (c_int32, (c_char_p, c_char_p, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_security_expiry_in": (c_uint64, (c_uint64,)),
    "ferry_security_allows": (c_int32, (c_void_p, c_char_p, c_char_p, POINTER(c_void_p))),
    "ferry_security_from_signed": (c_int32, (c_char_p, c_char_p, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_security_policy_json": (c_char_p, (c_void_p,)),
    "ferry_security_policy_b64": (c_char_p, (c_void_p,)),
    "ferry_security_signature": (c_char_p, (c_void_p,)),
    "ferry_security_url_string": (c_char_p, (c_void_p,)),
    "ferry_security_free": (None, (c_void_p,)),
    "ferry_upload_options_init": (None, (POINTER(ferry_upload_options), c_size_t)),
    "ferry_filestack_upload_file": (
        c_int32,
        (
            c_void_p, c_char_p, POINTER(ferry_upload_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_filestack_upload_bytes": (
        c_int32,
        (
            c_void_p, c_void_p, c_size_t, POINTER(ferry_upload_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_filestack_upload_reader": (
        c_int32,
        (
            c_void_p, ferry_read_fn, c_void_p, c_uint64, POINTER(ferry_upload_options), POINTER(c_void_p),
            POINTER(c_void_p)
        ),
    ),
    "ferry_filestack_upload_url": (
        c_int32,
        (
            c_void_p, c_char_p, POINTER(ferry_upload_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_filestack_upload_new": (
        c_int32,
        (
            c_void_p, c_char_p, POINTER(ferry_upload_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_filestack_upload_resume": (
        c_int32,
        (
            c_void_p, c_char_p, c_char_p, POINTER(ferry_upload_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_filestack_upload_batch": (
        c_int32,
        (
            c_void_p, POINTER(ferry_batch_item), c_size_t, POINTER(ferry_upload_options), ferry_item_fn,
            c_void_p, POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_filestack_upload_batch_new": (
        c_int32,
        (
            c_void_p, POINTER(ferry_batch_item), c_size_t, POINTER(ferry_upload_options), ferry_item_fn,
            c_void_p, POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_upload_item_filelink": (c_int32, (c_void_p, c_size_t, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_upload_run": (c_int32, (c_void_p, POINTER(c_void_p))),
    "ferry_upload_pause": (None, (c_void_p,)),
    "ferry_upload_interrupt": (None, (c_void_p,)),
    "ferry_upload_cancel": (None, (c_void_p,)),
    "ferry_upload_limit": (None, (c_void_p, c_uint64)),
    "ferry_upload_state": (c_int32, (c_void_p,)),
    "ferry_upload_state_name": (c_char_p, (c_int32,)),
    "ferry_upload_token": (c_int32, (c_void_p, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_upload_result": (c_int32, (c_void_p, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_upload_filelink": (c_int32, (c_void_p, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_upload_free": (None, (c_void_p,)),
    "ferry_upload_start": (c_int32, (c_void_p, POINTER(c_void_p))),
    "ferry_upload_fd": (c_int32, (c_void_p,)),
    "ferry_upload_poll": (c_int32, (c_void_p, POINTER(ferry_progress))),
    "ferry_upload_finish": (c_int32, (c_void_p, POINTER(c_void_p))),
    "ferry_filelink_new": (c_int32, (c_void_p, c_char_p, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_filelink_handle": (c_char_p, (c_void_p,)),
    "ferry_filelink_url": (c_char_p, (c_void_p,)),
    "ferry_filelink_signed_url": (c_int32, (c_void_p, c_void_p, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_filelink_download": (
        c_int32,
        (
            c_void_p, c_char_p, POINTER(ferry_request_options), POINTER(c_uint64), POINTER(c_void_p)
        ),
    ),
    "ferry_filelink_content": (
        c_int32,
        (
            c_void_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_filelink_stream": (
        c_int32,
        (
            c_void_p, ferry_write_fn, c_void_p, POINTER(ferry_request_options), POINTER(c_uint64),
            POINTER(c_void_p)
        ),
    ),
    "ferry_filelink_metadata": (
        c_int32,
        (
            c_void_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_filelink_answer": (c_int32, (c_void_p, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_filelink_delete": (c_int32, (c_void_p, c_bool, POINTER(ferry_request_options), POINTER(c_void_p))),
    "ferry_filelink_overwrite_file": (
        c_int32,
        (
            c_void_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p)
        ),
    ),
    "ferry_filelink_overwrite_bytes": (
        c_int32,
        (
            c_void_p, c_void_p, c_size_t, POINTER(ferry_request_options), POINTER(c_void_p)
        ),
    ),
    "ferry_filelink_overwrite_url": (
        c_int32,
        (
            c_void_p, c_char_p, c_bool, POINTER(ferry_request_options), POINTER(c_void_p)
        ),
    ),
    "ferry_filelink_free": (None, (c_void_p,)),
    "ferry_store_options_init": (None, (POINTER(ferry_store_options), c_size_t)),
    "ferry_transform_new": (c_int32, (c_void_p, c_char_p, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_transform_new_list": (
        c_int32,
        (
            c_void_p, POINTER(c_char_p), c_size_t, POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_transform_add": (c_int32, (c_void_p, c_char_p, c_char_p, POINTER(c_void_p))),
    "ferry_transform_add_json": (c_int32, (c_void_p, c_char_p, c_char_p, POINTER(c_void_p))),
    "ferry_transform_add_raw": (c_int32, (c_void_p, c_char_p, POINTER(c_void_p))),
    "ferry_transform_with_apikey": (None, (c_void_p, c_bool)),
    "ferry_transform_url": (c_int32, (c_void_p, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_transform_signed_url": (c_int32, (c_void_p, c_void_p, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_transform_base64_url": (c_int32, (c_void_p, c_void_p, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_transform_download": (
        c_int32,
        (
            c_void_p, c_char_p, POINTER(ferry_request_options), POINTER(c_uint64), POINTER(c_void_p)
        ),
    ),
    "ferry_transform_content": (
        c_int32,
        (
            c_void_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_transform_stream": (
        c_int32,
        (
            c_void_p, ferry_write_fn, c_void_p, POINTER(ferry_request_options), POINTER(c_uint64),
            POINTER(c_void_p)
        ),
    ),
    "ferry_transform_json": (
        c_int32,
        (
            c_void_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_transform_store": (
        c_int32,
        (
            c_void_p, POINTER(ferry_store_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_transform_av_convert": (
        c_int32,
        (
            c_void_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_transform_clone": (c_int32, (c_void_p, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_transform_free": (None, (c_void_p,)),
    "ferry_filestack_screenshot": (
        c_int32,
        (
            c_void_p, c_char_p, c_char_p, POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_filestack_zip": (
        c_int32,
        (
            c_void_p, POINTER(c_char_p), c_size_t, c_char_p, POINTER(ferry_request_options),
            POINTER(c_uint64), POINTER(c_void_p)
        ),
    ),
    "ferry_av_uuid": (c_char_p, (c_void_p,)),
    "ferry_av_timestamp": (c_char_p, (c_void_p,)),
    "ferry_av_url": (c_char_p, (c_void_p,)),
    "ferry_av_status": (
        c_int32,
        (
            c_void_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_av_wait": (
        c_int32,
        (
            c_void_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_av_filelink": (c_int32, (c_void_p, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_av_free": (None, (c_void_p,)),
    "ferry_filestack_workflow_run": (
        c_int32,
        (
            c_void_p, c_char_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_filestack_workflow_status": (
        c_int32,
        (
            c_void_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_webhook_verify": (
        c_int32,
        (
            c_char_p, c_void_p, c_size_t, c_char_p, c_char_p, c_uint32, POINTER(c_void_p)
        ),
    ),
    "ferry_webhook_verify_any": (
        c_int32,
        (
            POINTER(c_char_p), c_size_t, c_void_p, c_size_t, c_char_p, c_char_p, c_uint32, POINTER(c_void_p)
        ),
    ),
    "ferry_webhook_sign": (
        c_int32,
        (
            c_char_p, c_void_p, c_size_t, c_char_p, POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_options_init": (None, (POINTER(ferry_telestream_options), c_size_t)),
    "ferry_telestream_new": (
        c_int32,
        (
            c_char_p, c_char_p, POINTER(ferry_telestream_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_new_with_apikey": (
        c_int32,
        (
            c_char_p, POINTER(ferry_telestream_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_signed_params": (
        c_int32,
        (
            c_void_p, c_char_p, c_char_p, c_char_p, c_char_p, POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_request": (
        c_int32,
        (
            c_void_p, c_char_p, c_char_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p),
            POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_free": (None, (c_void_p,)),
    "ferry_telestream_list": (
        c_int32,
        (
            c_void_p, c_int32, c_char_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p),
            POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_list_all": (
        c_int32,
        (
            c_void_p, c_int32, c_char_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p),
            POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_find": (
        c_int32,
        (
            c_void_p, c_int32, c_char_p, c_char_p, c_char_p, POINTER(ferry_request_options),
            POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_create": (
        c_int32,
        (
            c_void_p, c_int32, c_char_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p),
            POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_update": (
        c_int32,
        (
            c_void_p, c_int32, c_char_p, c_char_p, c_char_p, POINTER(ferry_request_options),
            POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_delete": (
        c_int32,
        (
            c_void_p, c_int32, c_char_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p),
            POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_video_encodings": (
        c_int32,
        (
            c_void_p, c_char_p, c_char_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p),
            POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_video_metadata": (
        c_int32,
        (
            c_void_p, c_char_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_video_delete_source": (
        c_int32,
        (
            c_void_p, c_char_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_encoding_retry": (
        c_int32,
        (
            c_void_p, c_char_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_encoding_cancel": (
        c_int32,
        (
            c_void_p, c_char_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_notifications": (
        c_int32,
        (
            c_void_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_notifications_update": (
        c_int32,
        (
            c_void_p, c_char_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_video_wait": (
        c_int32,
        (
            c_void_p, c_char_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_encoding_wait": (
        c_int32,
        (
            c_void_p, c_char_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_video_encodings_wait": (
        c_int32,
        (
            c_void_p, c_char_p, c_char_p, POINTER(ferry_request_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_upload_options_init": (None, (POINTER(ferry_telestream_upload_options), c_size_t)),
    "ferry_telestream_upload_new": (
        c_int32,
        (
            c_void_p, c_char_p, c_char_p, c_char_p, POINTER(ferry_telestream_upload_options),
            POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_upload_resume": (
        c_int32,
        (
            c_void_p, c_char_p, c_char_p, POINTER(ferry_telestream_upload_options), POINTER(c_void_p),
            POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_upload_reader_new": (
        c_int32,
        (
            c_void_p, c_char_p, ferry_read_fn, c_void_p, c_uint64, c_char_p,
            POINTER(ferry_telestream_upload_options), POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_telestream_upload_bytes_new": (
        c_int32,
        (
            c_void_p, c_char_p, c_void_p, c_size_t, c_char_p, POINTER(ferry_telestream_upload_options),
            POINTER(c_void_p), POINTER(c_void_p)
        ),
    ),
    "ferry_journal_list": (c_int32, (c_char_p, POINTER(c_void_p), POINTER(c_void_p))),
    "ferry_journal_prune": (c_int32, (c_char_p, c_uint64, POINTER(c_uint64), POINTER(c_void_p))),
}
