package io.github.libferry;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;
import java.util.function.Consumer;

/** Code of the program that the library calls back. Whatever is null is not called. */
final class Callbacks {
    static final Callbacks NONE = new Callbacks(null, null, null, null);

    final Consumer<? super Progress> onProgress;
    final BatchListener onItem;
    final InputStream reader;
    final OutputStream writer;

    private Callbacks(
            Consumer<? super Progress> onProgress,
            BatchListener onItem,
            InputStream reader,
            OutputStream writer) {
        this.onProgress = onProgress;
        this.onItem = onItem;
        this.reader = reader;
        this.writer = writer;
    }

    static Callbacks of(CallOptions<?> options) {
        return options == null || options.onProgress == null
                ? NONE
                : new Callbacks(options.onProgress, null, null, null);
    }

    Callbacks with(BatchListener listener) {
        return new Callbacks(onProgress, listener, reader, writer);
    }

    Callbacks with(InputStream source) {
        return new Callbacks(onProgress, onItem, Objects.requireNonNull(source, "source"), writer);
    }

    Callbacks with(OutputStream target) {
        return new Callbacks(onProgress, onItem, reader, Objects.requireNonNull(target, "target"));
    }
}
