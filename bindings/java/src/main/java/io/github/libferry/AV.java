package io.github.libferry;

import com.sun.jna.Pointer;

/** A conversion of audio or video: a job of the service. Any number of threads may use it at once. */
public final class AV implements AutoCloseable {
    private final Handle handle;
    private final String uuid;
    private final String timestamp;
    private final String url;

    AV(Pointer it) {
        uuid = Abi.ferry_av_uuid(it);
        timestamp = Abi.ferry_av_timestamp(it);
        url = Abi.ferry_av_url(it);
        handle = new Handle("conversion", it, Abi::ferry_av_free);
    }

    /** The id of the job. */
    public String uuid() {
        return uuid;
    }

    /** When the job began, as the service tells it. */
    public String timestamp() {
        return timestamp;
    }

    /** The URL of the conversion, unsigned. */
    public String url() {
        return url;
    }

    /** Asks the service for the state of the job: "started", "pending", "completed" or "failed". */
    public String status() {
        return status(null);
    }

    public String status(RequestOptions options) {
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            return call.string((out, err) -> Abi.ferry_av_status(it, with, out, err));
        }
    }

    /** Waits until the conversion is completed, and returns the service's description of the result. */
    public Json await(RequestOptions options) {
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            return call.json((out, err) -> Abi.ferry_av_wait(it, with, out, err));
        }
    }

    /** The converted file; {@link Status#NOT_READY} until it was seen completed. Nothing is sent. */
    public Filelink filelink() {
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            return call.filelink((out, err) -> Abi.ferry_av_filelink(it, out, err));
        }
    }

    /** The job goes on. */
    @Override
    public void close() {
        handle.close();
    }
}
