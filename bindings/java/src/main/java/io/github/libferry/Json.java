package io.github.libferry;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.ToIntFunction;

/**
 * A JSON value, such as the answer of a service. It is a copy in Java's memory and does not change. The
 * getters can be chained: what is not there is JSON's null, of which all members are null.
 */
public final class Json {
    private static final Json NULL = new Json(null);

    /** null, Boolean, Long, BigInteger above the range of long, Double, String, List of Json, Map of Json. */
    private final Object value;

    private Json(Object value) {
        this.value = value;
    }

    /**
     * JSON of a Map, an Iterable or an array, of texts, numbers, booleans and null, of any depth.
     *
     * @throws FerryException for anything else, and for a number that neither a long nor the shortest
     *     digits of a double say exactly
     */
    public static Json of(Object java) {
        if (java instanceof Json json) {
            return json;
        } else if (java instanceof Map<?, ?> map) {
            Map<String, Json> members = new LinkedHashMap<>();
            map.forEach((name, member) -> members.put(String.valueOf(name), of(member)));
            return new Json(Collections.unmodifiableMap(members));
        } else if (java instanceof Iterable<?> items) {
            List<Json> list = new ArrayList<>();
            items.forEach(item -> list.add(of(item)));
            return new Json(Collections.unmodifiableList(list));
        } else if (java instanceof Object[] items) {
            return of(Arrays.asList(items));
        } else if (java instanceof int[] items) {
            return of(Arrays.stream(items).boxed().toList());
        } else if (java instanceof Double || java instanceof Float) {
            return new Json(((Number) java).doubleValue());
        } else if (java instanceof Number number) {
            return ofExact(number);
        } else if (java instanceof Boolean) {
            return new Json(java);
        } else if (java instanceof CharSequence) {
            return new Json(java.toString());
        } else if (java == null) {
            return NULL;
        }
        throw new FerryException(Status.INVALID_ARGUMENT, java.getClass().getName() + " cannot become JSON");
    }

    /** A number that its text says exactly: with 64 bits, or with the digits of a double. */
    private static Json ofExact(Number number) {
        try {
            BigDecimal exact = new BigDecimal(number.toString());
            Long whole = exact.longValue();
            Double near = exact.doubleValue();
            if (exact.compareTo(BigDecimal.valueOf(whole)) == 0) {
                return new Json(whole);
            } else if (exact.compareTo(new BigDecimal(near.toString())) == 0) {
                return new Json(near);
            }
        } catch (NumberFormatException noNumber) {
            // It is refused as well: an infinite double too.
        }
        throw new FerryException(
                Status.INVALID_ARGUMENT,
                "the " + number.getClass().getName() + " cannot be written exactly as a number of 64 bits");
    }

    /** Copies a value of the library, which stays the library's. */
    static Json of(Pointer it) {
        switch (Abi.ferry_value_type(it)) {
            case Abi.FERRY_VALUE_BOOL:
                return new Json(Abi.ferry_value_bool(it) != 0);
            case Abi.FERRY_VALUE_INT:
                return new Json(whole(it));
            case Abi.FERRY_VALUE_DOUBLE:
                return new Json(Abi.ferry_value_double(it));
            case Abi.FERRY_VALUE_STRING:
                return new Json(Abi.ferry_value_string(it));
            case Abi.FERRY_VALUE_ARRAY:
                List<Json> items = new ArrayList<>();
                for (long index = 0; index < Abi.ferry_value_len(it); index++) {
                    items.add(of(Abi.ferry_value_at(it, index)));
                }
                return new Json(Collections.unmodifiableList(items));
            case Abi.FERRY_VALUE_OBJECT:
                Map<String, Json> members = new LinkedHashMap<>();
                for (long index = 0; index < Abi.ferry_value_len(it); index++) {
                    members.put(Abi.ferry_value_key(it, index), of(Abi.ferry_value_at(it, index)));
                }
                return new Json(Collections.unmodifiableMap(members));
            default:
                return NULL;
        }
    }

