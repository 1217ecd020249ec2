// What include/ferry.h declares, for JNA. Written by `make bindings`; do not edit.
package io.github.libferry;

import com.sun.jna.Callback;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;

final class Abi {
    private Abi() {}

    static {
        Loader.register(Abi.class);
    }

    static final int FERRY_VERSION_MAJOR = 0;
    static final int FERRY_VERSION_MINOR = 1;
    static final int FERRY_VERSION_PATCH = 0;
    static final String FERRY_PROXY_FROM_ENVIRONMENT = "environment";
    static final int FERRY_VERSION_NUMBER = 256;
    static final int FERRY_OK = 0;
    static final int FERRY_INVALID_ARGUMENT = 1;
    static final int FERRY_INVALID_STATE = 2;
    static final int FERRY_IO = 3;
    static final int FERRY_NETWORK = 4;
    static final int FERRY_TIMEOUT = 5;
    static final int FERRY_HTTP = 6;
    static final int FERRY_PROTOCOL = 7;
    static final int FERRY_INTEGRITY = 8;
    static final int FERRY_FILE_CHANGED = 9;
    static final int FERRY_CANCELLED = 10;
    static final int FERRY_PAUSED = 11;
    static final int FERRY_NOT_READY = 12;
    static final int FERRY_SIGNATURE_MISMATCH = 13;
    static final int FERRY_SIGNATURE_EXPIRED = 14;
    static final int FERRY_OUT_OF_MEMORY = 15;
    static final int FERRY_INTERNAL = 99;
    static final int FERRY_VALUE_NULL = 0;
    static final int FERRY_VALUE_BOOL = 1;
    static final int FERRY_VALUE_INT = 2;
    static final int FERRY_VALUE_DOUBLE = 3;
    static final int FERRY_VALUE_STRING = 4;
    static final int FERRY_VALUE_ARRAY = 5;
    static final int FERRY_VALUE_OBJECT = 6;
    static final int FERRY_EVENT_ATTEMPT = 1;
    static final int FERRY_EVENT_CONNECTION = 2;
    static final int FERRY_EVENT_RETRY = 3;
    static final int FERRY_EVENT_RESTART = 4;
    static final int FERRY_EVENT_CONCURRENCY = 5;
    static final long FERRY_SIZE_UNKNOWN = 0xFFFFFFFFFFFFFFFFL;
    static final int FERRY_NO_RETRIES = 0xFFFFFFFF;
    static final int FERRY_TRUST_PUBLIC = 0;
    static final int FERRY_TRUST_SYSTEM = 1;
    static final int FERRY_MANNERS_FAIR = 0;
    static final int FERRY_MANNERS_BACKGROUND = 1;
    static final int FERRY_INTELLIGENT_OFF = 0;
    static final int FERRY_INTELLIGENT_ON = 1;
    static final int FERRY_INTELLIGENT_FALLBACK = 2;
    static final int FERRY_UPLOAD_INITIALIZED = 1;
    static final int FERRY_UPLOAD_UPLOADING = 2;
    static final int FERRY_UPLOAD_PAUSED = 3;
    static final int FERRY_UPLOAD_INTERRUPTED = 4;
    static final int FERRY_UPLOAD_ERROR = 5;
    static final int FERRY_UPLOAD_UPLOADED = 6;
    static final int FERRY_UPLOAD_ABORTED = 7;
    static final int FERRY_FACTORIES = 1;
    static final int FERRY_VIDEOS = 2;
    static final int FERRY_ENCODINGS = 3;
    static final int FERRY_PROFILES = 4;
    static final int FERRY_PROTOCOL_PARTS = 0;
    static final int FERRY_PROTOCOL_RANGES = 1;

    @FieldOrder({"struct_size", "bytes_done", "bytes_total", "parts_done", "parts_total", "retries",
            "bytes_per_second", "seconds_left", "files_done", "files_total"})
    public static final class ferry_progress extends Structure {
        public long struct_size;
        public long bytes_done;
        public long bytes_total;
        public int parts_done;
        public int parts_total;
        public int retries;
        public long bytes_per_second;
        public double seconds_left;
        public int files_done;
        public int files_total;

