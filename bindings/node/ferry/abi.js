// What include/ferry.h declares, as koffi takes it. Written by `make bindings`; do not edit.

export const FERRY_VERSION_MAJOR = 0;
export const FERRY_VERSION_MINOR = 1;
export const FERRY_VERSION_PATCH = 0;
export const FERRY_PROXY_FROM_ENVIRONMENT = "environment";
export const FERRY_VERSION_NUMBER = 256;
export const FERRY_OK = 0;
export const FERRY_INVALID_ARGUMENT = 1;
export const FERRY_INVALID_STATE = 2;
export const FERRY_IO = 3;
export const FERRY_NETWORK = 4;
export const FERRY_TIMEOUT = 5;
export const FERRY_HTTP = 6;
export const FERRY_PROTOCOL = 7;
export const FERRY_INTEGRITY = 8;
export const FERRY_FILE_CHANGED = 9;
export const FERRY_CANCELLED = 10;
export const FERRY_PAUSED = 11;
export const FERRY_NOT_READY = 12;
export const FERRY_SIGNATURE_MISMATCH = 13;
export const FERRY_SIGNATURE_EXPIRED = 14;
export const FERRY_OUT_OF_MEMORY = 15;
export const FERRY_INTERNAL = 99;
export const FERRY_VALUE_NULL = 0;
export const FERRY_VALUE_BOOL = 1;
export const FERRY_VALUE_INT = 2;
export const FERRY_VALUE_DOUBLE = 3;
export const FERRY_VALUE_STRING = 4;
export const FERRY_VALUE_ARRAY = 5;
export const FERRY_VALUE_OBJECT = 6;
export const FERRY_EVENT_ATTEMPT = 1;
export const FERRY_EVENT_CONNECTION = 2;
export const FERRY_EVENT_RETRY = 3;
export const FERRY_EVENT_RESTART = 4;
export const FERRY_EVENT_CONCURRENCY = 5;
export const FERRY_SIZE_UNKNOWN = 18446744073709551615n;
export const FERRY_NO_RETRIES = 4294967295;
export const FERRY_TRUST_PUBLIC = 0;
export const FERRY_TRUST_SYSTEM = 1;
export const FERRY_MANNERS_FAIR = 0;
export const FERRY_MANNERS_BACKGROUND = 1;
export const FERRY_INTELLIGENT_OFF = 0;
export const FERRY_INTELLIGENT_ON = 1;
export const FERRY_INTELLIGENT_FALLBACK = 2;
export const FERRY_UPLOAD_INITIALIZED = 1;
export const FERRY_UPLOAD_UPLOADING = 2;
export const FERRY_UPLOAD_PAUSED = 3;
export const FERRY_UPLOAD_INTERRUPTED = 4;
export const FERRY_UPLOAD_ERROR = 5;
export const FERRY_UPLOAD_UPLOADED = 6;
export const FERRY_UPLOAD_ABORTED = 7;
export const FERRY_FACTORIES = 1;
export const FERRY_VIDEOS = 2;
export const FERRY_ENCODINGS = 3;
export const FERRY_PROFILES = 4;
export const FERRY_PROTOCOL_PARTS = 0;
export const FERRY_PROTOCOL_RANGES = 1;

/**
 * The result and the arguments of each callback.
 * @type {Readonly<Record<string, readonly [string, readonly string[]]>>}
 */
export const CALLBACKS = {
  ferry_progress_fn: ["int32_t", ["const void *", "const void *"]],
  ferry_event_fn: ["void", ["const void *", "const void *"]],
  ferry_event_free_fn: ["void", ["const void *"]],
  ferry_read_fn: ["int64_t", ["const void *", "size_t", "const void *"]],
  ferry_write_fn: ["int32_t", ["const void *", "size_t", "const void *"]],
  ferry_item_fn: ["int32_t", ["size_t", "const char *", "const void *", "const void *", "const void *"]],
};

