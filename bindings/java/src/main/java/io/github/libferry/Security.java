package io.github.libferry;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/** A policy and its signature. Any number of threads may use it at once. */
public final class Security implements AutoCloseable {
    final Handle handle;

    /** Signs a policy with the application's secret, which is not kept. */
    public Security(Policy policy, String appSecret) {
        this(Objects.requireNonNull(policy, "policy").fields, appSecret);
    }

    /**
     * Signs a policy that is JSON already, with "expiry" in Unix seconds. A field that no policy has is
     * {@link Status#INVALID_ARGUMENT}.
     */
    public Security(Map<String, ?> policy, String appSecret) {
        this(signed(Call.jsonText(policy), "appSecret", appSecret, Abi::ferry_security_new));
    }

    private Security(Handle handle) {
        this.handle = handle;
    }

    /**
     * Signs a policy with any fields, for what the service knows and this version of the library does not.
     */
    public static Security unchecked(Map<String, ?> policy, String appSecret) {
        return new Security(
                signed(Call.jsonText(policy), "appSecret", appSecret, Abi::ferry_security_new_unchecked));
    }

    /** Takes a policy (base64) and its signature (hexadecimal) that were made elsewhere. */
    public static Security fromSigned(String policy, String signature) {
        return new Security(signed(policy, "signature", signature, Abi::ferry_security_from_signed));
    }

    private interface Signer {
        int call(String policy, String secret, PointerByReference out, PointerByReference err);
    }

    private static Handle signed(String policy, String name, String secret, Signer signer) {
        Call.plain("policy", policy);
        Call.plain(name, secret);
        try (Call call = new Call()) {
            return call.take(
                    Abi::ferry_security_free,
                    (out, err) -> signer.call(policy, secret, out, err),
                    it -> new Handle("security", it, Abi::ferry_security_free));
        }
    }

    /** The moment so long from now, for the expiry of a policy, in whole seconds, rounded up. */
    public static Instant expiryIn(Duration time) {
        long seconds = Call.seconds("time", time);
        try {
            return Instant.ofEpochSecond(Abi.ferry_security_expiry_in(seconds));
        } catch (DateTimeException tooLate) {
            throw new FerryException(Status.INVALID_ARGUMENT, "time is too long: " + time);
        }
    }

    /**
     * Checks, without asking the service, whether the policy allows a call such as "read". If not it throws
     * {@link Status#INVALID_ARGUMENT} with the reason. The details are what a policy may restrict: "handle",
     * "size", "path", "container", "url", and "now" (Unix seconds) instead of the clock.
     */
    public void checkAllows(String name, Map<String, ?> details) {
        String json = Call.jsonText(details);
        Call.plain("name", name);
        try (Call call = new Call()) {
            Pointer security = call.lend(handle);
            call.run(err -> Abi.ferry_security_allows(security, name, json, err));
        }
    }

    /** The policy as the JSON text that was signed. */
    public String policyJson() {
        return text(Abi::ferry_security_policy_json);
    }

    /** The policy in URL-safe base64, as the service takes it. */
    public String policy() {
        return text(Abi::ferry_security_policy_b64);
    }

    /** 64 hexadecimal digits. */
    public String signature() {
        return text(Abi::ferry_security_signature);
    }

    /** Both as the element of a URL, "security=p:POLICY,s:SIGNATURE". */
    public String urlString() {
        return text(Abi::ferry_security_url_string);
    }

    private String text(Function<Pointer, String> getter) {
        try (Call call = new Call()) {
            return getter.apply(call.lend(handle));
        }
    }

    /** The policy, without the signature. */
    @Override
    public String toString() {
        return policyJson();
    }

    /** Clients and uploads made with it keep what they need. */
    @Override
    public void close() {
        handle.close();
    }
}
