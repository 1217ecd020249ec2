package io.github.libferry;

/** Which library is in use. */
public final class Version {
    // Constants of the compiler: to read them does not load the library.
    static final int MAJOR = Abi.FERRY_VERSION_MAJOR;
    static final int MINOR = Abi.FERRY_VERSION_MINOR;

    private Version() {}

    /** The version of the library, such as "0.1.0". */
    public static String text() {
        return Abi.ferry_version();
    }

    /**
     * How many objects the library has handed out that are not freed yet. A test that ends with 0 leaks
     * nothing.
     */
    public static long liveObjects() {
        return Abi.ferry_live_objects();
    }
}
