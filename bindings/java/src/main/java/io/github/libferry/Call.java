package io.github.libferry;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.StringArray;
import com.sun.jna.Structure;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.ToIntFunction;

/**
 * One call of the library: what it borrows until close(), and what its callbacks throw.
 *
 * <p>The library calls back on the thread that made the call, so the callbacks are static, live for ever, and
 * find their call by the thread. What they throw ends the call, and is thrown by run().
 */
final class Call implements AutoCloseable {
    private static final ThreadLocal<Call> CURRENT = new ThreadLocal<>();

    static final Abi.ferry_progress_fn ON_PROGRESS = (progress, data) -> CURRENT.get().progressed(progress);
    static final Abi.ferry_item_fn ON_ITEM =
            (index, path, filelink, error, data) -> CURRENT.get().ended(index, path, error);
    static final Abi.ferry_read_fn READ = (buffer, capacity, data) -> CURRENT.get().read(buffer, capacity);
    static final Abi.ferry_write_fn WRITE = (bytes, length, data) -> CURRENT.get().write(bytes, length);

    /** As much as is copied at once between the library's memory and Java's. */
    private static final int PIECE = 1 << 18;
    /** The library takes milliseconds of 32 bits. */
    private static final Duration LONGEST = Duration.ofMillis(0xFFFF_FFFFL);

    private final Callbacks callbacks;
    private final List<Handle> lent = new ArrayList<>();
    private final List<Object> kept = new ArrayList<>();
    private BooleanSupplier isStopped = () -> false;
    private Pointer batch;
    private Throwable thrown;
    private boolean isDeaf;
    private byte[] piece;

    Call() {
        this(Callbacks.NONE);
    }

    Call(Callbacks callbacks) {
        this.callbacks = callbacks;
    }

    /** Interrupts the call as soon as this is true, which is asked at least twice a second. */
    void stopIf(BooleanSupplier isStopped) {
        this.isStopped = isStopped;
    }

    /** Gives back what the call has borrowed. */
    @Override
    public void close() {
        lent.forEach(Handle::done);
        lent.clear();
        kept.forEach(thing -> {
            if (thing instanceof Memory memory) {
                memory.close();
            }
        });
        Reference.reachabilityFence(kept);
        kept.clear();
    }

    /** Whether this thread is in a callback of this call. */
    boolean isCallingBack() {
        return CURRENT.get() == this;
    }

    /** Borrows an object of the library. */
    Pointer lend(Handle handle) {
        Pointer pointer = handle.use();
        lent.add(handle);
        return pointer;
    }

    /** Borrows a batch, whose items the callback asks for. */
    Pointer lendBatch(Handle handle) {
        batch = lend(handle);
        return batch;
    }

    Pointer lend(Security security) {
        return security == null ? null : lend(security.handle);
    }

    /** Makes the call. What a callback has thrown is thrown here. */
    void run(ToIntFunction<PointerByReference> function) {
        FerryException failure = attempt(function);
        if (failure != null) {
            throw failure;
        }
    }

    /** The same, but gives what the library says of a call that has failed; null if it has succeeded. */
    FerryException attempt(ToIntFunction<PointerByReference> function) {
        PointerByReference err = new PointerByReference();
        int status = within(() -> function.applyAsInt(err));
        try {
            rethrow();
            return status == Abi.FERRY_OK ? null : FerryException.of(err.getValue());
        } finally {
            Abi.ferry_error_free(err.getValue());
        }
    }

    /** Makes a call whose callbacks belong to this one, and keeps what they throw. */
    int within(IntSupplier function) {
        Call outer = CURRENT.get();
        CURRENT.set(this);
        try {
            return function.getAsInt();
        } finally {
            if (outer == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(outer);
            }
        }
    }

    /** A function with outputs {@code T **out, ferry_error **err}. */
    @FunctionalInterface
    interface Giver {
        int call(PointerByReference out, PointerByReference err);
    }

