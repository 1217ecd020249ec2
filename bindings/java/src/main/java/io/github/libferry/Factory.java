package io.github.libferry;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/** One factory: its videos, encodings, profiles and notifications. */
public final class Factory {
    private final Telestream account;
    private final String id;

    Factory(Telestream account, String id) {
        this.account = account;
        this.id = Call.optional("id", id);
    }

    /** The id; null for the client's own. */
    public String id() {
        return id;
    }

    public Videos videos() {
        return new Videos(account, id);
    }

    public Encodings encodings() {
        return new Encodings(account, id);
    }

    public Profiles profiles() {
        return new Profiles(account, id);
    }

    /** Where the factory sends its notifications, and of which events. */
    public Json notifications(RequestOptions options) {
        return new Question(account, id, options).ask((it, with, out, err) ->
                Abi.ferry_telestream_notifications(it, id, with, out, err));
    }

    /** Changes the given members of {@link #notifications}. */
    public Json updateNotifications(Map<String, ?> params, RequestOptions options) {
        String json = Call.jsonText(Objects.requireNonNull(params, "params"));
        return new Question(account, id, options).ask((it, with, out, err) ->
                Abi.ferry_telestream_notifications_update(it, id, json, with, out, err));
    }

    /**
     * Prepares the upload of a file that becomes a video. Nothing is sent. {@link Upload#result} is the
     * video.
     *
     * @param params "profiles" (a list, or a text with commas), "path_format", "payload" and so on; may be
     *     null
     */
    public Upload prepareUpload(Path path, Map<String, ?> params, TelestreamUploadOptions options) {
        String source = Call.path("path", path);
        String json = Call.jsonText(params);
        Callbacks callbacks = Callbacks.of(options);
        try (Call call = new Call()) {
            Pointer it = call.lend(account.handle);
            Abi.ferry_telestream_upload_options with = TelestreamUploadOptions.in(call, options);
            return Upload.of(call, callbacks, (out, err) ->
                    Abi.ferry_telestream_upload_new(it, id, source, json, with, out, err));
        }
    }

    /** The same of bytes, which need a filename in the options. */
    public Upload prepareUpload(byte[] data, Map<String, ?> params, TelestreamUploadOptions options) {
        String json = Call.jsonText(params);
        Callbacks callbacks = Callbacks.of(options);
        Memory bytes = new Memory(Math.max(Objects.requireNonNull(data, "data").length, 1));
        bytes.write(0, data, 0, data.length);
        try (Call call = new Call()) {
            Pointer it = call.lend(account.handle);
            Abi.ferry_telestream_upload_options with = TelestreamUploadOptions.in(call, options);
            return Upload.of(call, callbacks, bytes, (out, err) ->
                    Abi.ferry_telestream_upload_bytes_new(it, id, bytes, data.length, json, with, out, err));
        }
    }

    /**
     * The same of what a stream gives while it is read, by the thread that runs the upload.
     *
     * @param size how many bytes it gives; -1 if that is unknown
     */
    public Upload prepareUpload(
            InputStream source, long size, Map<String, ?> params, TelestreamUploadOptions options) {
        String json = Call.jsonText(params);
        Callbacks callbacks = Callbacks.of(options).with(source);
        long length = Client.announced(size);
        try (Call call = new Call()) {
            Pointer it = call.lend(account.handle);
            Abi.ferry_telestream_upload_options with = TelestreamUploadOptions.in(call, options);
            return Upload.of(call, callbacks, (out, err) -> Abi.ferry_telestream_upload_reader_new(
                    it, id, Call.READ, null, length, json, with, out, err));
        }
    }
}
