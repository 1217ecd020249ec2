package ferrytest;

import io.github.libferry.Version;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Comparator;

/**
 * Runs the tests of the classes that it is given: static methods without arguments that are not private.
 * After each, nothing of the library may be left. tests/java.rs starts it and counts.
 */
public final class Main {
    private static int passed;
    private static int failed;

    private Main() {}

    @FunctionalInterface
    interface Body {
        void run() throws Throwable;
    }

    /** Runs one test under a name. */
    static void test(String name, Body body) {
        long before = System.nanoTime();
        try {
            try {
                body.run();
            } finally {
                Thread.interrupted();
                Cloud.reset();
            }
            Check.equal("objects that are not freed", Version.liveObjects(), 0L);
            passed++;
            System.out.printf("ok %s, %d ms%n", name, (System.nanoTime() - before) / 1_000_000);
        } catch (Throwable failure) {
            failed++;
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace));
            System.out.printf("FAILED %s%n%s%n", name, trace);
            free();
        }
    }

    /** What a test that failed has left is not the fault of the next one. */
    private static void free() {
        for (int i = 0; i < 100 && Version.liveObjects() > 0; i++) {
            System.gc();
            Check.sleep(10);
        }
    }

    public static void main(String[] names) throws Exception {
        for (String name : names) {
            Class<?> tests = Class.forName(name);
            Method[] methods = tests.getDeclaredMethods();
            Arrays.sort(methods, Comparator.comparing(Method::getName));
            for (Method method : methods) {
                int modifiers = method.getModifiers();
                boolean isTest = Modifier.isStatic(modifiers) && !Modifier.isPrivate(modifiers)
                        && method.getParameterCount() == 0 && !method.isSynthetic();
                if (isTest) {
                    method.setAccessible(true);
                    test(tests.getSimpleName() + "." + method.getName(), () -> {
                        try {
                            method.invoke(null);
                        } catch (InvocationTargetException thrown) {
                            throw thrown.getCause();
                        }
                    });
                }
            }
        }
        System.out.printf("%d passed, %d failed%n", passed, failed);
        System.exit(failed == 0 && passed > 0 ? 0 : 1);
    }
}
