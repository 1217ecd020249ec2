package io.github.libferry;

import com.sun.jna.Pointer;
import java.lang.ref.Cleaner;
import java.util.function.Consumer;

/**
 * An object of the library that Java owns. It is freed by close(), once no call uses it, or else when nothing
 * refers to this any more.
 */
final class Handle {
    private static final Cleaner CLEANER = Cleaner.create();

    private final String name;
    private final Owned owned;
    private final Cleaner.Cleanable cleanable;

    Handle(String name, Pointer pointer, Consumer<Pointer> free) {
        this.name = name;
        owned = new Owned(pointer, free);
        cleanable = CLEANER.register(this, owned);
    }

    /** Lends the object to a call, which gives it back with done(). */
    Pointer use() {
        return owned.use(name);
    }

    void done() {
        owned.done();
    }

    boolean isClosed() {
        return owned.isClosed();
    }

    void close() {
        if (owned.close()) {
            cleanable.clean();
        }
    }

    /**
     * Has no reference to the handle, or the handle would live for ever. A call refers to the handles that it
     * has borrowed, so none is under way when the cleaner runs this.
     */
    private static final class Owned implements Runnable {
        private final Consumer<Pointer> free;
        private Pointer pointer;
        private int users;
        private boolean isClosed;

        Owned(Pointer pointer, Consumer<Pointer> free) {
            this.pointer = pointer;
            this.free = free;
        }

        synchronized Pointer use(String name) {
            if (isClosed) {
                throw new FerryException(Status.INVALID_STATE, "the " + name + " is closed");
            }
            users++;
            return pointer;
        }

        void done() {
            boolean isLast;
            synchronized (this) {
                users--;
                isLast = isClosed && users == 0;
            }
            if (isLast) {
                run();
            }
        }

        synchronized boolean isClosed() {
            return isClosed;
        }

        /** Whether nothing uses it, so that it can be freed now. */
        synchronized boolean close() {
            isClosed = true;
            return users == 0;
        }

        @Override
        public void run() {
            Pointer unused;
            synchronized (this) {
                unused = pointer;
                pointer = null;
            }
            if (unused != null) {
                free.accept(unused);
            }
        }
    }
}
