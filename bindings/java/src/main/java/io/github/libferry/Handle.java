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

    void close() {
        cleanable.clean();
    }

    /** Has no reference to the handle, or the handle would live for ever. */
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
            synchronized (this) {
                users--;
            }
            freeIfUnused();
        }

        @Override
        public void run() {
            synchronized (this) {
                isClosed = true;
            }
            freeIfUnused();
        }

        private void freeIfUnused() {
            Pointer unused;
            synchronized (this) {
                if (!isClosed || users > 0 || pointer == null) {
                    return;
                }
                unused = pointer;
                pointer = null;
            }
            free.accept(unused);
        }
    }
}