/** The fields of each struct, in their order. */
export const STRUCTS = {
  ferry_progress: {
    struct_size: "size_t",
    bytes_done: "uint64_t",
    bytes_total: "uint64_t",
    parts_done: "uint32_t",
    parts_total: "uint32_t",
    retries: "uint32_t",
    bytes_per_second: "uint64_t",
    seconds_left: "double",
    files_done: "uint32_t",
    files_total: "uint32_t",
  },
  ferry_event: {
    struct_size: "size_t",
    kind: "int32_t",
    status: "int32_t",
    http_status: "int32_t",
    attempt: "uint32_t",
    part: "uint32_t",
    concurrency: "uint32_t",
    wait_ms: "uint32_t",
    reused: "uint32_t",
    step: "const char *",
    method: "const char *",
    url: "const char *",
    remote: "const char *",
    request_id: "const char *",
    message: "const char *",
    time_us: "uint64_t",
    name_us: "uint64_t",
    connect_us: "uint64_t",
    tls_us: "uint64_t",
    first_byte_us: "uint64_t",
    whole_us: "uint64_t",
    bytes_sent: "uint64_t",
    bytes_received: "uint64_t",
  },
  ferry_request_options: {
    struct_size: "size_t",
    security: "const void *",
    on_progress: "ferry_progress_fn *",
    user_data: "const void *",
    deadline_ms: "uint32_t",
    _reserved: "uint32_t",
  },
  ferry_connection_options: {
    struct_size: "size_t",
    connect_timeout_ms: "uint32_t",
    stall_timeout_ms: "uint32_t",
    deadline_ms: "uint32_t",
    max_retries: "uint32_t",
    proxy: "const char *",
    ca_file: "const char *",
    user_agent: "const char *",
    trust: "int32_t",
    manners: "int32_t",
    bytes_per_second: "uint64_t",
    congestion: "const char *",
    on_event: "ferry_event_fn *",
    event_data: "const void *",
    event_free: "ferry_event_free_fn *",
  },
  ferry_filestack_options: {
    struct_size: "size_t",
    security: "const void *",
    storage: "const char *",
    cname: "const char *",
    base_url: "const char *",
    upload_url: "const char *",
    cdn_url: "const char *",
    api_url: "const char *",
    process_url: "const char *",
    connection: "const ferry_connection_options *",
    skip_policy_checks: "bool",
    _reserved: "uint32_t",
  },
  ferry_upload_options: {
    struct_size: "size_t",
    filename: "const char *",
    sanitize_filename: "bool",
    mimetype: "const char *",
    alt_text: "const char *",
    tags_json: "const char *",
    location: "const char *",
    path: "const char *",
    container: "const char *",
    region: "const char *",
    access: "const char *",
    workflows_json: "const char *",
    intelligent: "int32_t",
    concurrency: "uint32_t",
    part_size: "uint64_t",
    security: "const void *",
    on_progress: "ferry_progress_fn *",
    user_data: "const void *",
    deadline_ms: "uint32_t",
    restart: "bool",
    journal_dir: "const char *",
    bytes_per_second: "uint64_t",
    single_request: "bool",
    _reserved: "uint32_t",
  },
  ferry_batch_item: {
    path: "const char *",
    options: "const ferry_upload_options *",
  },
  ferry_store_options: {
    struct_size: "size_t",
    filename: "const char *",
    base64decode: "bool",
    location: "const char *",
    path: "const char *",
    container: "const char *",
    region: "const char *",
    access: "const char *",
    workflows_json: "const char *",
    security: "const void *",
    on_progress: "ferry_progress_fn *",
    user_data: "const void *",
    deadline_ms: "uint32_t",
    _reserved: "uint32_t",
  },
  ferry_telestream_options: {
    struct_size: "size_t",
    factory_id: "const char *",
    api_host: "const char *",
    api_port: "uint32_t",
    api_version: "const char *",
    base_url: "const char *",
    connection: "const ferry_connection_options *",
  },
  ferry_telestream_upload_options: {
    struct_size: "size_t",
    filename: "const char *",
    extra_files_json: "const char *",
    concurrency: "uint32_t",
    protocol: "int32_t",
    on_progress: "ferry_progress_fn *",
    user_data: "const void *",
    deadline_ms: "uint32_t",
    restart: "bool",
    journal_dir: "const char *",
    bytes_per_second: "uint64_t",
  },
};

/**
 * The result and the arguments of each function.
 * @satisfies {Readonly<Record<string, readonly [string, readonly string[]]>>}
 */
