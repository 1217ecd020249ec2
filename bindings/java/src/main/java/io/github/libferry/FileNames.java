package io.github.libferry;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;

/**
 * Paths as the library takes them, in UTF-8. Java has names in the encoding of the locale, and those that it
 * cannot spell are wrong as texts; only the URI of a path has all of its bytes.
 */
final class FileNames {
    private static final String ENCODING = System.getProperty("sun.jnu.encoding", "UTF-8");
    private static final boolean IS_SPELT = File.separatorChar != '/' || ENCODING.equalsIgnoreCase("UTF-8");

    private FileNames() {}

    /** A path in the file system that C sees. */
    static String text(Path path) {
        if (path.getFileSystem() != FileSystems.getDefault()) {
            String message = path + " is in another file system than the default one: upload its stream";
            throw new FerryException(Status.INVALID_ARGUMENT, message);
        }
        String text = path.toString();
        if (isAscii(text) || IS_SPELT && text.indexOf('\uFFFD') < 0) {
            return text;
        }
        try {
            byte[] bytes = decoded(path.toUri().getRawPath());
            int slash = bytes.length > 1 && bytes[bytes.length - 1] == '/' ? 1 : 0; // of a folder
            ByteBuffer name = ByteBuffer.wrap(bytes, 0, bytes.length - slash);
            return StandardCharsets.UTF_8.newDecoder().decode(name).toString();
        } catch (CharacterCodingException notUtf8) {
            String message = text + " is not UTF-8, which file names have to be. Java writes them in "
                    + ENCODING + " here: if that is not meant, run it in a locale of UTF-8 (LC_ALL=C.UTF-8)";
            throw new FerryException(Status.INVALID_ARGUMENT, message);
        }
    }

    /** The path that the library names so. */
    static Path path(String text) {
        if (isAscii(text) || IS_SPELT || !text.startsWith("/")) {
            return Path.of(text);
        }
        StringBuilder uri = new StringBuilder("file://");
        for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
            uri.append(one == '/' ? "/" : String.format("%%%02X", one));
        }
        return Path.of(URI.create(uri.toString()));
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(it -> it < 0x80);
    }

    /** The bytes of the path of a URI. */
    private static byte[] decoded(String raw) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int at = 0; at < raw.length(); at++) {
            boolean isEscape = raw.charAt(at) == '%';
            bytes.write(isEscape ? Integer.parseInt(raw.substring(at + 1, at + 3), 16) : raw.charAt(at));
            at += isEscape ? 2 : 0;
        }
        return bytes.toByteArray();
    }
}
