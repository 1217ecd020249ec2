package io.github.libferry;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.io.OutputStream;
import java.nio.file.Path;

/** What has bytes that can be downloaded: a stored file, or what a chain makes of one. */
abstract class Contents implements AutoCloseable {
    final Handle handle;
    private final Downloader downloader;
    private final Streamer streamer;
    private final Getter getter;

    interface Downloader {
        int call(Pointer it, String path, Abi.ferry_request_options with, LongByReference bytes,
                PointerByReference err);
    }

    interface Streamer {
        int call(Pointer it, Abi.ferry_write_fn write, Pointer data, Abi.ferry_request_options with,
                LongByReference bytes, PointerByReference err);
    }

    interface Getter {
        int call(Pointer it, Abi.ferry_request_options with, PointerByReference out, PointerByReference err);
    }

    Contents(Handle handle, Downloader downloader, Streamer streamer, Getter getter) {
        this.handle = handle;
        this.downloader = downloader;
        this.streamer = streamer;
        this.getter = getter;
    }

    /**
     * Downloads it to a path, where it is new and whole or not at all. Of a chain it is the result. Returns
     * its length.
     */
    public long download(Path path) {
        return download(path, null);
    }

    public long download(Path path, RequestOptions options) {
        String target = Call.path("path", path);
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            return call.count((bytes, err) -> downloader.call(it, target, with, bytes, err));
        }
    }

    /** Downloads it piece by piece, and returns its length. */
    public long download(OutputStream target) {
        return download(target, null);
    }

    public long download(OutputStream target, RequestOptions options) {
        try (Call call = new Call(Callbacks.of(options).with(target))) {
            Pointer it = call.lend(handle);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            return call.count((bytes, err) -> streamer.call(it, Call.WRITE, null, with, bytes, err));
        }
    }

    /** Downloads it into memory. */
    public byte[] content() {
        return content(null);
    }

    public byte[] content(RequestOptions options) {
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(handle);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            return call.bytes((out, err) -> getter.call(it, with, out, err));
        }
    }

    @Override
    public void close() {
        handle.close();
    }
}
