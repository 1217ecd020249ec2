package io.github.libferry;

/** Is told of each file of a batch that has ended, on the thread that made the call. */
@FunctionalInterface
public interface BatchListener {
    /**
     * A file has ended. What this throws interrupts the batch and comes out of the call.
     *
     * @param index which item of the list it was, counted from 0
     * @param result its filelink is closed when this returns
     */
    void ended(int index, BatchResult result);
}
