package io.github.libferry;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.Objects;

/**
 * One or several sources and the tasks to apply, in order: built, turned into URLs, run. It is checked while
 * it is built; building it sends nothing. Only one thread at a time may change it.
 */
public final class Transform extends Contents {
    private Transform(Pointer it) {
        super(
                new Handle("transform", it, Abi::ferry_transform_free),
                Abi::ferry_transform_download,
                Abi::ferry_transform_stream,
                Abi::ferry_transform_content);
    }

    static Transform of(Call call, Call.Giver giver) {
        return call.take(Abi::ferry_transform_free, giver, Transform::new);
    }

    /**
     * Adds tasks. If one or a parameter is unknown, out of range or missing, the message says what is
     * allowed, and the chain is as it was before that task.
     */
    public Transform add(Task... tasks) {
        for (Task task : Objects.requireNonNull(tasks, "tasks")) {
            Objects.requireNonNull(task, "task");
            String json = Call.jsonText(task.params);
            change((it, err) -> task.bare == null
                    ? Abi.ferry_transform_add_json(it, task.name, json, err)
                    : Abi.ferry_transform_add(it, task.name, task.bare, err));
        }
        return this;
    }

    /** Adds a task with its parameters as they stand in a URL, "width:500,align:[top,left]". */
    public Transform add(String task, String params) {
        Call.plain("task", task);
        Call.optional("params", params);
        return change((it, err) -> Abi.ferry_transform_add(it, task, params, err));
    }

    /** Adds an element of the URL as it is, for what this version of the library does not know. */
    public Transform addRaw(String element) {
        Call.plain("element", element);
        return change((it, err) -> Abi.ferry_transform_add_raw(it, element, err));
    }

    private interface Change {
        int call(Pointer it, PointerByReference err);
    }

    private Transform change(Change change) {
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            call.run(err -> change.call(it, err));
        }
        return this;
    }

    /** Puts the API key into the URL even if the source is a handle, as some accounts need it. */
    public Transform withApikey(boolean always) {
        try (Call call = new Call()) {
            Abi.ferry_transform_with_apikey(call.lend(handle), Call.bool(always));
        }
        return this;
    }

    /** The URL of the result, unsigned. */
    public String url() {
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            return call.string((out, err) -> Abi.ferry_transform_url(it, out, err));
        }
    }

    /** The URL with a policy and its signature: those of the security, or of the client if it is null. */
    public String signedUrl(Security security) {
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            Pointer signed = call.lend(security);
            return call.string((out, err) -> Abi.ferry_transform_signed_url(it, signed, out, err));
        }
    }

    /** The URL in base64 form, for sources that no path can carry; signed if there is a security. */
    public String base64Url(Security security) {
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            Pointer signed = call.lend(security);
            return call.string((out, err) -> Abi.ferry_transform_base64_url(it, signed, out, err));
        }
    }

    /** Runs a chain whose last task answers with JSON, such as {@link Tasks#tags}. */
    public Json json() {
        return json(null);
    }

    public Json json(RequestOptions options) {
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            return call.json((out, err) -> Abi.ferry_transform_json(it, with, out, err));
        }
    }

    /** Runs the chain and stores the result as a new file. The chain does not change. */
    public Filelink store() {
        return store(null);
    }

    public Filelink store(StoreOptions options) {
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Abi.ferry_store_options with = StoreOptions.in(call, options);
            return call.filelink((out, err) -> Abi.ferry_transform_store(it, with, out, err));
        }
    }

    /** Starts a conversion of audio or video. */
    public AV avConvert(Tasks.VideoConvert params) {
        return avConvert(params, null);
    }

    public AV avConvert(Tasks.VideoConvert params, RequestOptions options) {
        String json = params == null ? null : Call.jsonText(params.params);
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            return call.take(
                    Abi::ferry_av_free,
                    (out, err) -> Abi.ferry_transform_av_convert(it, json, with, out, err),
                    AV::new);
        }
    }

    /** A copy, to go on in two directions. */
    public Transform copy() {
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            return of(call, (out, err) -> Abi.ferry_transform_clone(it, out, err));
        }
    }
}
