package io.github.libferry;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/** A Telestream Cloud account and its connections. Any number of threads may use it at once. */
public final class Telestream implements AutoCloseable {
    final Handle handle;

    /** A client for an account of API 3.0, which has two keys. Nothing is sent. */
    public Telestream(String accessKey, String secretKey) {
        this(accessKey, secretKey, null);
    }

    public Telestream(String accessKey, String secretKey, TelestreamOptions options) {
        this(options, (with, out, err) -> Abi.ferry_telestream_new(
                Call.plain("accessKey", accessKey), Call.plain("secretKey", secretKey), with, out, err));
    }

    private interface Maker {
        int call(Abi.ferry_telestream_options with, PointerByReference out, PointerByReference err);
    }

    private Telestream(TelestreamOptions options, Maker maker) {
        try (Call call = new Call()) {
            ConnectionOptions connect = TelestreamOptions.connectionOf(options);
            Abi.ferry_connection_options connection = ConnectionOptions.in(call, connect);
            Abi.ferry_telestream_options with = TelestreamOptions.in(call, options, connection);
            handle = call.take(
                    Abi::ferry_telestream_free,
                    (out, err) -> ConnectionOptions.listening(
                            connect, connection, () -> maker.call(with, out, err)),
                    it -> new Handle("client", it, Abi::ferry_telestream_free));
        }
    }

    /** A client for an account of API 3.1, whose one key goes with every request. Nothing is sent. */
    public static Telestream withApikey(String apikey, TelestreamOptions options) {
        return new Telestream(options, (with, out, err) ->
                Abi.ferry_telestream_new_with_apikey(Call.plain("apikey", apikey), with, out, err));
    }

    /** The factories of the account. Nothing is sent. */
    public Factories factories() {
        return new Factories(this);
    }

    /** The factory with an id. Nothing is sent. */
    public Factory factory(String id) {
        return new Factory(this, id);
    }

    /** The client's own factory: {@link TelestreamOptions#factory}. */
    public Factory factory() {
        return factory(null);
    }

    /**
     * Signs a request that somebody else sends, such as a browser that must not know the secret key.
     * Returns a JSON object: the parameters with "access_key", "timestamp" and "signature".
     *
     * @param path begins after the version, "/videos.json"
     * @param timestamp null: now
     */
    public String signedParams(String method, String path, Map<String, ?> params, Instant timestamp) {
        Call.plain("method", method);
        Call.plain("path", path);
        String json = Call.jsonText(params);
        String time = timestamp == null ? null : timestamp.toString().replace("Z", "+00:00");
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            return call.string(
                    (out, err) -> Abi.ferry_telestream_signed_params(it, method, path, json, time, out, err));
        }
    }

    /** Sends a request that has no method of its own. */
    public Response request(String method, String path, Map<String, ?> params, RequestOptions options) {
        Call.plain("method", method);
        Call.plain("path", path);
        String json = Call.jsonText(params);
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            return Response.of(
                    call, (out, err) -> Abi.ferry_telestream_request(it, method, path, json, with, out, err));
        }
    }

    /** Prepares the upload of a token ({@link Upload#token}), of the file at a path or of a copy. */
    public Upload resumeUpload(Path path, String token, TelestreamUploadOptions options) {
        return Upload.resume(
                handle,
                path,
                token,
                options,
                TelestreamUploadOptions::in,
                Abi::ferry_telestream_upload_resume);
    }

    @Override
    public void close() {
        handle.close();
    }
}