    /** Makes a call that gives an object, which is taken over, or freed if the call fails all the same. */
    <T> T take(Consumer<Pointer> free, Giver giver, Function<Pointer, T> taken) {
        PointerByReference out = new PointerByReference();
        try {
            run(err -> giver.call(out, err));
        } catch (Throwable failure) {
            if (out.getValue() != null) {
                free.accept(out.getValue());
            }
            throw failure;
        }
        return taken.apply(out.getValue());
    }

    /** Makes a call that gives something of which a copy is made. */
    <T> T copy(Consumer<Pointer> free, Giver giver, Function<Pointer, T> copied) {
        return take(free, giver, pointer -> {
            try {
                return copied.apply(pointer);
            } finally {
                free.accept(pointer);
            }
        });
    }

    Json json(Giver giver) {
        return copy(Abi::ferry_value_free, giver, Json::of);
    }

    String string(Giver giver) {
        return copy(Abi::ferry_string_free, giver, text -> text.getString(0, "UTF-8"));
    }

    byte[] bytes(Giver giver) {
        return copy(Abi::ferry_bytes_free, giver, bytes -> {
            long length = Abi.ferry_bytes_len(bytes);
            return length == 0 ? new byte[0] : Abi.ferry_bytes_data(bytes).getByteArray(0, (int) length);
        });
    }

    Filelink filelink(Giver giver) {
        return take(Abi::ferry_filelink_free, giver, Filelink::new);
    }

    /** A function with outputs {@code uint64_t *bytes, ferry_error **err}. */
    @FunctionalInterface
    interface Counter {
        int call(LongByReference count, PointerByReference err);
    }

    long count(Counter counter) {
        LongByReference count = new LongByReference();
        run(err -> counter.call(count, err));
        return count.getValue();
    }

    /** Keeps something alive until the call has ended. */
    <T> T keep(T thing) {
        kept.add(thing);
        return thing;
    }

    /** A text as it is, which C can take. The name is that of the parameter. */
    static String plain(String name, String text) {
        if (Objects.requireNonNull(text, name).indexOf('\0') >= 0) {
            throw new FerryException(Status.INVALID_ARGUMENT, name + " has a NUL character");
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new FerryException(
                    Status.INVALID_ARGUMENT, name + " has half of a surrogate pair, which is no character");
        }
        return text;
    }

    /** The same of one that may be null. */
    static String optional(String name, String text) {
        return text == null ? null : plain(name, text);
    }

    /** A path as the library takes it. */
    static String path(String name, Path path) {
        return plain(name, FileNames.text(Objects.requireNonNull(path, name)));
    }

    /** What is given one by one. */
    static <T> List<T> list(String name, T[] items) {
        for (T item : Objects.requireNonNull(items, name)) {
            Objects.requireNonNull(item, name);
        }
        return List.of(items);
    }

    /** A value as JSON text; null for null. */
    static String jsonText(Object value) {
        return value == null ? null : Json.of(value).toString();
    }

    /** A text for a field of a struct; null for null. */
    Pointer text(String name, String text) {
        return text == null
                ? null
                : memory(name, (plain(name, text) + '\0').getBytes(StandardCharsets.UTF_8));
    }

    /** A path for a field of a struct; null for null. */
    Pointer text(String name, Path path) {
        return path == null ? null : text(name, path(name, path));
    }

    Pointer texts(String name, Collection<String> texts) {
        Objects.requireNonNull(texts, name).forEach(text -> plain(name, text));
        return texts.isEmpty() ? null : keep(new StringArray(texts.toArray(String[]::new), "UTF-8"));
    }

    /** A copy of the bytes outside of Java's heap. */
    Pointer memory(String name, byte[] bytes) {
        Memory memory = keep(new Memory(Math.max(Objects.requireNonNull(bytes, name).length, 1)));
        memory.write(0, bytes, 0, bytes.length);
        return memory;
    }

    /** A struct that another one points to. */
    Pointer struct(Structure struct) {
        if (struct == null) {
            return null;
        }
        keep(struct).write();
        return struct.getPointer();
    }

    static byte bool(boolean value) {
        return (byte) (value ? 1 : 0);
    }