        public ferry_progress() {}

        ferry_progress(Pointer memory) {
            super(memory);
        }
    }

    public interface ferry_progress_fn extends Callback {
        int call(Pointer progress, Pointer user_data);
    }

    @FieldOrder({"struct_size", "kind", "status", "http_status", "attempt", "part", "concurrency", "wait_ms",
            "reused", "step", "method", "url", "remote", "request_id", "message", "time_us", "name_us",
            "connect_us", "tls_us", "first_byte_us", "whole_us", "bytes_sent", "bytes_received"})
    public static final class ferry_event extends Structure {
        public long struct_size;
        public int kind;
        public int status;
        public int http_status;
        public int attempt;
        public int part;
        public int concurrency;
        public int wait_ms;
        public int reused;
        public Pointer step;
        public Pointer method;
        public Pointer url;
        public Pointer remote;
        public Pointer request_id;
        public Pointer message;
        public long time_us;
        public long name_us;
        public long connect_us;
        public long tls_us;
        public long first_byte_us;
        public long whole_us;
        public long bytes_sent;
        public long bytes_received;

        public ferry_event() {}

        ferry_event(Pointer memory) {
            super(memory);
        }
    }

    public interface ferry_event_fn extends Callback {
        void call(Pointer event, Pointer user_data);
    }

    public interface ferry_event_free_fn extends Callback {
        void call(Pointer event_data);
    }

    public interface ferry_read_fn extends Callback {
        long call(Pointer buffer, long capacity, Pointer user_data);
    }

    public interface ferry_write_fn extends Callback {
        int call(Pointer data, long len, Pointer user_data);
    }

    @FieldOrder({"struct_size", "security", "on_progress", "user_data", "deadline_ms", "_reserved"})
    public static final class ferry_request_options extends Structure {
        public long struct_size;
        public Pointer security;
        public ferry_progress_fn on_progress;
        public Pointer user_data;
        public int deadline_ms;
        public int _reserved;

        public ferry_request_options() {}

        ferry_request_options(Pointer memory) {
            super(memory);
        }
    }

    @FieldOrder({"struct_size", "connect_timeout_ms", "stall_timeout_ms", "deadline_ms", "max_retries",
            "proxy", "ca_file", "user_agent", "trust", "manners", "bytes_per_second", "congestion",
            "on_event", "event_data", "event_free"})
    public static final class ferry_connection_options extends Structure {
        public long struct_size;
        public int connect_timeout_ms;
        public int stall_timeout_ms;
        public int deadline_ms;
        public int max_retries;
        public Pointer proxy;
        public Pointer ca_file;
        public Pointer user_agent;
        public int trust;
        public int manners;
        public long bytes_per_second;
        public Pointer congestion;
        public ferry_event_fn on_event;
        public Pointer event_data;
        public ferry_event_free_fn event_free;

        public ferry_connection_options() {}

        ferry_connection_options(Pointer memory) {
            super(memory);
        }
    }

    @FieldOrder({"struct_size", "security", "storage", "cname", "base_url", "upload_url", "cdn_url",
            "api_url", "process_url", "connection", "skip_policy_checks", "_reserved"})
    public static final class ferry_filestack_options extends Structure {
        public long struct_size;
        public Pointer security;
        public Pointer storage;
        public Pointer cname;
        public Pointer base_url;
        public Pointer upload_url;
        public Pointer cdn_url;
        public Pointer api_url;
        public Pointer process_url;
        public Pointer connection;
        public byte skip_policy_checks;
        public int _reserved;

        public ferry_filestack_options() {}

        ferry_filestack_options(Pointer memory) {
            super(memory);
        }
    }