export const FUNCTIONS = /** @type {const} */ ({
  ferry_version: ["const char *", []],
  ferry_version_number: ["uint32_t", []],
  ferry_live_objects: ["uint64_t", []],
  ferry_status_name: ["const char *", ["int32_t"]],
  ferry_error_status: ["int32_t", ["const void *"]],
  ferry_error_message: ["const char *", ["const void *"]],
  ferry_error_http_status: ["int32_t", ["const void *"]],
  ferry_error_errno: ["int32_t", ["const void *"]],
  ferry_error_body: ["const char *", ["const void *"]],
  ferry_error_step: ["const char *", ["const void *"]],
  ferry_error_retryable: ["bool", ["const void *"]],
  ferry_error_free: ["void", ["const void *"]],
  ferry_value_type: ["int32_t", ["const void *"]],
  ferry_value_get: ["const void *", ["const void *", "const char *"]],
  ferry_value_at: ["const void *", ["const void *", "size_t"]],
  ferry_value_key: ["const char *", ["const void *", "size_t"]],
  ferry_value_len: ["size_t", ["const void *"]],
  ferry_value_string: ["const char *", ["const void *"]],
  ferry_value_int: ["int64_t", ["const void *"]],
  ferry_value_double: ["double", ["const void *"]],
  ferry_value_bool: ["bool", ["const void *"]],
  ferry_value_json: ["const char *", ["const void *"]],
  ferry_value_free: ["void", ["const void *"]],
  ferry_json_new: ["const void *", []],
  ferry_json_new_array: ["const void *", []],
  ferry_json_set_string: ["int32_t", ["const void *", "const char *", "const char *", "_Out_ void **"]],
  ferry_json_set_int: ["int32_t", ["const void *", "const char *", "int64_t", "_Out_ void **"]],
  ferry_json_set_double: ["int32_t", ["const void *", "const char *", "double", "_Out_ void **"]],
  ferry_json_set_bool: ["int32_t", ["const void *", "const char *", "bool", "_Out_ void **"]],
  ferry_json_set_json: ["int32_t", ["const void *", "const char *", "const char *", "_Out_ void **"]],
  ferry_json_add_string: ["int32_t", ["const void *", "const char *", "_Out_ void **"]],
  ferry_json_add_int: ["int32_t", ["const void *", "int64_t", "_Out_ void **"]],
  ferry_json_add_double: ["int32_t", ["const void *", "double", "_Out_ void **"]],
  ferry_json_add_bool: ["int32_t", ["const void *", "bool", "_Out_ void **"]],
  ferry_json_add_json: ["int32_t", ["const void *", "const char *", "_Out_ void **"]],
  ferry_json_text: ["const char *", ["const void *"]],
  ferry_json_free: ["void", ["const void *"]],
  ferry_string_free: ["void", ["const void *"]],
  ferry_bytes_data: ["const void *", ["const void *"]],
  ferry_bytes_len: ["size_t", ["const void *"]],
  ferry_bytes_free: ["void", ["const void *"]],
  ferry_event_kind_name: ["const char *", ["int32_t"]],
  ferry_request_options_init: ["void", ["const void *", "size_t"]],
  ferry_response_status: ["int32_t", ["const void *"]],
  ferry_response_header: ["const char *", ["const void *", "const char *"]],
  ferry_response_header_count: ["size_t", ["const void *"]],
  ferry_response_header_name: ["const char *", ["const void *", "size_t"]],
  ferry_response_header_value: ["const char *", ["const void *", "size_t"]],
  ferry_response_body: ["const void *", ["const void *"]],
  ferry_response_body_len: ["size_t", ["const void *"]],
  ferry_response_json: ["int32_t", ["const void *", "_Out_ void **", "_Out_ void **"]],
  ferry_response_url: ["const char *", ["const void *"]],
  ferry_response_free: ["void", ["const void *"]],
  ferry_connection_options_init: ["void", ["const void *", "size_t"]],
  ferry_filestack_options_init: ["void", ["const void *", "size_t"]],
  ferry_filestack_new: [
    "int32_t",
    [
      "const char *", "const ferry_filestack_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_filestack_request: [
    "int32_t",
    [
      "const void *", "const char *", "const char *", "const char *", "const ferry_request_options *",
      "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_filestack_free: ["void", ["const void *"]],
  ferry_security_new: ["int32_t", ["const char *", "const char *", "_Out_ void **", "_Out_ void **"]],
  ferry_security_new_unchecked: [
    "int32_t",
    [
      "const char *", "const char *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_security_expiry_in: ["uint64_t", ["uint64_t"]],
  ferry_security_allows: ["int32_t", ["const void *", "const char *", "const char *", "_Out_ void **"]],
  ferry_security_from_signed: ["int32_t", ["const char *", "const char *", "_Out_ void **", "_Out_ void **"]],
  ferry_security_policy_json: ["const char *", ["const void *"]],
  ferry_security_policy_b64: ["const char *", ["const void *"]],
  ferry_security_signature: ["const char *", ["const void *"]],
  ferry_security_url_string: ["const char *", ["const void *"]],
  ferry_security_free: ["void", ["const void *"]],
  ferry_upload_options_init: ["void", ["const void *", "size_t"]],
  ferry_filestack_upload_file: [
    "int32_t",
    [
      "const void *", "const char *", "const ferry_upload_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_filestack_upload_bytes: [
    "int32_t",
    [
      "const void *", "const void *", "size_t", "const ferry_upload_options *", "_Out_ void **",
      "_Out_ void **"
    ],
  ],
  ferry_filestack_upload_reader: [
    "int32_t",
    [
      "const void *", "ferry_read_fn *", "const void *", "uint64_t", "const ferry_upload_options *",
      "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_filestack_upload_url: [
    "int32_t",
    [
      "const void *", "const char *", "const ferry_upload_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_filestack_upload_new: [
    "int32_t",
    [
      "const void *", "const char *", "const ferry_upload_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_filestack_upload_resume: [
    "int32_t",
    [
      "const void *", "const char *", "const char *", "const ferry_upload_options *", "_Out_ void **",
      "_Out_ void **"
    ],
  ],
  ferry_filestack_upload_batch: [
    "int32_t",
    [
      "const void *", "const ferry_batch_item *", "size_t", "const ferry_upload_options *", "ferry_item_fn *",
      "const void *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_filestack_upload_batch_new: [
    "int32_t",
    [
      "const void *", "const ferry_batch_item *", "size_t", "const ferry_upload_options *", "ferry_item_fn *",
      "const void *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_upload_item_filelink: ["int32_t", ["const void *", "size_t", "_Out_ void **", "_Out_ void **"]],
  ferry_upload_run: ["int32_t", ["const void *", "_Out_ void **"]],
  ferry_upload_pause: ["void", ["const void *"]],
  ferry_upload_interrupt: ["void", ["const void *"]],
  ferry_upload_cancel: ["void", ["const void *"]],
  ferry_upload_limit: ["void", ["const void *", "uint64_t"]],
  ferry_upload_state: ["int32_t", ["const void *"]],
  ferry_upload_state_name: ["const char *", ["int32_t"]],
  ferry_upload_token: ["int32_t", ["const void *", "_Out_ void **", "_Out_ void **"]],
  ferry_upload_result: ["int32_t", ["const void *", "_Out_ void **", "_Out_ void **"]],
  ferry_upload_filelink: ["int32_t", ["const void *", "_Out_ void **", "_Out_ void **"]],
  ferry_upload_free: ["void", ["const void *"]],
  ferry_upload_start: ["int32_t", ["const void *", "_Out_ void **"]],
  ferry_upload_fd: ["int32_t", ["const void *"]],
  ferry_upload_poll: ["int32_t", ["const void *", "const void *"]],
  ferry_upload_finish: ["int32_t", ["const void *", "_Out_ void **"]],
  ferry_filelink_new: ["int32_t", ["const void *", "const char *", "_Out_ void **", "_Out_ void **"]],
  ferry_filelink_handle: ["const char *", ["const void *"]],
  ferry_filelink_url: ["const char *", ["const void *"]],
  ferry_filelink_signed_url: ["int32_t", ["const void *", "const void *", "_Out_ void **", "_Out_ void **"]],
  ferry_filelink_download: [
    "int32_t",
    [
      "const void *", "const char *", "const ferry_request_options *", "_Out_ uint64_t *", "_Out_ void **"
    ],
  ],
  ferry_filelink_content: [
    "int32_t",
    [
      "const void *", "const ferry_request_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_filelink_stream: [
    "int32_t",
    [
      "const void *", "ferry_write_fn *", "const void *", "const ferry_request_options *", "_Out_ uint64_t *",
      "_Out_ void **"
    ],
  ],
  ferry_filelink_metadata: [
    "int32_t",
    [
      "const void *", "const char *", "const ferry_request_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_filelink_answer: ["int32_t", ["const void *", "_Out_ void **", "_Out_ void **"]],
  ferry_filelink_delete: [
    "int32_t",
    [
      "const void *", "bool", "const ferry_request_options *", "_Out_ void **"
    ],
  ],
  ferry_filelink_overwrite_file: [
    "int32_t",
    [
      "const void *", "const char *", "const ferry_request_options *", "_Out_ void **"
    ],
  ],
  ferry_filelink_overwrite_bytes: [
    "int32_t",
    [
      "const void *", "const void *", "size_t", "const ferry_request_options *", "_Out_ void **"
    ],
  ],
  ferry_filelink_overwrite_url: [
    "int32_t",
    [
      "const void *", "const char *", "bool", "const ferry_request_options *", "_Out_ void **"
    ],
  ],
  ferry_filelink_free: ["void", ["const void *"]],
  ferry_store_options_init: ["void", ["const void *", "size_t"]],
  ferry_transform_new: ["int32_t", ["const void *", "const char *", "_Out_ void **", "_Out_ void **"]],
  ferry_transform_new_list: [
    "int32_t",
    [
      "const void *", "const char **", "size_t", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_transform_add: ["int32_t", ["const void *", "const char *", "const char *", "_Out_ void **"]],
  ferry_transform_add_json: ["int32_t", ["const void *", "const char *", "const char *", "_Out_ void **"]],
  ferry_transform_add_raw: ["int32_t", ["const void *", "const char *", "_Out_ void **"]],
  ferry_transform_with_apikey: ["void", ["const void *", "bool"]],
  ferry_transform_url: ["int32_t", ["const void *", "_Out_ void **", "_Out_ void **"]],
  ferry_transform_signed_url: ["int32_t", ["const void *", "const void *", "_Out_ void **", "_Out_ void **"]],
  ferry_transform_base64_url: ["int32_t", ["const void *", "const void *", "_Out_ void **", "_Out_ void **"]],
  ferry_transform_download: [
    "int32_t",
    [
      "const void *", "const char *", "const ferry_request_options *", "_Out_ uint64_t *", "_Out_ void **"
    ],
  ],
  ferry_transform_content: [
    "int32_t",
    [
      "const void *", "const ferry_request_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_transform_stream: [
    "int32_t",
    [
      "const void *", "ferry_write_fn *", "const void *", "const ferry_request_options *", "_Out_ uint64_t *",
      "_Out_ void **"
    ],
  ],
  ferry_transform_json: [
    "int32_t",
    [
      "const void *", "const ferry_request_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_transform_store: [
    "int32_t",
    [
      "const void *", "const ferry_store_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_transform_av_convert: [
    "int32_t",
    [
      "const void *", "const char *", "const ferry_request_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_transform_clone: ["int32_t", ["const void *", "_Out_ void **", "_Out_ void **"]],
  ferry_transform_free: ["void", ["const void *"]],
  ferry_filestack_screenshot: [
    "int32_t",
    [
      "const void *", "const char *", "const char *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_filestack_zip: [
    "int32_t",
    [
      "const void *", "const char **", "size_t", "const char *", "const ferry_request_options *",
      "_Out_ uint64_t *", "_Out_ void **"
    ],
  ],
  ferry_av_uuid: ["const char *", ["const void *"]],
  ferry_av_timestamp: ["const char *", ["const void *"]],
  ferry_av_url: ["const char *", ["const void *"]],
  ferry_av_status: [
    "int32_t",
    [
      "const void *", "const ferry_request_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_av_wait: [
    "int32_t",
    [
      "const void *", "const ferry_request_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_av_filelink: ["int32_t", ["const void *", "_Out_ void **", "_Out_ void **"]],
  ferry_av_free: ["void", ["const void *"]],
  ferry_filestack_workflow_run: [
    "int32_t",
    [
      "const void *", "const char *", "const char *", "const ferry_request_options *", "_Out_ void **",
      "_Out_ void **"
    ],
  ],
  ferry_filestack_workflow_status: [
    "int32_t",
    [
      "const void *", "const char *", "const ferry_request_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_webhook_verify: [
    "int32_t",
    [
      "const char *", "const void *", "size_t", "const char *", "const char *", "uint32_t", "_Out_ void **"
    ],
  ],
  ferry_webhook_verify_any: [
    "int32_t",
    [
      "const char **", "size_t", "const void *", "size_t", "const char *", "const char *", "uint32_t",
      "_Out_ void **"
    ],
  ],
  ferry_webhook_sign: [
    "int32_t",
    [
      "const char *", "const void *", "size_t", "const char *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_telestream_options_init: ["void", ["const void *", "size_t"]],
  ferry_telestream_new: [
    "int32_t",
    [
      "const char *", "const char *", "const ferry_telestream_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_telestream_new_with_apikey: [
    "int32_t",
    [
      "const char *", "const ferry_telestream_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_telestream_signed_params: [
    "int32_t",
    [
      "const void *", "const char *", "const char *", "const char *", "const char *", "_Out_ void **",
      "_Out_ void **"
    ],
  ],
  ferry_telestream_request: [
    "int32_t",
    [
      "const void *", "const char *", "const char *", "const char *", "const ferry_request_options *",
      "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_telestream_free: ["void", ["const void *"]],
  ferry_telestream_list: [
    "int32_t",
    [
      "const void *", "int32_t", "const char *", "const char *", "const ferry_request_options *",
      "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_telestream_list_all: [
    "int32_t",
    [
      "const void *", "int32_t", "const char *", "const char *", "const ferry_request_options *",
      "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_telestream_find: [
    "int32_t",
    [
      "const void *", "int32_t", "const char *", "const char *", "const char *",
      "const ferry_request_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_telestream_create: [
    "int32_t",
    [
      "const void *", "int32_t", "const char *", "const char *", "const ferry_request_options *",
      "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_telestream_update: [
    "int32_t",
    [
      "const void *", "int32_t", "const char *", "const char *", "const char *",
      "const ferry_request_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_telestream_delete: [
    "int32_t",
    [
      "const void *", "int32_t", "const char *", "const char *", "const ferry_request_options *",
      "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_telestream_video_encodings: [
    "int32_t",
    [
      "const void *", "const char *", "const char *", "const char *", "const ferry_request_options *",
      "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_telestream_video_metadata: [
    "int32_t",
    [
      "const void *", "const char *", "const char *", "const ferry_request_options *", "_Out_ void **",
      "_Out_ void **"
    ],
  ],
  ferry_telestream_video_delete_source: [
    "int32_t",
    [
      "const void *", "const char *", "const char *", "const ferry_request_options *", "_Out_ void **",
      "_Out_ void **"
    ],
  ],
  ferry_telestream_encoding_retry: [
    "int32_t",
    [
      "const void *", "const char *", "const char *", "const ferry_request_options *", "_Out_ void **",
      "_Out_ void **"
    ],
  ],
  ferry_telestream_encoding_cancel: [
    "int32_t",
    [
      "const void *", "const char *", "const char *", "const ferry_request_options *", "_Out_ void **",
      "_Out_ void **"
    ],
  ],
  ferry_telestream_notifications: [
    "int32_t",
    [
      "const void *", "const char *", "const ferry_request_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_telestream_notifications_update: [
    "int32_t",
    [
      "const void *", "const char *", "const char *", "const ferry_request_options *", "_Out_ void **",
      "_Out_ void **"
    ],
  ],
  ferry_telestream_video_wait: [
    "int32_t",
    [
      "const void *", "const char *", "const char *", "const ferry_request_options *", "_Out_ void **",
      "_Out_ void **"
    ],
  ],
  ferry_telestream_encoding_wait: [
    "int32_t",
    [
      "const void *", "const char *", "const char *", "const ferry_request_options *", "_Out_ void **",
      "_Out_ void **"
    ],
  ],
  ferry_telestream_video_encodings_wait: [
    "int32_t",
    [
      "const void *", "const char *", "const char *", "const ferry_request_options *", "_Out_ void **",
      "_Out_ void **"
    ],
  ],
  ferry_telestream_upload_options_init: ["void", ["const void *", "size_t"]],
  ferry_telestream_upload_new: [
    "int32_t",
    [
      "const void *", "const char *", "const char *", "const char *",
      "const ferry_telestream_upload_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_telestream_upload_resume: [
    "int32_t",
    [
      "const void *", "const char *", "const char *", "const ferry_telestream_upload_options *",
      "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_telestream_upload_reader_new: [
    "int32_t",
    [
      "const void *", "const char *", "ferry_read_fn *", "const void *", "uint64_t", "const char *",
      "const ferry_telestream_upload_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_telestream_upload_bytes_new: [
    "int32_t",
    [
      "const void *", "const char *", "const void *", "size_t", "const char *",
      "const ferry_telestream_upload_options *", "_Out_ void **", "_Out_ void **"
    ],
  ],
  ferry_journal_list: ["int32_t", ["const char *", "_Out_ void **", "_Out_ void **"]],
  ferry_journal_prune: ["int32_t", ["const char *", "uint64_t", "_Out_ uint64_t *", "_Out_ void **"]],
});
