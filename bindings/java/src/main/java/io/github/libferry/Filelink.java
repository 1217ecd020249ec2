package io.github.libferry;

import com.sun.jna.Pointer;
import java.nio.file.Path;
import java.util.List;

/** A stored file. Any number of threads may use it at once. */
public final class Filelink extends Contents {
    private final String name;
    private final String url;

    Filelink(Pointer it) {
        super(
                new Handle("filelink", it, Abi::ferry_filelink_free),
                Abi::ferry_filelink_download,
                Abi::ferry_filelink_stream,
                Abi::ferry_filelink_content);
        name = Abi.ferry_filelink_handle(it);
        url = Abi.ferry_filelink_url(it);
    }

    /** The handle, which is the last element of the URL; also after close(). */
    public String handle() {
        return name;
    }

    /** The URL, without a signature; also after close(). */
    public String url() {
        return url;
    }

    /** The URL with a policy and its signature: those of the security, or of the client if it is null. */
    public String signedUrl(Security security) {
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            Pointer signed = call.lend(security);
            return call.string((out, err) -> Abi.ferry_filelink_signed_url(it, signed, out, err));
        }
    }

    /** What the service knows of the file: these attributes, or those that it chooses. */
    public Json metadata(String... attributes) {
        return metadata((RequestOptions) null, attributes);
    }

    public Json metadata(RequestOptions options, String... attributes) {
        List<String> names = Call.list("attributes", attributes);
        String asked = names.isEmpty() ? null : Call.plain("attributes", String.join(",", names));
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            return call.json((out, err) -> Abi.ferry_filelink_metadata(it, asked, with, out, err));
        }
    }

    /** What the service said when the file was stored. Nothing is sent. */
    public Json answer() {
        try (Call call = new Call()) {
            Pointer it = call.lend(handle);
            return call.json((out, err) -> Abi.ferry_filelink_answer(it, out, err));
        }
    }

    /** Deletes the file. Like the following it needs a security, of the options or of the client. */
    public void delete() {
        delete(false, null);
    }

    /** With keepStored only the handle is deleted, and the object stays in the storage. */
    public void delete(boolean keepStored, RequestOptions options) {
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            call.run(err -> Abi.ferry_filelink_delete(it, Call.bool(keepStored), with, err));
        }
    }

    /** Replaces the content by that of a file. Name and type stay. */
    public void overwrite(Path path, RequestOptions options) {
        String source = Call.path("path", path);
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            call.run(err -> Abi.ferry_filelink_overwrite_file(it, source, with, err));
        }
    }

    /** Replaces the content by bytes. */
    public void overwrite(byte[] data, RequestOptions options) {
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Pointer bytes = call.memory("data", data);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            call.run(err -> Abi.ferry_filelink_overwrite_bytes(it, bytes, data.length, with, err));
        }
    }

    /** Replaces the content by what the service finds at a URL, decoded if that is base64 text. */
    public void overwriteUrl(String source, boolean base64Decode, RequestOptions options) {
        Call.plain("source", source);
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            call.run(err ->
                    Abi.ferry_filelink_overwrite_url(it, source, Call.bool(base64Decode), with, err));
        }
    }

    @Override
    public String toString() {
        return url;
    }

    /** The stored file stays. */
    @Override
    public void close() {
        super.close();
    }
}