    private static Number whole(Pointer it) {
        long number = Abi.ferry_value_int(it); // of one above its range the most
        if (number < Long.MAX_VALUE) {
            return number;
        }
        BigInteger exact = new BigInteger(Abi.ferry_value_json(it));
        return exact.bitLength() < Long.SIZE ? number : exact;
    }

    /** The member of an object with that name. */
    public Json get(String name) {
        return members().getOrDefault(Objects.requireNonNull(name, "name"), NULL);
    }

    /** The element of an array at that index, counted from 0. */
    public Json get(int index) {
        List<Json> items = items();
        return index < 0 || index >= items.size() ? NULL : items.get(index);
    }

    /** The elements of an array; empty for anything else. */
    @SuppressWarnings("unchecked") // of() makes no other list
    public List<Json> items() {
        return value instanceof List ? (List<Json>) value : List.of();
    }

    /** The members of an object, in the order of the service; empty for anything else. */
    @SuppressWarnings("unchecked") // of() makes no other map
    public Map<String, Json> members() {
        return value instanceof Map ? (Map<String, Json>) value : Map.of();
    }

    /** The names of the members of an object. */
    public Set<String> names() {
        return members().keySet();
    }

    public boolean isNull() {
        return value == null;
    }

    /** The text of a string; null for anything else. */
    public String text() {
        return value instanceof String text ? text : null;
    }

    /**
     * A number as an integer; 0 for anything else. A fraction is cut off; a number out of range becomes the
     * end of the range. {@link #toString} has the digits of whole numbers up to 2^64 - 1.
     */
    public long toLong() {
        if (value instanceof BigInteger) {
            return Long.MAX_VALUE;
        }
        return value instanceof Number number ? number.longValue() : 0;
    }

    /** A number; 0 for anything else. */
    public double toDouble() {
        return value instanceof Number number ? number.doubleValue() : 0;
    }

    /** Whether it is JSON's true. */
    public boolean isTrue() {
        return Boolean.TRUE.equals(value);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Json json && Objects.equals(value, json.value);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(value);
    }

    /** The value as JSON text. */
    @Override
    public String toString() {
        if (value instanceof Map) {
            Pointer object = Abi.ferry_json_new();
            try {
                members().forEach((name, member) -> member.set(object, name));
                return Abi.ferry_json_text(object);
            } finally {
                Abi.ferry_json_free(object);
            }
        }
        if (value instanceof List) {
            Pointer array = Abi.ferry_json_new_array();
            try {
                items().forEach(item -> item.add(array));
                return Abi.ferry_json_text(array);
            } finally {
                Abi.ferry_json_free(array);
            }
        }
        String list = of(List.of(this)).toString();
        return list.substring(1, list.length() - 1);
    }

    private void set(Pointer object, String name) {
        Call.plain("a name", name);
        check(err -> {
            if (value instanceof String text) {
                return Abi.ferry_json_set_string(object, name, Call.plain(name, text), err);
            } else if (value instanceof Long number) {
                return Abi.ferry_json_set_int(object, name, number, err);
            } else if (value instanceof Double number) {
                return Abi.ferry_json_set_double(object, name, number, err);
            } else if (value instanceof Boolean bool) {
                return Abi.ferry_json_set_bool(object, name, Call.bool(bool), err);
            }
            return Abi.ferry_json_set_json(object, name, nested(), err);
        });
    }

    private void add(Pointer array) {
        check(err -> {
            if (value instanceof String text) {
                return Abi.ferry_json_add_string(array, Call.plain("an item", text), err);
            } else if (value instanceof Long number) {
                return Abi.ferry_json_add_int(array, number, err);
            } else if (value instanceof Double number) {
                return Abi.ferry_json_add_double(array, number, err);
            } else if (value instanceof Boolean bool) {
                return Abi.ferry_json_add_bool(array, Call.bool(bool), err);
            }
            return Abi.ferry_json_add_json(array, nested(), err);
        });
    }

    private String nested() {
        return value == null || value instanceof BigInteger ? String.valueOf(value) : toString();
    }

    private static void check(ToIntFunction<PointerByReference> function) {
        try (Call call = new Call()) {
            call.run(function);
        }
    }
}
