package ferrytest;

import io.github.libferry.FerryException;
import io.github.libferry.Status;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/** What tests find out with. */
final class Check {
    private Check() {}

    static void equal(String what, Object found, Object expected) {
        boolean same = found instanceof byte[] bytes && expected instanceof byte[] others
                ? Arrays.equals(bytes, others)
                : Objects.equals(found, expected);
        if (!same) {
            throw new AssertionError(found instanceof byte[]
                    ? what + ": other bytes"
                    : what + ": " + found + ", not " + expected);
        }
    }

    static void that(String what, boolean holds) {
        if (!holds) {
            throw new AssertionError(what + ": no");
        }
    }

    /** What the body throws, which has to be of this kind. */
    static <T extends Throwable> T thrown(Class<T> kind, Main.Body body) {
        try {
            body.run();
        } catch (Throwable it) {
            if (kind.isInstance(it)) {
                return kind.cast(it);
            }
            throw new AssertionError("another kind was thrown", it);
        }
        throw new AssertionError("nothing was thrown, not " + kind.getSimpleName());
    }

    static FerryException fails(Status status, Main.Body body) {
        FerryException failure = thrown(FerryException.class, body);
        if (failure.status() != status) {
            throw new AssertionError(failure.status() + ", not " + status, failure);
        }
        return failure;
    }

    /** Waits for what another thread or the service does. */
    static void comes(String what, BooleanSupplier holds) {
        for (int i = 0; !holds.getAsBoolean(); i++) {
            that(what + " within 10 s", i < 1000);
            sleep(10);
        }
    }

    static void sleep(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