    @FieldOrder({"struct_size", "filename", "sanitize_filename", "mimetype", "alt_text", "tags_json",
            "location", "path", "container", "region", "access", "workflows_json", "intelligent",
            "concurrency", "part_size", "security", "on_progress", "user_data", "deadline_ms", "restart",
            "journal_dir", "bytes_per_second", "single_request", "_reserved"})
    public static final class ferry_upload_options extends Structure {
        public long struct_size;
        public Pointer filename;
        public byte sanitize_filename;
        public Pointer mimetype;
        public Pointer alt_text;
        public Pointer tags_json;
        public Pointer location;
        public Pointer path;
        public Pointer container;
        public Pointer region;
        public Pointer access;
        public Pointer workflows_json;
        public int intelligent;
        public int concurrency;
        public long part_size;
        public Pointer security;
        public ferry_progress_fn on_progress;
        public Pointer user_data;
        public int deadline_ms;
        public byte restart;
        public Pointer journal_dir;
        public long bytes_per_second;
        public byte single_request;
        public int _reserved;

        public ferry_upload_options() {}

        ferry_upload_options(Pointer memory) {
            super(memory);
        }
    }

    @FieldOrder({"path", "options"})
    public static final class ferry_batch_item extends Structure {
        public Pointer path;
        public Pointer options;

        public ferry_batch_item() {}

        ferry_batch_item(Pointer memory) {
            super(memory);
        }
    }

    public interface ferry_item_fn extends Callback {
        int call(long index, Pointer path, Pointer filelink, Pointer error, Pointer user_data);
    }

    @FieldOrder({"struct_size", "filename", "base64decode", "location", "path", "container", "region",
            "access", "workflows_json", "security", "on_progress", "user_data", "deadline_ms", "_reserved"})
    public static final class ferry_store_options extends Structure {
        public long struct_size;
        public Pointer filename;
        public byte base64decode;
        public Pointer location;
        public Pointer path;
        public Pointer container;
        public Pointer region;
        public Pointer access;
        public Pointer workflows_json;
        public Pointer security;
        public ferry_progress_fn on_progress;
        public Pointer user_data;
        public int deadline_ms;
        public int _reserved;

        public ferry_store_options() {}

        ferry_store_options(Pointer memory) {
            super(memory);
        }
    }

    @FieldOrder({"struct_size", "factory_id", "api_host", "api_port", "api_version", "base_url",
            "connection"})
    public static final class ferry_telestream_options extends Structure {
        public long struct_size;
        public Pointer factory_id;
        public Pointer api_host;
        public int api_port;
        public Pointer api_version;
        public Pointer base_url;
        public Pointer connection;

        public ferry_telestream_options() {}

        ferry_telestream_options(Pointer memory) {
            super(memory);
        }
    }

    @FieldOrder({"struct_size", "filename", "extra_files_json", "concurrency", "protocol", "on_progress",
            "user_data", "deadline_ms", "restart", "journal_dir", "bytes_per_second"})
    public static final class ferry_telestream_upload_options extends Structure {
        public long struct_size;
        public Pointer filename;
        public Pointer extra_files_json;
        public int concurrency;
        public int protocol;
        public ferry_progress_fn on_progress;
        public Pointer user_data;
        public int deadline_ms;
        public byte restart;
        public Pointer journal_dir;
        public long bytes_per_second;

        public ferry_telestream_upload_options() {}

        ferry_telestream_upload_options(Pointer memory) {
            super(memory);
        }
    }