    /** Rounded up, for 0 is the default, as in C; null is the default too. */
    static int milliseconds(String name, Duration time) {
        if (time == null) {
            return 0;
        }
        if (time.isNegative() || time.compareTo(LONGEST) > 0) {
            throw new FerryException(Status.INVALID_ARGUMENT, name + " is not from 0 to 49 days");
        }
        return (int) time.plusNanos(999_999).toMillis();
    }

    /** Rounded up, for 0 means something else; the longest time is the most that a long holds. */
    static long seconds(String name, Duration time) {
        long whole = notNegative(name, Objects.requireNonNull(time, name).getSeconds()); // rounded down
        return time.getNano() > 0 && whole < Long.MAX_VALUE ? whole + 1 : whole;
    }

    static <N extends Number> N notNegative(String name, N number) {
        if (number.longValue() < 0) {
            throw new FerryException(Status.INVALID_ARGUMENT, name + " is less than 0");
        }
        return number;
    }

    private void rethrow() {
        Throwable it = thrown;
        thrown = null;
        isDeaf = false;
        if (it instanceof IOException failure) {
            throw new UncheckedIOException(failure);
        } else if (it != null) {
            throw Call.<RuntimeException>asThrown(it);
        }
    }

    /** Has what a callback threw thrown as it is, whatever it is. */
    @SuppressWarnings("unchecked")
    private static <T extends Throwable> T asThrown(Throwable it) throws T {
        throw (T) it;
    }

    private interface Body {
        void run() throws IOException;
    }

    /** Runs code of the program; false if it has thrown, here or before. Nothing may be thrown through C. */
    private boolean runs(Body body) {
        if (thrown == null) {
            try {
                body.run();
            } catch (Throwable it) {
                thrown = it;
            }
        }
        return thrown == null;
    }

    /** An interrupt of the thread interrupts the call, and stays set. */
    private int progressed(Pointer progress) {
        boolean goesOn = runs(() -> {
            if (callbacks.onProgress != null) {
                callbacks.onProgress.accept(Progress.of(progress));
            }
        });
        return goesOn && !Thread.currentThread().isInterrupted() && !isStopped.getAsBoolean() ? 0 : 1;
    }

    private int ended(long index, Pointer path, Pointer error) {
        boolean goesOn = runs(() -> {
            if (callbacks.onItem == null) {
                return;
            }
            Path of = FileNames.path(path.getString(0, "UTF-8"));
            if (error != null) {
                callbacks.onItem.ended((int) index, BatchResult.failed(of, FerryException.of(error)));
                return;
            }
            try (Call call = new Call();
                    Filelink link = call.filelink(
                            (out, err) -> Abi.ferry_upload_item_filelink(batch, index, out, err))) {
                callbacks.onItem.ended((int) index, BatchResult.stored(of, link));
            }
        });
        return goesOn ? 0 : 1;
    }

    private byte[] piece() {
        if (piece == null) {
            piece = new byte[PIECE];
        }
        return piece;
    }

    private long read(Pointer buffer, long capacity) {
        int[] count = {0};
        boolean goesOn = runs(() -> {
            do { // 0 would be the end
                count[0] = callbacks.reader.read(piece(), 0, (int) Math.min(capacity, PIECE));
            } while (count[0] == 0);
            if (count[0] > 0) {
                buffer.write(0, piece(), 0, count[0]);
            }
        });
        return goesOn ? Math.max(count[0], 0) : -1;
    }

    private int write(Pointer bytes, long length) {
        boolean goesOn = runs(() -> {
            for (long at = 0; at < length; at += PIECE) {
                int count = (int) Math.min(length - at, PIECE);
                bytes.read(at, piece(), 0, count);
                callbacks.writer.write(piece(), 0, count);
            }
        });
        return goesOn ? 0 : 1;
    }

    /** Tells an event to a listener of the client, on behalf of the call that runs on this thread. */
    static void tell(Consumer<? super Event> listener, Pointer event) {
        Call call = CURRENT.get();
        if (call == null || call.isDeaf) {
            return;
        }
        try {
            listener.accept(Event.of(event));
        } catch (Throwable it) {
            call.isDeaf = true;
            if (call.thrown == null) {
                call.thrown = it;
            }
        }
    }
}
