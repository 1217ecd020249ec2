package ferrytest;

import io.github.libferry.BatchItem;
import io.github.libferry.BatchResult;
import io.github.libferry.Client;
import io.github.libferry.FerryException;
import io.github.libferry.Filelink;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Names of files and of the library, in processes of their own. */
final class Names {
    private static final byte[] DATA = Cloud.noise(1000);

    private Names() {}

    /** What a Java with these variables and properties writes. */
    private static String java(Map<String, String> variables, Path folder, String... arguments)
            throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(arguments));
        ProcessBuilder program = new ProcessBuilder(command).directory(folder.toFile());
        program.redirectErrorStream(true).environment().putAll(variables);
        Process process = program.start();
        String written = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return written;
    }

    private static Path folder(String name) throws IOException {
        return Files.createDirectories(Cloud.folder(name));
    }

    /** Uploads the files of a folder, alone and as a batch, and says what became of each. */
    public static void main(String[] arguments) throws IOException {
        List<Path> paths;
        try (var files = Files.list(Path.of(arguments[0]))) {
            paths = files.toList();
        }
        try (Client client = Cloud.client()) {
            for (Path path : paths) {
                try (Filelink link = client.upload(path)) {
                    System.out.println("alone " + link.metadata("size").get("size") + " " + link.handle());
                } catch (FerryException failure) {
                    System.out.println("alone " + failure.getMessage());
                    return;
                }
            }
            List<BatchItem> items = Client.files(paths);
            for (BatchResult result : client.uploadMany(items, null, (index, it) ->
                    System.out.println("told " + it.path().equals(paths.get(index).toAbsolutePath())))) {
                boolean isStored = result.filelink().isPresent();
                System.out.println("batch " + Files.exists(result.path()) + " " + isStored);
                result.close();
            }
        }
    }

    static void aNameThatTheLocaleCannotSpell() throws Exception {
        Path folder = folder("names");
        Files.write(folder.resolve("f\u00e4hre \u26f4.bin"), DATA);
        String said = java(Map.of("LC_ALL", "C"), folder, "ferrytest.Names", folder.toString());
        String[] lines = said.split("\n");
        Check.equal("the lines of " + said, lines.length, 3);
        Check.that(said, lines[0].startsWith("alone 1000 "));
        Check.equal("what the listener is told", lines[1], "told true");
        Check.equal("what the results say", lines[2], "batch true true");
        String handle = lines[0].substring(lines[0].lastIndexOf(' ') + 1);
        try (Client client = Cloud.client();
                Filelink link = client.filelink(handle)) {
            String name = link.metadata("filename").get("filename").text();
            Check.equal("the name", name, "f\u00e4hre \u26f4.bin");
        }
    }

    static void aNameThatIsNoUtf8() throws Exception {
        Path folder = folder("latin");
        Files.write(Path.of(URI.create(folder.toUri() + "f%E4hre.bin")), DATA);
        for (String locale : List.of("C", "C.UTF-8")) {
            String said = java(Map.of("LC_ALL", locale), folder, "ferrytest.Names", folder.toString());
            Check.that(said, said.contains("is not UTF-8") && said.contains("LC_ALL=C.UTF-8"));
        }
    }

    /** A name is the system's to find, a path is a path. */
    static void theLibraryByItsNameOrItsPath() throws Exception {
        String name = System.mapLibraryName("ferry");
        Path folder = Cloud.folder(name).getParent();
        Path other = folder("other");
        String variable = name.endsWith(".dylib") ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH";
        Map<String, String> found = Map.of("FERRY_LIBRARY", name, variable, folder.toString());
        String data = Cloud.file("found.bin", DATA).toString();
        String[] send = {"Send", data, "TESTKEY", Cloud.URL};
        Check.that("by its name", java(found, other, send).contains(Cloud.URL));
        Map<String, String> path = Map.of("FERRY_LIBRARY", "./" + name);
        Check.that("by its path", java(path, folder, send).contains(Cloud.URL));
        String said = java(Map.of("FERRY_LIBRARY", name), folder, send);
        Check.that(said, said.contains("ferry: " + name + " cannot be used"));
        Check.that(said, said.contains("a name without a slash is the system's to find"));
    }

    /** As a package of a distribution has it: by its version alone. */
    static void aLibraryWithoutALinkOfItsPlainName() throws Exception {
        String name = System.mapLibraryName("ferry");
        boolean isMac = name.endsWith(".dylib");
        String versioned = isMac ? "libferry.0.1.dylib" : "libferry.so.0.1";
        Path folder = folder("versioned");
        Path inside = Files.createDirectories(folder.resolve("sub"));
        Path library = Cloud.folder(name).toRealPath();
        for (Path link : List.of(folder.resolve(versioned), inside.resolve(versioned))) {
            Files.createSymbolicLink(link, library);
        }
        // The same classes at another place, which has no library beside it.
        Path from = Cloud.folder("classes");
        Path to = folder("elsewhere").resolve("classes");
        try (var files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
        String path = System.getProperty("java.class.path").replace(from.toString(), to.toString());
        String data = Cloud.file("versioned.bin", DATA).toString();
        String[] send = {"-cp", path, "Send", data, "TESTKEY", Cloud.URL};
        for (String relative : List.of("./" + versioned, "sub/" + versioned)) {
            String said = java(Map.of("FERRY_LIBRARY", relative), folder, send);
            Check.that(relative + ": " + said, said.contains(Cloud.URL));
        }
        String variable = isMac ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH";
        String said = java(Map.of(variable, folder.toString()), inside, send);
        Check.that("by its version: " + said, said.contains(Cloud.URL));
        String lost = java(Map.of(), inside, send);
        Check.that(lost, lost.contains("the system's library cannot be used"));
    }
}