    static native String ferry_version();
    static native int ferry_version_number();
    static native long ferry_live_objects();
    static native String ferry_status_name(int status);
    static native int ferry_error_status(Pointer error);
    static native String ferry_error_message(Pointer error);
    static native int ferry_error_http_status(Pointer error);
    static native int ferry_error_errno(Pointer error);
    static native String ferry_error_body(Pointer error);
    static native String ferry_error_step(Pointer error);
    static native byte ferry_error_retryable(Pointer error);
    static native void ferry_error_free(Pointer error);
    static native int ferry_value_type(Pointer value);
    static native Pointer ferry_value_get(Pointer value, String key);
    static native Pointer ferry_value_at(Pointer value, long index);
    static native String ferry_value_key(Pointer value, long index);
    static native long ferry_value_len(Pointer value);
    static native String ferry_value_string(Pointer value);
    static native long ferry_value_int(Pointer value);
    static native double ferry_value_double(Pointer value);
    static native byte ferry_value_bool(Pointer value);
    static native String ferry_value_json(Pointer value);
    static native void ferry_value_free(Pointer value);
    static native Pointer ferry_json_new();
    static native Pointer ferry_json_new_array();
    static native int ferry_json_set_string(Pointer json, String name, String value, PointerByReference err);
    static native int ferry_json_set_int(Pointer json, String name, long value, PointerByReference err);
    static native int ferry_json_set_double(Pointer json, String name, double value, PointerByReference err);
    static native int ferry_json_set_bool(Pointer json, String name, byte value, PointerByReference err);
    static native int ferry_json_set_json(Pointer json, String name, String value_json,
            PointerByReference err);
    static native int ferry_json_add_string(Pointer json, String value, PointerByReference err);
    static native int ferry_json_add_int(Pointer json, long value, PointerByReference err);
    static native int ferry_json_add_double(Pointer json, double value, PointerByReference err);
    static native int ferry_json_add_bool(Pointer json, byte value, PointerByReference err);
    static native int ferry_json_add_json(Pointer json, String value_json, PointerByReference err);
    static native String ferry_json_text(Pointer json);
    static native void ferry_json_free(Pointer json);
    static native void ferry_string_free(Pointer string);
    static native Pointer ferry_bytes_data(Pointer bytes);
    static native long ferry_bytes_len(Pointer bytes);
    static native void ferry_bytes_free(Pointer bytes);
    static native String ferry_event_kind_name(int kind);
    static native void ferry_request_options_init(ferry_request_options options, long size);
    static native int ferry_response_status(Pointer response);
    static native String ferry_response_header(Pointer response, String name);
    static native long ferry_response_header_count(Pointer response);
    static native String ferry_response_header_name(Pointer response, long index);
    static native String ferry_response_header_value(Pointer response, long index);
    static native Pointer ferry_response_body(Pointer response);
    static native long ferry_response_body_len(Pointer response);
    static native int ferry_response_json(Pointer response, PointerByReference out, PointerByReference err);
    static native String ferry_response_url(Pointer response);
    static native void ferry_response_free(Pointer response);
    static native void ferry_connection_options_init(ferry_connection_options options, long size);
    static native void ferry_filestack_options_init(ferry_filestack_options options, long size);
    static native int ferry_filestack_new(String apikey, ferry_filestack_options options,
            PointerByReference out, PointerByReference err);
    static native int ferry_filestack_request(Pointer client, String method, String target, String body_json,
            ferry_request_options options, PointerByReference out, PointerByReference err);
    static native void ferry_filestack_free(Pointer client);
    static native int ferry_security_new(String policy_json, String app_secret, PointerByReference out,
            PointerByReference err);
    static native int ferry_security_new_unchecked(String policy_json, String app_secret,
            PointerByReference out, PointerByReference err);
    static native long ferry_security_expiry_in(long seconds);
    static native int ferry_security_allows(Pointer security, String call, String details_json,
            PointerByReference err);
    static native int ferry_security_from_signed(String policy_b64, String signature, PointerByReference out,
            PointerByReference err);
    static native String ferry_security_policy_json(Pointer security);
    static native String ferry_security_policy_b64(Pointer security);
    static native String ferry_security_signature(Pointer security);
    static native String ferry_security_url_string(Pointer security);
    static native void ferry_security_free(Pointer security);
    static native void ferry_upload_options_init(ferry_upload_options options, long size);
    static native int ferry_filestack_upload_file(Pointer client, String path, ferry_upload_options options,
            PointerByReference out, PointerByReference err);
    static native int ferry_filestack_upload_bytes(Pointer client, Pointer data, long len,
            ferry_upload_options options, PointerByReference out, PointerByReference err);
    static native int ferry_filestack_upload_reader(Pointer client, ferry_read_fn read, Pointer read_data,
            long size, ferry_upload_options options, PointerByReference out, PointerByReference err);
    static native int ferry_filestack_upload_url(Pointer client, String url, ferry_upload_options options,
            PointerByReference out, PointerByReference err);
    static native int ferry_filestack_upload_new(Pointer client, String path, ferry_upload_options options,
            PointerByReference out, PointerByReference err);
    static native int ferry_filestack_upload_resume(Pointer client, String path, String token,
            ferry_upload_options options, PointerByReference out, PointerByReference err);
    static native int ferry_filestack_upload_batch(Pointer client, ferry_batch_item items, long count,
            ferry_upload_options options, ferry_item_fn on_item, Pointer item_data, PointerByReference report,
            PointerByReference err);
    static native int ferry_filestack_upload_batch_new(Pointer client, ferry_batch_item items, long count,
            ferry_upload_options options, ferry_item_fn on_item, Pointer item_data, PointerByReference out,
            PointerByReference err);
    static native int ferry_upload_item_filelink(Pointer upload, long index, PointerByReference out,
            PointerByReference err);
    static native int ferry_upload_run(Pointer upload, PointerByReference err);
    static native void ferry_upload_pause(Pointer upload);
    static native void ferry_upload_interrupt(Pointer upload);
    static native void ferry_upload_cancel(Pointer upload);
    static native void ferry_upload_limit(Pointer upload, long bytes_per_second);
    static native int ferry_upload_state(Pointer upload);
    static native String ferry_upload_state_name(int state);
    static native int ferry_upload_token(Pointer upload, PointerByReference out, PointerByReference err);
    static native int ferry_upload_result(Pointer upload, PointerByReference out, PointerByReference err);
    static native int ferry_upload_filelink(Pointer upload, PointerByReference out, PointerByReference err);
    static native void ferry_upload_free(Pointer upload);
    static native int ferry_upload_start(Pointer upload, PointerByReference err);
    static native int ferry_upload_fd(Pointer upload);
    static native int ferry_upload_poll(Pointer upload, ferry_progress progress);
    static native int ferry_upload_finish(Pointer upload, PointerByReference err);
    static native int ferry_filelink_new(Pointer client, String handle, PointerByReference out,
            PointerByReference err);
    static native String ferry_filelink_handle(Pointer filelink);
    static native String ferry_filelink_url(Pointer filelink);
    static native int ferry_filelink_signed_url(Pointer filelink, Pointer security, PointerByReference out,
            PointerByReference err);
    static native int ferry_filelink_download(Pointer filelink, String path, ferry_request_options options,
            LongByReference bytes, PointerByReference err);
    static native int ferry_filelink_content(Pointer filelink, ferry_request_options options,
            PointerByReference out, PointerByReference err);
    static native int ferry_filelink_stream(Pointer filelink, ferry_write_fn write, Pointer write_data,
            ferry_request_options options, LongByReference bytes, PointerByReference err);
    static native int ferry_filelink_metadata(Pointer filelink, String attributes,
            ferry_request_options options, PointerByReference out, PointerByReference err);
    static native int ferry_filelink_answer(Pointer filelink, PointerByReference out, PointerByReference err);
    static native int ferry_filelink_delete(Pointer filelink, byte keep_stored, ferry_request_options options,
            PointerByReference err);
    static native int ferry_filelink_overwrite_file(Pointer filelink, String path,
            ferry_request_options options, PointerByReference err);
    static native int ferry_filelink_overwrite_bytes(Pointer filelink, Pointer data, long len,
            ferry_request_options options, PointerByReference err);
    static native int ferry_filelink_overwrite_url(Pointer filelink, String url, byte base64decode,
            ferry_request_options options, PointerByReference err);
    static native void ferry_filelink_free(Pointer filelink);
    static native void ferry_store_options_init(ferry_store_options options, long size);
    static native int ferry_transform_new(Pointer client, String source, PointerByReference out,
            PointerByReference err);
    static native int ferry_transform_new_list(Pointer client, Pointer sources, long count,
            PointerByReference out, PointerByReference err);
    static native int ferry_transform_add(Pointer transform, String task, String params,
            PointerByReference err);
    static native int ferry_transform_add_json(Pointer transform, String task, String params_json,
            PointerByReference err);
    static native int ferry_transform_add_raw(Pointer transform, String element, PointerByReference err);
    static native void ferry_transform_with_apikey(Pointer transform, byte always);
    static native int ferry_transform_url(Pointer transform, PointerByReference out, PointerByReference err);
    static native int ferry_transform_signed_url(Pointer transform, Pointer security, PointerByReference out,
            PointerByReference err);
    static native int ferry_transform_base64_url(Pointer transform, Pointer security, PointerByReference out,
            PointerByReference err);
    static native int ferry_transform_download(Pointer transform, String path, ferry_request_options options,
            LongByReference bytes, PointerByReference err);
    static native int ferry_transform_content(Pointer transform, ferry_request_options options,
            PointerByReference out, PointerByReference err);
    static native int ferry_transform_stream(Pointer transform, ferry_write_fn write, Pointer write_data,
            ferry_request_options options, LongByReference bytes, PointerByReference err);
    static native int ferry_transform_json(Pointer transform, ferry_request_options options,
            PointerByReference out, PointerByReference err);
    static native int ferry_transform_store(Pointer transform, ferry_store_options options,
            PointerByReference out, PointerByReference err);
    static native int ferry_transform_av_convert(Pointer transform, String params_json,
            ferry_request_options options, PointerByReference out, PointerByReference err);
    static native int ferry_transform_clone(Pointer transform, PointerByReference out,
            PointerByReference err);
    static native void ferry_transform_free(Pointer transform);
    static native int ferry_filestack_screenshot(Pointer client, String url, String params,
            PointerByReference out, PointerByReference err);
    static native int ferry_filestack_zip(Pointer client, Pointer sources, long count, String path,
            ferry_request_options options, LongByReference bytes, PointerByReference err);
    static native String ferry_av_uuid(Pointer av);
    static native String ferry_av_timestamp(Pointer av);
    static native String ferry_av_url(Pointer av);
    static native int ferry_av_status(Pointer av, ferry_request_options options, PointerByReference out,
            PointerByReference err);
    static native int ferry_av_wait(Pointer av, ferry_request_options options, PointerByReference out,
            PointerByReference err);
    static native int ferry_av_filelink(Pointer av, PointerByReference out, PointerByReference err);
    static native void ferry_av_free(Pointer av);
    static native int ferry_filestack_workflow_run(Pointer client, String workflow_id, String source,
            ferry_request_options options, PointerByReference out, PointerByReference err);
    static native int ferry_filestack_workflow_status(Pointer client, String job_id,
            ferry_request_options options, PointerByReference out, PointerByReference err);
    static native int ferry_webhook_verify(String secret, Pointer body, long len, String timestamp,
            String signature, int tolerance_seconds, PointerByReference err);
    static native int ferry_webhook_verify_any(Pointer secrets, long count, Pointer body, long len,
            String timestamp, String signature, int tolerance_seconds, PointerByReference err);
    static native int ferry_webhook_sign(String secret, Pointer body, long len, String timestamp,
            PointerByReference out, PointerByReference err);
    static native void ferry_telestream_options_init(ferry_telestream_options options, long size);
    static native int ferry_telestream_new(String access_key, String secret_key,
            ferry_telestream_options options, PointerByReference out, PointerByReference err);
    static native int ferry_telestream_new_with_apikey(String apikey, ferry_telestream_options options,
            PointerByReference out, PointerByReference err);
    static native int ferry_telestream_signed_params(Pointer telestream, String method, String path,
            String params_json, String timestamp, PointerByReference out_json, PointerByReference err);
    static native int ferry_telestream_request(Pointer telestream, String method, String path,
            String params_json, ferry_request_options options, PointerByReference out,
            PointerByReference err);
    static native void ferry_telestream_free(Pointer telestream);
    static native int ferry_telestream_list(Pointer telestream, int resource, String factory_id,
            String params_json, ferry_request_options options, PointerByReference out,
            PointerByReference err);
    static native int ferry_telestream_list_all(Pointer telestream, int resource, String factory_id,
            String params_json, ferry_request_options options, PointerByReference out,
            PointerByReference err);
    static native int ferry_telestream_find(Pointer telestream, int resource, String factory_id, String id,
            String params_json, ferry_request_options options, PointerByReference out,
            PointerByReference err);
    static native int ferry_telestream_create(Pointer telestream, int resource, String factory_id,
            String params_json, ferry_request_options options, PointerByReference out,
            PointerByReference err);
    static native int ferry_telestream_update(Pointer telestream, int resource, String factory_id, String id,
            String params_json, ferry_request_options options, PointerByReference out,
            PointerByReference err);
    static native int ferry_telestream_delete(Pointer telestream, int resource, String factory_id, String id,
            ferry_request_options options, PointerByReference out, PointerByReference err);
    static native int ferry_telestream_video_encodings(Pointer telestream, String factory_id, String video_id,
            String params_json, ferry_request_options options, PointerByReference out,
            PointerByReference err);
    static native int ferry_telestream_video_metadata(Pointer telestream, String factory_id, String video_id,
            ferry_request_options options, PointerByReference out, PointerByReference err);
    static native int ferry_telestream_video_delete_source(Pointer telestream, String factory_id,
            String video_id, ferry_request_options options, PointerByReference out, PointerByReference err);
    static native int ferry_telestream_encoding_retry(Pointer telestream, String factory_id,
            String encoding_id, ferry_request_options options, PointerByReference out,
            PointerByReference err);
    static native int ferry_telestream_encoding_cancel(Pointer telestream, String factory_id,
            String encoding_id, ferry_request_options options, PointerByReference out,
            PointerByReference err);
    static native int ferry_telestream_notifications(Pointer telestream, String factory_id,
            ferry_request_options options, PointerByReference out, PointerByReference err);
    static native int ferry_telestream_notifications_update(Pointer telestream, String factory_id,
            String params_json, ferry_request_options options, PointerByReference out,
            PointerByReference err);
    static native int ferry_telestream_video_wait(Pointer telestream, String factory_id, String video_id,
            ferry_request_options options, PointerByReference out, PointerByReference err);
    static native int ferry_telestream_encoding_wait(Pointer telestream, String factory_id,
            String encoding_id, ferry_request_options options, PointerByReference out,
            PointerByReference err);
    static native int ferry_telestream_video_encodings_wait(Pointer telestream, String factory_id,
            String video_id, ferry_request_options options, PointerByReference out, PointerByReference err);
    static native void ferry_telestream_upload_options_init(ferry_telestream_upload_options options,
            long size);
    static native int ferry_telestream_upload_new(Pointer telestream, String factory_id, String path,
            String params_json, ferry_telestream_upload_options options, PointerByReference out,
            PointerByReference err);
    static native int ferry_telestream_upload_resume(Pointer telestream, String path, String token,
            ferry_telestream_upload_options options, PointerByReference out, PointerByReference err);
    static native int ferry_telestream_upload_reader_new(Pointer telestream, String factory_id,
            ferry_read_fn read, Pointer read_data, long size, String params_json,
            ferry_telestream_upload_options options, PointerByReference out, PointerByReference err);
    static native int ferry_telestream_upload_bytes_new(Pointer telestream, String factory_id, Pointer data,
            long len, String params_json, ferry_telestream_upload_options options, PointerByReference out,
            PointerByReference err);
    static native int ferry_journal_list(String journal_dir, PointerByReference out, PointerByReference err);
    static native int ferry_journal_prune(String journal_dir, long older_than_seconds,
            LongByReference removed, PointerByReference err);
}
