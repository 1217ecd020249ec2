package ferrytest;

import io.github.libferry.Client;
import io.github.libferry.Filelink;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The program of the page, and the example. */
final class Programs {
    private static final Path PICTURE = Path.of(System.getenv("FERRY_TEST_DATA"), "ferry.png");

    private Programs() {}

    static void theProgramOfThePage() throws Exception {
        Check.that("it shows its progress", uploads("Send").contains("100 %"));
    }

    static void theExampleWithABar() throws Exception {
        String shown = uploads("Upload");
        Check.that("it shows a bar: " + shown, shown.contains("\r[####################] 100 %"));
    }

    /** Runs a program, and compares what it has stored. Returns what it wrote to System.err. */
    private static String uploads(String program) throws Exception {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(written, true));
            System.setErr(new PrintStream(shown, true));
            String[] arguments = {PICTURE.toString(), "TESTKEY", Cloud.URL};
            Class.forName(program).getMethod("main", String[].class).invoke(null, (Object) arguments);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        String url = written.toString().trim();
        Check.that("a URL: " + url, url.startsWith(Cloud.URL + "/"));
        try (Client client = Cloud.client();
                Filelink link = client.filelink(url.substring(url.lastIndexOf('/') + 1))) {
            Check.equal("the picture", link.content(), Files.readAllBytes(PICTURE));
        }
        return shown.toString();
    }
}
