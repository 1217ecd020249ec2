package io.github.libferry;

import com.sun.jna.Pointer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * The event listeners of clients. The library knows each by a number, and tells when the client and all that
 * was made with it is freed.
 */
final class Listeners {
    private static final AtomicLong LAST = new AtomicLong();
    private static final Map<Long, Consumer<? super Event>> ALL = new ConcurrentHashMap<>();

    static final Abi.ferry_event_fn ON_EVENT =
            (event, number) -> Call.tell(ALL.get(Pointer.nativeValue(number)), event);
    static final Abi.ferry_event_free_fn EVENT_FREE = Listeners::remove;

    private Listeners() {}

    static Pointer add(Consumer<? super Event> listener) {
        long number = LAST.incrementAndGet();
        ALL.put(number, listener);
        return new Pointer(number);
    }

    static void remove(Pointer number) {
        ALL.remove(Pointer.nativeValue(number));
    }
}
