package ferrytest;

import io.github.libferry.Client;
import io.github.libferry.ClientOptions;
import io.github.libferry.Filelink;
import io.github.libferry.Json;
import io.github.libferry.Policy;
import io.github.libferry.Response;
import io.github.libferry.Security;
import io.github.libferry.Telestream;
import io.github.libferry.TelestreamOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The local cloud that tests/java.rs has started, and files to send there. */
final class Cloud {
    static final String URL = System.getenv("FERRY_TEST_HTTP");
    /** The secret of the cloud that asks for signatures. */
    static final String SECRET = "a secret of the application";

    private static final String SECURED_URL = System.getenv("FERRY_TEST_URL");
    private static final Path FOLDER = Path.of(System.getenv("FERRY_TEST_FOLDER"));
    private static boolean hasFaults;

    private Cloud() {}

    static Client client() {
        return new Client("TESTKEY", new ClientOptions().baseUrl(URL));
    }

    /** A client of the cloud that asks for signatures, which may do everything. */
    static Client secured() {
        Policy policy = new Policy(Security.expiryIn(Duration.ofHours(1)))
                .call("pick", "read", "stat", "write", "writeUrl", "store", "convert", "remove",
                        "runWorkflow");
        try (Security security = new Security(policy, SECRET)) {
            return new Client("TESTKEY", new ClientOptions().baseUrl(SECURED_URL).security(security));
        }
    }

    static Telestream telestream() {
        TelestreamOptions options = new TelestreamOptions()
                .baseUrl(URL)
                .factory("fac1fac1fac1fac1fac1fac1fac1fac1");
        return new Telestream("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", options);
    }

    /** The cloud's own controls. */
    static Json control(String method, String path, Object body) {
        try (Client client = client();
                Response response = client.request(method, URL + "/_local/" + path, body, null)) {
            return response.json();
        }
    }

    static void faults(Map<?, ?>... rules) {
        control("PUT", "faults", List.of(rules));
        hasFaults = true;
    }

    /** After each test: no faults. */
    static void reset() {
        if (hasFaults) {
            faults();
            hasFaults = false;
        }
    }

    static void forgetRequests() {
        control("DELETE", "requests", null);
    }

    /** How many requests of a class came. */
    static long requests(String wanted) {
        return control("GET", "requests", null).items().stream()
                .filter(it -> wanted.equals(it.get("class").text()))
                .count();
    }

    /** The numbers of the parts of a class that came, sorted. */
    static List<Long> parts(String wanted) {
        return control("GET", "requests", null).items().stream()
                .filter(it -> wanted.equals(it.get("class").text()))
                .map(it -> it.get("part").toLong())
                .sorted()
                .toList();
    }

    static byte[] noise(int size) {
        byte[] data = new byte[size];
        new Random(size).nextBytes(data);
        return data;
    }

    static Path file(String name, byte[] data) {
        try {
            return Files.write(FOLDER.resolve(name), data);
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    static Path folder(String name) {
        return FOLDER.resolve(name);
    }

    /** Compares a stored file with what was sent, and closes its filelink. */
    static void holds(Filelink link, byte[] data) {
        try (link) {
            Check.equal("the stored file", link.content(), data);
        }
    }
}
