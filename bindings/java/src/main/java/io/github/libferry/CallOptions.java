package io.github.libferry;

import java.time.Duration;
import java.util.function.Consumer;

/** What every call that sends something can be given. */
public abstract class CallOptions<T extends CallOptions<T>> {
    Consumer<? super Progress> onProgress;
    Duration deadline;

    CallOptions() {}

    @SuppressWarnings("unchecked") // each class gives itself
    final T self() {
        return (T) this;
    }

    /**
     * Reports the progress of the call on the thread that made it: at once, then two to ten times a second,
     * and at 100 %. What the listener throws interrupts the call, and comes out of it within a second.
     */
    public T onProgress(Consumer<? super Progress> listener) {
        onProgress = listener;
        return self();
    }

    /** The longest time of the whole call, retries included. Null and zero: that of the client. */
    public T deadline(Duration time) {
        deadline = time;
        return self();
    }
}
