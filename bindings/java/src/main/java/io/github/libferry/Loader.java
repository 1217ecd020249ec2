package io.github.libferry;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Map;

/** Finds libferry, loads it and checks that it is the version that this package was written for. */
final class Loader {
    private Loader() {}

    /** Binds the native methods of a class to the library. */
    static void register(Class<?> methods) {
        if (Native.POINTER_SIZE != Long.BYTES) {
            throw new UnsatisfiedLinkError("ferry: a 64-bit Java is needed");
        }
        String name = find();
        try {
            NativeLibrary library = open(name);
            checkVersion(library);
            Native.register(methods, library);
        } catch (UnsatisfiedLinkError error) {
            String which = name.equals("ferry") ? "the system's library" : name;
            UnsatisfiedLinkError failure = new UnsatisfiedLinkError(
                    "ferry: " + which + " cannot be used: " + error.getMessage()
                            + ". Set FERRY_LIBRARY or -Dferry.library to the path of "
                            + System.mapLibraryName("ferry")
                            + " of the same release (a name without a slash is the system's to find), or "
                            + "install it (make install).");
            failure.initCause(error);
            throw failure;
        }
    }

    private static NativeLibrary open(String name) {
        Map<String, String> options = Map.of(Library.OPTION_STRING_ENCODING, "UTF-8");
        if (name.equals("ferry") && File.separatorChar == '/') {
            try {
                return NativeLibrary.getInstance(loadedName(), options);
            } catch (UnsatisfiedLinkError withoutOne) {
                // By its plain name, then.
            }
        }
        return NativeLibrary.getInstance(name, options);
    }

    /** What a program that is linked with the library asks the system for. */
    private static String loadedName() {
        String abi = Version.MAJOR == 0 ? "0." + Version.MINOR : "" + Version.MAJOR;
        boolean isMac = System.mapLibraryName("ferry").endsWith(".dylib");
        return isMac ? "libferry." + abi + ".dylib" : "libferry.so." + abi;
    }

    /**
     * What ferry.library or FERRY_LIBRARY names, else the library beside the jar, else the system's. A name
     * without a slash is for the system to find too.
     */
    private static String find() {
        String named = System.getProperty("ferry.library", System.getenv("FERRY_LIBRARY"));
        if (named != null && !named.isEmpty()) {
            // JNA knows a path by its being absolute.
            boolean isPath = named.contains("/") || named.contains(File.separator);
            return isPath ? Path.of(named).toAbsolutePath().toString() : named;
        }
        CodeSource source = Loader.class.getProtectionDomain().getCodeSource();
        if (source != null && source.getLocation().getProtocol().equals("file")) {
            try {
                Path jar = Path.of(source.getLocation().toURI());
                Path beside = jar.resolveSibling(System.mapLibraryName("ferry"));
                if (Files.exists(beside)) {
                    return beside.toString();
                }
            } catch (URISyntaxException notAFile) {
                // The system's, then.
            }
        }
        return "ferry";
    }

    /** Before 1.0 a new minor version may break programs, from 1.0 on it only adds. */
    private static void checkVersion(NativeLibrary library) {
        int number = library.getFunction("ferry_version_number").invokeInt(new Object[0]);
        int major = number >>> 16;
        int minor = number >>> 8 & 0xff;
        boolean fits = Version.MAJOR == 0
                ? major == 0 && minor == Version.MINOR
                : major == Version.MAJOR && minor >= Version.MINOR;
        if (!fits) {
            throw new UnsatisfiedLinkError("it is libferry " + major + "." + minor + ", this package needs "
                    + Version.MAJOR + "." + Version.MINOR);
        }
    }
}
