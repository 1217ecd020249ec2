package io.github.libferry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A task of a chain with its parameters: one of {@link Tasks}, or any by its name. */
public class Task {
    final String name;
    final Map<String, Object> params = new LinkedHashMap<>();
    /** What stands in place of parameters; null: nothing. */
    String bare;

    Task(String name) {
        this.name = name;
    }

    /** A task by its name, with its parameters as they become JSON. */
    public static Task of(String name, Map<String, ?> params) {
        Task task = new Task(Call.plain("name", name));
        task.params.putAll(Objects.requireNonNull(params, "params"));
        return task;
    }

    final void setBare(String word) {
        bare = Call.plain("word", word);
    }

    /** Whole numbers are written without a fraction. */
    final void put(String param, Object value) {
        Objects.requireNonNull(value, param);
        boolean isWhole = value instanceof Double number && number == number.longValue()
                && Math.abs(number) < Long.MAX_VALUE;
        params.put(param, isWhole ? (Object) ((Double) value).longValue() : value);
    }

    static List<Integer> numbers(String name, int... numbers) {
        List<Integer> list = new ArrayList<>();
        for (int number : Objects.requireNonNull(numbers, name)) {
            list.add(number);
        }
        return list;
    }

    static List<String> handles(String name, Filelink... files) {
        return Call.list(name, files).stream().map(Filelink::handle).toList();
    }

    static Object oneOrList(List<?> values) {
        return values.size() == 1 ? values.get(0) : values;
    }
}
